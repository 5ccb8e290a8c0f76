"""A file waits sealed, is its member's alone, goes after an hour, and comes in a piece at a time."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import translation

from metwith.lib.errors import Invalid
from metwith.records import jobs
from metwith.records.acts.models import Act, ActChange
from metwith.records.imports import actions, run, storing, waiting
from metwith.records.imports.models import ImportFile, ImportPiece
from metwith.records.models import Person
from tests import people
from tests.people import NOW
from tests.records.imports.importing import bring_in, counted, give, look, store

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

PEOPLE = "name,email\n" + "".join(f"P{n},p{n}@acme.example\n" for n in range(7))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of two rows, and one row at once."""
    monkeypatch.setattr(waiting, "PIECE", 2)
    monkeypatch.setattr(actions, "AT_ONCE", 1)


def test_columns_are_suggested_and_their_first_values_told(alice: Member):
    file = give(alice, "person", "Vorname;Name;Notiz\nAnna;Lindt;x\nBen;Lindt;\nAnna;Reis;y\n" + f"Cid;Sol;{'z' * 99}\n")
    head = waiting.head_of(file)
    assert file.columns == ["first_name", "last_name", ""]
    assert (head.name, head.delimiter, file.rows) == ("records.csv", ";", 4)
    assert [list(values) for values in head.examples] == [["Anna", "Ben", "Cid"], ["Lindt", "Reis", "Sol"], ["x", "y", "z" * 59 + "…"]]


def test_nothing_of_a_waiting_file_stands_in_the_database_as_it_is(alice: Member):
    looked = look(alice, "person", "Vorname,Geheim\nVelbert,Feldspat\n,Granit\n")
    assert (len(looked.create), len(looked.errors)) == (1, 1)
    with connection.cursor() as cursor:
        for table in ("records_importfile", "records_importpiece", "procrastinate_jobs"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")  # noqa: S608
            text = cursor.fetchone()[0]
            assert not [word for word in ("Velbert", "Feldspat", "Granit", "Vorname", "records.csv") if word in text], table


def test_a_file_sealed_for_one_workspace_opens_in_no_other(alice: Member, charlie: Member):
    hers, his = give(alice, "person", PEOPLE), give(charlie, "person", PEOPLE)
    ImportPiece.objects.of(charlie.workspace_id).update(rows=ImportPiece.objects.of(alice.workspace_id).get().rows)
    with pytest.raises(Exception, match="cannot be read with this key"):
        waiting.rows_in(ImportPiece.objects.of(charlie.workspace_id).get(file=his))
    assert waiting.rows_in(ImportPiece.objects.of(alice.workspace_id).get(file=hers))


def test_a_file_is_its_members_alone(alice: Member, bob: Member, charlie: Member):
    file = look(alice, "person", PEOPLE).file
    for other in (bob, charlie):
        for verb in (actions.find_file, actions.store_file, actions.give_up_file):
            with pytest.raises(ImportFile.DoesNotExist):
                verb(other, file.pk, NOW)
        with pytest.raises(ImportFile.DoesNotExist):
            actions.choose_columns(other, file.pk, ["name"], NOW)
    assert not Person.objects.exists()


def test_a_member_has_one_file_waiting(alice: Member, bob: Member):
    first, bobs = give(alice, "person", PEOPLE), give(bob, "person", PEOPLE)
    second = give(alice, "company", "name\nAcme\n")
    assert set(ImportFile.objects.values_list("pk", flat=True)) == {bobs.pk, second.pk}
    assert not ImportPiece.objects.filter(file_id=first.pk).exists()


def test_a_file_that_is_being_stored_is_not_replaced(alice: Member, small: None):
    looked = look(alice, "person", PEOPLE)
    actions.store_file(alice, looked.file.pk, NOW)
    with pytest.raises(Invalid, match="still being stored"):
        give(alice, "person", PEOPLE)
    with pytest.raises(Invalid, match="being stored"):
        actions.give_up_file(alice, looked.file.pk, NOW)


def test_a_refused_file_leaves_nothing_and_lets_the_waiting_one_be(alice: Member):
    waits = give(alice, "person", PEOPLE)
    for bad in ("name\n" + '"Anna\n', "name\n", "", "name\n" + "x\n" * 3 + '"'):
        with pytest.raises(Invalid):
            give(alice, "person", bad)
    assert ImportFile.objects.get() == waits
    assert ImportPiece.objects.get().file == waits


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["", ""], "No column has the name"),
        (["email", "email"], "No column has the name"),
        (["name", "is_admin"], "cannot be “is_admin”"),
        (["name", "domains"], "cannot be “domains”"),
        (["name", "name"], "Only one can be"),
        (["name", "<script>" * 100], "cannot be"),
    ],
)
def test_forged_columns_are_refused(alice: Member, columns: list[str], words: str):
    file = give(alice, "person", PEOPLE)
    with pytest.raises(Invalid, match=words):
        actions.choose_columns(alice, file.pk, columns, NOW)
    file.refresh_from_db()
    assert (file.state, file.columns) == ("waiting", ["name", "email"])


def test_columns_too_many_or_too_few_do_no_harm(alice: Member):
    file = give(alice, "person", PEOPLE)
    assert actions.choose_columns(alice, file.pk, ["name"], NOW).columns == ["name", ""]
    assert actions.choose_columns(alice, file.pk, ["name", "email", "job_title", "x"], NOW).columns == ["name", "email"]


def test_after_an_hour_a_file_is_gone(alice: Member, monkeypatch: pytest.MonkeyPatch):
    file, over = give(alice, "person", PEOPLE), NOW + timedelta(hours=1)
    with pytest.raises(ImportFile.DoesNotExist):
        actions.find_file(alice, file.pk, over)
    monkeypatch.setattr("metwith.lib.clock.now", lambda: over)
    jobs.tidy_acts(0)
    assert not ImportFile.objects.exists()
    assert not ImportPiece.objects.exists()


def test_what_is_stored_does_not_wait_any_longer(alice: Member):
    store(alice, look(alice, "person", PEOPLE))
    assert not ImportFile.objects.exists()
    looked = look(alice, "person", "name,email\nAnna,anna@acme.example\nBen,nonsense\n")
    store(alice, looked)
    piece = ImportPiece.objects.get()
    assert piece.rows == ""
    assert [row.cells for row in waiting.rejected_in(piece)] == [["Ben", "nonsense"]]


def test_a_large_file_is_looked_at_and_stored_by_jobs_piece_by_piece(alice: Member, small: None):
    file = give(alice, "person", PEOPLE)
    actions.choose_columns(alice, file.pk, file.columns, NOW)
    file.refresh_from_db()
    assert (file.state, file.looked) == ("looking", 0)
    with pytest.raises(Invalid, match="not been looked at"):
        actions.store_file(alice, file.pk, NOW)
    jobs.look_at_file(alice.workspace_id, file.pk)
    file.refresh_from_db()
    assert (file.state, file.looked, file.counts["created"]) == ("looked", 7, 7)
    act = actions.store_file(alice, file.pk, NOW)
    assert (act.state, act.done, act.total, Person.objects.count()) == ("running", 2, 7, 2)
    jobs.store_rows(alice.workspace_id, act.pk)
    act.refresh_from_db()
    assert (act.state, act.done, counted(act).created, Person.objects.count()) == ("done", 7, 7, 7)


def test_stored_twice_it_is_one_act(alice: Member, small: None):
    looked = look(alice, "person", PEOPLE)
    first = actions.store_file(alice, looked.file.pk, NOW)
    assert actions.store_file(alice, looked.file.pk, NOW) == first
    for _ in range(3):
        jobs.store_rows(alice.workspace_id, first.pk)
    assert (Act.objects.count(), Person.objects.count(), ActChange.objects.count()) == (1, 7, 7)


class Killed(BaseException):
    """As a worker that is killed."""


def test_killed_anywhere_and_run_again_it_comes_to_the_same(alice: Member, small: None, monkeypatch: pytest.MonkeyPatch):
    looked = look(alice, "person", PEOPLE + "Bad,nonsense\n")
    act = actions.store_file(alice, looked.file.pk, NOW)
    whole = storing.store_plan

    def dies(*args: Any) -> None:
        whole(*args)
        raise Killed

    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(storing, "store_plan", dies)
            with pytest.raises(Killed):
                jobs.store_rows(alice.workspace_id, act.pk)
        run.store(alice.workspace_id, act.pk, lambda: NOW, pieces=1)
    jobs.store_rows(alice.workspace_id, act.pk)
    act.refresh_from_db()
    assert (act.state, act.done, counted(act)) == ("done", 8, counted(act))
    assert (counted(act).created, counted(act).rejected, Person.objects.count()) == (7, 1, 7)


def test_rows_of_different_pieces_that_mean_one_person_are_asked_about(alice: Member, small: None):
    text = "name,email\nA,a@x.example\nB,b@x.example\nC,c@x.example\nD,A@x.example\n"
    looked = look(alice, "person", text)
    assert [(row.number, "row 2" in row.message) for row in looked.errors] == [(5, True)]
    assert counted(store(alice, looked)).created == 3


def test_a_company_that_an_earlier_piece_made_is_counted_once(alice: Member, small: None):
    text = "name,company\n" + "".join(f"P{n},Acme\n" for n in range(6))
    looked = look(alice, "person", text)
    assert looked.file.counts["companies"] == 1
    assert counted(store(alice, looked)).new_companies == 1


def test_choosing_columns_anew_stops_the_look_that_is_under_way(alice: Member, small: None, monkeypatch: pytest.MonkeyPatch):
    file = give(alice, "person", "name,job_title\n" + "A,x\nB,y\nC,z\n")
    actions.choose_columns(alice, file.pk, ["name", "job_title"], NOW)
    once = iter([True])
    seal = waiting.set_rejected

    def chosen_anew(*args: Any) -> None:
        seal(*args)
        if next(once, False):
            actions.choose_columns(alice, file.pk, ["job_title", "name"], NOW)

    monkeypatch.setattr("metwith.records.imports.run.set_rejected", chosen_anew)
    run.look(alice.workspace_id, file.pk)
    file.refresh_from_db()
    assert (file.state, file.looked, file.columns) == ("looking", 0, ["job_title", "name"])
    run.look(alice.workspace_id, file.pk)
    file.refresh_from_db()
    assert file.state == "looked"


def test_an_import_whose_file_waited_too_long_ends_with_what_it_stored(alice: Member, small: None, monkeypatch: pytest.MonkeyPatch):
    act = actions.store_file(alice, look(alice, "person", PEOPLE).file.pk, NOW)
    monkeypatch.setattr("metwith.lib.clock.now", lambda: NOW + timedelta(hours=1))
    jobs.tidy_acts(0)
    jobs.store_rows(alice.workspace_id, act.pk)
    act.refresh_from_db()
    assert (act.state, act.done, act.total, Person.objects.count()) == ("done", 2, 7, 2)
    assert act.until == NOW + timedelta(hours=25)


def test_the_rows_that_cannot_be_taken_come_back_as_they_were_with_the_reason(alice: Member):
    people.person(alice, "Anna", "anna@acme.example")
    text = "Name;E-Mail;Notiz\nAnna;anna@acme.example;x\n=1+1;nonsense;a;b\nBen;@;=2+2\n"
    looked = look(alice, "person", text)
    lines = list(actions.rejected_file(looked.file))
    assert lines == [
        "Name,E-Mail,Notiz,What is wrong\r\n",
        "'=1+1,nonsense,a,This row has more cells than there are columns: “b”.,b\r\n",
        "Ben,'@,'=2+2,“@” is not an e-mail address.\r\n",
    ]


def test_what_was_given_back_and_mended_comes_in(alice: Member):
    looked = look(alice, "person", "Vorname;Nachname;Mail;Notiz\nAnna;Lindt;nonsense;=1\n")
    back = "".join(actions.rejected_file(looked.file)).replace("nonsense", "anna@acme.example", 1)
    assert bring_in(alice, "person", back).created == 1


def test_words_and_stages_are_of_the_language_in_which_it_was_asked(alice: Member):
    with translation.override("de"):
        file = give(alice, "opportunity", "Name;Phase\nDeal;Gewonnen\nAndere;Unfug\n")
        actions.choose_columns(alice, file.pk, file.columns, NOW)
    ImportFile.objects.update(state="looking")
    jobs.look_at_file(alice.workspace_id, file.pk)
    file.refresh_from_db()
    (row,) = waiting.rejected_rows(file)
    assert (row.number, file.counts["created"]) == (3, 1)
    assert "is not a stage" not in row.message


def test_sixty_megabytes_are_refused_before_they_are_read(alice: Member):
    class Untouched(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            pytest.fail("read")

    with pytest.raises(Invalid, match="larger than 50 MB"):
        actions.give_file(alice, "person", Untouched(b"x" * 60_000_000), "large.csv", NOW)
