"""How often apps ask people for reviews, for operators (R107). It names nobody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.asking import prompt_queries
from arvio.catalog.staff import Moderator
from arvio.web import prompt_figures
from arvio.web.views.operator.access import operator_page, render


@require_safe
@operator_page()
def prompts(request: HttpRequest, operator: Moderator) -> HttpResponse:
    found = prompt_queries.figures(marketplace=operator.marketplace, now=clock.now())
    context = prompt_figures.page(found)
    return render(request, operator, "web/operator/prompts.html", context, section="prompts")
