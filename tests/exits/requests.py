"""Every address that answers, taken from the routing itself: what is new there is in the matrix from its first day."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from django.urls import URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.urls import URLPattern

BY_EXPRESSION = {"account_reset_password_from_key": "password/reset/key/1-abc/"}
"""Addresses that the routing writes as a regular expression: name → one that fits."""
KINDS = ("person", "company", "opportunity")


@dataclass(frozen=True)
class Exit:
    """One address, with what a browser may do there."""

    name: str
    """`web:meeting`, `api:people/<int:person_id>/calendar`."""
    path: str

    @property
    def of_signing_in(self) -> bool:
        """Of the login library's pages: what they name is the visitor's own."""
        return self.path.startswith("/sign-in/")

    @property
    def for_programs(self) -> bool:
        """Asked with a token, not in a browser."""
        return self.name.startswith("api:")


def exits(ids: Mapping[str, list[object]]) -> list[Exit]:
    """All of them, with each parameter filled from `ids`. KeyError for a parameter that nobody told how to fill."""
    return list(dict.fromkeys(_exits(get_resolver(), "", ids)))


def _exits(resolver: URLResolver, before: str, ids: Mapping[str, list[object]]) -> Iterator[Exit]:
    for found in resolver.url_patterns:
        route = before + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from _exits(found, route, ids)
        elif isinstance(found.pattern, RoutePattern):
            yield from _filled(found, route, ids)
        else:
            written = f"/{before}{BY_EXPRESSION[str(found.name)]}"
            assert resolve(written).func is found.callback, f"tell the matrix how to write {route}"
            yield Exit(f"web:{found.name}", written)


def _filled(found: URLPattern, route: str, ids: Mapping[str, list[object]]) -> Iterator[Exit]:
    api = route.startswith("api/")
    name = f"api:{route.removeprefix('api/v1/')}" if api else f"web:{found.name}"
    for chosen in _values(found, ids):
        path = route
        for parameter, converter in found.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            for written in (f"<{kind}:{parameter}>", f"<{_SHORT.get(kind, kind)}:{parameter}>", f"<{parameter}>"):
                path = path.replace(written, str(chosen[parameter]))
        assert "<" not in path, f"tell the matrix how to write {path}"
        yield Exit(name, f"/{path}")


_SHORT = {"string": "str"}


def _values(found: URLPattern, ids: Mapping[str, list[object]]) -> Iterator[dict[str, Any]]:
    names = [*found.pattern.converters]
    kinds = [found.default_args["kind"]] if "kind" in found.default_args else KINDS
    for kind in kinds if "record_id" in names else kinds[:1]:
        known: dict[str, list[Any]] = {**ids, "kind": [kind], "record_id": ids[f"{kind}_id"], "_rest": ["nothing"]}
        columns: list[list[Any]] = [known[name] for name in names]
        for values in product(*columns):
            yield dict(zip(names, values, strict=True))
