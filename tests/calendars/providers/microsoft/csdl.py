"""Microsoft's own description of Graph (CSDL) → JSON Schemas that allow nothing beside what it names.

The file is not ours to ship: it lies beside the checkout, or a test that needs it is skipped; in CI it fails.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "shared/data/graph-v1.0.csdl"
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_BASIC: dict[str, Any] = {
    "Edm.Boolean": {"type": "boolean"},
    "Edm.Int32": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "Edm.Int64": {"type": "integer"},
    "Edm.Double": {"type": ["number", "string"]},
    "Edm.Decimal": {"type": "number"},
    "Edm.DateTimeOffset": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"},
    "Edm.Date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "Edm.String": {"type": "string"},
    "Edm.Guid": {"type": "string"},
    "Edm.TimeOfDay": {"type": "string"},
}
_ANNOTATIONS = {"^@odata\\.(type|id|etag|context|associationLink|navigationLink)$": {"type": "string"}}
_LISTS = {name: {"type": "string"} for name in ("@odata.context", "@odata.nextLink", "@odata.deltaLink")}
_REMOVED = {
    "type": "object",
    "properties": {
        "@removed": {"type": "object", "properties": {"reason": {"enum": ["deleted", "changed"]}}, "additionalProperties": False},
        "id": {"type": "string"},
    },
    "required": ["@removed", "id"],
    "additionalProperties": False,
}


def file() -> Path | None:
    """Where the description lies, beside this checkout or the one it is a work tree of."""
    return next((parent / NAME for parent in Path(__file__).resolve().parents if (parent / NAME).is_file()), None)


class Schemas:
    """The types of the description."""

    def __init__(self, path: Path) -> None:
        schema = ET.parse(path).getroot().find(f".//{_EDM}Schema")  # noqa: S314  Microsoft's own file
        assert schema is not None
        self.types = {element.get("Name", ""): element for element in schema if element.tag != f"{_EDM}Annotations"}

    def properties(self, name: str) -> set[str]:
        """The names of what a type has, its ancestors' included."""
        return {found.get("Name", "") for found in self._own(name)}

    def one(self, name: str) -> jsonschema_rs.Validator:
        """A validator of answers that are one thing."""
        return self._validator(f"#/$defs/{name}", name)

    def many(self, name: str) -> jsonschema_rs.Validator:
        """A validator of answers that are a page of things; of some it may say that they were removed."""
        value = {"type": "array", "items": {"anyOf": [{"$ref": f"#/$defs/{name}"}, _REMOVED]}}
        page = {"type": "object", "properties": {"value": value, **_LISTS}, "required": ["value"], "additionalProperties": False}
        return self._validator(page, name)

    def _validator(self, root: str | dict[str, Any], name: str) -> jsonschema_rs.Validator:
        definitions: dict[str, Any] = {}
        self._define(name, definitions)
        schema = {"$ref": root} if isinstance(root, str) else root
        return jsonschema_rs.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions})

    def _define(self, name: str, definitions: dict[str, Any]) -> None:
        if name in definitions:
            return
        element = self.types[name]
        definitions[name] = {}
        if element.tag == f"{_EDM}EnumType":
            definitions[name] = {"enum": [member.get("Name") for member in element.findall(f"{_EDM}Member")]}
            return
        found = {one.get("Name", ""): self._property(one, definitions) for one in self._own(name)}
        links = {f"{navigation}@odata.nextLink": {"type": "string"} for navigation in found}
        definitions[name] = {
            "type": "object",
            "properties": found | links,
            "patternProperties": _ANNOTATIONS,
            "additionalProperties": False,
        }

    def _own(self, name: str) -> list[Element]:
        element = self.types[name]
        base = element.get("BaseType", "").removeprefix("graph.")
        inherited = self._own(base) if base else []
        return inherited + [child for child in element if child.tag in {f"{_EDM}Property", f"{_EDM}NavigationProperty"}]

    def _property(self, element: Element, definitions: dict[str, Any]) -> dict[str, Any]:
        kind = element.get("Type", "")
        inner = kind.removeprefix("Collection(").removesuffix(")")
        if element.tag == f"{_EDM}NavigationProperty" and inner not in {"graph.event", "graph.calendar"}:
            return {"not": {}}
        found: dict[str, Any] = _BASIC.get(inner) or {"$ref": f"#/$defs/{inner.removeprefix('graph.')}"}
        if "$ref" in found:
            self._define(inner.removeprefix("graph."), definitions)
        if kind != inner:
            return {"type": "array", "items": found}
        return found if element.get("Nullable") == "false" else {"anyOf": [found, {"type": "null"}]}


@cache
def schemas() -> Schemas | None:
    """The description, read once; None where it is not there."""
    path = file()
    return Schemas(path) if path else None


def needed() -> Schemas:
    """The description, for tests that hold something to it: without it they are skipped, but in CI they fail."""
    found = schemas()
    if found is None:
        missing = f"{NAME} does not lie beside this checkout"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@cache
def validator(path: tuple[str, ...]) -> jsonschema_rs.Validator | None:
    """What an answer to a path is held to; None where there is no description. Parts that are ids are `*`."""
    known = schemas()
    if known is None:
        return None
    match path:
        case [] | ["subscriptions", *_]:
            return known.one("user" if not path else "subscription")
        case ["calendars"]:
            return known.many("calendar")
        case ["calendars", "*"] | ["events", "*", "calendar"]:
            return known.one("calendar")
        case ["events", "*"]:
            return known.one("event")
        case ["calendars", "*", *_] | ["events", "*", "instances"]:
            return known.many("event")
    raise AssertionError("an answer that nothing describes")


def check(path: tuple[str, ...], body: Any) -> None:
    """Raises AssertionError for an answer that Graph could not have given."""
    if path[0] == "me":
        path = path[1:]
    shape = tuple("*" if number == 1 else part for number, part in enumerate(path))
    found = validator(shape)
    if found is not None:
        problems = [f"{'/'.join(map(str, problem.instance_path))}: {problem.message}" for problem in found.iter_errors(body)]
        assert not problems, problems
