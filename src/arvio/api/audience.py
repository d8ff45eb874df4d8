"""Who a route is for. The tag of its operation says it, in the code as in the document."""

from __future__ import annotations

from enum import Enum

from ninja.operation import Operation


class Audience(Enum):
    SERVER = "Server key"
    VIEWER = "Viewer token"
    PARTNER = "Partner key"
    MODERATOR = "Moderator key"
    PUBLIC = "Public"

    @classmethod
    def of(cls, operation: Operation) -> Audience:
        return cls((operation.tags or [cls.PUBLIC.value])[0])


SERVER, VIEWER = Audience.SERVER, Audience.VIEWER
PARTNER, MODERATOR, PUBLIC = Audience.PARTNER, Audience.MODERATOR, Audience.PUBLIC
