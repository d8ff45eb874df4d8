"""Every operation under generated requests: no 5xx, no answer that the document doesn't declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from arvio.config.wsgi import application
from tests.api.caller import Caller, holder, moderates, server, signed_in
from tests.cast import member
from tests.moderation.desk import desk

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
pytestmark = pytest.mark.fuzz
BOUNDED = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


KNOWN = {"marketplace": "store", "app": "calls", "account": "acme", "partner": "pixel"}


def on_stage(case: Any) -> Any:
    """Names in a path become those of the stage where they are as good as any, so that requests
    come past the first 404. A made-up Host goes: such a request is refused before any operation.
    """
    for name, value in (case.path_parameters or {}).items():
        if name in KNOWN and str(value).isalnum():
            case.path_parameters[name] = KNOWN[name]
    for name in [one for one in case.headers or {} if one.lower() == "host"]:
        del case.headers[name]
    return case


@pytest.fixture
def callers(db: None) -> Iterator[dict[str, Caller]]:
    """As Django's own client does, the connection with the test's transaction is kept open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    at = desk(preset="hubspot-2022")
    theirs = at.stage
    at.report(theirs.published())
    yield {
        "ModeratorKey": moderates(at.mika),
        "ServerKey": server(theirs),
        "ViewerToken": signed_in(theirs.anna),
        "PartnerKey": holder(member(theirs)),
    }
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@BOUNDED
def test_with_a_key_or_token(case: Any, callers: dict[str, Caller]) -> None:
    on_stage(case)
    for scheme in schemes(case) or [""]:
        headers = {}
        if scheme:
            headers["Authorization"] = f"Bearer {callers[scheme].authorization}"
        case.validate_response(case.call(headers=headers), checks=CHECKS, headers=headers)


def schemes(case: Any) -> list[str]:
    """All that the operation takes, and an empty one where nobody has to sign in."""
    found = case.operation.definition.raw.get("security", [])
    return [next(iter(one), "") for one in found]


@pytest.mark.once
@schema.parametrize()
@BOUNDED
def test_without(case: Any, callers: dict[str, Caller]) -> None:
    response = on_stage(case).call(headers={"Authorization": "Bearer nobody"})
    if "security" in case.operation.definition.raw and case.method == case.operation.method.upper():
        assert response.status_code in (401, 404, 422)
    case.validate_response(response, checks=CHECKS)
