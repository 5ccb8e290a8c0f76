"""Google's discovery document as JSON Schema: what the practice server may say, and what our client may ask."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import googleapiclient
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

ERROR = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "errors"],
            "properties": {"errors": {"type": "array", "items": {"type": "object", "required": ["domain", "reason", "message"]}}},
        }
    },
}
"""The document has no words for errors; this is the shape that the guide shows."""


@cache
def document() -> dict[str, Any]:
    path = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "calendar.v3.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def methods(part: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    for resource in (part or document()).get("resources", {}).values():
        yield from resource.get("methods", {}).values()
        yield from methods(resource)


@cache
def method(verb: str, path: str) -> dict[str, Any]:
    """The method that a request is for. `path` is what follows the base, as it is sent."""
    for found in methods():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(found["path"]))
        if found["httpMethod"] == verb and re.fullmatch(pattern, path):
            return found
    raise AssertionError(f"no method for {verb} {path}")


def strict(schema: Any) -> Any:
    """A schema of the document as one of JSON Schema: nothing is allowed that it does not name."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    kept = {key: schema[key] for key in ("type", "enum", "pattern") if key in schema}
    if "properties" in schema:
        kept["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
        kept["additionalProperties"] = False
    if "additionalProperties" in schema:
        kept["additionalProperties"] = strict(schema["additionalProperties"])
    if "items" in schema:
        kept["items"] = strict(schema["items"])
    return {} if kept.get("type") == "any" else kept


@cache
def validator(name: str) -> Draft202012Validator:
    defs = {other: strict(schema) for other, schema in document()["schemas"].items()}
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": defs})


def check_asked(verb: str, path: str, query: list[tuple[str, str]]) -> None:
    """Every parameter exists, and is of its type."""
    known = document()["parameters"] | method(verb, path).get("parameters", {})
    for name, value in query:
        assert name in known, f"{name} is no parameter of {path}"
        check_parameter(name, value, known[name])


def check_parameter(name: str, value: str, known: dict[str, Any]) -> None:
    if known["type"] == "boolean":
        assert value in {"true", "false"}, name
    if known["type"] == "integer":
        assert int(known.get("minimum", 0)) <= int(value) <= int(known.get("maximum", 10**9)), name
    assert value in known.get("enum", [value]), name


def check_answer(verb: str, path: str, status: int, body: Any) -> None:
    if status >= 400:
        Draft202012Validator(ERROR).validate(body)
    elif response := method(verb, path).get("response"):
        validator(response["$ref"]).validate(body)
    else:
        assert body is None
