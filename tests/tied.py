"""Which table of a statement is not tied to a workspace, told from PostgreSQL's own parse of it.

A row of a table is tied where its `workspace_id` must equal a parameter (`=`, `IN`, `= ANY`), or a column of another row that must: a joined
row's, an outer query's, one that a nested SELECT or a CTE hands out. Only what must hold counts: an arm of an OR ties what all its arms tie,
and the condition of an outer join only what it may leave out. What reads, changes or empties a table is judged, at every depth; what adds
rows is not, since each brings its workspace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pgparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMN = "workspace_id"
QUERIES = ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sbt]")
SEVERAL = re.compile(r"\bIN \(%s(?:, %s)+\)")
ROWS = re.compile(r"(\((?:%s(?:::\w+)?(?:, )?)+\))(?:, ?\1)+")
"""Lists of any length are told apart by nothing that matters here."""

type Node = dict[str, Any]
type Columns = dict[str, bool]
"""What a nested query hands out: each column, and whether it is tied."""
type Place = tuple[int, str]
"""A column of a row: the number of the row's source within the statement, the column's name."""
type Link = tuple[Place | None, Place]
"""The second is tied where the first is; None is a parameter."""


class Untied(Exception):
    """Names the table."""


@dataclass(eq=False)
class Source:
    """What stands in a FROM: a table, or what hands out columns."""

    name: str
    """As the statement calls it."""
    table: str = ""
    columns: Columns = field(default_factory=dict)

    def has(self, column: str) -> bool:
        """Of a table, only the workspace's column is known."""
        return column == COLUMN if self.table else column in self.columns


@dataclass
class Level:
    """One query: its sources, what ties them, and the queries around it."""

    outer: Level | None
    named: dict[str, Columns]
    """The CTEs that can be seen from here."""
    sources: list[Source] = field(default_factory=list)
    links: set[Link] = field(default_factory=set)
    tied: set[Place] = field(default_factory=set)

    def place(self, reference: Node) -> Place | None:
        """Which column is meant; None for one that ties nothing."""
        parts = [part["String"]["sval"] for part in reference["fields"] if "String" in part]
        if len(parts) < len(reference["fields"]):
            return None
        column, qualifier = parts[-1], parts[-2] if len(parts) > 1 else ""
        level: Level | None = self
        while level is not None:
            found = [source for source in level.sources if (source.name == qualifier if qualifier else source.has(column))]
            if found:
                return id(found[0]), column
            level = level.outer
        return None

    def is_tied(self, place: Place) -> bool:
        """Here or further out."""
        return place in self.tied or (self.outer is not None and self.outer.is_tied(place))

    def settle(self) -> None:
        """Follow the links until nothing more is tied."""
        changed = True
        while changed:
            more = {to for start, to in self.links if start is None or self.is_tied(start)} - self.tied
            changed = bool(more)
            self.tied |= more


@lru_cache(maxsize=10_000)
def untied(sql: str, tables: frozenset[str], across: frozenset[str] = frozenset(), *, filled: bool = True) -> str:
    """The first of `tables` that a statement reads, changes or empties without a tie; `""` when there is none.

    Those `across` may stand by themselves: what is joined to them is tied by that. `filled`: it has parameters, written as psycopg's.
    """
    if not any(table in sql for table in tables):
        return ""
    return _untied(ROWS.sub(r"\1", SEVERAL.sub("IN (%s)", sql)) if filled else sql, tables, across, filled)


@lru_cache(maxsize=2_000)
def _untied(sql: str, tables: frozenset[str], across: frozenset[str], filled: bool) -> str:
    text = PLACEHOLDER.sub("$1", sql).replace("%%", "%") if filled else sql
    try:
        for statement in pgparse.parse(text):
            for query in _queries(statement):
                _Judge(tables, across).query(query, None, {})
    except Untied as found:
        return str(found)
    except pgparse.PGQueryError as error:
        return f"what cannot be parsed ({error})"
    return ""


def _queries(node: Any) -> Iterator[Node]:
    """The outermost queries in a piece of a statement, each as `{kind: body}`."""
    if isinstance(node, list):
        for one in node:
            yield from _queries(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in QUERIES:
                yield {key: value}
            elif key in {"MergeStmt", "TruncateStmt"}:
                raise Untied(f"a {key}")
            else:
                yield from _queries(value)


@dataclass
class _Judge:
    tables: frozenset[str]
    across: frozenset[str]

    def query(self, node: Node, outer: Level | None, named: dict[str, Columns]) -> Columns:
        """What it hands out. Raises Untied."""
        ((kind, body),) = node.items()
        level = Level(outer, self._common(body.get("withClause", {}), outer, named))
        if kind == "SelectStmt" and body.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self._united(body, level)
        if kind == "InsertStmt":
            return self._insert(body, level)
        if "valuesLists" in body:
            return self._values(body["valuesLists"], level)
        later: list[tuple[Source, Node]] = []
        if "relation" in body:
            self._source(level, {"RangeVar": body["relation"]}, later)
        for item in (*body.get("fromClause", ()), *body.get("usingClause", ())):
            self._source(level, item, later)
        conditions = list(_all_of(body.get("whereClause")))
        level.links |= self._links(conditions, level)
        level.settle()
        for source, nested in later:
            source.columns |= _renamed(self.query(nested, level, level.named), source.columns)
            level.tied |= {(id(source), name) for name, tied in source.columns.items() if tied}
            level.links |= self._links(conditions, level)
            level.settle()
        for source in level.sources:
            if source.table and (id(source), COLUMN) not in level.tied:
                raise Untied(source.table)
        given = [body[part] for part in ("targetList", "whereClause", "havingClause", "groupClause", "sortClause") if part in body]
        given += [body[part] for part in ("limitCount", "limitOffset", "returningList", "distinctClause", "windowClause") if part in body]
        for nested in _queries([*given, _conditions_of_joins(body)]):
            self.query(nested, level, level.named)
        return self._handed_out(body.get("targetList" if kind == "SelectStmt" else "returningList", []), level)

    def _common(self, clause: Node, outer: Level | None, named: dict[str, Columns]) -> dict[str, Columns]:
        """The CTEs seen so far and those of a WITH; a recursive one sees what its first arm hands out."""
        seen = dict(named)
        for one in clause.get("ctes", ()):
            cte = one["CommonTableExpr"]
            names = dict.fromkeys(_strings(cte.get("aliascolnames", ())), False)
            nested = cte["ctequery"]
            first = nested.get("SelectStmt", {}).get("larg") if clause.get("recursive") else None
            if first:
                seen[cte["ctename"]] = _renamed(self.query({"SelectStmt": first}, outer, seen), names)
            seen[cte["ctename"]] = _renamed(self.query(nested, outer, seen), names)
        return seen

    def _united(self, body: Node, level: Level) -> Columns:
        arms = [self.query({"SelectStmt": body[arm]}, level.outer, level.named) for arm in ("larg", "rarg")]
        return {name: all(ties) for (name, *ties) in zip(arms[0], *(arm.values() for arm in arms), strict=False)}

    def _insert(self, body: Node, level: Level) -> Columns:
        if "selectStmt" in body:
            self.query(body["selectStmt"], level.outer, level.named)
        table = Source(body["relation"].get("alias", {}).get("aliasname", body["relation"]["relname"]), columns={COLUMN: True})
        excluded = Source("excluded", columns={COLUMN: True})
        level.sources += [table, excluded]
        level.tied |= {(id(table), COLUMN), (id(excluded), COLUMN)}
        for nested in _queries([body.get("onConflictClause"), body.get("returningList")]):
            self.query(nested, level, level.named)
        return self._handed_out(body.get("returningList", []), level)

    def _values(self, lists: list[Node], level: Level) -> Columns:
        rows = [row["List"]["items"] for row in lists]
        for nested in _queries(rows):
            self.query(nested, level.outer, level.named)
        return {f"column{at + 1}": all(_is_given(row[at]) for row in rows) for at in range(len(rows[0]))}

    def _handed_out(self, targets: list[Node], level: Level) -> Columns:
        found: Columns = {}
        for at, target in enumerate(targets):
            value = target["ResTarget"]["val"]
            reference = value.get("ColumnRef")
            if reference and "A_Star" in reference["fields"][-1]:
                of = {part["String"]["sval"] for part in reference["fields"][:-1]}
                for source in level.sources:
                    if not of or source.name in of:
                        for name in [COLUMN] if source.table else source.columns:
                            found[name] = level.is_tied((id(source), name)) and found.get(name, True)
                continue
            name = target["ResTarget"].get("name") or (reference["fields"][-1]["String"]["sval"] if reference else f"?{at}")
            place = level.place(reference) if reference else None
            found[f"?{at}" if name in found else name] = level.is_tied(place) if place else _is_given(value)
        return found

    def _source(self, level: Level, item: Node, later: list[tuple[Source, Node]]) -> list[Source]:
        """Note what stands in a FROM, and what the joins in it tie. Returns what was noted."""
        ((kind, body),) = item.items()
        alias = body.get("alias", {})
        names = dict.fromkeys(_strings(alias.get("colnames", ())), False)
        if kind == "JoinExpr":
            return self._join(level, body, later)
        source = Source(alias.get("aliasname", ""))
        if kind == "RangeVar":
            source.name = source.name or body["relname"]
            if body["relname"] in level.named:
                source.columns = _renamed(level.named[body["relname"]], names)
            elif body["relname"] in self.tables:
                source.table = body["relname"]
        elif kind == "RangeSubselect" and not body.get("lateral"):
            source.columns = _renamed(self.query(body["subquery"], level.outer, level.named), names)
        elif kind == "RangeSubselect":
            source.columns = names
            later.append((source, body["subquery"]))
        else:
            source.columns = dict.fromkeys(names, _is_given(body.get("functions")))
            for nested in _queries(body):
                self.query(nested, level.outer, level.named)
        level.sources.append(source)
        level.tied |= {(id(source), name) for name, tied in source.columns.items() if tied}
        if source.table in self.across:
            level.tied.add((id(source), COLUMN))
        return [source]

    def _join(self, level: Level, body: Node, later: list[tuple[Source, Node]]) -> list[Source]:
        left = self._source(level, body["larg"], later)
        right = self._source(level, body["rarg"], later)
        narrowed = {"JOIN_INNER": [*left, *right], "JOIN_LEFT": right, "JOIN_RIGHT": left}.get(body["jointype"], [])
        links = self._links(list(_all_of(body.get("quals"))), level)
        for name in _strings(body.get("usingClause", ())):
            ours, theirs = ([(id(one), name) for one in side if one.has(name)] for side in (left, right))
            links |= {link for a in ours for b in theirs for link in ((a, b), (b, a))}
        level.links |= {(start, to) for start, to in links if to[0] in {id(one) for one in narrowed}}
        return [*left, *right]

    def _links(self, conditions: Iterable[Node], level: Level) -> set[Link]:
        """What conditions tie that must all hold."""
        found: set[Link] = set()
        for condition in conditions:
            ((kind, body),) = condition.items()
            if kind == "BoolExpr" and body["boolop"] == "OR_EXPR":
                arms = [self._links(list(_all_of(arm)), level) for arm in body["args"]]
                found |= set.intersection(*arms)
            elif kind == "A_Expr" and _is_equality(body):
                found |= set(self._equal(body["lexpr"], body["rexpr"], level))
            elif kind == "SubLink" and body["subLinkType"] == "ANY_SUBLINK" and "operName" not in body:
                handed = self._tried(body["subselect"], level)
                for one, tied in zip(_elements(body["testexpr"]), handed.values(), strict=False):
                    if tied and (place := _place(one, level)):
                        found.add((None, place))
        return found

    def _tried(self, nested: Node, level: Level) -> Columns:
        """What a nested query hands out as far as is known by now; it is judged when all is known."""
        try:
            return self.query(nested, level, level.named)
        except Untied:
            return {}

    def _equal(self, left: Node, right: Node, level: Level) -> Iterator[Link]:
        ours, theirs = _elements(left), _elements(right)
        if len(ours) > 1 and len(theirs) == len(ours):
            for one, other in zip(ours, theirs, strict=True):
                yield from self._equal(one, other, level)
            return
        if len(ours) > 1 and "List" in right:
            rows = [_elements(row) for row in right["List"]["items"]]
            yield from (
                (None, place) for at, one in enumerate(ours) if (place := _place(one, level)) and all(_is_given(row[at]) for row in rows)
            )
            return
        a, b = _place(left, level), _place(right, level)
        if a and b:
            yield from ((a, b), (b, a))
        elif a and (_is_given(right) or self._is_tied_answer(right, level)):
            yield None, a
        elif b and _is_given(left):
            yield None, b

    def _is_tied_answer(self, value: Node, level: Level) -> bool:
        """`= (SELECT workspace_id …)`."""
        link = value.get("SubLink", {})
        return link.get("subLinkType") == "EXPR_SUBLINK" and all([*self._tried(link["subselect"], level).values()] or [False])


def _renamed(columns: Columns, names: Iterable[str]) -> Columns:
    """The columns under the names that an alias gives them; the last keep their own."""
    given = [*names]
    return dict(zip([*given, *[*columns][len(given) :]], columns.values(), strict=False)) if columns else dict.fromkeys(given, False)


def _all_of(condition: Node | None) -> Iterator[Node]:
    """The conditions that must all hold."""
    if not condition:
        return
    both = condition.get("BoolExpr", {})
    if both.get("boolop") == "AND_EXPR":
        for one in both["args"]:
            yield from _all_of(one)
    else:
        yield condition


def _conditions_of_joins(body: Node) -> list[Node]:
    """The ON of every join of a FROM, for the queries that are nested in them."""
    found: list[Node] = []
    waiting = [*body.get("fromClause", ()), *body.get("usingClause", ())]
    while waiting:
        join = waiting.pop().get("JoinExpr")
        if join:
            found.append(join.get("quals", {}))
            waiting += [join["larg"], join["rarg"]]
    return found


def _is_equality(body: Node) -> bool:
    return body["kind"] in {"AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY"} and _strings(body["name"]) == ["="] and "lexpr" in body


def _elements(value: Node) -> list[Node]:
    """The values of a row; a single value is a row of one."""
    return list(value["RowExpr"]["args"]) if "RowExpr" in value else [value]


def _place(value: Node, level: Level) -> Place | None:
    return level.place(value["ColumnRef"]) if "ColumnRef" in value else None


def _is_given(value: Any) -> bool:
    """Whether a value is made of parameters and constants alone."""
    if isinstance(value, list):
        return all(_is_given(one) for one in value)
    if not isinstance(value, dict):
        return True
    return not any(key in {"ColumnRef", "SubLink", "SetToDefault"} or not _is_given(held) for key, held in value.items())


def _strings(names: Iterable[Node]) -> list[str]:
    return [name["String"]["sval"] for name in names]
