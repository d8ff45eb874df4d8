"""The OpenAPI document: ninja's, completed with every answer that can occur. docs/openapi.json is
this, frozen.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.utils import translation

from arvio.api import shapes, shapes_webhooks
from arvio.api.audience import MODERATOR, PARTNER, PUBLIC, SERVER, VIEWER
from arvio.api.once import HEADER
from arvio.api.service import api
from arvio.notify.webhooks import explain

PROBLEMS = {
    "400": "The body is no JSON.",
    "401": "Nobody is signed in: the key or token is missing, expired or not valid.",
    "403": "The caller may not do this; a refusal says why, with every check.",
    "404": "Something that the path or the body names isn't there.",
    "405": "The path has no such method.",
    "409": "A request with this Idempotency-Key is still running; or it doesn't fit how things "
    "stand by now, such as a case that is decided.",
    "410": "The review was public once and was removed.",
    "413": "The body is too large.",
    "422": "Something that was sent isn't right; `errors` names each field.",
    "429": "Too many came in a short time; Retry-After says when it may be tried again.",
    "503": "The service can't use its database right now; Retry-After says when to send the same "
    "again.",
}
WORDS = {
    "200": "As it is now.",
    "201": "Made.",
    "202": "Taken; it counts when what is missing has come.",
    "204": "Done.",
    "304": "What you have (If-None-Match) is still right.",
}
TAGS = {
    SERVER: "A marketplace's backend, with its server key.",
    VIEWER: "Somebody who looks, with a viewer token; in browsers only on its marketplace's pages.",
    PARTNER: "A member of a partner, with a key of their own; their role says what they may.",
    MODERATOR: "A person at a marketplace's desk, with a key of their own.",
    PUBLIC: "Everybody, from everywhere. Answers carry an ETag.",
}
REFUSING = {("post", "/marketplaces/{marketplace}/apps/{app}/reviews"), *(
    (method, "/reviews/{review_id}") for method in ("patch", "delete")
)}  # fmt: skip
# POSTs that make nothing, so that sending them twice needs no key.
MAKING_NOTHING = {
    "/reply-check",
    "/moderation/cases/{case_id}/approve",
    "/moderation/cases/{case_id}/send-back",
    "/moderation/cases/{case_id}/assign",
    *(
        f"{door}/webhooks/{{webhook_id}}/{rest}"
        for door in ("/marketplaces/{marketplace}", "/partner")
        for rest in ("test", "deliveries/{delivery_id}/redeliver")
    ),
}
# Where a visitor's address and machine are counted.
LIMITED = {"/reviews/{review_id}/reports", "/replies/{reply_id}/reports"}


SCHEMAS = "#/components/schemas/{model}"
SENT = {
    "webhook-id": "The event's id, the same at every try.",
    "webhook-timestamp": "When this try was made, in Unix seconds; it is signed too.",
    "webhook-signature": "`v1,` and the signature, one for each secret that is valid, with a space "
    "between (Standard Webhooks).",
}


@cache
def build() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="")))
    document["tags"] = [
        {"name": audience.value, "description": words} for audience, words in TAGS.items()
    ]
    components = document["components"]
    components["schemas"].update(_problem_schemas())
    document["webhooks"] = _webhooks(components["schemas"])
    components["responses"] = {f"Problem{status}": _problem(status) for status in PROBLEMS}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operation["operationId"] = operation["operationId"].rpartition("arvio_api_")[2]
            _complete(operation, method, path)
    _drop_unused(document)
    return document


def text() -> str:
    return json.dumps(build(), ensure_ascii=False, indent=1) + "\n"


def problem_statuses(operation: dict[str, Any], method: str, path: str) -> list[str]:
    """Which problems this operation can answer."""
    statuses = {"404", "405", "422", "503"}
    audience = operation["tags"][0]
    if "security" in operation:
        statuses.add("401")
    # Keys have kinds and roles, and whoever sends one of several is told which it takes.
    keys = audience in (SERVER.value, PARTNER.value, MODERATOR.value)
    if keys or len(operation.get("security", ())) > 1 or (method, path) in REFUSING:
        statuses.add("403")
    if path in LIMITED:
        statuses.add("429")
    if "requestBody" in operation:
        statuses |= {"400", "413"}
    clashes = audience == MODERATOR.value or path.endswith("/test")
    if _makes(method, path) or (method == "post" and clashes):
        statuses.add("409")
    if method == "get" and audience == PUBLIC.value and path == "/reviews/{review_id}":
        statuses.add("410")
    return sorted(statuses)


def _makes(method: str, path: str) -> bool:
    return method == "post" and path not in MAKING_NOTHING


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        response["description"] = WORDS[status]
    if operation["tags"] == [PUBLIC.value] and method == "get":
        etag = {"schema": {"type": "string"}}
        responses["200"]["headers"] = {"ETag": etag}
        responses["304"] = {"description": WORDS["304"], "headers": {"ETag": etag}}
    for status in problem_statuses(operation, method, path):
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    if _makes(method, path):
        operation["parameters"].append(
            {
                "in": "header",
                "name": HEADER,
                "required": False,
                "description": "The same key and body within 24 hours get the same answer.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
            }
        )


def _drop_unused(document: dict[str, Any]) -> None:
    """Ninja lists the models of queries too; their fields stand as parameters already."""
    schemas = document["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    for name in set(schemas) - named:
        del schemas[name]


def _webhooks(schemas: dict[str, Any]) -> dict[str, Any]:
    """What is sent to whoever asked for it (OpenAPI 3.1); its shapes come into `schemas`."""
    for shape in shapes_webhooks.SHAPES.values():
        schema = shape.model_json_schema(ref_template=SCHEMAS)
        schemas |= {**schema.pop("$defs"), shape.__name__: schema}
    headers = [
        {
            "in": "header",
            "name": name,
            "required": True,
            "description": description,
            "schema": {"type": "string"},
        }
        for name, description in SENT.items()
    ]
    with translation.override("en"):
        return {
            event: {"post": _sent(event, shape.__name__, headers)}
            for event, shape in shapes_webhooks.EVENT_SHAPES.items()
        }


def _sent(event: str, shape: str, headers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "operationId": f"webhook_{event.replace('.', '_')}",
        "summary": explain.event(event),
        "parameters": headers,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": SCHEMAS.format(model=shape)}}},
        },
        "responses": {
            "2XX": {"description": "Taken."},
            "410": {"description": "Nothing is wanted any more: the webhook is turned off."},
            "default": {"description": "Not taken: it is sent again, for three days."},
        },
    }


def _problem(status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": PROBLEMS[status],
        "content": {"application/problem+json": {"schema": schema}},
    }


def _problem_schemas() -> dict[str, Any]:
    schema = shapes.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs")
    for field in schema["properties"].values():
        field.pop("default", None)
    return {**parts, "Problem": schema}
