"""Django's words for days and months, so that they are said as the language writes them: its Portuguese has them with capitals.

Listed here, they are collected and translated as our own (`make messages`; settings: LOCALE_PATHS wins).
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
WEEKDAYS_SHORT = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
