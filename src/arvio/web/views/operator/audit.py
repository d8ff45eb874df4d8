"""The marketplace's history, searched."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.audit import queries
from arvio.audit.models import AuditRow
from arvio.catalog.staff import Moderator
from arvio.paging import CursorError
from arvio.web import audit_search, shown
from arvio.web.audit_search import KINDS, Asked
from arvio.web.views.operator.access import operator_page, render

SECTION = "audit"
FIELDS = ("about", "kind", "by", "since", "until")


@require_safe
@operator_page()
def audit(request: HttpRequest, operator: Moderator) -> HttpResponse:
    asked = Asked.read(request.GET, operator.marketplace, clock.now())
    wanted = asked.search(operator.marketplace)
    rows: list[AuditRow] = []
    following = None
    if wanted is not None:
        place = operator.marketplace.pk
        try:
            rows, following = queries.search(
                marketplace_id=place, wanted=wanted, cursor=request.GET.get("cursor") or None
            )
        except CursorError:
            rows, following = queries.search(marketplace_id=place, wanted=wanted)
    context = {
        "asked": asked,
        "kinds": KINDS.items(),
        "rows": audit_search.shown(rows),
        "more_url": shown.link(request, cursor=following) if following else "",
        "export_url": f"{reverse('operator:audit_export')}?{_query(asked)}" if wanted else "",
    }
    return render(
        request,
        operator,
        "web/operator/audit.html",
        context,
        section=SECTION,
        status=200 if wanted else 422,
    )


@require_safe
@operator_page()
def export(request: HttpRequest, operator: Moderator) -> HttpResponse:
    now = clock.now()
    asked = Asked.read(request.GET, operator.marketplace, now)
    wanted = asked.search(operator.marketplace)
    if wanted is None:
        return HttpResponseRedirect(f"{reverse('operator:audit')}?{_query(asked)}")
    name = f"{operator.marketplace.slug}-history-{now:%Y-%m-%d}.csv"
    answer = StreamingHttpResponse(
        audit_search.sheet(marketplace=operator.marketplace, wanted=wanted),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    return cast(HttpResponse, answer)


def _query(asked: Asked) -> str:
    return urlencode({key: value for key in FIELDS if (value := getattr(asked, key))})
