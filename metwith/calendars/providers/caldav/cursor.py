"""The cursor of a CalDAV collection: how to ask what is new, and what to compare with when asking is not enough."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metwith.calendars.providers.caldav.fingerprint import Fingerprint
from metwith.engine.errors import CursorExpired
from metwith.lib.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class CalDavCursor:
    """What a cursor stands for. The strategy shows in it: a token (sync-collection), a ctag, or neither (plain listing)."""

    fingerprint: Fingerprint
    count: int
    """How many items the last listing had."""
    listed_at: int
    """When that was, in seconds since 1970."""
    reader: str = ""
    """How the items were read; read otherwise, they may say something else."""
    token: str = ""
    ctag: str = ""

    def dump(self) -> str:
        """The cursor. Equal marks give equal cursors."""
        fields = {"r": self.reader, "t": self.token, "c": self.ctag, "n": self.count, "at": self.listed_at, "f": self.fingerprint.dump()}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def load(cls, cursor: str, key: bytes, reader: str) -> CalDavCursor:
        """The inverse. Raises CursorExpired for everything that `dump` did not make, and for items read by another `reader`."""
        try:
            fields = json.loads(cursor)
            fingerprint = Fingerprint.load(fields["f"], key)
            mark = cls(fingerprint, int(fields["n"]), int(fields["at"]), str(fields["r"]), str(fields["t"]), str(fields["c"]))
        except (ValueError, KeyError, TypeError) as error:
            raise CursorExpired(_("What we had noted about this calendar cannot be read any more.")) from error
        if mark.reader != reader:
            raise CursorExpired(_("The calendar is read in another way than before."))
        return mark

    def after(self, token: str, changed: Iterable[str]) -> CalDavCursor:
        """The mark when a sync-collection told of changed and removed paths."""
        return replace(self, token=token, ctag="", fingerprint=self.fingerprint.forget(changed))
