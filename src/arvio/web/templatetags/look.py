"""Drawn things and written figures: icons, stars, bars, tiles, numbers, days.

Lengths that come from data are SVG attributes, so that the pages need no inline style (DESIGN
section 7, CSP).
"""

from __future__ import annotations

import zlib
from datetime import datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from arvio.catalog import written
from arvio.catalog.pseudonyms import names_of

register = template.Library()

HUES = 8


def _sprite(name: str) -> str:
    return f"{static('web/icons.svg')}#{name}"


@register.simple_tag
def sprite(name: str) -> str:
    return _sprite(name)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', _sprite(name))


@register.simple_tag
def art(name: str) -> SafeString:
    return format_html(
        '<svg class="art" aria-hidden="true"><use href="{}"/></svg>', _sprite(f"art-{name}")
    )


@register.simple_tag
def one_star() -> SafeString:
    return format_html(
        '<svg class="one" aria-hidden="true"><use href="{}"/></svg>', _sprite("star")
    )


def half_steps(value: int | float | Decimal) -> int:
    return int((Decimal(str(value)) * 2).quantize(Decimal(1), ROUND_HALF_UP))


def star_words(value: int | Decimal) -> str:
    return _("%(stars)s out of 5 stars") % {"stars": written.number(value, get_language())}


@register.simple_tag
def stars(value: int | float | Decimal, size: str = "") -> SafeString:
    """Five stars, the value rounded to the nearest half; the number itself always stands beside."""
    steps = half_steps(value)
    drawn = []
    for place in range(5):
        filled = steps - 2 * place
        kind, symbol = (
            ("on", "star")
            if filled >= 2
            else ("half", "star-half")
            if filled == 1
            else ("off", "star")
        )
        drawn.append((kind, _sprite(symbol), 17 * place))
    return format_html(
        '<svg class="stars {}" viewBox="0 0 82 14" role="img" aria-label="{}">{}</svg>',
        size,
        star_words(Decimal(steps) / 2),
        format_html_join("", '<use class="{}" href="{}" x="{}" width="14" height="14"/>', drawn),
    )


@register.simple_tag
def bar(share: float) -> SafeString:
    """`share` is 0 to 100; what isn't nothing is at least visible."""
    width = 0.0 if share <= 0 else max(1.5, min(100.0, share))
    return format_html(
        '<svg class="bar" aria-hidden="true">'
        '<rect class="track" width="100%" height="100%" rx="3"/>'
        '<rect width="{}%" height="100%" rx="3"/></svg>',
        f"{width:.4g}",
    )


@register.simple_tag
def segments(value: int) -> SafeString:
    """A quality answer of one review: five segments. 0 is five empty ones (FEATURES R26)."""
    drawn = ((16.5 * place + 0.5, "on" if place < value else "off") for place in range(5))
    return format_html(
        '<svg class="segs" viewBox="0 0 82 9" aria-hidden="true">{}</svg>',
        format_html_join(
            "", '<rect x="{}" y=".5" width="15" height="8" rx="2" class="{}"/>', drawn
        ),
    )


@register.simple_tag
def pips(count: int, of: int) -> SafeString:
    """Progress to the threshold, drawn for thresholds that the eye can count."""
    if of > 20:
        return SafeString("")
    drawn = ((f"{9.6 * place + 0.5:.1f}", "on" if place < count else "off") for place in range(of))
    return format_html(
        '<svg class="pips" viewBox="0 0 96 6" aria-hidden="true">{}</svg>',
        format_html_join(
            "", '<rect x="{}" y=".5" width="7.6" height="5" rx="1.5" class="{}"/>', drawn
        ),
    )


@register.simple_tag
def tile(name: str, ref: str, big: bool = False) -> SafeString:
    hue = zlib.crc32(ref.encode()) % HUES
    return format_html(
        '<div class="tile{} hue-{}" aria-hidden="true">{}</div>',
        " big" if big else "",
        hue,
        name.strip()[:1].upper(),
    )


@register.filter
def mean(value: Decimal | float) -> str:
    """One decimal, half to even, in the reader's notation: 4.6 and 4,6."""
    shown = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return written.number(shown, get_language(), places=1)


@register.filter
def number(value: int | Decimal | float) -> str:
    return written.number(value, get_language())


@register.filter
def day(at: datetime) -> str:
    return written.day(at, get_language())


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime) -> str:
    """A coming or past moment with its weekday; the year only when it isn't this one."""
    return written.moment(at, get_language(), now=context["now"])


@register.filter
def limit(at: datetime) -> str:
    """The end of a term, which is a moment: "18 Feb 2027, 09:42"."""
    return written.limit(at, get_language())


@register.filter
def clock(at: datetime) -> str:
    return written.clock(at, get_language())


@register.filter
def language_name(code: str) -> str:
    return written.language_name(code, get_language())


@register.simple_tag(takes_context=True)
def demo_role_is_current(context: dict[str, Any], role: dict[str, str]) -> bool:
    """In the product one is a customer, elsewhere whoever has signed in, else a visitor."""
    marketplace, viewer = context.get("marketplace"), context.get("viewer")
    slug, person = getattr(marketplace, "slug", ""), context["demo"]["person"]
    if marketplace and viewer and viewer.account and viewer.user:
        names = names_of(marketplace_id=marketplace.pk, ref=role.get("user") or "")
        mine = (role["marketplace"], role.get("account")) == (slug, viewer.account.ref)
        return bool(mine and viewer.user.ref in names)
    if person:
        return bool(role.get("person") == person.email)
    is_visitor = not (role.get("account") or role.get("person"))
    return is_visitor and role["marketplace"] == slug


@register.filter(is_safe=True)
def sentence(text: str) -> str:
    """Allauth Writes English Headings So, and ours are sentences."""
    return text.strip().capitalize() if get_language() == "en" else text.strip()
