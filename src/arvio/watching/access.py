"""Who may read the figures: whoever knows METRICS_TOKEN, and nobody while there is none."""

from __future__ import annotations

import secrets

from django.conf import settings


def may_read(authorization: str) -> bool:
    scheme, _, sent = authorization.partition(" ")
    token = settings.METRICS_TOKEN
    same = secrets.compare_digest(sent.strip().encode("utf-8", "replace"), token.encode())
    return bool(token) and scheme.lower() == "bearer" and same
