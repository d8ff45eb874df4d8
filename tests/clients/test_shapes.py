"""The client's shapes are those of docs/openapi.json, field by field, so that they can't drift."""

from __future__ import annotations

import json
import types
from pathlib import Path
from typing import (
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import pytest

from arvio_client import shapes

pytestmark = pytest.mark.once

DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8")
)
APPS = "/marketplaces/{marketplace}/apps"
SCHEMAS = {
    "Account": "AccountOut",
    "AccountFacts": "AccountIn",
    "App": "AppOut",
    "AppFacts": "AppIn",
    "Author": "Author",
    "Check": "Check",
    "Installation": "InstallationOut",
    "ListedApp": "AppItem",
    "ListedApps": "Apps",
    "Member": "Member",
    "Partner": "PartnerOut",
    "PartnerFacts": "PartnerIn",
    "QualityMean": "QualityMean",
    "Rating": "Rating",
    "Ratings": "Ratings",
    "Reply": "Reply",
    "Review": "Review",
    "Reviews": "Reviews",
    "Token": "Token",
    "Usage": "Usage",
    "User": "UserOut",
    "UserFacts": "UserIn",
    "Verdict": "VerdictOut",
    "Viewer": "TokenIn",
}
QUERIES = {"AppsQuery": APPS, "ReviewsQuery": f"{APPS}/{{app}}/reviews"}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def of_hint(hint: Any) -> Any:
    """A type as a plain value: a union is a set, an object the tuple of its fields."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(hint):
        hints = get_type_hints(hint, include_extras=True)
        return {
            name: (get_origin(given) is not NotRequired, of_hint(given))
            for name, given in hints.items()
        }
    if origin is NotRequired:
        return of_hint(arguments[0])
    if origin is Literal:
        return sorted(arguments)
    if origin in (Union, types.UnionType):
        return {"null"}, *(of_hint(one) for one in arguments if one is not type(None))
    if origin is list:
        return "list", of_hint(arguments[0])
    if origin is dict:
        return "map", of_hint(arguments[1])
    return "any" if hint is Any else PLAIN[hint]


def of_schema(schema: Any) -> Any:
    if schema is True or not set(schema) - {"title", "description"}:
        return "any"
    if "$ref" in schema:
        return of_schema(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        rest = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return {"null"}, *map(of_schema, rest)
    if "const" in schema or "enum" in schema:
        return sorted(schema.get("enum") or [schema["const"]])
    if schema["type"] == "array":
        return "list", of_schema(schema["items"])
    if "properties" in schema:
        return {
            name: (name in schema.get("required", ()), of_schema(given))
            for name, given in schema["properties"].items()
        }
    if schema["type"] == "object":
        return "map", of_schema(schema["additionalProperties"])
    return schema["type"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_shape_is_what_the_document_says(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][SCHEMAS[name]]
    assert of_hint(getattr(shapes, name)) == of_schema(schema)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_has_what_the_document_says(name: str) -> None:
    known = {
        one["name"]: of_schema(one["schema"])
        for one in DOCUMENT["paths"][QUERIES[name]]["get"]["parameters"]
        if one["in"] == "query" and one["name"] not in ("cursor", "limit")
    }
    # What may be null in a query may be left out; it is never sent as null.
    wanted = {
        name: form[1] if isinstance(form, tuple) and form[0] == {"null"} else form
        for name, form in known.items()
    }
    given = {name: form for name, (_, form) in of_hint(getattr(shapes, name)).items()}
    assert given == wanted


def test_every_shape_is_compared() -> None:
    made_here = {name for name, one in vars(shapes).items() if is_typeddict(one)}
    assert made_here == {*SCHEMAS, *QUERIES}
