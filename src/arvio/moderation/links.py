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

from arvio.catalog.pseudonyms import first_secret

SIGNER = signing.Signer(salt="arvio.moderation.report")
CASE_SIGNER = signing.Signer(salt="arvio.moderation.case")


def token_of(*, report_id: UUID) -> str:
    return _sign(SIGNER, report_id)


def read_token(*, token: str) -> UUID | None:
    """None for a token that isn't ours."""
    return _read(SIGNER, token)


def case_token_of(*, case_id: UUID) -> str:
    return _sign(CASE_SIGNER, case_id)


def read_case_token(*, token: str) -> UUID | None:
    """None for a token that isn't ours, and for a report's."""
    return _read(CASE_SIGNER, token)


def _sign(signer: signing.Signer, named: UUID) -> str:
    return signer.sign(base64.urlsafe_b64encode(named.bytes).decode().rstrip("="))


def _read(signer: signing.Signer, token: str) -> UUID | None:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{signer.unsign(token)}=="))
    except (signing.BadSignature, ValueError, binascii.Error):
        return None


def case_url(*, marketplace: str, case_id: UUID) -> str:
    """How a case stands, for whoever has filed a report and not confirmed it: it gives no right to
    confirm or to appeal, and says nothing of who reported, so that an address can be given that
    isn't one's own, and nothing is learned or gained by it.
    """
    return f"{settings.BASE_URL}/{marketplace}/reported/{case_token_of(case_id=case_id)}/"


def desk_url(*, case_id: UUID) -> str:
    return f"{settings.BASE_URL}/desk/cases/{case_id}/"


def status_url(*, marketplace: str, report_id: UUID) -> str:
    return f"{settings.BASE_URL}/{marketplace}/reports/{token_of(report_id=report_id)}/"


def email_key(email: str) -> str:
    """Who an address is without saying it: the same for the same address, unknown without our
    secret.
    """
    secret = first_secret().encode()
    digest = hmac.new(secret, f"reporter\n{email.strip().lower()}".encode(), hashlib.sha256)
    return f"email:{digest.hexdigest()[:40]}"
