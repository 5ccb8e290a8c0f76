"""What has changed between what a calendar says and what is stored. Nothing changed, nothing written."""

from __future__ import annotations

from datetime import UTC
from hashlib import blake2b
from typing import TYPE_CHECKING

from metwith.calendars.vocabulary import Add, Change, KnownEntry, Occurrence, Remove, Update

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEPARATOR = "\x1f"
"""Providers strip control characters from texts, so that it cannot occur in one."""


def digest(occurrence: Occurrence) -> bytes:
    """16 bytes over everything of an occurrence that an Entry stores. `version` is left out: an etag may change with nothing else."""
    event = occurrence.event
    updated = str(event.updated and event.updated.astimezone(UTC))
    texts = [
        str(occurrence.start), str(occurrence.end), event.uid, event.zone, str(event.sequence), updated, str(event.cancelled),
        event.title, event.description, event.location, event.join_url, event.web_url, *event.attachments, "",
    ]  # fmt: skip
    # Only where there are some: of all others the digest stays as it was before there were any.
    texts += [f"fallbacks {' '.join(event.fallbacks)}"] if event.fallbacks else []
    texts += [f"more {event.more}"] if event.more else []
    for a in event.attendees:
        texts += (a.address, a.name, a.response, a.role, a.kind, "1" if a.organizer else "")
    return blake2b(_SEPARATOR.join(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def compare(occurrences: Iterable[Occurrence], known: Iterable[KnownEntry]) -> Iterator[Change]:
    """The changes that turn `known` into `occurrences`. Both are of the same items, whole: what is known and not named goes.

    Of an occurrence that is named twice the last one counts.
    """
    left = {(entry.remote_id, entry.uid, entry.key): entry for entry in known}
    for name, occurrence in {(o.event.id, o.event.uid, o.key): o for o in occurrences}.items():
        entry = left.pop(name, None)
        new = digest(occurrence)
        if entry is None:
            yield Add(occurrence, new)
        elif entry.digest != new:
            yield Update(entry, occurrence, new)
    for entry in left.values():
        yield Remove(entry)
