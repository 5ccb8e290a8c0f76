"""Why a meeting is here, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars.rules.explain import Setting, Speaks
from metwith.web.calendar_words import names

if TYPE_CHECKING:
    from metwith.calendars.privacy.why import Source, Why


def sentences(why: Why) -> tuple[str, ...]:
    """Which calendars, what kept it, whose times, what decides what the viewer sees."""
    return tuple(filter(None, (_calendars(why), _kept(why), _times(why), _sight(why))))


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
        Speaks.SEQUENCE: _("it has the latest version of the invitation"),
        Speaks.ORGANIZER: _("it is the organizer's own"),
        Speaks.LATEST: _("it was changed last"),
        Speaks.FIRST: _("it was here first, and none knows better"),
    }
    told = {"copy": _copy(why.times_from), "reason": reasons[why.times_because]}
    return _("Its times are those of %(copy)s: %(reason)s.") % told


def _copy(source: Source) -> str:
    if source.mine:
        return _("your copy in “%(name)s”") % {"name": source.calendar}
    return _("the copy of %(name)s") % {"name": source.owner}


def _sight(why: Why) -> str:
    if why.setting is Setting.OWN:
        return _("You see all of it because it is in your calendar.")
    if why.setting is Setting.TOOK_PART:
        return _("You see all of it because you took part.")
    level = {
        "metadata": _("You see when it is and who takes part"),
        "subject": _("You see when it is, who takes part, and the title"),
        "everything": _("You see all of it"),
    }[why.level]
    if why.capped:
        return _("%(level)s: the workspace allows no more, whatever %(owner)s shares.") % {"level": level, "owner": why.seen_of.owner}
    setting = {
        Setting.MEETING: _("%(level)s: %(owner)s set that for this one meeting."),
        Setting.SERIES: _("%(level)s: %(owner)s set that for this series."),
        Setting.CALENDAR: _("%(level)s: %(owner)s set that for the calendar it is in."),
        Setting.ACCOUNT: _("%(level)s: that is what %(owner)s shares."),
    }[why.setting]
    return setting % {"level": level, "owner": why.seen_of.owner}
