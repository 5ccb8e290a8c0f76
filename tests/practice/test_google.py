"""The practice Google keeps Google's rules, those too that our client never comes near. Its answers are held against the discovery document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from jsonschema import ValidationError

from metwith.practice.google import Google
from metwith.practice.google_events import split
from metwith.practice.serve import serving
from tests.calendars.providers.google import schema
from tests.calendars.providers.google.world import Checked

ANA, BOB = "ana@north.example", "bob@south.example"
BASE = "https://www.googleapis.com/calendar/v3/"
EVENTS = f"calendars/{ANA}/events"


class Clock:
    now = datetime(2026, 11, 21, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Visitor:
    """A client of the fake that asks for whatever it likes, within what the discovery document knows."""

    def __init__(self, google: Google, user: str = ANA) -> None:
        headers = {"Authorization": f"Bearer {google.token_of(user)}"}
        self.client = httpx.Client(transport=Checked(google), base_url=BASE, headers=headers)

    def get(self, path: str, status: int = 200, **parameters: Any) -> Any:
        response = self.client.get(path, params=parameters)
        assert response.status_code == status, response.text
        return response.json()

    def refused(self, path: str, status: int, **parameters: Any) -> str:
        return str(self.get(path, status, **parameters)["error"]["errors"][0]["reason"])

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        return response.json() if response.content else None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def google(clock: Clock) -> Google:
    return Google(ANA, clock=clock)


@pytest.fixture
def ana(google: Google) -> Visitor:
    return Visitor(google)


def plan(ident: str = "plan", **facts: Any) -> dict[str, Any]:
    when = {"dateTime": "2036-01-10T09:00:00Z", "timeZone": "UTC"}
    return {"id": ident, "summary": ident, "start": when, "end": when, **facts}


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


class TestSyncTokens:
    def test_a_token_brings_what_changed_since(self, google: Google, ana: Visitor):
        google.put(ANA, plan("old"))
        google.put(ANA, plan("gone"))
        token = ana.get(EVENTS)["nextSyncToken"]
        google.put(ANA, plan("new"))
        google.delete(ANA, "gone")
        page = ana.get(EVENTS, syncToken=token)
        assert ids(page) == ["new", "gone"]
        assert set(page["items"][1]) == {"kind", "id", "etag", "status"}
        assert ids(ana.get(EVENTS, syncToken=page["nextSyncToken"])) == []

    @pytest.mark.parametrize(
        "name", ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"]
    )
    def test_it_cannot_be_combined(self, ana: Visitor, name: str):
        token = ana.get(EVENTS)["nextSyncToken"]
        value = "updated" if name == "orderBy" else "2036-01-01T00:00:00Z"
        assert ana.refused(EVENTS, 400, syncToken=token, **{name: value}) == "invalid"

    def test_nor_with_hidden_deletions(self, ana: Visitor):
        token = ana.get(EVENTS)["nextSyncToken"]
        assert ana.refused(EVENTS, 400, syncToken=token, showDeleted="false") == "invalid"

    @pytest.mark.parametrize("other", [{"showDeleted": "true"}, {"maxAttendees": 5}, {"eventTypes": "default"}])
    def test_it_holds_for_the_parameters_it_was_given_for(self, google: Google, other: dict[str, Any]):
        client = httpx.Client(transport=Loose(google), base_url=BASE, headers={"Authorization": f"Bearer {google.token_of(ANA)}"})
        token = client.get(EVENTS).json()["nextSyncToken"]
        assert client.get(EVENTS, params={"syncToken": token, **other}).status_code == 400
        assert client.get("calendars/primary/events", params={"syncToken": token}).status_code == 400

    def test_it_holds_for_its_user(self, google: Google, ana: Visitor):
        google.add_user(BOB)
        google.add_calendar(BOB, ANA, accessRole="reader")
        client = httpx.Client(transport=Loose(google), base_url=BASE, headers={"Authorization": f"Bearer {google.token_of(BOB)}"})
        token = ana.get(EVENTS)["nextSyncToken"]
        assert client.get(EVENTS, params={"syncToken": token}).status_code == 400

    def test_it_expires_on_command(self, google: Google, ana: Visitor):
        token = ana.get(EVENTS)["nextSyncToken"]
        google.expire_sync_tokens()
        assert ana.refused(EVENTS, 410, syncToken=token) == "fullSyncRequired"

    @pytest.mark.parametrize("token", ["nonsense", "bm9uZQ", "W10"])
    def test_what_is_no_token_is_refused(self, ana: Visitor, token: str):
        assert ana.refused(EVENTS, 400, syncToken=token) == "invalid"

    def test_changes_since_a_long_time_are_not_known(self, ana: Visitor):
        assert ana.refused(EVENTS, 410, updatedMin="2020-01-01T00:00:00Z") == "updatedMinTooLongAgo"


class Loose(Checked):
    """Lets a client make the mistakes that `Checked` finds."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super(Checked, self).handle_request(request)


class TestPages:
    def test_they_show_what_was_there_at_the_first(self, google: Google, ana: Visitor):
        for number in range(3):
            google.put(ANA, plan(f"e{number}"))
        first = ana.get(EVENTS, maxResults=2)
        google.put(ANA, plan("late"))
        google.delete(ANA, "e2")
        second = ana.get(EVENTS, maxResults=2, pageToken=first["nextPageToken"])
        assert (ids(first), ids(second)) == (["e0", "e1"], ["e2"])
        assert "nextSyncToken" not in first
        assert ids(ana.get(EVENTS, syncToken=second["nextSyncToken"])) == ["late", "e2"]

    def test_they_may_be_empty_and_go_on(self, google: Google, ana: Visitor):
        google.put(ANA, plan())
        google.faults.empty_pages = True
        first = ana.get(EVENTS)
        assert ids(first) == []
        assert ids(ana.get(EVENTS, pageToken=first["nextPageToken"])) == ["plan"]

    @pytest.mark.parametrize("token", ["s9.0", "s1.x", "nonsense"])
    def test_what_is_no_page_token_is_refused(self, ana: Visitor, token: str):
        assert ana.refused(EVENTS, 400, pageToken=token) == "invalid"

    def test_a_size_of_nothing_is_refused(self, google: Google):
        client = httpx.Client(transport=Loose(google), base_url=BASE, headers={"Authorization": f"Bearer {google.token_of(ANA)}"})
        assert client.get(EVENTS, params={"maxResults": "0"}).status_code == 400


class TestEvents:
    def test_deleted_events_are_listed_only_when_asked_for(self, google: Google, ana: Visitor):
        google.put(ANA, plan())
        google.delete(ANA, "plan")
        assert ids(ana.get(EVENTS)) == []
        assert ids(ana.get(EVENTS, showDeleted="true")) == ["plan"]
        assert ana.get(f"{EVENTS}/plan")["status"] == "cancelled"

    def test_cancelled_exceptions_are_always_listed(self, google: Google, ana: Visitor):
        google.put(ANA, plan("weekly", recurrence=["RRULE:FREQ=WEEKLY"]))
        google.call_off_one(ANA, "weekly", datetime(2036, 1, 17, 9, tzinfo=UTC))
        assert ids(ana.get(EVENTS)) == ["weekly", "weekly_20360117T090000Z"]

    def test_a_token_without_deletions_gives_no_details_of_them(self, google: Google, ana: Visitor):
        google.put(ANA, plan())
        tokens = {shown: ana.get(EVENTS, **shown_as(shown=shown))["nextSyncToken"] for shown in (True, False)}
        google.call_off(ANA, "plan")
        found = {shown: ana.get(EVENTS, syncToken=token, **shown_as(shown=shown))["items"][0] for shown, token in tokens.items()}
        assert ("summary" in found[True], "summary" in found[False]) == (True, False)

    def test_a_list_by_uid_holds_the_whole_series(self, google: Google, ana: Visitor):
        google.put(ANA, plan("weekly", iCalUID="u", recurrence=["RRULE:FREQ=WEEKLY"]))
        google.call_off_one(ANA, "weekly", datetime(2036, 1, 17, 9, tzinfo=UTC))
        google.put(ANA, plan("other"))
        assert ids(ana.get(EVENTS, iCalUID="u")) == ["weekly", "weekly_20360117T090000Z"]

    def test_this_and_following_makes_a_second_series(self, google: Google, ana: Visitor):
        master = plan("weekly", recurrence=["RRULE:FREQ=WEEKLY;COUNT=9"])
        for half in split(master, datetime(2036, 1, 24, 9, tzinfo=UTC), summary="Later"):
            google.put(ANA, half)
        first, second = ana.get(EVENTS)["items"]
        assert first["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20360124T085959Z"]
        assert (second["id"], second["summary"]) == ("weekly_R20360124T090000", "Later")

    def test_too_many_guests_are_left_out(self, google: Google, ana: Visitor):
        google.put(ANA, plan(attendees=[{"email": ANA}, {"email": BOB}]))
        (event,) = ana.get(EVENTS, maxAttendees=1)["items"]
        assert event["attendeesOmitted"]
        assert [who["email"] for who in event["attendees"]] == [ANA]

    def test_types_may_be_chosen(self, google: Google, ana: Visitor):
        for kind in ("default", "focusTime", "birthday"):
            google.put(ANA, plan(kind.lower(), eventType=kind))
        assert ids(ana.get(EVENTS, eventTypes=["default", "birthday"])) == ["default", "birthday"]

    @pytest.mark.parametrize(
        ("role", "public", "private"),
        [("freeBusyReader", False, False), ("reader", True, False), ("writerWithoutPrivateAccess", True, False), ("writer", True, True)],
    )
    def test_a_role_shows_what_it_may(self, google: Google, role: str, *, public: bool, private: bool):
        google.add_user(BOB)
        google.add_calendar(BOB, ANA, accessRole=role)
        google.put(ANA, plan("public"))
        google.put(ANA, plan("private", visibility="private"))
        page = Visitor(google, BOB).get(EVENTS)
        assert page["accessRole"] == role
        assert ["summary" in item for item in page["items"]] == [public, private]

    @pytest.mark.parametrize("parameters", [{"singleEvents": "true"}, {"q": "lunch"}, {"timeZone": "Europe/Berlin"}])
    def test_what_it_does_not_practise_is_refused_and_not_ignored(self, ana: Visitor, parameters: dict[str, str]):
        assert ana.refused(EVENTS, 400, **parameters) == "invalidParameter"

    def test_what_is_not_there_is_not_found(self, ana: Visitor):
        assert ana.refused(f"{EVENTS}/nothing", 404) == "notFound"
        assert ana.refused(f"calendars/{BOB}/events", 404) == "notFound"

    def test_nobody_gets_in_without_a_token(self, google: Google, ana: Visitor):
        google.revoke_tokens()
        assert ana.refused(EVENTS, 401) == "authError"


def shown_as(*, shown: bool) -> dict[str, Any]:
    return {"showDeleted": "true"} if shown else {}


class TestCalendarList:
    def test_its_token_tells_of_hidden_and_deleted_calendars(self, google: Google, ana: Visitor):
        google.add_calendar(ANA, "work")
        token = ana.get("users/me/calendarList")["nextSyncToken"]
        google.add_calendar(ANA, "work", hidden=True)
        google.add_calendar(ANA, "other")
        google.drop_calendar(ANA, "other")
        changed = ana.get("users/me/calendarList", syncToken=token)["items"]
        assert [(entry["id"], entry.get("hidden"), entry.get("deleted")) for entry in changed] == [
            ("work", True, None),
            ("other", None, True),
        ]
        assert ids(ana.get("users/me/calendarList")) == [ANA]
        assert ids(ana.get("users/me/calendarList", showHidden="true", showDeleted="true")) == [ANA, "work", "other"]

    @pytest.mark.parametrize("other", [{"minAccessRole": "owner"}, {"showDeleted": "false"}, {"showHidden": "false"}])
    def test_its_token_cannot_be_combined(self, ana: Visitor, other: dict[str, str]):
        token = ana.get("users/me/calendarList")["nextSyncToken"]
        assert ana.refused("users/me/calendarList", 400, syncToken=token, **other) == "invalid"


class TestChannels:
    WATCH = f"{EVENTS}/watch"

    def test_the_first_notice_says_sync_and_each_change_is_told(self, google: Google, ana: Visitor):
        channel = ana.post(self.WATCH, id="c1", type="web_hook", address="https://crm.example/hook", token="secret")
        google.put(ANA, plan())
        sent: list[dict[str, str]] = []

        def post(address: str, headers: dict[str, str]) -> int:
            sent.append({"address": address, **headers})
            return 204

        assert google.channels.deliver(post) == [204, 204]
        assert [(one["X-Goog-Resource-State"], one["X-Goog-Message-Number"]) for one in sent] == [("sync", "1"), ("exists", "2")]
        assert {name: sent[1][name] for name in ("address", "X-Goog-Channel-ID", "X-Goog-Channel-Token", "X-Goog-Resource-ID")} == {
            "address": "https://crm.example/hook",
            "X-Goog-Channel-ID": "c1",
            "X-Goog-Channel-Token": "secret",
            "X-Goog-Resource-ID": channel["resourceId"],
        }
        assert sent[1]["X-Goog-Channel-Expiration"] == "Sat, 28 Nov 2026 09:00:00 GMT"
        assert sent[1]["X-Goog-Resource-URI"] == channel["resourceUri"]

    def test_it_ends_after_seven_days_at_most(self, google: Google, ana: Visitor, clock: Clock):
        asked = int((clock.now + timedelta(days=30)).timestamp() * 1000)
        channel = ana.post(self.WATCH, id="c1", type="web_hook", address="https://crm.example/hook", expiration=str(asked))
        assert int(channel["expiration"]) == int((clock.now + timedelta(days=7)).timestamp() * 1000)
        clock.now += timedelta(days=7)
        google.put(ANA, plan())
        assert len(google.channels.notices) == 1

    def test_it_can_be_stopped_by_whoever_knows_both_ids(self, google: Google, ana: Visitor):
        channel = ana.post(self.WATCH, id="c1", type="web_hook", address="https://crm.example/hook")
        ana.post("channels/stop", 404, id="c1", resourceId="another")
        ana.post("channels/stop", 204, id="c1", resourceId=channel["resourceId"])
        google.put(ANA, plan())
        assert len(google.channels.notices) == 1

    @pytest.mark.parametrize(
        "wrong", [{"address": "http://crm.example/hook"}, {"id": "x" * 65}, {"token": "x" * 257}, {"type": "mail"}, {"id": ""}]
    )
    def test_what_is_wrong_is_refused(self, ana: Visitor, wrong: dict[str, str]):
        ana.post(self.WATCH, 400, **{"id": "c1", "type": "web_hook", "address": "https://crm.example/hook", **wrong})

    def test_an_id_is_used_once(self, ana: Visitor):
        for status in (200, 400):
            ana.post(self.WATCH, status, id="c1", type="web_hook", address="https://crm.example/hook")

    def test_the_calendar_list_can_be_watched(self, google: Google, ana: Visitor):
        ana.post("users/me/calendarList/watch", id="c1", type="web_hook", address="https://crm.example/hook")
        google.add_calendar(ANA, "work")
        google.put(ANA, plan())
        assert [one.headers["X-Goog-Resource-State"] for one in google.channels.notices] == ["sync", "exists"]


class TestServing:
    def test_it_listens_on_loopback(self, google: Google):
        google.put(ANA, plan())
        with serving(google) as address, httpx.Client(trust_env=False) as client:
            assert address.startswith("http://127.0.0.1:")
            headers = {"Authorization": f"Bearer {google.token_of(ANA)}"}
            assert ids(client.get(f"{address}/calendar/v3/{EVENTS}", headers=headers).json()) == ["plan"]

    def test_a_page_may_be_cut_off(self, google: Google):
        google.cut()
        with serving(google) as address, httpx.Client(trust_env=False) as client, pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{address}/calendar/v3/{EVENTS}", headers={"Authorization": f"Bearer {google.token_of(ANA)}"})


class TestSchema:
    """The measure itself: were it to let everything pass, the rest would prove nothing."""

    @pytest.mark.parametrize(
        "wrong", [{"visiblity": "private"}, {"sequence": "3"}, {"attendees": [{"mail": BOB}]}, {"start": {"day": "x"}}]
    )
    def test_a_misspelt_or_mistyped_answer_is_found(self, google: Google, ana: Visitor, wrong: dict[str, Any]):
        google.put(ANA, plan(**wrong))
        with pytest.raises(ValidationError):
            ana.get(EVENTS)

    @pytest.mark.parametrize("wrong", [{"showdeleted": "true"}, {"maxResults": 0}, {"showDeleted": "yes"}, {"orderBy": "size"}])
    def test_a_parameter_that_google_does_not_know_is_found(self, ana: Visitor, wrong: dict[str, Any]):
        with pytest.raises(AssertionError):
            ana.get(EVENTS, **wrong)

    def test_a_path_that_google_does_not_know_is_found(self, ana: Visitor):
        with pytest.raises(AssertionError):
            ana.get("calendars")

    def test_errors_have_googles_shape(self, ana: Visitor):
        assert json.loads(json.dumps(ana.get(f"{EVENTS}/nothing", 404)))["error"]["code"] == 404
        assert schema.document()["revision"] >= "20261030"
