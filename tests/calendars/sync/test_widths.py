"""Whatever giant a provider sends is cut or refused where it is made: no column refuses a row, which would take its whole page with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import models

from metwith.calendars.actions import connect
from metwith.calendars.models import Calendar, Entry
from metwith.calendars.providers.google import series as google
from metwith.calendars.providers.google.parse import google_zone
from metwith.calendars.providers.icalendar import parse
from metwith.calendars.providers.microsoft import series as microsoft
from metwith.calendars.providers.microsoft.parse import MailboxOwner
from metwith.calendars.rules import fits
from metwith.calendars.vocabulary import RemoteAttendee, RemoteCalendar, RemoteEvent, Unreadable
from metwith.lib.text import json_of
from metwith.rules.health import Succeeded
from tests.calendars.desk import Desk, meeting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metwith.workspaces.models import Member

GIANTS = {
    "dotted": "İ" * 300,
    "half a character": "\ud800" * 20,
    "nul": "a\0b" * 200,
    "wide": "🦄" * 3_000,
    "megabytes": "x" * 400_000,
    "megabytes of lines": "y \n" * 100_000,
}

FED = {
    "Account.address", "Attendee.address", "Attendee.name", "Attendee.response", "Attendee.reversed_domain", "Attendee.role",
    "Calendar.colour", "Calendar.kind", "Calendar.name", "Calendar.remote_id",
    "Company.name", "Company.name_key", "CompanyDomain.domain",
    "Entry.description", "Entry.fallbacks", "Entry.join_url", "Entry.location", "Entry.organizer", "Entry.remote_id", "Entry.title", "Entry.web_url", "Entry.zone",
    "Event.ical_uid", "Event.key", "Event.organizer_key", "Event.zone", "Link.because", "Person.name", "Person.name_key", "PersonAddress.address", "PersonAddress.folded",
    "Series.ical_uid", "Series.remote_id", "Trace.item", "Trace.note", "Trace.part", "Trace.reason", "Tally.reason",
}  # fmt: skip
"""Columns that outside data reaches while a calendar is read: the giants below go through them."""
ELSEWHERE = {
    "by whoever runs or owns the workspace, in forms that check their length": {
        "Account.server", "Account.username", "ApiToken.name", "Block.pattern", "Company.phone", "CompanyTag.key", "CompanyTag.name", "OpportunityTag.key",
        "OpportunityTag.name", "Person.phone", "PersonTag.key", "PersonTag.name", "Note.text", "Enrolment.address", "Invitation.address", "MemberAddress.address",
        "OAuthClient.client_id", "OAuthClient.tenant", "Opportunity.currency", "Opportunity.name", "Opportunity.name_key", "Opportunity.stage",
        "Organisation.client_id", "Organisation.tenant", "OwnDomain.domain", "Person.job_title", "User.email", "User.language", "User.name",
        "User.time_zone", "Workspace.name", "Workspace.time_zone",
    },
    "made by us, of a length that we know": {
        "Account.host", "Account.provider", "Account.secret", "Act.kind", "Act.state", "ImportFile.language", "ImportFile.state", "NotAContact.digest",
        "Note.meeting_mark", "Account.sharing", "ApiToken.token_hash", "AuditLine.action", "AuditLine.who",
        "Block.kind", "Calendar.cursor", "Calendar.detail", "Calendar.message", "Calendar.new_people", "Calendar.sharing", "Calendar.state",
        "Channel.address", "Channel.remote_id", "Channel.secret", "Enrolment.detail", "Enrolment.message", "Enrolment.provider", "Enrolment.state",
        "Entry.sharing", "Installation.key_check", "Invitation.role", "Invitation.token_hash", "Link.reason", "Member.role", "MeetingLevel.level",
        "MeetingLevel.mark", "MemberAddress.way", "OAuthClient.provider", "OAuthClient.secret", "Organisation.provider", "Organisation.secret",
        "OwnDomain.standing", "PrivacyRun.kind", "Quota.key", "Removal.kind", "Removal.sealed", "Subscription.token_hash", "TakenOut.mark", "TakenOut.alike", "Installation.digest_key",
        "Tally.what", "User.password", "Workspace.sharing_cap", "Workspace.sharing_default",
    },
    "taken over as it stands from a column that is fed, of the same width": {"SetAside.ical_uid", "SetAside.key", "SetAside.remote_id", "Note.author_name"},
    "of a file that waits to be imported, sealed": {"ImportFile.head", "ImportPiece.rejected", "ImportPiece.rows"},
    "of a look or a try, by us or sealed": {
        "ChangedFact.kind", "ChangedFact.pattern", "Inquiry.answer", "Inquiry.kind", "Inquiry.landing", "Inquiry.request", "Inquiry.session",
        "Inquiry.state",
    },
    "cut where it is written (engine/push.py, accounts/oauth)": {"Channel.resource_id", "Account.subject"},
}  # fmt: skip


def columns() -> Iterator[str]:
    for model in apps.get_models():
        if model.__module__.startswith("metwith."):
            texts = (f for f in model._meta.local_fields if isinstance(f, models.CharField | models.TextField))
            yield from (f"{model.__name__}.{column.name}" for column in texts)


def test_every_column_of_text_is_fed_or_has_its_reason() -> None:
    listed = [*FED, *(name for names in ELSEWHERE.values() for name in names)]
    new = {*columns()} - {*listed}
    assert not new, "a column that nobody thought of: feed it below, or say why nothing from outside reaches it"
    assert len(listed) == len({*listed})


def of_file(giant: str) -> Iterator[RemoteEvent | Unreadable]:
    """A file with the giant in one property at a time."""
    plain = {
        "UID": "g", "DTSTART": "20260610T090000Z", "SUMMARY": "x", "ORGANIZER": "mailto:alice@lumen.example",
        "ATTENDEE": "mailto:anna@acme.example", "RRULE": "FREQ=DAILY;COUNT=2",
    }  # fmt: skip
    told = {
        "UID": giant, "SUMMARY": giant, "DESCRIPTION": giant, "LOCATION": giant, "URL": f"https://acme.example/{giant}",
        "CONFERENCE": f"https://acme.example/{giant}", "ATTACH": f"https://acme.example/{giant}", "STATUS": giant, "SEQUENCE": giant,
        "ATTENDEE": f"mailto:{giant}@acme.example", "X": f"x\r\nATTENDEE;CN={giant}:mailto:bea@acme.example",
        "CONTACT": f"x\r\nATTENDEE;PARTSTAT={giant};ROLE={giant};CUTYPE={giant}:mailto:anna@{giant}.example", "RRULE": giant, "EXDATE": giant,
        "RDATE": giant, "DTSTART": giant, "DURATION": giant, "CLASS": giant, "DTEND": f";TZID={giant}:20260610T100000",
    }  # fmt: skip
    for number, (name, value) in enumerate(told.items()):
        body = "\r\n".join(f"{key}{'' if said.startswith(';') else ':'}{said}" for key, said in (plain | {name: value}).items())
        data = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR".encode("utf-8", "surrogatepass")
        yield from parse.events(f"file-{number}-{giant if name == 'UID' else ''}", data)


def of_google(giant: str) -> Iterator[RemoteEvent | Unreadable]:
    plain: dict[str, Any] = {
        "id": "g", "iCalUID": "g", "start": {"dateTime": "2026-06-10T09:00:00Z"}, "end": {"dateTime": "2026-06-10T10:00:00Z"},
        "organizer": {"email": "alice@lumen.example"}, "attendees": [{"email": "anna@acme.example"}],
    }  # fmt: skip
    told: dict[str, Any] = dict.fromkeys(("id", "iCalUID", "etag", "summary", "location", "description", "status", "hangoutLink"), giant)
    told |= {"visibility": giant, "htmlLink": f"https://acme.example/{giant}", "attachments": [{"title": giant}] * 200}
    told |= {
        "attendees": [{"email": f"{giant}@acme.example"}, {"email": "anna@acme.example", "displayName": giant, "responseStatus": giant}]
    }
    told |= {"start": {"dateTime": "2026-06-10T09:00:00Z", "timeZone": giant}, "recurrence": [f"RRULE:{giant}", f"EXDATE:{giant}"]}
    for name, value in told.items():
        yield google.single(json_of(json.dumps(plain | {"id": f"g-{name}"} | {name: value}).encode()), google_zone("UTC"))


def of_graph(giant: str) -> Iterator[RemoteEvent | Unreadable]:
    times = {name: {"dateTime": f"2026-06-10T{hour}:00:00", "timeZone": "UTC"} for name, hour in (("start", "09"), ("end", "10"))}
    guest = {"emailAddress": {"address": "anna@acme.example"}}
    plain = {"iCalUId": "g", "sensitivity": "normal", "type": "singleInstance", "attendees": [guest]} | times
    told: dict[str, Any] = dict.fromkeys(
        ("id", "changeKey", "iCalUId", "subject", "webLink", "onlineMeetingUrl", "originalStartTimeZone"), giant
    )
    told |= {"body": {"content": giant}, "location": {"displayName": giant}, "onlineMeeting": {"joinUrl": f"https://acme.example/{giant}"}}
    named = {"emailAddress": {"address": "anna@acme.example", "name": giant}, "type": giant, "status": {"response": giant}}
    told |= {"attendees": [{"emailAddress": {"address": f"{giant}@acme.example"}}, named]}
    for name, value in told.items():
        payload = json_of(json.dumps(plain | {"id": f"m-{name}"} | {name: value}).encode())
        yield from microsoft.items(payload, MailboxOwner("alice@lumen.example", "UTC"))


def of_anybody(giant: str) -> Iterator[RemoteEvent | Unreadable]:
    """A provider that clamps nothing."""
    plain = meeting("own", "alice@lumen.example", "anna@acme.example")
    guests = (RemoteAttendee("anna@acme.example", name=giant), RemoteAttendee(f"{giant}@acme.example"), RemoteAttendee(f"anna@{giant}"))
    for name in ("id", "uid", "zone", "title", "description", "location", "join_url", "web_url"):
        told: dict[str, Any] = {"id": f"own-{name}"} | {name: giant}
        yield replace(plain, **told)
    for number, guest in enumerate(guests):
        yield replace(plain, id=f"own-guest-{number}", attendees=(*plain.attendees, guest))
    yield replace(plain, id="own-attachments", attachments=(giant,) * 200)
    yield Unreadable(giant, giant)
    yield Unreadable("own-reason", giant)


@pytest.mark.parametrize("read", [of_file, of_google, of_graph, of_anybody])
@pytest.mark.parametrize("giant", GIANTS.values(), ids=GIANTS.keys())
def test_no_giant_keeps_the_others_out(alice: Member, giant: str, read: Any) -> None:
    desk = Desk(alice, "alice", new_people="on")
    desk.server.page_size = 500
    desk.put("lunch", "anna@acme.example")
    for item in read(giant):
        desk.server.put("work", item)
    assert desk.sync() == Succeeded()
    assert "lunch" in desk.uids()
    assert Entry.objects.of(alice.workspace_id).filter(calendar=desk.calendar).count() > 1 or read is of_anybody


@pytest.mark.parametrize("giant", GIANTS.values(), ids=GIANTS.keys())
def test_a_calendar_with_a_giant_name_is_kept_by_what_fits(alice: Member, giant: str) -> None:
    desk = Desk(alice, "alice")
    named = RemoteCalendar("named", giant, colour=giant, kind=giant)  # type: ignore[arg-type]
    connect._keep_calendar(desk.account, named, enabled=False, new_people="off", now=desk.now)
    kept = Calendar.objects.of(alice.workspace_id).get(remote_id="named")
    assert (len(kept.name) <= 300, kept.colour, kept.kind) == (True, "", "other")


@pytest.mark.parametrize("ident", ["c" * 2_001, "\0", "\ud800"])
def test_a_calendar_whose_id_fits_nowhere_is_not_kept(ident: str) -> None:
    assert fits.fit_calendar(RemoteCalendar(ident, "Work")) is None
