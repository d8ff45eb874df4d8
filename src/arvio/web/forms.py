"""The review form: built from the policy's sections, read back from what a browser posts, shown
again with its errors.

A quality rating that isn't answered is None, 0 is 0 (FEATURES R25, R26): "No answer" posts an
empty value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arvio.catalog.explain import explain_field_error
from arvio.catalog.labels import choice_label, field_label
from arvio.policy.form import LONGEST_AFFILIATION, FieldError
from arvio.policy.model import CONTENT_TYPES, Field, Form, Section

LONGEST_DRAFT = 20_000


def read_answers(form: Form, posted: QueryDict) -> dict[str, Any]:
    """The answers as the API would send them; what can't be read, the policy refuses."""
    answers: dict[str, Any] = {
        key: _read(asked, posted.get(key)) for key, asked in form.content.items()
    }
    answers["qualities"] = {
        key: _read(asked, posted.get(f"qualities.{key}")) for key, asked in form.qualities.items()
    }
    answers["about"] = {
        key: _read(asked, posted.get(f"about.{key}")) for key, asked in form.about.items()
    }
    answers["consents"] = [str(key) for key in posted.getlist("consents")]
    if posted.get("affiliation"):
        answers["affiliation"] = posted["affiliation"]
    return answers


def _read(asked: Field, value: Any) -> Any:
    if value is None or value == "":
        return None
    if asked.type in ("stars", "quality") and value in {"0", "1", "2", "3", "4", "5"}:
        return int(value)
    return value


def draft_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a database keeps of half a form: without NUL, which PostgreSQL refuses, and bounded."""
    return {key: _bounded(value) for key, value in answers.items()}


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()[:LONGEST_DRAFT]
    if isinstance(value, Mapping):
        return {key: _bounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bounded(item) for item in value[:50]]
    return value


def furthest_step(form: Form, answers: Mapping[str, Any]) -> int:
    """The last section with an answer, from 1: where people stop is measurable (R31)."""
    reached = [
        n
        for n, section in enumerate(form.sections, 1)
        if any(_answered(f, answers) for f in section.fields)
    ]
    return max(reached, default=1)


def _answered(asked: Field, answers: Mapping[str, Any]) -> bool:
    value = _value(asked, answers)
    return value is not None and value is not False and value != ""


@dataclass(frozen=True)
class FormContext:
    """What the form needs beside policy and answers. `affiliation` asks which partner the author
    works for (R11).
    """

    action: str
    button: str
    guidelines_url: str
    guidelines_number: int | None = None
    affiliation: bool = False
    draft_url: str = ""
    cancel_url: str = ""


def show_form(
    form: Form,
    *,
    answers: Mapping[str, Any],
    errors: Sequence[FieldError] = (),
    context: FormContext,
    failed: str = "",
) -> dict[str, Any]:
    asked = {_name(field): field for field in form.fields}
    wrong = {error.field: _sentence(error, asked) for error in reversed(errors)}
    sections = [_section(section, answers, wrong, context) for section in form.sections]
    if context.affiliation:
        sections[0]["groups"].append({"pair": False, "fields": [_affiliation(answers, wrong)]})
    fields = [
        field for section in sections for group in section["groups"] for field in group["fields"]
    ]
    listed = [
        {"id": f["id"], "label": f["short"], "error": f["error"]} for f in fields if f["error"]
    ]
    known = {field["name"] for field in fields} | {f"consents.{field['key']}" for field in fields}
    listed += [
        {"id": "", "label": name, "error": text}
        for name, text in wrong.items()
        if name not in known
    ]
    return {
        "action": context.action,
        "button": context.button,
        "draft_url": context.draft_url,
        "cancel_url": context.cancel_url,
        "sections": sections,
        "errors": listed,
        "failed": failed,
    }


def _sentence(error: FieldError, asked: Mapping[str, Field]) -> str:
    field = asked.get(error.field)
    values = {**error.values, "type": field.type} if field else error.values
    return explain_field_error(FieldError(error.field, error.code, values))


def _name(field: Field) -> str:
    if field.key in CONTENT_TYPES:
        return field.key
    if field.type == "quality":
        return f"qualities.{field.key}"
    return f"consents.{field.key}" if field.type == "consent" else f"about.{field.key}"


def _section(
    section: Section, answers: Mapping[str, Any], wrong: Mapping[str, str], context: FormContext
) -> dict[str, Any]:
    groups: list[dict[str, Any]] = []
    for field in section.fields:
        kind = _kind(field)
        if not groups or kind == "full" or groups[-1]["kind"] != kind:
            groups.append({"kind": kind, "pair": kind == "pair", "fields": []})
        groups[-1]["fields"].append(_shown(field, answers, wrong, context))
    return {
        "key": section.key,
        "title": _title(section),
        "intro": _intro() if any(field.type == "quality" for field in section.fields) else "",
        "groups": groups,
    }


def _kind(field: Field) -> str:
    """How fields stand together: pros beside cons, short answers in pairs, ratings and consents in
    lists.
    """
    if field.type in ("quality", "consent"):
        return field.type
    beside = field.key in ("pros", "cons") or (
        field.key not in CONTENT_TYPES and field.type in ("line", "choice")
    )
    return "pair" if beside else "full"


def _title(section: Section) -> str:
    known = {"review": _("Your rating"), "qualities": _("Quality ratings"), "about": _("About you")}
    return known.get(section.key) or field_label(section.key)


def _intro() -> str:
    return _(
        "0 is an answer and is shown as an empty bar. “No answer” isn’t shown at all. 0 = not at "
        "all, 5 = excellent."
    )


def _shown(
    field: Field, answers: Mapping[str, Any], wrong: Mapping[str, str], context: FormContext
) -> dict[str, Any]:
    name = _name(field)
    value = _value(field, answers)
    return {
        "key": field.key,
        "id": "f-" + name.replace(".", "-"),
        "name": "consents" if field.type == "consent" else name,
        "type": field.type,
        "label": _label(field, context),
        "short": field_label(field.key),
        "note": _note(field),
        "required": field.required,
        "max": field.max,
        "hint": _hint(field),
        "counted": field.type == "text" and field.key == "text",
        "choices": _choices(field),
        "value": value if isinstance(value, bool) else "" if value is None else str(value),
        "error": wrong.get(name, ""),
    }


def _value(field: Field, answers: Mapping[str, Any]) -> Any:
    if field.key in CONTENT_TYPES:
        return answers.get(field.key)
    if field.type == "consent":
        return field.key in (answers.get("consents") or ())
    group = answers.get("qualities" if field.type == "quality" else "about")
    return group.get(field.key) if isinstance(group, Mapping) else None


def _label(field: Field, context: FormContext) -> str:
    if field.type == "consent":
        return _consent(field, context)
    known = {
        "stars": _("How many stars does it earn?"),
        "text": _("What should others know before they install it?"),
        "role": _("Your role"),
    }
    return known.get(field.key) or field_label(field.key)


def _consent(field: Field, context: FormContext) -> str:
    version = field.version or "1"
    if field.key == "uses_app":
        return _("I use this app at work, or did so recently.")
    if field.key == "guidelines":
        version = str(context.guidelines_number or version)
        start = format_html('<a href="{}" target="_blank" rel="noopener">', context.guidelines_url)
        sentence = escape(
            _("I have read the %(start)sreview guidelines%(end)s (version %(version)s).")
        )
        return mark_safe(sentence % {"start": start, "end": "</a>", "version": escape(version)})  # noqa: S308
    if field.key == "privacy":
        return _(
            "My answers may be processed as the privacy notice (version %(version)s) says."
        ) % {"version": version}
    return field_label(field.key)


def _note(field: Field) -> str:
    """Required or not, and for what isn't part of the review's words, who sees it."""
    if field.required_up_to_stars and not field.required:
        return ngettext(
            "required with %(stars)s star",
            "required up to %(stars)s stars",
            field.required_up_to_stars,
        ) % {"stars": field.required_up_to_stars}
    if field.key in CONTENT_TYPES or field.type in ("quality", "consent"):
        return _("required") if field.required else _("optional")
    if field.visibility == "public":
        return (
            _("required, shown with the review")
            if field.required
            else _("optional, shown with the review")
        )
    return (
        _("required, only in statistics") if field.required else _("optional, only in statistics")
    )


def _hint(field: Field) -> str:
    if field.type != "text" or not field.min or field.key != "text":
        return ""
    return ngettext(
        "At least %(count)s character.", "At least %(count)s characters.", field.min
    ) % {"count": field.min}


def _choices(field: Field) -> list[dict[str, str]]:
    if field.type == "stars":
        words = (
            _("1 · Very poor"),
            _("2 · Poor"),
            _("3 · Fair"),
            _("4 · Good"),
            _("5 · Excellent"),
        )
        return [{"value": str(n), "label": word} for n, word in enumerate(words, start=1)]
    if field.type == "quality":
        low, high = field.min or 0, 5 if field.max is None else field.max
        return [{"value": str(n), "label": str(n)} for n in range(low, high + 1)]
    return [{"value": choice, "label": choice_label(field.key, choice)} for choice in field.choices]


def _affiliation(answers: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": "affiliation",
        "id": "f-affiliation",
        "name": "affiliation",
        "type": "line",
        "label": _("Which partner do you work for?"),
        "short": field_label("affiliation"),
        "note": _("required, shown with the review"),
        "required": True,
        "max": LONGEST_AFFILIATION,
        "hint": _("You work for another partner of this marketplace, so readers should know."),
        "value": str(answers.get("affiliation") or ""),
        "error": wrong.get("affiliation", ""),
    }


def written_words(form: Form, answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """The texts somebody typed, to be shown back when they couldn't be sent."""
    lines = []
    for field in form.fields:
        value = _value(field, answers)
        if field.type in ("line", "text") and value:
            lines.append({"label": field_label(field.key), "value": str(value)})
    return lines
