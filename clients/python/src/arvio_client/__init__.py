"""Arvio for a marketplace's backend: facts in, viewer tokens out, ratings, webhooks."""

from arvio_client.client import Client
from arvio_client.errors import (
    AnswerError,
    ArvioError,
    Busy,
    Invalid,
    InvalidWebhook,
    NotFound,
    NotSignedIn,
    Refused,
    ServerFailed,
    Unreachable,
)
from arvio_client.tokens import sign_viewer_token
from arvio_client.webhooks import Event, verify_webhook

__version__ = "0.1.0"
__all__ = [
    "AnswerError",
    "ArvioError",
    "Busy",
    "Client",
    "Event",
    "Invalid",
    "InvalidWebhook",
    "NotFound",
    "NotSignedIn",
    "Refused",
    "ServerFailed",
    "Unreachable",
    "sign_viewer_token",
    "verify_webhook",
]
