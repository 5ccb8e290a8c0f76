"""Nothing crosses the border of a workspace: the machine that says so is tried here."""

from __future__ import annotations

import ast
import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Count, Prefetch
from django.test.utils import CaptureQueriesContext

from metwith.records.models import Company, Opportunity, Person, PersonAddress
from metwith.workspaces.addresses import who_is_who
from metwith.workspaces.models import Invitation, Member, Workspace
from metwith.workspaces.scope import OwnedByWorkspace, SameWorkspace
from tests import people
from tests.border import ACROSS, PRODUCT, CrossedBorder, Guard, owned_models, trespass
from tests.tied import untied

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NOT_WORKSPACE_FIRST = {
    "workspaces_member.user": "signing in asks in which workspaces somebody is",
    "invitation_token": "the link tells the workspace",
    "api_token_hash": "the token tells the workspace",
    "subscription_token": "the address tells the workspace",
    "basis_due": "the scheduler serves all workspaces",
    **dict.fromkeys(
        (
            *("company_by_trigrams", "company_domain_by_trigrams", "entry_by_title", "opportunity_by_trigrams"),
            *("person_address_by_trigrams", "person_by_trigrams"),
        ),
        "the workspace is in its numbers (lib/search)",
    ),
    "calendar_due": "the scheduler serves all workspaces",
    "series_to_roll": "the daily roll serves all workspaces",
    "channel_once": "a notice names the channel and no workspace",
    "channel_due": "the scheduler serves all workspaces",
    "set_aside_to_purge": "the purge of what was set aside serves all workspaces",
    "inquiry_expired": "the purge of old inquiries serves all workspaces",
}


def test_only_the_places_named_serve_all_workspaces():
    sql, tables = "SELECT id FROM calendars_calendar WHERE workspace_id > %s", frozenset({"calendars_calendar"})
    assert not trespass(sql, tables, "cli/admin/sync.py:_targets")
    assert not trespass(sql, tables, "calendars/migrations/0002_made_up.py:note")
    assert trespass(sql, tables, "cli/admin/sync.py:run") == "calendars_calendar"


def test_every_place_that_serves_all_workspaces_is_there():
    owned = {model._meta.db_table for model in owned_models()}
    for place, (tables, reason) in ACROSS.items():
        path, _, function = place.partition(":")
        defined = [node.name for node in ast.walk(ast.parse(Path(PRODUCT, path).read_text("utf-8"))) if isinstance(node, FUNCTIONS)]
        assert function.rpartition(".")[2] in defined, place
        assert {table for table in tables.split() if not table.startswith("letters_")} <= owned, place  # of the channel that tests make up
        assert reason


@pytest.mark.parametrize(
    ("asked", "tie"),
    [
        ("who_is_who(here)", "m.workspace_id = v.workspace_id AND "),
        (
            "list(PersonAddress.objects.of(here).select_related('person'))",
            ' AND "records_personaddress"."workspace_id" = "records_person"."workspace_id"',
        ),
        ("Person.objects.of(here).filter(company__name='Acme').update(name='Anna')", ' AND "records_person"."workspace_id" = %s'),
        ("Person.objects.of(here).filter(company__name='Acme').delete()", ' AND "records_person"."workspace_id" = %s'),
        ("Person.objects.of(here).filter(company__name='Acme').delete()", ' AND "U0"."workspace_id" = "U2"."workspace_id"'),
    ],
)
def test_a_statement_of_the_product_is_found_when_one_tie_is_taken_out(alice: Member, asked: str, tie: str):
    """What must be seen: a join that forgot the workspace."""
    sent: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        eval(asked, {"here": alice.workspace_id, "Person": Person, "PersonAddress": PersonAddress, "who_is_who": who_is_who})  # noqa: S307
    owned = frozenset(model._meta.db_table for model in owned_models())
    assert [sql for sql in sent if untied(sql, owned)] == []
    with_tie = [sql for sql in sent if tie in sql]
    assert with_tie
    for sql in with_tie:
        assert untied(sql.replace(tie, "", 1), owned)


def test_the_guard_stands_at_the_connection(db: None):
    assert any(isinstance(wrapper, Guard) for wrapper in connection.execute_wrappers)


@pytest.mark.parametrize(
    "question",
    ["list(Person.objects.all())", "Person.objects.get(pk=anna.pk)", "Person.objects.filter(name='x').delete()"],
)
def test_the_product_is_stopped_when_it_asks_without_a_workspace(alice: Member, question: str):
    anna = people.person(alice, "Anna Lindt", "anna@acme.example")
    with pytest.raises(CrossedBorder, match="records_person"):
        _as_product(question, Person=Person, anna=anna)


@pytest.mark.parametrize(
    "question",
    [
        "list(Person.objects.of(anna.workspace_id))",
        "anna.company",
        "anna.save()",
        "anna.delete()",
        "anna.refresh_from_db()",
        "list(anna.addresses.all())",
        "Person.objects.of(anna.workspace_id).only('workspace_id').get(pk=anna.pk).name",
    ],
)
def test_the_product_may_ask_within_a_workspace(alice: Member, question: str):
    anna = people.person(alice, "Anna Lindt", company=people.company(alice, "Acme"))
    anna = Person.objects.get(pk=anna.pk)
    with CaptureQueriesContext(connection) as asked:
        _as_product(question, Person=Person, anna=anna)
    assert asked.captured_queries


def _as_product(question: str, **names: object) -> None:
    """Ask as if the line stood in a file of the product."""
    exec(compile(question, f"{PRODUCT}/made_up.py", "exec"), names)  # noqa: S102  a line of this very file


@pytest.mark.parametrize(
    ("question", "pairs"),
    [
        ("Person.objects.of(here).filter(company__name='Acme')", 1),
        ("Person.objects.of(here).select_related('company')", 1),
        ("Person.objects.of(here).exclude(company__name='Acme')", 1),
        ("Person.objects.of(here).values('company__name').annotate(Count('pk'))", 1),
        ("Person.objects.of(here).filter(addresses__address='anna@acme.example')", 1),
        ("Person.objects.of(here).annotate(Count('addresses'))", 1),
        ("Person.objects.of(here).order_by('company__name')", 1),
        ("PersonAddress.objects.of(here).filter(person__company__domains__domain='acme.example')", 3),
        ("Person.objects.of(here).filter(company__in=Company.objects.of(here).filter(domains__domain='acme.example'))", 1),
    ],
)
def test_every_join_compares_the_workspaces(alice: Member, question: str, pairs: int):
    found = eval(question, {"here": alice.workspace_id, "Count": Count} | {model.__name__: model for model in owned_models()})  # noqa: S307
    joins = re.findall(r"JOIN \S+(?: \S+)? ON \((.*?)\)", str(found.query))
    assert [re.findall(r'"workspace_id"', joined) for joined in joins] == [['"workspace_id"'] * 2] * pairs
    list(found)


@pytest.mark.parametrize(
    "question",
    [
        "prefetch_related('company')",
        "prefetch_related('addresses')",
        "prefetch_related(Prefetch('addresses', PersonAddress.objects.all()))",
    ],
)
def test_what_is_fetched_along_is_of_the_same_workspace(alice: Member, question: str):
    people.person(alice, "Anna Lindt", "anna@acme.example", company=people.company(alice, "Acme"))
    names = {"Prefetch": Prefetch, "PersonAddress": PersonAddress, "rows": Person.objects.of(alice.workspace_id)}
    with CaptureQueriesContext(connection) as asked:
        (anna,) = eval(f"rows.{question}", names)  # noqa: S307  as above
        assert (anna.company.name, [row.address for row in anna.addresses.all()]) == ("Acme", ["anna@acme.example"])
    assert len(asked) == 3
    assert f'"workspace_id" IN ({alice.workspace_id})' in asked[1]["sql"]


@pytest.mark.parametrize("change", ["anna.save()", "anna.save(update_fields=['name'])", "anna.delete()", "anna.refresh_from_db()"])
def test_a_row_is_written_within_its_workspace(alice: Member, charlie: Member, change: str):
    """A row in memory that names another workspace by some mistake reaches none of it."""
    anna = people.person(alice, "Anna Lindt")
    stray = Person(pk=anna.pk, workspace=charlie.workspace, name="Eve")
    with contextlib.suppress(IntegrityError, DatabaseError, Person.DoesNotExist), transaction.atomic():
        eval(change, {"anna": stray})  # noqa: S307  as above
    assert (*Person.objects.values_list("name", "workspace_id"),) == (("Anna Lindt", alice.workspace_id),)


def test_what_was_not_saved_cannot_be_deleted(db: None):
    with pytest.raises(ValueError, match="not saved"):
        Person(name="Anna Lindt").delete()


def test_a_test_may_ask_what_it_likes(alice: Member):
    assert Member.objects.get(pk=alice.pk) == alice


def test_asking_across_workspaces_needs_a_reason(db: None):
    with pytest.raises(ValueError, match="say why"):
        Person.objects.across_workspaces("")


def test_the_workspace_comes_first_in_every_index():
    late = {name for model in owned_models() for name, first in _indexes(model) if first != "workspace"}
    assert late == set(NOT_WORKSPACE_FIRST)


def _indexes(model: Any) -> list[tuple[str, str]]:
    """Name and first column of every index of a model, the primary key's apart."""
    own = [field for field in model._meta.local_fields if not field.primary_key and (field.unique or field.db_index)]
    unique = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
    return [
        *((f"{model._meta.db_table}.{field.name}", field.name) for field in own),
        *((index.name, _first(index)) for index in model._meta.indexes),
        *((str(rule.name), rule.fields[0]) for rule in unique),
    ]


def _first(index: models.Index) -> str:
    return index.fields_orders[0][0] if index.fields_orders else "an expression"


def test_every_reference_behind_the_border_is_held_by_the_database():
    for model in owned_models():
        held = {rule.field for rule in model._meta.constraints if isinstance(rule, SameWorkspace)}
        references = {
            field.name
            for field in model._meta.local_fields
            if isinstance(field.related_model, type) and issubclass(field.related_model, OwnedByWorkspace)
        }
        assert held == references, model.__name__


def test_a_row_that_points_into_another_workspace_is_refused(alice: Member, charlie: Member):
    theirs = people.company(charlie, "Northwind", "northwind.example")
    with pytest.raises(IntegrityError, match="person_company"), transaction.atomic():
        Person.objects.create(workspace=alice.workspace, name="Eve", company=theirs)


def test_a_row_cannot_be_moved_away_from_what_it_points_at(alice: Member, charlie: Member):
    anna = people.person(alice, "Anna Lindt", "anna@acme.example")
    with pytest.raises(IntegrityError, match="person_address_person"), transaction.atomic():
        PersonAddress.objects.filter(person=anna).update(workspace=charlie.workspace)


def test_what_belongs_to_a_row_goes_with_it(alice: Member):
    anna = people.person(alice, "Anna Lindt", "anna@acme.example")
    anna.delete()
    assert not PersonAddress.objects.exists()


def test_what_only_mentions_a_row_stays_without_it(alice: Member):
    acme = people.company(alice, "Acme", "acme.example")
    anna = people.person(alice, "Anna Lindt", company=acme)
    deal = people.opportunity(alice, "Big deal", company=acme, contact=anna)
    acme.delete()
    anna.refresh_from_db()
    deal.refresh_from_db()
    assert (anna.company_id, deal.company_id, deal.contact_id) == (None, None, anna.pk)
    assert (anna.workspace_id, deal.workspace_id) == (alice.workspace_id, alice.workspace_id)


def test_a_workspace_goes_with_everything_in_it_and_nothing_else(alice: Member, bob: Member, charlie: Member):
    for member in (alice, charlie):
        acme = people.company(member, "Acme", "acme.example")
        anna = people.person(member, "Anna Lindt", "anna@acme.example", company=acme)
        people.opportunity(member, "Big deal", company=acme, contact=anna)
    alice.workspace.delete()
    for model in (Company, Person, PersonAddress, Opportunity, Member, Invitation):
        assert set(model.objects.values_list("workspace_id", flat=True)) <= {charlie.workspace_id}
    assert Person.objects.count() == Workspace.objects.count() == 1


def test_a_reference_added_to_a_table_that_is_there_is_held_too(alice: Member, charlie: Member):
    """The constraint as ALTER TABLE, taken off and put on again."""
    rule = next(rule for rule in Person._meta.constraints if rule.name == "person_company")
    theirs = people.company(charlie, "Northwind", "northwind.example")
    connection.check_constraints()  # PostgreSQL alters no table with deferred checks to do
    with connection.schema_editor() as editor:
        editor.remove_constraint(Person, rule)
    with connection.schema_editor() as editor:
        editor.add_constraint(Person, rule)
    with pytest.raises(IntegrityError, match="person_company"), transaction.atomic():
        Person.objects.create(workspace=alice.workspace, name="Eve", company=theirs)


def test_a_reference_in_a_new_table_is_held_from_the_start(alice: Member):
    """The constraint within CREATE TABLE."""
    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(PersonAddress)
    created = str(editor.collected_sql[0])
    assert created.startswith("CREATE TABLE")
    assert 'FOREIGN KEY ("workspace_id", "person_id") REFERENCES "records_person" ("workspace_id", "id") ON DELETE CASCADE' in created
