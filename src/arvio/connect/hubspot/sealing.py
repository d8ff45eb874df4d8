"""Secrets at rest (decision 0023): a refresh token opens a customer's CRM, so a copy of the
database alone must open none.

The key is derived from `SECRET_KEY`. Whoever changes that keeps the old one in
`SECRET_KEY_FALLBACKS`, or asks for the secrets again.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"hubspot secrets"


class Unreadable(Exception):
    """Sealed with a key that we no longer have."""


def seal(words: str) -> str:
    return _fernet().encrypt(words.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable."""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _fernet() -> MultiFernet:
    return MultiFernet(
        [_of(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _of(secret: str | bytes) -> Fernet:
    digest = hashlib.blake2b(force_bytes(secret), digest_size=32, person=PURPOSE).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
