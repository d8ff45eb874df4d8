"""What an operator sees first: how the marketplace stands, and the way to what can be changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.catalog.staff import Moderator
from arvio.web.operator_overview import lines
from arvio.web.views.operator.access import operator_page, render

SECTION = "home"


@require_safe
@operator_page()
def home(request: HttpRequest, operator: Moderator) -> HttpResponse:
    context = {"lines": lines(operator=operator, now=clock.now())}
    return render(request, operator, "web/operator/home.html", context, section=SECTION)
