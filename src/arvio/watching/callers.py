"""What kind of caller a request came from. Never who: no id, no name, no address."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from arvio.api.callers import Server
from arvio.catalog.members import Member
from arvio.catalog.queries import Viewer
from arvio.catalog.staff import Moderator
from arvio.people.models import Person

# What the doors of the API found, by a key or a token.
BY_AUTH: dict[type, str] = {
    Server: "server",
    Viewer: "viewer",
    Member: "partner",
    Moderator: "moderator",
}
# The pages inside the product, whose door takes a viewer token.
PRODUCT = "<slug:marketplace>/in/"


def kind(request: HttpRequest) -> str:
    """Only what was found out to answer is told: nothing is looked up for a line in the log."""
    if found := BY_AUTH.get(type(getattr(request, "auth", None))):
        return found
    if hasattr(request, "member"):
        return "partner"
    if hasattr(request, "moderator"):
        return "staff"
    if request.resolver_match and request.resolver_match.route.startswith(PRODUCT):
        return "viewer"
    user = getattr(request, "_cached_user", AnonymousUser())
    return "person" if isinstance(user, Person) else "anybody"
