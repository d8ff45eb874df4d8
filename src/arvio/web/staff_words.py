"""What the roles of a marketplace's staff are called, and what is refused with them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STAFF_KINDS: dict[str, str | Promise] = {
    "moderator": gettext_lazy("Moderator"),
    "operator": gettext_lazy("Operator"),
}


def refused(code: str) -> str:
    """What a refusal means, and what one can do."""
    return {
        "not_allowed": _("Only an operator can do that, and you aren’t one any more."),
        "no_such_member": _("That person isn’t on the staff any more."),
        "already_member": _("Somebody with this address is here already."),
        "already_invited": _("This address is invited already. You can send the link again below."),
        "too_many": _("No more will fit. Take back what isn’t needed first."),
        "last_operator": _("One operator stays. Make somebody else an operator first."),
        "closed": _("That invitation isn’t open any more."),
    }[code]
