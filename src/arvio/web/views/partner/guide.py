"""The partner's guide: why reviews matter, how to ask for them and how to answer, with the code for
one's own apps. Everybody of a partner may read it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arvio import clock
from arvio.asking import queries as asking
from arvio.catalog import clips
from arvio.catalog import queries as catalog
from arvio.catalog.errors import NotFound
from arvio.catalog.explain import explain_policy
from arvio.catalog.members import Member
from arvio.catalog.models import App
from arvio.web import language, reply_tips, script, structured
from arvio.web.badge_drawing import HEIGHT, STYLES, Style
from arvio.web.views import badge
from arvio.web.views.partner.access import partner_page, render
from arvio.web.views.partner.links import MAY_MAKE, reading_of

FILE = "arvio-prompt.html"


@require_safe
@partner_page()
def guide(request: HttpRequest, member: Member) -> HttpResponse:
    apps = asking.apps(member=member)
    ref = request.GET.get("app", "")
    chosen = _own(apps, ref) if ref else next(iter(apps), None)
    policy = catalog.policy_in_force(marketplace=member.marketplace, now=clock.now()).policy
    sentences = {part.key: part.sentences for part in explain_policy(policy, language.current())}
    context = {
        "apps": apps,
        "reading": reading_of(member),
        "may_make": member.may(MAY_MAKE),
        "asking": sentences["asking"],
        "may_prompt": bool(policy.prompts.per_year and policy.prompts.per_user_day),
        "replies": sentences["replies"],
        "reports": sentences["reports"],
        "tips": reply_tips.guide(),
        "own_clip": member.marketplace.clip_url,
        "clip": static(clips.OURS),
        "script": script.published(),
        "server": settings.BASE_URL,
        **(_of_app(chosen) if chosen else {}),
    }
    return render(request, member, "web/partner/guide.html", context, section="guide")


@require_safe
@partner_page()
def download(request: HttpRequest, member: Member, app: str) -> HttpResponse:
    found = _own(asking.apps(member=member), app)
    response = HttpResponse(_prompt(found), content_type="text/html; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def _own(apps: Sequence[App], ref: str) -> App:
    found = next((one for one in apps if one.ref == ref), None)
    if found is None:
        raise NotFound("app", "There is no such app of yours.")
    return found


def _of_app(app: App) -> dict[str, Any]:
    names = [app.marketplace.slug, app.ref]
    feeds = [("Atom", reverse("web:atom", args=names)), ("RSS", reverse("web:rss", args=names))]
    return {
        "chosen": app,
        "prompt": _prompt(app),
        "badges": [_badge(app, style) for style in STYLES],
        "feeds": [{"name": name, "url": settings.BASE_URL + path} for name, path in feeds],
        "card_url": settings.BASE_URL + reverse("web:app", args=names),
    }


def _prompt(app: App) -> str:
    """A whole page that asks: for the partner to take, in the reader's language."""
    published = script.published()
    imports = {
        "imports": {"arvio": published.url},
        "integrity": {published.url: published.integrity},
    }
    context = {
        "app": app,
        "import_map": _in_script(imports, indent=2),
        "marketplace_in_script": _in_script(app.marketplace.slug),
        "app_in_script": _in_script(app.ref),
        "version": published.version,
        "language": language.current(),
    }
    return render_to_string("web/partner/prompt_page.html", context)


def _in_script(value: Any, *, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text.translate(structured.HTML_IN_JSON)


def _badge(app: App, style: Style) -> dict[str, str]:
    names = {"app": app.name, "marketplace": app.marketplace.name}
    label = _("Reviews of %(app)s on %(marketplace)s") % names
    picture = badge.path(app, style=style if style != STYLES[0] else "")
    card = settings.BASE_URL + reverse("web:app", args=[app.marketplace.slug, app.ref])
    code = format_html(
        '<a href="{}"><img src="{}" height="{}" alt="{}"></a>',
        card,
        settings.BASE_URL + picture,
        HEIGHT[style],
        label,
    )
    shown = badge.path(app, style=style, lang=language.current())
    return {"style": style, "url": shown, "alt": label, "code": code}
