"""The calendar channel's tables, as the engine is handed them."""

from __future__ import annotations

from metwith.calendars.counters import Tally
from metwith.calendars.intents.removals import Removal
from metwith.calendars.models import Attendee, Calendar, Channel, Link, Trace
from metwith.engine.tables import TablesOf

TABLES = TablesOf(source=Calendar, trace=Trace, counter=Tally, push_channel=Channel, link=Link, participant=Attendee, removal=Removal)
