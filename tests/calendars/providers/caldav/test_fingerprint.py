from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metwith.calendars.providers.caldav.cursor import CalDavCursor
from metwith.calendars.providers.caldav.fingerprint import Fingerprint, Item
from metwith.engine.errors import CursorExpired

KEY = b"key"
listings = st.dictionaries(st.text(max_size=4), st.text(min_size=1, max_size=2), max_size=60).map(
    lambda listing: [Item(path, path, etag) for path, etag in listing.items()]
)


@given(listings, listings)
def test_what_is_proved_unchanged_is_unchanged(before: list[Item], now: list[Item]):
    known = {item.path: item.etag for item in before}
    proved = Fingerprint.of(before, KEY).proved(now)
    assert all(known[item.path] == item.etag for item in now if item.path in proved)


@given(listings)
def test_the_same_listing_is_proved_entirely_in_any_order(listing: list[Item]):
    fingerprint = Fingerprint.of(listing, KEY)
    assert fingerprint.equals(reversed(listing))
    assert fingerprint.proved(reversed(listing)) == {item.path for item in listing}


@given(listings, listings)
def test_only_the_same_listing_equals(before: list[Item], now: list[Item]):
    assert Fingerprint.of(before, KEY).equals(now) == (set(before) == set(now))


@given(listings, st.data())
def test_what_is_forgotten_is_not_proved(listing: list[Item], data: st.DataObject):
    forgotten = data.draw(st.lists(st.sampled_from(listing))) if listing else []
    proved = Fingerprint.of(listing, KEY).forget(item.path for item in forgotten).proved(listing)
    assert not proved & {item.path for item in forgotten}


@given(listings)
def test_it_survives_being_written_down(listing: list[Item]):
    fingerprint = Fingerprint.of(listing, KEY)
    assert Fingerprint.load(fingerprint.dump(), KEY).equals(listing)


def test_an_item_without_an_etag_is_never_proved():
    listing = [Item("/a", "/a", "")]
    assert Fingerprint.of(listing, KEY).proved(listing) == set()
    assert not Fingerprint.of(listing, KEY).equals(listing)


def test_under_another_key_nothing_is_proved():
    listing = [Item("/a", "/a", "1")]
    assert Fingerprint.load(Fingerprint.of(listing, KEY).dump(), b"other").proved(listing) == set()


def test_one_change_among_many_costs_few_items_and_little_room():
    listing = [Item(f"/{number}", f"/{number}", "1") for number in range(20_000)]
    fingerprint = Fingerprint.of(listing, KEY)
    changed = [*listing[1:], Item("/0", "/0", "2")]
    assert 20_000 - len(fingerprint.proved(changed)) < 40
    assert len(fingerprint.dump()) < 25_000


def test_no_path_can_be_read_out_of_a_cursor():
    mark = CalDavCursor(Fingerprint.of([Item("/private/doctor.ics", "/private/doctor.ics", "1")], KEY), 1, 0)
    assert "doctor" not in mark.dump()


@pytest.mark.parametrize(
    "cursor", ["", "x", "{}", "[]", "null", '{"f":"AAAA"}', '{"r":"1","t":"","c":"","n":"x","at":0,"f":"AAAAAAAAAAA="}']
)
def test_a_cursor_that_was_not_made_here_has_expired(cursor: str):
    with pytest.raises(CursorExpired):
        CalDavCursor.load(cursor, KEY, "1")


def test_a_cursor_of_another_reader_has_expired():
    cursor = CalDavCursor(Fingerprint.of([], KEY), 0, 0, "1 UTC").dump()
    assert CalDavCursor.load(cursor, KEY, "1 UTC").reader == "1 UTC"
    with pytest.raises(CursorExpired):
        CalDavCursor.load(cursor, KEY, "1 Europe/Berlin")
