"""What the values of policy keys are called where they are names, and what "none" means there."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

SECTIONS: dict[str, Text] = {
    "eligibility": _("Who can review"),
    "limits": _("How many reviews"),
    "form": _("The review form"),
    "publication": _("Publication"),
    "editing": _("Editing"),
    "replies": _("Replies"),
    "aggregates": _("The rating"),
    "ranking": _("The order of the list"),
    "privacy": _("Names"),
    "reports": _("Reports"),
    "moderation": _("Decisions and appeals"),
    "screening": _("What is looked for in reviews"),
    "requests": _("Requests by e-mail"),
    "prompts": _("Prompts inside the product"),
    "retention": _("What is kept"),
}

SCREENED: dict[str, Text] = {
    "off": _("not looked for"),
    "flag": _("shown to a moderator"),
    "refuse": _("not accepted"),
}

OPTIONS: dict[str, dict[str, Text]] = {
    "eligibility.surface": {
        "in_product": _("only inside the product"),
        "any": _("inside the product and on the public page"),
    },
    "eligibility.plans": {"commercial": _("only paid plans"), "any": _("any plan")},
    "eligibility.unknown_plan": {
        "refuse": _("counts as not paid"),
        "allow": _("counts as paid"),
    },
    "eligibility.refuse": {
        "affiliated": _("people of the app’s partner"),
        "operator_staff": _("staff of the marketplace"),
        "test_account": _("sandboxes and developer accounts"),
    },
    "limits.user_scope": {
        "account": _("a user of its own in each account"),
        "marketplace": _("one user in all accounts"),
    },
    "publication.recheck": {
        "ban": _("suspended authors"),
        "affiliation": _("authors who joined the app’s partner"),
        "test_account": _("accounts that became test accounts"),
    },
    "editing.by_author": {"never": _("not possible"), "allowed": _("possible")},
    "privacy.display_name": {
        "first_l": _("first name and initial: Anna K."),
        "last_f": _("last name and initial: Korhonen, A."),
        "company": _("name of the account"),
        "pseudonym": _("a code instead of a name"),
    },
    "reports.who": {
        "anyone": _("anybody"),
        "signed_in": _("whoever is signed in"),
    },
    "moderation.four_eyes": {
        "never": _("none"),
        "removals": _("removals"),
        "always": _("all decisions"),
    },
    "requests.to": {"installer": _("the person who installed the app")},
    "retention.erasure": {
        "keep_stars": _("the stars stay"),
        "remove": _("the whole review goes"),
    },
}

# What it means that a key that may be "none" is none.
NONES: dict[str, Text] = {
    "limits.per_account": _("no limit"),
    "editing.max": _("no limit"),
    "editing.window": _("no limit"),
    "editing.raise_delay": _("not set"),
    "editing.lower_delay": _("not set"),
    "editing.good_from": _("not set"),
    "ranking.half_life": _("never, all weigh the same"),
    "screening.new_account": _("not looked for"),
    "requests.email_after": _("no e-mail"),
    "requests.to": _("nobody"),
}

FIELD_TYPES: dict[str, Text] = {
    "stars": _("stars"),
    "line": _("one line of text"),
    "text": _("a text"),
    "quality": _("a quality rating"),
    "choice": _("a choice"),
    "consent": _("a consent"),
}

FIELD_FACTS: dict[str, Text] = {
    "section": _("section"),
    "type": _("kind"),
    "required": _("needed"),
    "required_up_to_stars": _("needed up to so many stars"),
    "min": _("least characters"),
    "max": _("most characters"),
    "choices": _("choices"),
    "visibility": _("shown to"),
    "version": _("version of the text"),
}

VISIBILITY: dict[str, Text] = {"public": _("everybody"), "private": _("nobody, only counted")}
