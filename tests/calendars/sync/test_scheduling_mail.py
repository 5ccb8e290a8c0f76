"""An answer or a proposal that lies among the meetings is counted, and takes nothing away (RFC 5546)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metwith.calendars.providers.icalendar import parse
from metwith.rules.health import Succeeded
from tests.calendars.desk import Desk

if TYPE_CHECKING:
    from metwith.workspaces.models import Member

EVENT = "BEGIN:VEVENT\r\nUID:talk\r\nDTSTART:20260610T090000Z\r\nORGANIZER:mailto:alice@lumen.example\r\nATTENDEE:mailto:anna@acme.example\r\nEND:VEVENT"


def resource(method: str, path: str = "talk.ics") -> tuple[object, ...]:
    return parse.events(path, f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\n{EVENT}\r\nEND:VCALENDAR\r\n".encode())


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER", "reply "])
@pytest.mark.parametrize("full", [False, True])
def test_a_meeting_stays_when_its_resource_becomes_scheduling_mail(alice: Member, method: str, full: bool) -> None:
    desk = Desk(alice, "alice")
    desk.server.put("work", *resource("REQUEST"))  # type: ignore[arg-type]
    desk.put("other", "anna@acme.example")
    assert desk.sync() == Succeeded()
    desk.server.put("work", *resource(method))  # type: ignore[arg-type]
    if full:
        desk.server.expire_cursors()
    assert desk.sync() == Succeeded()
    assert (desk.uids(), desk.dropped()) == ({"talk", "other"}, {"scheduling": 1})


def test_an_answer_beside_its_meeting_is_counted_and_forgotten_with_it(alice: Member) -> None:
    desk = Desk(alice, "alice")
    desk.server.put("work", *resource("REQUEST"))  # type: ignore[arg-type]
    desk.server.put("work", *resource("REPLY", "reply.ics"))  # type: ignore[arg-type]
    desk.sync()
    assert (desk.uids(), desk.dropped()) == ({"talk"}, {"scheduling": 1})
    desk.delete("reply.ics")
    desk.server.expire_cursors()
    desk.sync()
    assert (desk.uids(), desk.dropped()) == ({"talk"}, {})
