"""The partner's reviews as a file, by the filters of the inbox."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.members import Member
from arvio.connect import partner_export
from arvio.connect.partner_export import CONTENT_TYPES, Format
from arvio.reviews import inbox
from arvio.web import inbox_query
from arvio.web.views.partner.access import partner_page, render

FORMATS: dict[str, Format] = {"csv": "csv", "jsonl": "jsonl"}


@require_safe
@partner_page()
def export(request: HttpRequest, member: Member, form: str) -> HttpResponse:
    """A filter that can't be read is refused: the file must not hold more than was asked for."""
    if form not in FORMATS:
        raise Http404
    query = inbox_query.read(request.GET, apps=inbox.apps(member=member))
    if query.errors:
        return _refused(request, member, " ".join(query.errors))
    chosen, now = FORMATS[form], clock.now()
    pieces = partner_export.export(member=member, filters=query.filters, format=chosen, now=now)
    name = partner_export.file_name(member=member, format=chosen, now=now)
    answer = StreamingHttpResponse(
        pieces,
        content_type=CONTENT_TYPES[chosen],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    return cast(HttpResponse, answer)


def _refused(request: HttpRequest, member: Member, text: str) -> HttpResponse:
    context = {"drawing": "lost", "heading": _("This can’t be exported"), "text": text}
    return render(request, member, "web/error.html", context, section="insights", status=422)
