"""The table of addresses: whose each one is, by which way, and by whom it was said. Who is one of us is read from here, and from nowhere else.

Sign-in, invitations, owners, the operator and accounts feed it (the verbs below); `rules.identity` says what each way counts for.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from metwith.lib import addresses, sql
from metwith.lib.addresses import domain_of, fold, registrable
from metwith.lib.errors import Invalid, NotAllowed
from metwith.lib.freemail import is_free_mail
from metwith.rules import identity, show
from metwith.rules.identity import GRADES, SHOWN, Grade, HeldAddress, Way, WorkspaceIdentities, outweighs
from metwith.rules.own_identities import DomainOwnership
from metwith.workspaces import audit, signals
from metwith.workspaces.audit import Action
from metwith.workspaces.may import admins_only, owners_only
from metwith.workspaces.models import Invitation, Member, MemberAddress, OwnDomain, User
from metwith.workspaces.ways_in import end_other_ways_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

LETTERS, BETWEEN_LETTERS = 3, timedelta(minutes=10)
"""So many links to confirm an address a member may have mailed in that time, and one to the same address."""
MOST = 50
"""So many addresses of one account are taken over; what a server names beyond them counts for nothing."""

MOST_OF_MEMBER = 200
"""So many over all accounts of one member: every request of everybody reads them."""


# --- reading ------------------------------------------------------------------------------------------------------------------------


def who_is_who(workspace_id: int) -> WorkspaceIdentities:
    """Members and their addresses, the own domains, the cap and the zone (product.md, section 3), in one query."""
    return _who(tuple(sql.rows(EVERYBODY, [workspace_id] * 6)))


EVERYBODY = """SELECT 'held', v.address, v.member_id, v.way, (m.left_at IS NULL AND u.email = v.address), m.left_at IS NOT NULL
FROM workspaces_memberaddress v JOIN workspaces_member m ON m.workspace_id = v.workspace_id AND m.id = v.member_id
JOIN workspaces_user u ON u.id = m.user_id WHERE v.workspace_id = %s
UNION ALL SELECT 'member', coalesce(nullif(u.name, ''), u.email), m.id, '', FALSE, FALSE
FROM workspaces_member m JOIN workspaces_user u ON u.id = m.user_id WHERE m.workspace_id = %s
UNION ALL SELECT 'domain', d.domain, 0, d.standing, FALSE, FALSE FROM workspaces_owndomain d WHERE d.workspace_id = %s
UNION ALL SELECT 'invited', i.address, 0, '', FALSE, FALSE FROM workspaces_invitation i
WHERE i.workspace_id = %s AND i.accepted_at IS NULL AND i.one_of_us
UNION ALL SELECT 'cap', w.sharing_cap, 0, '', FALSE, FALSE FROM workspaces_workspace w WHERE w.id = %s
UNION ALL SELECT 'zone', coalesce(nullif(w.time_zone, ''), (SELECT u.time_zone FROM workspaces_member m
JOIN workspaces_user u ON u.id = m.user_id WHERE m.workspace_id = w.id AND m.role = 'owner' AND m.left_at IS NULL ORDER BY m.id LIMIT 1),
'UTC'), 0, '', FALSE, FALSE FROM workspaces_workspace w WHERE w.id = %s"""


@lru_cache(maxsize=32)
def _who(rows: tuple[tuple[str, str, int, str, bool, bool], ...]) -> WorkspaceIdentities:
    """The same rows always give the same answer, so it is kept: nearly every request asks."""
    return identity.weigh(
        [
            HeldAddress(member_id, address, Way(way), signs_in, left)
            for kind, address, member_id, way, signs_in, left in rows
            if kind == "held"
        ],
        {domain: standing for kind, domain, _, standing, *_rest in rows if kind == "domain"},
        {member_id: name for kind, name, member_id, *_rest in rows if kind == "member"},
        next((level for kind, level, *_rest in rows if kind == "cap"), show.LEVELS[0]),
        further=[address for kind, address, *_rest in rows if kind == "invited"],
        zone=next((zone for kind, zone, *_rest in rows if kind == "zone"), "UTC"),
    )


def of_account(workspace_id: int, account_id: int) -> frozenset[str]:
    """The addresses, folded, that an account brought."""
    return frozenset(address for (address,) in sql.rows(OF_ACCOUNT, (workspace_id, account_id)))


OF_ACCOUNT = "SELECT address FROM workspaces_memberaddress WHERE workspace_id = %s AND account_id = %s"


def room_for_more(member: Member) -> int:
    """How many addresses a member's accounts may bring besides those that they brought."""
    held = MemberAddress.objects.of(member.workspace_id).filter(member=member).exclude(account_id=0).count()
    return max(0, MOST_OF_MEMBER - held)


def addresses_held(member: Member) -> frozenset[str]:
    """All that the table has of a member, folded."""
    return frozenset(MemberAddress.objects.of(member.workspace_id).filter(member=member).values_list("address", flat=True))


def verified_sign_ins(workspace_id: int) -> dict[str, Member]:
    """The verified addresses with which members sign in, each with its member."""
    rows = MemberAddress.objects.of(workspace_id).select_related("member__user").filter(account_id=0, member__left_at=None)
    return {row.address: row.member for row in rows if GRADES[Way(row.way)] is Grade.VERIFIED and row.address == row.member.user.email}


def to_go_through(workspace_id: int) -> list[MemberAddress]:
    """The addresses that an owner may vouch for, with their members: named ones, and claimed ones that look like their member's own."""
    who = who_is_who(workspace_id)
    rows = (
        MemberAddress.objects.of(workspace_id).filter(member__left_at=None).select_related("member__user").order_by("member_id", "address")
    )
    found = [row for row in rows if row.address not in who.verified_of(row.member_id)]
    return [row for row in found if GRADES[Way(row.way)] is Grade.NAMED or (row.address not in who.members and _looks_own(row))]


def _looks_own(row: MemberAddress) -> bool:
    return identity.looks_like(row.address, str(row.member), row.member.user.email)


def invited_before(workspace_id: int) -> list[Invitation]:
    """Open invitations that have counted as one of us since a version in which each did."""
    return list(Invitation.objects.of(workspace_id).filter(accepted_at=None, one_of_us=True).order_by("address"))


# --- signing in ---------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def note_sign_in(member: Member, way: Way, now: datetime, *, by: int | None = None) -> bool:
    """How a member's sign-in address came to be theirs. A better way replaces a worse one. `member.user` must be loaded. True: it changed."""
    return _hold(member, member.user.email, way, now, by=by)


@transaction.atomic
def verify_sign_in(user: User, way: Way, now: datetime, *, identity: int = 0) -> bool:
    """A user's sign-in address is shown to be theirs. When it was not before, every other way in ends, and it is True.

    Whoever was there before an owner, or the operator, vouched for it may have been anybody: a vouching in between changes nothing.
    `identity`: the row of the one that just signed in, by which they go on coming in.
    """
    found = Member.objects.across_workspaces("a user signs in to every workspace at once").filter(user=user, left_at=None)
    changed = [_becomes_verified(member, way, now) for member in found.select_related("user")]
    if any(changed):
        end_other_ways_in(user, keep=identity)
    return any(changed)


def _becomes_verified(member: Member, way: Way, now: datetime) -> bool:
    before = _shown_before(member)
    note_sign_in(member, way, now)
    return not before


def _shown_before(member: Member) -> bool:
    """Whether the sign-in address was shown to be theirs, or they were made by the operator: nobody came in before that."""
    rows = MemberAddress.objects.of(member.workspace_id).filter(member=member, address=member.user.email)
    made = Q(way=Way.OPERATOR, created_at__lte=member.created_at)
    return rows.filter(Q(way__in=SHOWN) | made).exists()


def signs_in_verified(member: Member) -> bool:
    """Whether a member's sign-in address is verified. `member.user` must be loaded."""
    return member.user.email in who_is_who(member.workspace_id).verified_of(member.pk)


# --- owners, admins and the operator ------------------------------------------------------------------------------------------------


def typed(text: str) -> str:
    """What somebody typed as an address, folded. Raises Invalid (`address`)."""
    try:
        return addresses.check_address(text)
    except ValueError as error:
        raise no_address(text) from error


def no_address(text: str) -> Invalid:
    """That it is none."""
    return Invalid("address", _("“%(address)s” is not an e-mail address.") % {"address": text.strip()[:100]})


def read_typed(member: Member, text: str) -> str:
    """What an admin typed as a member's further address. Raises Invalid (`address`): it is none, or somebody's already; NotAllowed."""
    admins_only(member)
    address = typed(text)
    if address in who_is_who(member.workspace_id).own_identities.addresses:
        raise Invalid("address", _("%(address)s is one of you already.") % {"address": address})
    if signals.on_record(member.workspace_id, address):
        raise Invalid("address", _("%(address)s belongs to a person among your records, so it is not one of you.") % {"address": address})
    return address


@transaction.atomic
def give(member: Member, other_id: int, text: str, now: datetime) -> MemberAddress:
    """Say that an address is a member's: it is one of us from now on, and opens nothing. Admins only.

    Raises as `read`, and Member.DoesNotExist.
    """
    address = read_typed(member, text)
    other = _other(member, other_id)
    _hold(other, address, Way.GIVEN, now, by=member.pk)
    audit.note(member, Action.OURS, kind="address", member_=other.pk, to=Way.GIVEN)
    return MemberAddress.objects.of(member.workspace_id).get(member=other, address=address, account_id=0)


@transaction.atomic
def vouch(owner: Member, other_id: int, address: str, now: datetime) -> None:
    """Say that one knows an address to be a member's: it opens to them all that it took part in. Owners only, and never for themselves.

    It need not be the member's yet. Nor by a second account of theirs, which only an owner ever vouched for. `owner.user` must be loaded.
    Raises NotAllowed, Invalid (`address`), Member.DoesNotExist.
    """
    owners_only(owner)
    if not may_vouch(owner):
        raise NotAllowed(
            _(
                "Nobody knows yet that your own address is yours. Confirm it by mail or single sign-on, or ask the operator, before you vouch."
            )
        )
    other = _other(owner, other_id)
    if other.pk == owner.pk:
        raise NotAllowed(_("Nobody vouches for themselves. Ask another owner, or the operator of this installation."))
    row = _vouched(other, address, Way.VOUCHED, now, by=owner.pk)
    audit.note(owner, Action.OURS, kind="address", member_=other.pk, to=Way.VOUCHED, held=row)


def may_vouch(owner: Member) -> bool:
    """Whether an owner's sign-in address is shown to be theirs, or the operator said so. `owner.user` must be loaded."""
    rows = MemberAddress.objects.of(owner.workspace_id).filter(member=owner, address=owner.user.email)
    return rows.filter(way__in=SHOWN | {Way.OPERATOR}).exists()


@transaction.atomic
def vouch_by_operator(other: Member, address: str, now: datetime) -> None:
    """The same by the operator's command, who knows. Every member is told. `other.user` must be loaded. Raises Invalid (`address`)."""
    row = _vouched(other, address, Way.OPERATOR, now)
    audit.note(None, Action.OURS, workspace=other.workspace_id, kind="address", member_=other.pk, to=Way.OPERATOR, held=row)


def _vouched(other: Member, text: str, way: Way, now: datetime, *, by: int | None = None) -> int:
    """The id of its row."""
    address = typed(text)
    holder = who_is_who(other.workspace_id).members.get(address)
    if holder is not None and holder != other.pk:
        raise Invalid("address", _("%(address)s is another member's.") % {"address": address})
    _hold(other, address, way, now, by=by)
    end_claims(other.workspace_id, address)
    return MemberAddress.objects.of(other.workspace_id).values_list("pk", flat=True).get(member=other, address=address, account_id=0)


@transaction.atomic
def to_mail(member: Member, address_id: int, now: datetime) -> str:
    """An address of the member's own to which a link is to be mailed; noted, so that nobody's mailbox is filled by somebody who claims it.

    Raises MemberAddress.DoesNotExist; Invalid (`address`) when too many went out just now.
    """
    mine = MemberAddress.objects.of(member.workspace_id).filter(member=member)
    row = mine.select_for_update().get(pk=address_id)
    lately = mine.filter(mailed_at__gt=now - BETWEEN_LETTERS)
    if lately.count() >= LETTERS or lately.filter(address=row.address).exists():
        raise Invalid("address", _("A link went out just now. Look into the mailbox, or try again in ten minutes."))
    mine.filter(pk=row.pk).update(mailed_at=now)
    return row.address


@transaction.atomic
def confirm(member: Member, address: str, now: datetime) -> None:
    """A member has opened the link that was mailed to an address of theirs. `member.user` must be loaded."""
    if fold(address) == member.user.email:
        changed = verify_sign_in(member.user, Way.LINK, now)
    else:
        changed = _hold(member, fold(address), Way.LINK, now)
    if changed:
        audit.note(member, Action.OURS, kind="address", member_=member.pk, to=Way.LINK)


@transaction.atomic
def take_back(member: Member, address_id: int) -> None:
    """A further address is a stranger's again. Admins only; of a vouching owners only. Raises MemberAddress.DoesNotExist, NotAllowed.

    Neither a sign-in address nor what an account brought can be taken back: they go with the member, and with the account.
    """
    admins_only(member)
    row = MemberAddress.objects.of(member.workspace_id).select_related("member__user").get(pk=address_id, account_id=0)
    if row.address == row.member.user.email:
        raise MemberAddress.DoesNotExist
    if GRADES[Way(row.way)] is Grade.VERIFIED:
        owners_only(member)
    _drop(row.workspace_id, [row])
    audit.note(member, Action.OURS, kind="address", member_=row.member_id, to="removed", from_=row.way)


@transaction.atomic
def let_go(owner: Member, address_id: int) -> None:
    """An address that has been one of us since before an upgrade is no more than claimed. Owners only. Raises MemberAddress.DoesNotExist."""
    owners_only(owner)
    row = MemberAddress.objects.of(owner.workspace_id).get(pk=address_id, way=Way.BEFORE)
    _only_claimed(owner, [row])


@transaction.atomic
def have_gone_through(owner: Member) -> None:
    """An owner has gone through what was one of us before an upgrade: what they did not vouch for is no more than claimed. Owners only."""
    owners_only(owner)
    _only_claimed(owner, list(MemberAddress.objects.of(owner.workspace_id).filter(way=Way.BEFORE)))
    invited = [row.address for row in invited_before(owner.workspace_id)]
    Invitation.objects.of(owner.workspace_id).filter(one_of_us=True).update(one_of_us=False)
    if invited:
        signals.announce_ours(owner.workspace_id, addresses=invited)


def _only_claimed(owner: Member, rows: Collection[MemberAddress]) -> None:
    before = who_is_who(owner.workspace_id)
    MemberAddress.objects.of(owner.workspace_id).filter(pk__in=[row.pk for row in rows]).update(way=Way.SERVER)
    for member_id in {row.member_id for row in rows}:
        _tell(owner.workspace_id, before, member_id, [row.address for row in rows if row.member_id == member_id])
        audit.note(owner, Action.OURS, kind="address", member_=member_id, from_=Way.BEFORE, to=Way.SERVER)


# --- accounts -----------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def bring(member: Member, account_id: int, named: Mapping[str, Way], now: datetime) -> bool:
    """The addresses by which an account's owner goes there, folded, with the way of each. What it named before stays theirs.

    At most MOST are held, and MOST_OF_MEMBER of all accounts. `member.user` must be loaded. Returns whether anything changed. Where the provider verifies the sign-in address
    by it, every other way in ends.
    """
    before = _shown_before(member)
    held = {row.address: row for row in MemberAddress.objects.of(member.workspace_id).filter(member=member, account_id=account_id)}
    more = [address for address in named if address and address not in held][: max(0, min(MOST - len(held), room_for_more(member)))]
    changed = [_hold(member, address, named[address], now, account_id=account_id) for address in [*more, *(held.keys() & named.keys())]]
    if _shown_before(member) and not before:
        # It stays so when the account goes.
        note_sign_in(member, Way.PROVIDER, now)
        end_other_ways_in(member.user)
    return any(changed)


@transaction.atomic
def leave_account(workspace_id: int, account_id: int) -> None:
    """An account is gone, and what it brought goes with it."""
    _drop(workspace_id, list(MemberAddress.objects.of(workspace_id).filter(account_id=account_id)))


@transaction.atomic
def end_claims(workspace_id: int, address: str) -> None:
    """Nobody claims a folded address any more: it was erased, or it turned out to be somebody's."""
    rows = MemberAddress.objects.of(workspace_id).filter(address=address)
    _drop(workspace_id, [row for row in rows if GRADES[Way(row.way)] is Grade.CLAIMED])


# --- the writing --------------------------------------------------------------------------------------------------------------------


def _hold(member: Member, address: str, way: Way, now: datetime, *, by: int | None = None, account_id: int = 0) -> bool:
    """Write that an address is a member's, unless a better way says so already. Returns whether it counts for something else than before."""
    before = who_is_who(member.workspace_id)
    rows = MemberAddress.objects.of(member.workspace_id).select_for_update()
    row = rows.filter(member=member, address=address, account_id=account_id).first()
    if row is not None and _stays(Way(row.way), way, by_account=bool(account_id)):
        return False
    if row is None:
        row = MemberAddress(workspace_id=member.workspace_id, member=member, address=address, account_id=account_id)
    row.way, row.by_id, row.created_at = way, by, now
    row.save()
    _let_domain_wait(member, address, before)
    tell_own(member.workspace_id, before, [address])
    return _tell(member.workspace_id, before, member.pk, [address])


def _stays(stored: Way, way: Way, *, by_account: bool) -> bool:
    """Whether what is written already says as much. Of an account counts what it says now, be it less."""
    if by_account and stored is not Way.BEFORE:
        return stored is way
    return outweighs(stored, way)


def _drop(workspace_id: int, rows: Collection[MemberAddress]) -> None:
    before = who_is_who(workspace_id)
    MemberAddress.objects.of(workspace_id).filter(pk__in=[row.pk for row in rows]).delete()
    tell_own(workspace_id, before, [row.address for row in rows])
    for member_id in {row.member_id for row in rows}:
        _tell(workspace_id, before, member_id, [row.address for row in rows if row.member_id == member_id])


def _let_domain_wait(member: Member, address: str, before: WorkspaceIdentities) -> None:
    """A domain that would become ours by a sign-in address, and that a company on record has, waits for an admin's word."""
    domain, after = domain_of(address), who_is_who(member.workspace_id)
    if before.own_identities.owns(domain) or not after.own_identities.owns(domain) or not registrable(domain) or is_free_mail(domain):
        return
    if signals.on_record(member.workspace_id, domain):
        waiting = {"standing": DomainOwnership.ASIDE, "waits": True}
        OwnDomain.objects.of(member.workspace_id).get_or_create(workspace_id=member.workspace_id, domain=domain, defaults=waiting)


def _tell(workspace_id: int, before: WorkspaceIdentities, member_id: int, changed: Collection[str]) -> bool:
    """Announce what changed for everybody, and what is shown to be the member's. What is whose own tells `tell_own`."""
    after = who_is_who(workspace_id)
    domains = {
        domain_of(address)
        for address in changed
        if before.own_identities.owns(domain_of(address)) != after.own_identities.owns(domain_of(address))
    }
    concerned = {address for address in changed if before.own_identities.includes(address) != after.own_identities.includes(address)}
    mine = before.addresses_of(member_id) != after.addresses_of(member_id)
    if concerned or domains:
        signals.announce_ours(workspace_id, addresses=concerned, domains=domains)
    elif any(before.members.get(address) != after.members.get(address) for address in changed):
        # One of us already, by its domain or as another's: nothing is decided again, but its meetings are this member's from now on.
        signals.announce(signals.holder_changed, workspace_id=workspace_id)
    verified = before.verified_of(member_id) != after.verified_of(member_id)
    if verified:
        signals.announce(signals.verified_changed, workspace_id=workspace_id, member_id=member_id)
    return bool(concerned or domains or mine or verified)


def tell_own(workspace_id: int, before: WorkspaceIdentities, changed: Collection[str]) -> None:
    """Announce in whose own calendars some of these addresses are theirs now, or no more: what becomes one's may have been another's."""
    after = who_is_who(workspace_id)
    holders = {member_id for who in (before, after) for member_id, held in who.held.items() if not held.isdisjoint(changed)}
    for member_id in sorted(holders & after.names.keys()):
        if moved := before.addresses_of(member_id) ^ after.addresses_of(member_id):
            signals.announce_ours(workspace_id, addresses=moved, member_id=member_id)


def _other(member: Member, other_id: int) -> Member:
    return Member.objects.of(member.workspace_id).select_related("user").get(pk=other_id, left_at=None)
