"""A channel that is none: letters of a box on the memory server. What a channel needs besides its own table is the engine's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction

from metwith.engine import counters, lease, linking, locks, traces
from metwith.engine import models as rows
from metwith.engine.tables import TablesOf
from metwith.lib import secrets
from metwith.rules.health import Succeeded
from metwith.workspaces.scope import OwnedByWorkspace, Reference

if TYPE_CHECKING:
    from datetime import datetime

    from metwith.calendars.providers.port import CalendarProvider


class Box(rows.SourceBase):
    class Meta:
        app_label = "letters"


class Letter(OwnedByWorkspace):
    box = Reference(Box)
    remote_id = models.CharField(max_length=200)
    sent_at = models.DateTimeField()

    class Meta:
        app_label = "letters"


class Sender(rows.ParticipantBase):
    ITEM = "letter"
    letter = Reference(Letter)

    class Meta:
        app_label = "letters"


class Filed(rows.RecordLinkBase):
    ITEM, CARRIES = "letter", ("sent_at",)
    letter = Reference(Letter)
    sent_at = models.DateTimeField()

    class Meta:
        app_label = "letters"
        unique_together = ("workspace", "letter", "record_kind", "record_id", "member")


class LeftOut(rows.TraceBase):
    source = Reference(Box)

    class Meta:
        app_label = "letters"
        unique_together = ("workspace", "source", "item", "part")


class Count(rows.CounterBase):
    source = Reference(Box, null=True)

    class Meta:
        app_label = "letters"
        unique_together = ("workspace", "source", "day", "what", "reason")


class Bell(rows.PushChannelBase):
    source = Reference(Box, null=True)

    class Meta:
        app_label = "letters"


class Emptying(rows.RemovalBase):
    HALTS = ("box",)

    class Meta:
        app_label = "letters"


LETTERS = TablesOf(source=Box, trace=LeftOut, counter=Count, push_channel=Bell, link=Filed, participant=Sender, removal=Emptying)


def read_box(workspace_id: int, box_id: int, provider: CalendarProvider, now: datetime) -> bool:
    """Read a box from its cursor on; who writes no address does not come in. False when somebody else reads it."""
    box = lease.claim(LETTERS, workspace_id, box_id, now)
    if box is None or box.lease_holder is None:
        return False
    held, keyed = lease.Lease(workspace_id, box.pk, box.lease_holder), secrets.digester(workspace_id, box.pk)
    for page in provider.changes(box.remote_id, box.cursor):
        with transaction.atomic():
            lease.renew(LETTERS, held, now, items=len(page.events), cursor=page.cursor)
            locks.lock_writers(workspace_id)
            senders = {item.id: [a.address for a in getattr(item, "attendees", ()) if a.address] for item in page.events}
            out = {(keyed(item), ""): ("private", "") for item, known in senders.items() if not known}
            dropped = traces.write(LETTERS, held, {keyed(item) for item in senders}, out, now.date())
            counters.count(LETTERS, workspace_id, box.pk, rows.CounterKind.DROPPED, dropped, now=now)
            kept = [item for item, known in senders.items() if known]
            counters.count(LETTERS, workspace_id, box.pk, rows.CounterKind.KEPT, {"": len(kept)}, now=now)
            made = Letter.objects.bulk_create(Letter(workspace_id=workspace_id, box=box, remote_id=item, sent_at=now) for item in kept)
            named = [(letter, address) for letter in made for address in senders[letter.remote_id]]
            Sender.objects.bulk_create(Sender(workspace_id=workspace_id, letter=letter, address=a) for letter, a in named)
            linking.link(
                LETTERS, workspace_id, [linking.Linkable(le.pk, (now,), frozenset(senders[le.remote_id])) for le in made], fresh=True
            )
    lease.report(LETTERS, box, Succeeded(), now)
    return True
