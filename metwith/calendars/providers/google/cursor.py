"""The cursor of a Google calendar: the sync token, with what it was given for."""

from __future__ import annotations

import json

from metwith.engine.errors import CursorExpired
from metwith.lib.i18n import _

READER = "1"
"""Raised when events are read otherwise than before, so that everything is read again."""
PARAMETERS = {"showDeleted": "true"}
"""What every list of events is asked with. A sync token holds for these alone (Events: list, `syncToken`), so they stand in the cursor.

Deleted events are asked for because a meeting that was called off is told of in no other way. Series are not expanded
(`singleEvents`): an endless one would have no end, and a deleted one would come as all its occurrences. Event types are filtered
here, not there.
"""


def dump(token: str) -> str:
    """The cursor. It holds nothing of any event: a sync token is opaque and names none."""
    return json.dumps({"r": READER, "p": PARAMETERS, "t": token}, separators=(",", ":"))


def load_cursor(cursor: str) -> str:
    """The sync token of a cursor. Raises CursorExpired for what `dump` did not make, and when other parameters hold now."""
    try:
        fields = json.loads(cursor)
        reader, parameters, token = fields["r"], fields["p"], fields["t"]
    except (ValueError, KeyError, TypeError) as error:
        raise CursorExpired(_("What we had noted about this calendar cannot be read any more.")) from error
    if (reader, parameters) != (READER, PARAMETERS) or not isinstance(token, str) or not token:
        raise CursorExpired(_("The calendar is read in another way than before."))
    return token
