"""What has changed between what a calendar says and what is stored. Nothing changed, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from metwith.calendars.vocabulary import Add, Change, KnownEntry, Occurrence, Remove, Update

_SEPARATOR = "\x1f"
"""Providers strip control characters from texts, so that it cannot occur in one."""


def digest(occurrence: Occurrence) -> bytes:
    """16 bytes over everything of an occurrence that an Entry stores. `version` is left out: an etag may change with nothing else."""
    event = occurrence.event
    texts = [
        str(occurrence.start), str(occurrence.end), event.uid, event.zone, str(event.sequence), str(event.updated), str(event.cancelled),
        event.title, event.description, event.location, event.join_url, event.web_url, *event.attachments, "",
    ]  # fmt: skip
    for a in event.attendees:
        texts += (a.address, a.name, a.response, a.role, a.kind, "1" if a.organizer else "")
    return blake2b(_SEPARATOR.join(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def compare(occurrences: Iterable[Occurrence], known: Iterable[KnownEntry]) -> Iterator[Change]:
    """The changes that turn `known` into `occurrences`. Both are of the same items, whole: what is known and not named goes."""
    left = {(entry.remote_id, entry.uid, entry.key): entry for entry in known}
    for occurrence in occurrences:
        entry = left.pop((occurrence.event.id, occurrence.event.uid, occurrence.key), None)
        new = digest(occurrence)
        if entry is None:
            yield Add(occurrence, new)
        elif entry.digest != new:
            yield Update(entry, occurrence, new)
    for entry in left.values():
        yield Remove(entry)
