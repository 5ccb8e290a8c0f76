"""By what an address can be named, and whose it is: the two sides of the matrix of claims, and the world in which they meet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from metwith.calendars.actions import connect as calendars
from metwith.calendars.delegation import mailbox
from metwith.calendars.providers.catalogue import Connected
from metwith.calendars.vocabulary import RemoteAttendee, RemoteCalendar
from metwith.engine.vocabulary import RemoteAccount as AccountFacts
from metwith.lib.addresses import domain_of
from metwith.rules.identity import Way
from metwith.workspaces import actions, addresses, domains
from metwith.workspaces.models import Invitation, Member, MemberAddress, User
from tests.calendars.desk import Desk
from tests.calendars.worker import work
from tests.people import NOW, company, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from metwith.accounts.models import Account

ZOE = "zoe@north.example"
"""A client, in meetings that are no internal ones whoever else takes part."""
ASKED = "Quarzit"
"""What a search asks for; the other word of a title tells that it was seen."""
HOUR = timedelta(hours=1)

OWNERS = {
    "a client on record": "anna@acme.example",
    "a client on no record": "kim@kin.example",
    "a colleague's, verified": "dora@atelier.example",
    "a colleague's, named": "gil@garage.example",
    "a former member's": "fred@fern.example",
    "somebody's who is to join": "chief@lumen.example",
    "free mail": "olga@gmail.com",
    "one's own": "eve@lumen.example",
}
"""Whose an address is → it."""


def title(kind: str, address: str) -> str:
    """What is seen of a meeting by whoever may see its title, and by nobody else."""
    return f"{kind}-{address.partition('@')[0]}-Velbert"


class World:
    """Bob's calendar has meetings with everybody, of which colleagues see the times. Erin is an admin, Eve a plain member."""

    def __init__(self) -> None:
        self.alice = actions.create_workspace("Lumen Studio", "alice@lumen.example", None, "Alice Adler", now=NOW)
        self.bob, self.dora, self.gil, self.eve, fred = (self._member(name, "member") for name in ("bob", "dora", "gil", "eve", "fred"))
        self.erin, self.olaf = self._member("erin", "admin"), self._member("olaf", "owner")
        company(self.alice, "Acme", "acme.example")
        person(self.alice, "Anna Schiefer", OWNERS["a client on record"])
        self.zoe = person(self.alice, "Zoe Zander", ZOE)
        addresses.confirm(self.dora, OWNERS["a colleague's, verified"], NOW)
        addresses.give(self.erin, self.gil.pk, OWNERS["a colleague's, named"], NOW)
        addresses.confirm(fred, OWNERS["a former member's"], NOW)
        actions.remove_member(self.erin, fred.pk, keep=True, now=NOW)
        self.desk, self.later = Desk(self.bob, "bob"), Desk(self.bob, "bob-later", new_people="on")
        for address in OWNERS.values():
            self._meetings(address)
        self.desk.sync()
        work()

    def _member(self, name: str, role: str) -> Member:
        return actions.add_member(self.alice.workspace, f"{name}@lumen.example", role, None, name.title(), now=NOW)

    def _meetings(self, address: str) -> None:
        """Of Bob with an address alone, and with it and Zoe; of that address with Bob and Zoe."""
        organizer = (RemoteAttendee(address, organizer=True), RemoteAttendee("bob@lumen.example"), RemoteAttendee(ZOE))
        said = {kind: {"title": f"{ASKED} {title(kind, address)}"} for kind in ("alone", "with")}
        self.desk.put(f"alone {address}", address, **said["alone"])
        self.desk.put(f"with {address}", address, ZOE, **said["with"])
        self.desk.put(f"by {address}", attendees=organizer, updated=NOW)


type Deed = Callable[[World, str], Member | None]
"""Names an address, or raises Invalid or NotAllowed. Returns the member whose it would be; None: Eve."""


@dataclass(frozen=True)
class Naming:
    """One way in which an address can be named."""

    answers: str
    """For each of OWNERS, what the address is its namer's afterwards:

    v  verified     n  named     c  claimed     u  one of us, and nobody's     d  the same with its whole domain
    .  what it was before     -  the same: it is refused
    """
    deed: Deed
    verbs: tuple[str, ...] = ()
    """Of workspaces.addresses, actions and domains."""
    provider: str = ""
    signs_in: bool = False
    """The address is one with which somebody signs in from then on."""
    gone: bool = False
    """Its member has left: no sight, and no sign-in."""


# --- the ways -----------------------------------------------------------------------------------------------------------------------


def _connected(provider: str, address: str, *also: str, **facts: object) -> Connected:
    subject = f"{provider}-1" if provider in {"google", "microsoft"} else ""
    account = AccountFacts(
        provider=provider, address=address, server="memory:nobody", username="eve", secret="s3cret", zone="UTC", subject=subject
    )
    return replace(Connected(account, (RemoteCalendar("work", "Work", primary=True),), also), **facts)  # type: ignore[arg-type]  # what a case says


def _keep(member: Member, found: Connected) -> Account:
    return calendars.keep_connection(member, found, calendars=[], sharing="metadata", new_people="off", now=NOW)


def _typed(provider: str) -> Deed:
    def deed(world: World, address: str) -> None:
        _keep(world.eve, _connected(provider, address))

    return deed


def _told_by_server(provider: str) -> Deed:
    def deed(world: World, address: str) -> None:
        _keep(world.eve, _connected(provider, world.eve.user.email, address, f"also.{address}"))

    return deed


def _signed_in(provider: str, *, verified: bool) -> Deed:
    def deed(world: World, address: str) -> None:
        _keep(world.eve, _connected(provider, address, verified=frozenset({address} if verified else ())))

    return deed


def _granted(provider: str) -> Deed:
    def deed(world: World, address: str) -> None:
        """An admin says by which address the organisation's service knows somebody."""
        said = mailbox.read_mailbox(world.erin, world.eve, address) or address
        _keep(world.eve, _connected(provider, said, delegated=True, assigned=True))

    return deed


def _by_hers(world: World, address: str) -> None:
    """Whoever grants for all reads a mailbox, whose aliases the directory names."""
    _keep(world.eve, _connected("microsoft", world.eve.user.email, address, delegated=True))


def _in_a_file(world: World, address: str) -> None:
    body = "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//x", f"X-WR-CALNAME:{address}", "BEGIN:VEVENT", "UID:file", "DTSTART:20260611T090000Z",
        "DTEND:20260611T100000Z", f"ORGANIZER:mailto:{address}", f"ATTENDEE:mailto:{ZOE}", "ATTENDEE:mailto:eve@lumen.example", "END:VEVENT",
        "END:VCALENDAR", "",
    ])  # fmt: skip
    calendars.connect_file(world.eve, body.encode(), name=f"{address}.ics", now=NOW)


def _in_a_feed(world: World, address: str) -> None:
    """A calendar of Eve's in which the address organizes everything, and Eve is it by the name she gives herself."""
    desk = Desk(world.eve, "eve-feed")
    desk.put(
        "feed",
        attendees=(RemoteAttendee(address, "Eve", organizer=True), RemoteAttendee("eve@lumen.example", address), RemoteAttendee(ZOE)),
    )
    desk.sync()


def _called_so(world: World, address: str) -> None:
    actions.change_profile(world.eve, name=address, time_zone="UTC")


def _posted(world: World, address: str) -> str:
    """The token of an invitation that was mailed."""
    letters: list[tuple[str, str]] = []
    _invitation, shown = actions.invite(world.erin, address, "member", NOW, post=lambda to, token: letters.append((to, token)))
    assert [to for to, _ in letters] == [address]
    assert shown == ""
    return letters[0][1]


def _taken_up(token: str) -> Member:
    return actions.accept_invitation(token, "Somebody New", None, NOW)


def _mailed(world: World, address: str) -> Member:
    return _taken_up(_posted(world, address))


def _shown(world: World, address: str) -> Member:
    return _taken_up(actions.invite(world.erin, address, "member", NOW)[1])


def _open_mailed(world: World, address: str) -> None:
    _posted(world, address)


def _open_shown(world: World, address: str) -> None:
    actions.invite(world.erin, address, "member", NOW)


def _withdrawn(world: World, address: str) -> None:
    actions.withdraw_invitation(world.erin, actions.invite(world.erin, address, "member", NOW)[0].pk)


def _open_since_before(world: World, address: str) -> None:
    actions.invite(world.erin, address, "member", NOW, post=lambda _to, _token: None)
    Invitation.objects.of(world.alice.workspace).filter(address=address).update(one_of_us=True)


def _oidc(world: World, address: str) -> Member:
    """Somebody who joined by a link that was shown signs in, and the identity provider has verified the address."""
    found = _shown(world, address)
    addresses.verify_sign_in(found.user, Way.OIDC, NOW)
    return found


def _provider_of_sign_in(world: World, address: str) -> Member:
    found = _shown(world, address)
    _keep(found, _connected("google", address, verified=frozenset({address})))
    return found


def _vouched_sign_in(world: World, address: str) -> Member:
    found = _shown(world, address)
    addresses.vouch(world.alice, found.pk, address, NOW)
    return found


def _operator(world: World, address: str) -> Member:
    return actions.add_member(world.alice.workspace, address, "member", None, "Somebody New", now=NOW)


def _first_owner(world: World, address: str) -> None:
    """Of another workspace: nothing crosses its border."""
    if not User.objects.filter(email=address).exists():
        actions.create_workspace("Elsewhere", address, None, "Elsewhere", now=NOW)


def _leaves(before: Deed, *, keep: bool) -> Deed:
    def deed(world: World, address: str) -> Member | None:
        member = before(world, address) or world.eve
        actions.remove_member(world.erin, member.pk, keep=keep, now=NOW)
        work()
        return member

    return deed


def _disconnected(*, purge: bool) -> Deed:
    def deed(world: World, address: str) -> None:
        account = _keep(world.eve, _connected("caldav", address))
        calendars.disconnect(world.eve, account.pk, purge=purge, now=NOW)

    return deed


def _taken_back(world: World, address: str) -> None:
    row = addresses.give(world.erin, world.eve.pk, address, NOW)
    addresses.take_back(world.erin, row.pk)


def _since_before(world: World, address: str) -> None:
    account = _keep(world.eve, _connected("ics", "eve@lumen.example"))
    addresses.bring(world.eve, account.pk, {address: Way.BEFORE}, NOW)


def _link(world: World, address: str) -> None:
    addresses.confirm(world.eve, address, NOW)


def _verbs(**by: Callable[[World, str], object]) -> dict[str, Deed]:
    def deed(verb: Callable[[World, str], object]) -> Deed:
        def done(world: World, address: str) -> None:
            verb(world, address)

        return done

    return {name: deed(verb) for name, verb in by.items()}


SAID = _verbs(
    given=lambda world, address: addresses.give(world.erin, world.eve.pk, address, NOW),
    given_to_oneself=lambda world, address: addresses.give(world.eve, world.eve.pk, address, NOW),
    vouched=lambda world, address: addresses.vouch(world.alice, world.eve.pk, address, NOW),
    vouched_by_an_admin=lambda world, address: addresses.vouch(world.erin, world.eve.pk, address, NOW),
    vouched_by_oneself=lambda world, address: addresses.vouch(world.eve, world.eve.pk, address, NOW),
    vouched_by_the_operator=lambda world, address: addresses.vouch_by_operator(world.eve, address, NOW),
    domain=lambda world, address: domains.decide_domain(world.erin, domain_of(address), "whole"),
    domain_by_a_member=lambda world, address: domains.decide_domain(world.eve, domain_of(address), "whole"),
)
INVITE, TAKE_UP = ("invite", "read_invited"), ("invite", "accept_invitation", "note_sign_in")

NAMINGS: dict[str, Naming] = {
    #                                              on     no     col.   col.   form.  to     free   own
    #                                              record record verif. named  member join   mail
    **{f"typed for a calendar ({key})":    Naming("c      c      c      c      c      c      c      v", _typed(key), ("bring",), key)
       for key in ("caldav", "ics", "memory")},
    **{f"named by a server ({key})":       Naming("c      c      c      c      c      c      c      v", _told_by_server(key), ("bring",), key)
       for key in ("caldav", "ics", "memory", "google", "microsoft")},
    **{f"verified by {key}":               Naming("v      v      v      v      v      v      v      v", _signed_in(key, verified=True), ("bring",), key)
       for key in ("google", "microsoft")},
    **{f"not verified by {key}":           Naming("c      c      c      c      c      c      c      v", _signed_in(key, verified=False), ("bring",), key)
       for key in ("google", "microsoft")},
    **{f"said by an admin to {key}":       Naming("-      c      -      -      -      c      c      v", _granted(key), ("bring",), key)
       for key in ("google", "microsoft")},
    "named by what the organisation grants": Naming("c    c      c      c      c      c      c      v", _by_hers, ("bring",), "microsoft"),
    "an uploaded file":                    Naming(".      .      .      .      .      .      .      v", _in_a_file, (), "file"),
    "a feed":                              Naming(".      .      .      .      .      .      .      v", _in_a_feed, (), "memory"),
    "a name that a member takes":          Naming(".      .      .      .      .      .      .      v", _called_so, ("change_profile",)),
    "a calendar that is gone":             Naming(".      .      .      .      .      .      .      v", _disconnected(purge=True), ("leave_account",)),
    "a calendar that was left":            Naming("c      c      c      c      c      c      c      v", _disconnected(purge=False)),
    "typed, by somebody who left":         Naming("c      c      c      c      c      c      c      v", _leaves(_typed("caldav"), keep=True), gone=True),
    "typed, by somebody who is gone":      Naming(".      .      .      .      .      .      .      .", _leaves(_typed("caldav"), keep=False), gone=True),
    "an invitation, mailed":               Naming("v      v      -      v      v      v      v      -", _mailed, TAKE_UP, signs_in=True),
    "an invitation, shown":                Naming("-      n      -      n      n      n      n      -", _shown, TAKE_UP, signs_in=True),
    "an invitation, mailed and open":      Naming(".      .      -      .      .      .      .      -", _open_mailed, INVITE),
    "an invitation, shown and open":       Naming("-      .      -      .      .      .      .      -", _open_shown, INVITE),
    "an invitation, taken back":           Naming("-      .      -      .      .      .      .      -", _withdrawn, ("withdraw_invitation",)),
    "an invitation, open since before":    Naming("u      u      -      u      u      u      u      -", _open_since_before, INVITE),
    "an invitation, shown; then OIDC":     Naming("-      v      -      v      v      v      v      -", _oidc, ("verify_sign_in",), signs_in=True),
    "an invitation, shown; then Google":   Naming("-      v      -      v      v      v      v      -", _provider_of_sign_in, signs_in=True),
    "an invitation, shown; then vouched":  Naming("-      v      -      v      v      v      v      -", _vouched_sign_in, signs_in=True),
    "an invitation; then removed, kept":   Naming("v      v      -      v      v      v      v      -", _leaves(_mailed, keep=True), ("remove_member",), gone=True),
    "an invitation; then removed, gone":   Naming(".      .      -      .      .      .      .      -", _leaves(_mailed, keep=False), ("remove_member",), gone=True),
    "the operator, as a member":           Naming("v      v      v      v      v      v      v      -", _operator, ("add_member",), signs_in=True),
    "the operator, for a member":          Naming("v      v      -      -      -      v      v      v", SAID["vouched_by_the_operator"], ("vouch_by_operator",)),
    "the owner of another workspace":      Naming(".      .      .      .      .      .      .      v", _first_owner, ("create_workspace",)),
    "a mailed link":                       Naming("v      v      v      v      v      v      v      v", _link, ("confirm",)),
    "an owner vouches":                    Naming("v      v      -      -      -      v      v      v", SAID["vouched"], ("vouch",)),
    "an admin vouches":                    Naming("-      -      -      -      -      -      -      -", SAID["vouched_by_an_admin"], ("vouch",)),
    "a member vouches for themselves":     Naming("-      -      -      -      -      -      -      -", SAID["vouched_by_oneself"], ("vouch",)),
    "an admin gives":                      Naming("-      n      -      -      -      n      n      -", SAID["given"], ("give", "read_typed")),
    "a member gives themselves":           Naming("-      -      -      -      -      -      -      -", SAID["given_to_oneself"], ("give",)),
    "an admin gave, and took back":        Naming("-      .      -      -      -      .      .      -", _taken_back, ("take_back",)),
    "an admin adds the domain":            Naming("d      d      d      d      d      d      -      v", SAID["domain"], ("decide_domain",)),
    "a member adds the domain":            Naming("-      -      -      -      -      -      -      -", SAID["domain_by_a_member"], ("decide_domain",)),
    "one of us since before an upgrade":   Naming("n      n      n      n      n      n      n      v", _since_before),
}  # fmt: skip
"""The contract's answers (product.md, section 3), once more: the matrix does not ask the code what the code should do."""

NAME_NOBODY = frozenset({
    # workspaces.addresses: what is read, and what only ends.
    "who_is_who", "of_account", "addresses_held", "verified_sign_ins", "invited_before", "end_claims",
    "signs_in_verified", "to_go_through", "let_go", "have_gone_through", "to_mail", "may_vouch", "room_for_more", "typed", "no_address", "tell_own",
    # workspaces.actions: the workspace, roles, ways in.
    "rename_workspace", "set_sharing_rules", "delete_workspace", "invitation_for", "change_role", "mail_password", "remove_former", "end_member", "set_password", "check_password", "create_token",
    "revoke_token", "member_for_token",
    # workspaces.domains.
    "domains_of", "read_domain",
})  # fmt: skip
"""Verbs by which no address comes to be anybody's."""


def ways_written() -> set[str]:
    """By which ways the table of addresses holds something, in all workspaces."""
    return set(MemberAddress.objects.across_workspaces("a test looks at all").values_list("way", flat=True))
