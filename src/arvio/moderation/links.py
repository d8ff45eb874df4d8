"""Private links of a report: where its reporter confirms it, reads how it stands, and appeals.

Signed and not stored: whoever has the link is taken for the reporter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from django.conf import settings
from django.core import signing

SIGNER = signing.Signer(salt="arvio.moderation.report")


def token_of(*, report_id: UUID) -> str:
    return SIGNER.sign(base64.urlsafe_b64encode(report_id.bytes).decode().rstrip("="))


def read_token(*, token: str) -> UUID | None:
    """None for a token that isn't ours."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{SIGNER.unsign(token)}=="))
    except (signing.BadSignature, ValueError, binascii.Error):
        return None


def status_url(*, marketplace: str, report_id: UUID) -> str:
    return f"{settings.BASE_URL}/{marketplace}/reports/{token_of(report_id=report_id)}/"


def email_key(email: str) -> str:
    """Who an address is without saying it: the same for the same address, unknown without our
    secret.
    """
    secret = settings.SECRET_KEY.encode()
    digest = hmac.new(secret, f"reporter\n{email.strip().lower()}".encode(), hashlib.sha256)
    return f"email:{digest.hexdigest()[:40]}"
