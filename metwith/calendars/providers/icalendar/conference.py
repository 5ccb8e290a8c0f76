"""How to join, where it opens, what is attached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from metwith.calendars.providers.icalendar import content_lines
from metwith.calendars.rules import fits

if TYPE_CHECKING:
    from metwith.calendars.providers.icalendar.content_lines import Fields

URL_LENGTH = 2_000
_NAMED = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
_MEETING = re.compile(
    r"""https?://(?:
        meet\.google\.com/[a-z] | (?:[\w-]+\.)*zoom\.(?:us|com)/(?:j|my|w|s|wc)/ | (?:[\w-]+\.)?zoomgov\.com/j/
      | teams\.microsoft\.com/(?:l/meetup-join|meet)/ | teams\.live\.com/meet/ | [\w-]+\.webex\.com/[\w-]
      | meet\.jit\.si/. | (?:[\w-]+\.)?whereby\.com/. | (?:global\.)?gotomeeting\.com/join/ | (?:www\.)?gotomeet\.me/.
      | meet\.goto\.com/. | chime\.aws/\d | join\.skype\.com/. | app\.chime\.aws/ | (?:[\w-]+\.)*bluejeans\.com/\d
      | (?:[\w.-]+)/bigbluebutton/ | (?:[\w.-]+)/call/[a-z0-9]{6,}
    )[^\s<>"'\\\])]*""",
    re.IGNORECASE | re.VERBOSE,
)


def join_url(fields: Fields, *texts: str) -> str:
    """Where to join: CONFERENCE (RFC 7986, section 5.11), the vendors' own properties, else the first meeting link in `texts`."""
    for parameters, value in fields.get("CONFERENCE", ()):
        if url := web_address(value):
            features = content_lines.parameters(parameters).get("FEATURE", "VIDEO").upper()
            if "PHONE" not in features or "VIDEO" in features:
                return url
    for name in _NAMED:
        for _, value in fields.get(name, ()):
            if url := web_address(value):
                return url
    for text in texts:
        if "://" in text and (link := _MEETING.search(text)):
            return link[0].rstrip(".,;")[:URL_LENGTH]
    return ""


def web_address(value: str) -> str:
    """A URL that a browser may follow, or `""`: calendars also hold `message:`, `file:` and worse."""
    url = content_lines.unescape(value).strip()
    if len(url) > URL_LENGTH or url[:8].lower()[: 7 + (url[4:5] in "sS")] not in {"http://", "https://"} or any(map(str.isspace, url)):
        return ""
    return url


def attachments(fields: Fields) -> tuple[str, ...]:
    """Names of what is attached: FILENAME (RFC 8607) or the end of its address. What has no name is left out."""
    names = (_name(content_lines.parameters(parameters), value) for parameters, value in fields.get("ATTACH", ())[: fits.MOST_ATTACHMENTS])
    return tuple(name for name in names if name)


def _name(parameters: dict[str, str], value: str) -> str:
    given = parameters.get("FILENAME") or parameters.get("X-FILENAME") or parameters.get("X-APPLE-FILENAME")
    if not given and parameters.get("ENCODING", "").upper() != "BASE64" and parameters.get("VALUE", "").upper() != "BINARY":
        given = unquote(_path(value).rstrip("/").rpartition("/")[2])
    return fits.fit_name(given)


def _path(value: str) -> str:
    try:
        address = urlsplit(value.strip())
    except ValueError:
        return ""
    return address.path if address.scheme in {"https", "http", "ftp", "file", ""} else ""
