"""What a reader had to guess is counted on the account's page and told of the meeting, so that a wrong hour can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar, Entry, Event
from metwith.calendars.reads import numbers
from metwith.calendars.transparency.explain import why
from metwith.calendars.vocabulary import Fallback
from metwith.web.calendar.meeting import why as why_page
from metwith.web.site import words
from tests.people import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metwith.accounts.models import Account
    from metwith.workspaces.models import Member

FILE = """BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:odd\r
DTSTART{start}\r
SUMMARY:Offer\r
{more}ORGANIZER:mailto:alice@lumen.example\r
ATTENDEE:mailto:anna@acme.example\r
END:VEVENT\r
END:VCALENDAR\r
"""
GUESSES = {
    Fallback.ZONE_UNKNOWN: (";TZID=Somewhere:20260610T090000", ""),
    Fallback.ZONE_GUESSED: (";TZID=GMT+05:00:20260610T090000", ""),
    Fallback.DAY_GUESSED: (":20260609T190000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n"),
}


def guessed(account: Account) -> Mapping[str, int]:
    """Of its one calendar."""
    calendar = Calendar.objects.of(account.workspace_id).get(account=account)
    return numbers.of_calendars(account.workspace_id, [calendar.pk])[calendar.pk].guessed


@pytest.mark.parametrize("fallback", GUESSES)
def test_a_guess_is_counted_and_told(alice: Member, fallback: Fallback) -> None:
    start, more = GUESSES[fallback]
    account, _outcome = connect.connect_file(alice, FILE.format(start=start, more=more).encode(), name="odd.ics", now=NOW)
    assert guessed(account) == {fallback: 1}
    (told,) = words.guessed(guessed(account))
    assert (told.count, bool(told.label), bool(told.meaning)) == (1, True, True)
    found = why(alice, Event.objects.of(alice.workspace_id).get().pk)
    assert found.guessed == (fallback,)
    assert why_page.guess(fallback) in why_page.sentences(found)


def test_what_was_understood_is_no_guess(alice: Member) -> None:
    text = FILE.format(start=";TZID=Europe/Berlin:20260610T090000", more="")
    account, _outcome = connect.connect_file(alice, text.encode(), name="plain.ics", now=NOW)
    assert guessed(account) == {}
    assert why(alice, Event.objects.of(alice.workspace_id).get().pk).guessed == ()


@pytest.mark.parametrize("fallback", Fallback)
def test_every_guess_has_words(fallback: Fallback) -> None:
    assert why_page.guess(fallback)
    assert words.guessed({fallback: 1})


def test_all_guesses_of_a_meeting_fit_their_column() -> None:
    length = Entry._meta.get_field("fallbacks").max_length
    assert length is not None
    assert len(" ".join(Fallback)) <= length
