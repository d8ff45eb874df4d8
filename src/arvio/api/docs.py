"""`GET /openapi.json` and `GET /docs`: the document, and a page that shows it."""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt

from arvio.api import document as openapi
from arvio.api.edge import publish
from arvio.api.problems import Problem, respond


@csrf_exempt
def document(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return _only_get(request)
    body = openapi.text().encode()
    return publish(request, HttpResponse(body, content_type="application/json; charset=utf-8"))


@csrf_exempt
def page(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return _only_get(request)
    return render(request, "api/docs.html", context(openapi.build()))


def _only_get(request: HttpRequest) -> HttpResponse:
    headers = {"Allow": "GET, HEAD"}
    return respond(
        request, Problem(405, "method_not_allowed", "This path answers to GET.", headers=headers)
    )


def context(document: dict[str, Any]) -> dict[str, Any]:
    """Groups by who calls, then the shapes that the answers name."""
    groups = [{**tag, "routes": []} for tag in document["tags"]]
    by_name = {group["name"]: group["routes"] for group in groups}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_name[operation["tags"][0]].append(_route(document, method, path, operation))
    named = document["components"]["schemas"]
    return {
        "version": document["info"]["version"],
        "intro": [marked(part) for part in document["info"]["description"].split("\n\n")],
        "groups": groups,
        "events": [_event(name, sent["post"]) for name, sent in document["webhooks"].items()],
        "shapes": {name: _shape(schema) for name, schema in named.items()},
        "base": document["servers"][0]["url"],
    }


def _event(name: str, sent: dict[str, Any]) -> dict[str, Any]:
    schema = sent["requestBody"]["content"]["application/json"]["schema"]
    return {"name": name, "words": marked(sent["summary"]), "type": linked(schema)}


def _route(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": marked(operation.get("description", "")),
        "parameters": [
            {**field(one["name"], one["schema"], one["required"], one), "where": one["in"]}
            for one in operation["parameters"]
        ],
        "body": _shape(_resolve(document, body["schema"])) if body else None,
        "answers": [
            _answer(document, status, one) for status, one in operation["responses"].items()
        ],
    }


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, Any]:
    answer = _resolve(document, answer)
    contents = list(answer.get("content", {}).values())
    return {
        "status": status,
        "words": marked(answer["description"]),
        "type": linked(contents[0]["schema"]) if contents else "",
    }


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    examples = schema.get("examples", [])
    return {
        "description": marked(schema.get("description", "")),
        "fields": [
            field(name, one, name in required, one)
            for name, one in schema.get("properties", {}).items()
        ],
        "example": json.dumps(examples[0], ensure_ascii=False, indent=2) if examples else "",
    }


def field(
    name: str, schema: dict[str, Any], required: bool, described: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "type": linked(schema),
        "required": required,
        "words": marked(described.get("description", "")),
    }


def marked(text: str) -> SafeString:
    """Text in which what stands between backticks is code."""
    parts = enumerate(" ".join(text.split()).split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if n % 2 else part,) for n, part in parts)
    )


def linked(schema: dict[str, Any]) -> SafeString:
    """The words of a type, where names of shapes lead to them."""
    named = sorted(set(re.findall(r"#/components/schemas/(\w+)", json.dumps(schema))))
    words = re.split(rf"\b({'|'.join(named)})\b" if named else "$^", type_words(schema))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<a href="#shape-{0}">{0}</a>', word) if n % 2 else word,)
            for n, word in enumerate(words)
        ),
    )


def type_words(schema: dict[str, Any]) -> str:
    """A schema on one line: `text or null`, `list of Review`, `1 to 5`."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(type_words(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kinds = schema.get("type", "anything")
    if isinstance(kinds, list):
        return " or ".join(type_words({**schema, "type": kind}) for kind in kinds)
    if kinds == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    if kinds == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_words(schema['additionalProperties'])}"
    if kinds == "integer" and "minimum" in schema and "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    words = {"string": schema.get("format", "text"), "boolean": "true | false"}
    return str(words.get(kinds, kinds))


def _resolve(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = document
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)
