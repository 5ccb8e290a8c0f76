"""Why a meeting is here, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars.rules.explain import DecidedBy, Speaks
from metwith.calendars.vocabulary import Fallback
from metwith.web.calendar.words import names, unconfirmed

if TYPE_CHECKING:
    from metwith.calendars.transparency.explain import CopySource, Why


def sentences(why: Why) -> tuple[str, ...]:
    """Which calendars, what kept it, whose times, what decides what the viewer sees."""
    return tuple(
        filter(
            None,
            (
                _calendars(why),
                _kept(why),
                _times(why),
                *map(guess, why.guessed),
                _disclosure_words(why),
                unconfirmed() if why.unconfirmed else "",
            ),
        )
    )


def guess(fallback: Fallback) -> str:
    """What had to be guessed of a meeting's times, in a sentence."""
    return {
        Fallback.ZONE_UNKNOWN: _(
            "Its calendar names a time zone that nobody knows. It was read in the calendar's own: the hour may be wrong."
        ),
        Fallback.ZONE_GUESSED: _("Its calendar only hints at a time zone. The hour may be wrong."),
        Fallback.ZONE_CARRIED_ON: _("Its calendar describes its time zone for a few years only. The zone was carried on."),
        Fallback.DAY_GUESSED: _("Its calendar gives a time where a day belongs. The nearest day was taken."),
    }[fallback]


def _calendars(why: Why) -> str:
    own = [_("“%(name)s”") % {"name": source.calendar} for source in why.sources if source.mine]
    others = [source.owner for source in why.sources if not source.mine]
    if own and others:
        told = {"own": names(own), "others": names(others)}
        return _("It is in your calendar %(own)s, and in a calendar of %(others)s.") % told
    if own:
        return _("It is in your calendar %(own)s.") % {"own": names(own)}
    return _("It is in a calendar of %(others)s.") % {"others": names(others)}


def _kept(why: Why) -> str:
    if not why.outsiders:
        return ""
    words = ngettext("It came in because %(who)s is not one of you.", "It came in because %(who)s are not one of you.", len(why.outsiders))
    return words % {"who": names(list(why.outsiders))}


def _times(why: Why) -> str:
    if why.times_because is Speaks.ONLY:
        return ""
    reasons = {
        Speaks.SIGNED_IN: _("it is from a calendar that somebody signs in to, not from a file or a calendar address"),
        Speaks.NAMED: _("it says who organizes the meeting"),
        Speaks.READ: _("its calendar is still read"),
        Speaks.SEQUENCE: _("it has the latest version of the invitation"),
        Speaks.ORGANIZER: _("it is the organizer's own"),
        Speaks.LATEST: _("it was changed last"),
        Speaks.FIRST: _("it was here first, and none knows better"),
    }
    told = {"copy": _copy(why.times_from), "reason": reasons[why.times_because]}
    return _("Its times are those of %(copy)s: %(reason)s.") % told


def _copy(source: CopySource) -> str:
    if source.mine:
        return _("your copy in “%(name)s”") % {"name": source.calendar}
    return _("the copy of %(name)s") % {"name": source.owner}


def _disclosure_words(why: Why) -> str:
    if why.setting is DecidedBy.OWN:
        return _("You see all of it because it is in your calendar.")
    if why.setting is DecidedBy.TOOK_PART:
        return _("You see all of it because you are among the participants.")
    level = {
        "metadata": _("You see when it is and who takes part"),
        "subject": _("You see when it is, who takes part, and the title"),
        "everything": _("You see all of it"),
    }[why.level]
    if why.capped:
        return _("%(level)s: the workspace allows no more, whatever %(owner)s shares.") % {"level": level, "owner": why.seen_of.owner}
    setting = {
        DecidedBy.MEETING: _("%(level)s: %(owner)s set that for this one meeting."),
        DecidedBy.SERIES: _("%(level)s: %(owner)s set that for this series."),
        DecidedBy.CALENDAR: _("%(level)s: %(owner)s set that for the calendar it is in."),
        DecidedBy.ACCOUNT: _("%(level)s: that is what %(owner)s shares."),
    }[why.setting]
    return setting % {"level": level, "owner": why.seen_of.owner}
