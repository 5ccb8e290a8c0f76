"""What Microsoft Graph does otherwise than one would think: each with the conversation that shows it (docs/decisions/microsoft.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from metwith.calendars.rules.recur import occurrences
from metwith.calendars.vocabulary import Moment, RemoteEvent, Unreadable
from metwith.engine.apis.graph import PATIENCE
from metwith.engine.errors import CursorExpired, Gone, NeedsReconnect, ProviderBroken, SlowDown
from tests.calendars.providers.microsoft.recorded import NOW, Talk, cursor, items, removed

UNTIL = datetime(2028, 1, 1, tzinfo=UTC)


def starts(found: object) -> list[str]:
    assert isinstance(found, RemoteEvent)
    return [text(one.start) for one in occurrences(found, until=UNTIL)]


def text(moment: Moment) -> str:
    return f"{moment:%m-%d %H:%M}"


def the_series(name: str, *, since: str = "") -> RemoteEvent:
    (found,) = items(Talk(name).pages(since)).values()
    assert isinstance(found, RemoteEvent)
    assert found.title == "Weekly"
    return found


def test_bare_occurrences_are_filled_from_their_master():
    found = the_series("bare_occurrences")
    assert starts(found) == ["11-24 09:00", "12-01 09:00", "12-08 09:00", "12-15 09:00"]
    assert [who.address for who in found.attendees] == ["ana@north.example", "bob@south.example"]


def test_an_occurrence_brings_its_whole_series_also_without_its_master():
    found = the_series("occurrence_without_its_master")
    assert starts(found) == ["11-24 09:00", "12-02 13:00", "12-08 09:00", "12-15 09:00"]
    assert [(e.id, e.uid, e.title) for e in found.exceptions] == [(found.id, found.uid, "Moved")]
    assert [one.key for one in occurrences(found, until=UNTIL)][1] == "20261201T090000Z"


def test_the_times_of_the_master_are_no_meeting():
    assert starts(the_series("master_has_the_times_of_the_first")) == ["12-01 09:00", "12-08 09:00", "12-15 09:00"]


@pytest.mark.parametrize("name", ["deleted_occurrence_has_no_tombstone", "deleted_occurrence_that_the_master_does_not_tell"])
def test_a_deleted_occurrence_shows_only_by_its_absence(name: str):
    assert starts(the_series(name, since=cursor())) == ["11-24 09:00", "12-08 09:00", "12-15 09:00"]


def test_part_of_a_series_takes_nothing_from_the_rest():
    assert len(starts(the_series("part_of_a_series", since=cursor()))) == 4


def test_a_pattern_that_is_no_rule_is_read_by_its_instances():
    found = the_series("pattern_that_is_no_rule")
    assert found.recurrence is not None
    assert found.recurrence.rules == ()
    assert starts(found) == ["11-24 09:00", "12-01 09:00", "12-08 09:00", "12-15 09:00"]


def test_a_series_in_a_zone_that_nobody_knows_takes_place_when_graph_says():
    assert starts(the_series("series_in_a_customized_zone")) == ["03-16 09:00", "03-23 09:00", "03-30 09:00", "04-06 09:00"]


def test_a_series_that_is_gone_when_it_is_asked_for_is_gone():
    pages = Talk("series_gone_meanwhile").pages(cursor())
    assert (items(pages), removed(pages)) == ({}, ["AAkALgSeries="])


def test_exceptions_that_come_as_ids_are_asked_for():
    assert starts(the_series("exceptions_by_id_only"))[1] == "12-02 13:00"


def test_what_only_left_the_window_is_not_deleted():
    pages = Talk("removed_outside_the_window_is_no_deletion").pages(cursor())
    assert (list(items(pages)), removed(pages)) == (["AAkALgOne="], [])


@pytest.mark.parametrize("name", ["removed_is_gone", "removed_was_moved_to_another_calendar"])
def test_what_is_not_in_the_calendar_any_more_is_deleted(name: str):
    pages = Talk(name).pages(cursor())
    assert (items(pages), removed(pages)) == ({}, ["AAkALgOne="])


def test_something_may_be_removed_already_in_the_first_round():
    pages = Talk("removed_in_the_first_round").pages()
    assert removed(pages) == ["AAkALgOne="]
    assert pages[-1].complete


def test_of_what_comes_twice_the_last_counts():
    titles = {found.title for found in items(Talk("same_item_twice_the_last_wins").pages()).values() if isinstance(found, RemoteEvent)}
    assert titles == {"New", "Plan"}


def test_an_empty_page_is_not_the_end():
    pages = Talk("empty_page_with_a_next_link").pages()
    assert list(items(pages)) == ["AAkALgOne="]
    assert pages[-1].cursor


def test_the_past_before_the_window_is_read_as_well():
    assert [found.start.year for found in items(Talk("older_than_the_window").pages()).values() if isinstance(found, RemoteEvent)] == [2009]


@pytest.mark.parametrize(
    "name", ["gone_410_with_a_location", "token_lost_syncStateNotFound", "token_lost_SyncStateInvalid", "token_lost_resyncRequired"]
)
def test_a_link_that_is_no_longer_known_has_expired(name: str):
    with pytest.raises(CursorExpired):
        Talk(name).pages(cursor())


def test_a_window_is_frozen_and_is_opened_anew_when_it_is_old():
    fields = cursor()
    old = fields.replace((NOW - timedelta(days=300)).date().isoformat(), (NOW - timedelta(days=330)).date().isoformat())
    assert old != fields
    with pytest.raises(CursorExpired):
        Talk("bare_occurrences").pages(old)


def test_a_cursor_that_leads_elsewhere_is_never_followed():
    talk = Talk("bare_occurrences")
    with pytest.raises(CursorExpired):
        talk.pages(cursor().replace("graph.microsoft.com", "graph.example.net"))
    assert not talk.app.asked


def test_our_token_goes_to_no_other_server():
    talk = Talk("next_link_to_another_server")
    with pytest.raises(ProviderBroken):
        talk.pages()
    assert [request.base for request in talk.app.asked] == ["https://graph.microsoft.com"]


def test_links_do_not_remember_what_we_prefer():
    talk = Talk("empty_page_with_a_next_link")
    talk.pages()
    wanted = ("odata.maxpagesize=200", 'outlook.timezone="UTC"', 'outlook.body-content-type="text"', 'IdType="ImmutableId"')
    assert len(talk.app.asked) == 5
    assert all(preference in request.headers["prefer"] for request in talk.app.asked for preference in wanted)


def test_an_unreadable_exception_is_set_aside_and_hides_its_occurrence():
    found = items(Talk("unreadable_exception").pages())
    assert starts(found.pop("AAkALgSeries=")) == ["11-24 09:00", "12-08 09:00", "12-15 09:00"]
    ((name, broken),) = found.items()
    assert name == "AAkALgSeries=#AAkALgSeries2026-12-01="
    assert isinstance(broken, Unreadable)


@pytest.mark.parametrize("name", ["link_to_another_server", "no_link_at_the_end"])
def test_a_round_without_an_end_is_no_round(name: str):
    with pytest.raises(ProviderBroken):
        Talk(name).pages(cursor())


@pytest.mark.parametrize("name", ["no_mailbox", "calendar_not_found"])
def test_what_is_not_there_is_gone(name: str):
    with pytest.raises(Gone):
        Talk(name).pages()


def test_access_denied_needs_the_owner():
    with pytest.raises(NeedsReconnect):
        Talk("access_denied").pages()


def test_retry_after_is_obeyed():
    with pytest.raises(SlowDown) as minutes:
        Talk("throttled_for_minutes").pages()
    assert minutes.value.until == NOW + timedelta(seconds=300)
    with pytest.raises(SlowDown) as date:
        Talk("unavailable_with_retry_after").pages()
    assert date.value.until == NOW + timedelta(hours=1)


def test_a_few_seconds_are_waited_for():
    talk = Talk("throttled_for_seconds")
    assert list(items(talk.pages())) == ["AAkALgOne="]
    assert talk.slept == [3]
    assert timedelta(seconds=3) < PATIENCE


def test_a_gateway_that_fails_once_is_asked_again():
    assert list(items(Talk("bad_gateway_once").pages())) == ["AAkALgOne="]


def test_one_unreadable_event_costs_the_others_nothing():
    found = items(Talk("one_unreadable_event").pages())
    assert isinstance(found["AAkALgBad="], Unreadable)
    assert isinstance(found["AAkALgOne="], RemoteEvent)


def test_no_error_tells_what_was_asked_for():
    for name in ("calendar_not_found", "access_denied", "throttled_for_minutes", "no_mailbox"):
        with pytest.raises((Gone, NeedsReconnect, SlowDown)) as found:
            Talk(name).pages()
        assert "AAMkCal1" not in f"{found.value} {found.value.detail}"
        assert found.value.detail


def test_calendars_tell_whose_they_are():
    with Talk("calendars").opened() as provider:
        found = provider.calendars()
    assert [(c.id, c.primary, c.kind, c.colour) for c in found] == [
        ("1", True, "own", "#a6d1f5"),
        ("2", False, "subscribed", ""),
        ("3", False, "shared", ""),
    ]


def test_the_owners_addresses_are_those_at_which_mail_arrives():
    with Talk("aliases_of_the_owner").opened() as provider:
        assert provider.own_addresses() == ("ana@north.example", "a.n@north.example")
