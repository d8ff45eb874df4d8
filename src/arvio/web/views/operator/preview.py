"""What stands behind a figure of the preview of rules: a list by pages, and all of it as a file,
for the draft that is being written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, cast

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.models import Marketplace, PolicyDraft
from arvio.catalog.staff import Moderator
from arvio.paging import CursorError
from arvio.policy.model import Policy
from arvio.policy.problems import PolicyError
from arvio.preview import queries
from arvio.preview.explain import sentence
from arvio.web import previewed
from arvio.web.views.operator.access import operator_page, render

SECTION = "policy"
# For the figure above the list, which the editor has counted to the end before.
SECONDS = 2.0


class Draft(NamedTuple):
    policy: Policy
    at: datetime


def _draft(marketplace: Marketplace, now: datetime) -> Draft | None:
    """None where nothing is being written, or nonsense."""
    draft = PolicyDraft.objects.filter(marketplace=marketplace).first()
    try:
        return Draft(draft.policy, draft.effective_at or now) if draft else None
    except PolicyError:
        return None


@require_safe
@operator_page()
def listing(request: HttpRequest, operator: Moderator, code: str) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    if code not in queries.CODES:
        raise Http404
    draft = _draft(marketplace, now)
    context: dict[str, Any] = {"code": code, "draft": draft, "now": now}
    if draft:
        asked = {"marketplace": marketplace, **draft._asdict(), "now": now, "code": code}
        try:
            page = queries.listed(**asked, cursor=request.GET.get("cursor") or None)
        except CursorError:
            page = queries.listed(**asked)
        figure = queries.figure(**asked, seconds=SECONDS)
        context |= {
            "heading": sentence(figure) if figure else "",
            "rows": previewed.rows(marketplace, code, page.items),
            "more_url": f"?cursor={page.next}" if page.next else "",
        }
    return render(request, operator, "web/operator/preview.html", context, section=SECTION)


@require_safe
@operator_page()
def download(request: HttpRequest, operator: Moderator, code: str) -> HttpResponse:
    now, marketplace = clock.now(), operator.marketplace
    draft = _draft(marketplace, now)
    if draft is None or code not in queries.CODES:
        raise Http404
    items = queries.every(
        marketplace=marketplace, policy=draft.policy, at=draft.at, now=now, code=code
    )
    pieces = previewed.sheet(
        marketplace=marketplace, code=code, items=items, language=get_language() or "en"
    )
    name = f"preview-{marketplace.slug}-{code}.csv"
    answer = StreamingHttpResponse(
        pieces,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    return cast(HttpResponse, answer)
