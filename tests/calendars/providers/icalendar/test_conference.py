from __future__ import annotations

import pytest

from metwith.calendars.providers.icalendar.conference import join_url

from .support import one


@pytest.mark.parametrize(
    ("case", "url"),
    [
        ("join-by-conference", "https://meet.example.test/plan"),
        ("join-at-google", "https://meet.google.com/abc-defg-hij"),
        ("join-at-teams", "https://teams.microsoft.com/l/meetup-join/19%3ameeting"),
        ("join-in-text", "https://acme.zoom.us/j/93412?pwd=a%20b"),
        ("join-in-location", "https://whereby.com/acme-room"),
        ("join-not", ""),
    ],
)
def test_the_way_to_join_is_found(case: str, url: str) -> None:
    assert one(case).join_url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://meet.google.com/abc-defg-hij",
        "https://zoom.us/j/12345",
        "https://us02web.zoom.us/my/ann?pwd=1",
        "https://teams.microsoft.com/l/meetup-join/19%3ax/0?context=%7b%7d",
        "https://teams.microsoft.com/meet/123?p=x",
        "https://teams.live.com/meet/9",
        "https://acme.webex.com/acme/j.php?MTID=m1",
        "https://meet.jit.si/PlanningNorth",
        "https://whereby.com/acme",
        "https://cloud.acme.test/call/ab12cd34",
    ],
)
def test_known_meeting_links_are_found_in_html_and_in_text(url: str) -> None:
    assert join_url({}, "", f'<a href="{url}">join</a>') == url
    assert join_url({}, f"Please join: {url}.") == url


@pytest.mark.parametrize(
    "text", ["https://zoom.us/pricing", "https://notzoom.us/j/1", "https://evil.test/?https:zoom.us", "zoom.us/j/1", "meet.google.com/"]
)
def test_other_links_are_no_way_to_join(text: str) -> None:
    assert join_url({}, text) == ""


@pytest.mark.parametrize(("case", "url"), [("url-of-the-web", "https://calendar.example.test/e/1"), ("url-not-of-the-web", "")])
def test_only_web_addresses_are_links(case: str, url: str) -> None:
    assert one(case).web_url == url


def test_attachments_are_known_by_name_only() -> None:
    assert one("attachments").attachments == ("Offer.pdf", "Plan B.docx", "Map, new.png")
