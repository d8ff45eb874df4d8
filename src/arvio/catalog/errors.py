"""What catalog refuses. `api` and `web` render these once."""

from __future__ import annotations

from collections.abc import Sequence


class NotFound(Exception):
    """Something named in the request isn't there. `field` says which name."""

    status = 404
    code = "not_found"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


class InvalidFact(Exception):
    """A fact that can't be true or can't be kept."""

    status = 422
    code = "invalid"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


class MemberRefused(Exception):
    """What can't be done with members, staff, their invitations or keys. The pages word the codes.

    not_allowed, no_such_member, no_such_key, already_member, already_invited, too_many,
    last_owner, last_operator, closed (an invitation that isn't open any more), sign_in (it is for a
    person who is known), other_address.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Overtaken(Exception):
    """Somebody else made a newer version meanwhile; `number` is that version's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class DraftOvertaken(Exception):
    """Somebody else saved the draft, discarded it or made a version from it meanwhile."""


class BanRefused(Exception):
    """What can't be done with a ban or its appeal. The pages word the codes.

    not_banned, appeal_open, appeal_answered, window_closed, same_person (who imposed a ban doesn't
    answer its appeal), over (it was lifted, or the appeal answered, meanwhile).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Outdated(Exception):
    """Somebody else changed the same `fields` since the writer saw them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)


class PlacementRefused(Exception):
    """What can't be done with a paid place. The pages word the codes.

    overlaps (the app has a place at that time), over (it has ended, or was called off).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
