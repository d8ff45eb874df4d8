"""`GET /openapi.json` and `GET /docs`: the document, and a page that shows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from arvio.api import document as openapi
from arvio.api.edge import publish
from arvio.api.problems import Problem, respond

COLLECTIONS = ("array", "object")


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
    shown = {name: fields(schema) for name, schema in named.items() if "properties" in schema}
    return {"info": document["info"], "groups": groups, "shapes": shown, "base": "/api/v1"}


def _route(
    document: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "where": one["in"],
                "type": type_words(one["schema"]),
                "required": one["required"],
                "words": one.get("description", ""),
            }
            for one in operation["parameters"]
        ],
        "body": _body(document, operation),
        "answers": [
            _answer(document, status, one) for status, one in operation["responses"].items()
        ],
    }


def _body(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    if "requestBody" not in operation:
        return []
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return fields(_resolve(document, schema))


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, Any]:
    answer = _resolve(document, answer)
    contents = list(answer.get("content", {}).values())
    return {
        "status": status,
        "words": answer["description"],
        "shape": type_words(contents[0]["schema"]) if contents else "",
    }


def fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "type": type_words(one),
            "required": name in required,
            "words": one.get("description", ""),
        }
        for name, one in schema.get("properties", {}).items()
    ]


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
