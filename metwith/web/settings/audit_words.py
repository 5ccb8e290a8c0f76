"""A line of the audit log as a sentence. Pure: names are handed in. Only what the line holds is said: who, what, and plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from metwith.calendars import status_text
from metwith.calendars.vocabulary import FILE
from metwith.rules.identity import GRADES, SHOWN, Grade, Way
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces.audit import Action
from metwith.workspaces.audit_log import whose
from metwith.workspaces.models import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from metwith.web.settings.audit_names import Subject
    from metwith.workspaces.models import AuditLine

NOTHING_NAMED: Mapping[Subject, Detail] = {}

NUMBERED = ("account", "calendar", "meeting")
"""Facts that are ids."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing of which a sentence speaks: by name where its reader may see that, else `meeting 12`, to be told from others."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A line in words."""

    line: AuditLine
    who: str
    sentence: str
    details: tuple[Detail, ...]


def say(line: AuditLine, names: Mapping[int, str], known: Mapping[Subject, Detail] = NOTHING_NAMED) -> Said:
    """The line in the viewer's language. `names`: member id → name."""
    who = whose(line, names) or _("The operator")
    facts = {**line.facts, "who": who, "me": line.member_id, "names": names}
    tell = SENTENCES.get(line.action)
    try:
        sentence = tell(facts) if tell else _plain(line.action, who)
    except (KeyError, TypeError, ValueError):
        sentence = _plain(line.action, who)
    return Said(line, who, sentence, tuple(_details(line.facts, known)))


def _details(facts: Mapping[str, Any], known: Mapping[Subject, Detail]) -> Iterator[Detail]:
    labels = {"account": _("account"), "calendar": _("calendar"), "meeting": _("meeting")}
    held = [(name, labels[name], facts[name]) for name in NUMBERED if name in facts]
    if "record" in facts and "kind" in facts:
        held.append((str(facts["kind"]), _kind(facts["kind"]), facts["record"]))
    for name, label, pk in held:
        yield known.get((name, pk)) or Detail(f"{label} {pk}")


def _plain(action: str, who: str) -> str:
    """Without what else was noted: for an action whose facts are others than today's."""
    label = Action(action).label if action in Action.values else action
    return f"{who}: {label}"


def _level(level: str) -> str:
    known = {
        "metadata": _("time and participants"),
        "subject": _("the title"),
        "everything": _("everything"),
        "": _("what the account says"),
    }
    return known.get(level, level)


def _kind(kind: str) -> str:
    known = {"person": _("person"), "company": _("company"), "opportunity": _("opportunity"), "audit": _("audit log")}
    return known.get(kind, kind)


def _provider(facts: Mapping[str, Any]) -> str:
    return status_text.provider_text(str(facts["provider"]))


def _name(facts: Mapping[str, Any], fact: str = "member") -> str:
    return str(facts["names"].get(facts[fact]) or _("somebody who left"))


def _connected(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "provider": _provider(facts), "level": _level(facts.get("to", ""))}
    if facts.get("kind") == "picked":
        text = ngettext(
            "%(who)s had %(many)d member connected to %(provider)s by what the organisation granted",
            "%(who)s had %(many)d members connected to %(provider)s by what the organisation granted",
            facts["many"],
        )
        return text % (told | {"many": facts["many"]})
    if facts.get("kind") == "address":
        text = _("%(who)s said that %(provider)s knows %(member)s by another address, and had it connected")
        return text % (told | {"member": _name(facts)})
    if facts.get("kind") == "organisation":
        return _("%(who)s was connected to %(provider)s by what the organisation granted; colleagues see %(level)s") % told
    if facts["provider"] == FILE:
        return _("%(who)s uploaded a calendar file; colleagues see %(level)s") % told
    return _("%(who)s connected an account at %(provider)s; colleagues see %(level)s") % told


def _disconnected(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "provider": _provider(facts), "owner": _name(facts)}
    own = facts["member"] == facts["me"]
    if facts.get("purged"):
        if own:
            return _("%(who)s disconnected an account at %(provider)s; its meetings were removed") % told
        return _("%(who)s disconnected the account of %(owner)s at %(provider)s; its meetings were removed") % told
    if own:
        return _("%(who)s disconnected an account at %(provider)s; its meetings stay") % told
    return _("%(who)s disconnected the account of %(owner)s at %(provider)s; its meetings stay") % told


def _changed(text: Callable[[], str]) -> Callable[[Mapping[str, Any]], str]:
    def tell(facts: Mapping[str, Any]) -> str:
        return text() % {"who": facts["who"], "from": _level(facts["from"]), "to": _level(facts["to"])}

    return tell


def _meeting_level(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "to": _level("" if facts["to"] == "account" else facts["to"])}
    if facts.get("kind") == "series":
        return _("%(who)s changed what colleagues see of a recurring meeting to %(to)s") % told
    return _("%(who)s changed what colleagues see of a meeting to %(to)s") % told


def _cap(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "from": _level(facts["from"]), "to": _level(facts["to"])}
    if facts.get("kind") == "default":
        return _("%(who)s changed what a new account begins with from %(from)s to %(to)s") % told
    return _("%(who)s changed the most that colleagues may see from %(from)s to %(to)s") % told


def _blocked(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "many": facts["many"]}
    if facts.get("everybody"):
        return ngettext("%(who)s added %(many)d block for everybody", "%(who)s added %(many)d blocks for everybody", facts["many"]) % told
    return ngettext("%(who)s added %(many)d block of their own", "%(who)s added %(many)d blocks of their own", facts["many"]) % told


def _unblocked(facts: Mapping[str, Any]) -> str:
    if facts.get("everybody"):
        return _("%(who)s took away a block that held for everybody") % facts
    return _("%(who)s took away a block of their own") % facts


def _own_domain_words(facts: Mapping[str, Any]) -> str:
    known = {
        DomainOwnership.WHOLE: _("%(who)s said that a domain is yours, with its subdomains"),
        DomainOwnership.EXACT: _("%(who)s said that a domain is yours, without its subdomains"),
        DomainOwnership.ASIDE: _("%(who)s said that a domain is not yours"),
        "added": _("%(who)s said that a further address is a member's"),
        "removed": _("%(who)s took away a member's further address"),
    }
    said = known.get(facts["to"])
    return said % facts if said else _address(Way(facts["to"])) % {"who": facts["who"], "member": _name(facts)}


def _address(way: Way) -> str:
    """What was said of a member's address: by each way there is."""
    if way in SHOWN:
        return _("%(who)s confirmed an address of %(member)s")
    return {
        Grade.VERIFIED: _("%(who)s vouched for an address of %(member)s"),
        Grade.NAMED: _("%(who)s said that a further address is a member's"),
        Grade.CLAIMED: _("%(who)s said that an address of %(member)s counts in their own calendars alone"),
    }[GRADES[way]]


def _new_people(facts: Mapping[str, Any]) -> str:
    known = {
        "on": _("%(who)s lets unknown people of a calendar become people here"),
        "off": _("%(who)s no longer lets unknown people of a calendar become people here"),
        "organised": _("%(who)s lets unknown people of a calendar become people here, for meetings they organise"),
    }
    return known[facts["to"]] % facts


def _undone(facts: Mapping[str, Any]) -> str:
    text = ngettext(
        "%(who)s removed %(many)d record that a calendar had made",
        "%(who)s removed %(many)d records that a calendar had made",
        facts["many"],
    )
    return text % {"who": facts["who"], "many": facts["many"]}


def _looked_as(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "member": _name(facts), "kind": _kind(facts["kind"])}
    if "whose" in facts:
        told["whose"] = _name(facts, "whose")
        return _("%(who)s looked at the meetings of %(whose)s as %(member)s sees them (%(kind)s)") % told
    return _("%(who)s looked at the meetings of a record as %(member)s sees them (%(kind)s)") % told


def _exported(facts: Mapping[str, Any]) -> str:
    if "record" in facts:
        return _("%(who)s exported the meetings of a record (%(kind)s)") % {"who": facts["who"], "kind": _kind(facts["kind"])}
    known = {
        "person": _("%(who)s exported all people"),
        "company": _("%(who)s exported all companies"),
        "opportunity": _("%(who)s exported all opportunities"),
        "meetings": _("%(who)s exported all meetings"),
        "audit": _("%(who)s exported the audit log"),
        "receipt": _("%(who)s exported the privacy receipt"),
        "subject": _("%(who)s exported all that is held about somebody"),
    }
    return known[facts["kind"]] % facts


def _erased(facts: Mapping[str, Any]) -> str:
    text = ngettext("%(who)s erased somebody: %(many)d row", "%(who)s erased somebody: %(many)d rows", facts["many"])
    return text % {"who": facts["who"], "many": facts["many"]}


def _of_kind(text: Callable[[], str]) -> Callable[[Mapping[str, Any]], str]:
    def tell(facts: Mapping[str, Any]) -> str:
        return text() % {"who": facts["who"], "kind": _kind(facts["kind"])}

    return tell


def _role(facts: Mapping[str, Any]) -> str:
    told = {"who": facts["who"], "member": _name(facts), "from": _role_words(facts["from"]), "to": _role_words(facts["to"])}
    return _("%(who)s changed the role of %(member)s from %(from)s to %(to)s") % told


def _role_words(role: str) -> str:
    return str(Member.MemberRole(role).label)


def _invited(facts: Mapping[str, Any]) -> str:
    return _("%(who)s invited somebody as: %(role)s") % {"who": facts["who"], "role": _role_words(facts["kind"])}


def _removed(facts: Mapping[str, Any]) -> str:
    if facts["member"] == facts["me"]:
        return _("%(who)s left the workspace") % facts
    return _("%(who)s removed a member (number %(member)d)") % facts


SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    Action.CONNECTED: _connected,
    Action.RECONNECTED: lambda facts: _("%(who)s connected an account anew at %(provider)s") % {**facts, "provider": _provider(facts)},
    Action.DISCONNECTED: _disconnected,
    Action.LEVEL: _changed(lambda: _("%(who)s changed what colleagues see of an account from %(from)s to %(to)s")),
    Action.CALENDAR_LEVEL: _changed(lambda: _("%(who)s changed what colleagues see of a calendar from %(from)s to %(to)s")),
    Action.MEETING_LEVEL: _meeting_level,
    Action.CAP: _cap,
    Action.BLOCKED: _blocked,
    Action.UNBLOCKED: _unblocked,
    Action.OURS: _own_domain_words,
    Action.NEW_PEOPLE: _new_people,
    Action.NEW_PEOPLE_UNDONE: _undone,
    Action.LOOKED_AS: _looked_as,
    Action.EXPORTED: _exported,
    Action.ERASED: _erased,
    Action.LINKED: _of_kind(lambda: _("%(who)s linked a meeting by hand (%(kind)s)")),
    Action.UNLINKED: _of_kind(lambda: _("%(who)s took a meeting off by hand (%(kind)s)")),
    Action.ROLE: _role,
    Action.INVITED: _invited,
    Action.PASSWORD_MAILED: lambda facts: (
        _("%(who)s had a link to a new password mailed to %(member)s") % {**facts, "member": _name(facts)}
    ),
    Action.MEMBER_REMOVED: _removed,
    Action.SUBSCRIBED: _of_kind(lambda: _("%(who)s subscribed to the meetings of a record (%(kind)s)")),
    Action.UNSUBSCRIBED: _of_kind(lambda: _("%(who)s revoked a calendar subscription (%(kind)s)")),
}
"""Actions that are not here are said by their label."""
