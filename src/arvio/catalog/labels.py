"""What the form's fields and answers are called, for pages, sentences and exports."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FIELDS: dict[str, str | Promise] = {
    "stars": _("Stars"),
    "title": _("Title"),
    "text": pgettext_lazy("field", "Review"),
    "pros": _("Works well"),
    "cons": _("Could be better"),
    "ease_of_use": _("Ease of use"),
    "features": _("Features"),
    "value": _("Value for money"),
    "support_documentation": _("Support and documentation"),
    "role": _("Role"),
    "company_size": _("Company size"),
    "industry": _("Industry"),
    "uses_app": _("Use of the app"),
    "guidelines": _("Review guidelines"),
    "privacy": _("Privacy notice"),
    "language": _("Language"),
    "affiliation": _("Affiliation"),
}

CHOICES: dict[tuple[str, str], str | Promise] = {
    ("company_size", "1"): _("1 person"),
    ("company_size", "2-10"): _("2–10 people"),
    ("company_size", "11-50"): _("11–50 people"),
    ("company_size", "51-200"): _("51–200 people"),
    ("company_size", "201-1000"): _("201–1,000 people"),
    ("company_size", "1001+"): _("More than 1,000 people"),
    ("industry", "technology"): _("Technology"),
    ("industry", "manufacturing"): _("Manufacturing"),
    ("industry", "retail"): _("Retail"),
    ("industry", "wholesale"): _("Wholesale"),
    ("industry", "construction"): _("Construction"),
    ("industry", "finance"): _("Finance"),
    ("industry", "health"): _("Health"),
    ("industry", "education"): _("Education"),
    ("industry", "transport"): _("Transport"),
    ("industry", "hospitality"): _("Hospitality"),
    ("industry", "professional_services"): _("Professional services"),
    ("industry", "public_sector"): _("Public sector"),
    ("industry", "other"): _("Other industry"),
}

# What a reporter says is wrong; rules of the guidelines have the same keys (CONTRACT section 3).
REASONS: dict[str, str | Promise] = {
    "spam": _("Advertising or spam"),
    "offensive": _("Insults or obscene words"),
    "off_topic": _("Not about the app, or a support question"),
    "fake": _("The author hasn’t used the app"),
    "conflict_of_interest": _("Conflict of interest"),
    "personal_data": _("Other people’s personal data"),
    "wrong_app": _("About another app"),
    "illegal": _("Against the law"),
    "other": _("Something else (describe it below)"),
}


def reason_label(key: str) -> str:
    return str(REASONS[key])


def field_label(key: str) -> str:
    """The name of a field; a key that only one marketplace has is shown as words."""
    return str(FIELDS.get(key) or key.replace("_", " ").capitalize())


def choice_label(field: str, choice: str) -> str:
    return str(CHOICES.get((field, choice)) or choice.replace("_", " ").capitalize())
