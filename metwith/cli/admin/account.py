"""`metwith account`: connect, list, disconnect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from metwith.accounts.models import Account
from metwith.calendars.account_status import account_overview
from metwith.calendars.actions import connect
from metwith.calendars.inquiries import farewell
from metwith.calendars.providers.catalogue import MOST_ADDRESSES, MOST_CALENDARS
from metwith.calendars.transparency import preview
from metwith.cli import prompts
from metwith.cli.run.boot import CommandFailed
from metwith.lib import clock
from metwith.workspaces import audit
from metwith.workspaces.models import Workspace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from metwith.calendars.account_status import AccountView, CalendarView
    from metwith.calendars.actions.connect import Choice
    from metwith.calendars.providers.catalogue import Connected
    from metwith.calendars.transparency.preview import Look
    from metwith.engine.port import Step
    from metwith.workspaces.models import Member


class Steps:
    """Prints each step of connecting with how it went."""

    def __init__(self) -> None:
        self.open = False

    def __call__(self, step: Step) -> None:
        """A step began, or is done."""
        if step.done:
            print("ok" if self.open else f"{_(step.label)} ... ok", flush=True)
            self.open = False
        else:
            self.end("ok")
            print(f"{_(step.label)} ... ", end="", flush=True)
            self.open = True

    def end(self, outcome: str) -> None:
        """Close the line of the step under way, if there is one."""
        if self.open:
            print(outcome, flush=True)
            self.open = False


def connect_caldav(arguments: argparse.Namespace) -> None:
    """Connect a CalDAV account; with what is wrong said, nothing is stored."""
    member = prompts.member_named(arguments.member)
    typed = {"server": arguments.url, "username": arguments.username, "secret": prompts.the_password(arguments)}
    _connect(arguments, member, "caldav", _choice(arguments.calendars), typed)


def connect_ics(arguments: argparse.Namespace) -> None:
    """Connect a calendar address, or read a file once."""
    member = prompts.member_named(arguments.member)
    if arguments.file is None:
        _connect(arguments, member, "ics", "primary", {"secret": prompts.the_address(arguments)})
        return
    data, sharing, name = prompts.content_of(arguments.file), _sharing(arguments, member), arguments.file.name
    with prompts.refusals(), audit.operated():
        if arguments.preview:
            _say_seen(preview.look_into_file(member, data, name=name, sharing=sharing, clock=clock.now))
            return
        account, _outcome = connect.connect_file(member, data, name=name, sharing=sharing, new_people=arguments.new_people, now=clock.now())
    view = _view(member, account.pk)
    print(f"Read {name} as account {account.pk}: {counts(view.calendars[0])}.")


def list_all(_arguments: argparse.Namespace) -> None:
    """Every account of every workspace with its calendars."""
    found = [
        view for w in Workspace.objects.order_by("pk") for view in account_overview(prompts.owner_of(w), now=clock.now(), everybody=True)
    ]
    for view in found:
        print(f"{view.id}  {view.provider}  {view.address}  {view.member_name}  sharing: {view.sharing}")
        for calendar in view.calendars:
            said = f"{calendar.words}; {calendar.kept:,} kept" if calendar.enabled else calendar.words
            print(f"   {calendar.name or f'calendar {calendar.id}'}: {said}")
    if not found:
        print("No account is connected.")


def disconnect(arguments: argparse.Namespace) -> None:
    """Forget an account's credentials, in the name of whose it is."""
    found = Account.objects.across_workspaces("the operator names accounts by id").filter(pk=arguments.id)
    account = found.select_related("member").first()
    if account is None:
        raise CommandFailed(f"There is no account {arguments.id}.\nSee which there are with: metwith account list")
    with prompts.refusals(), audit.operated():
        leaving = connect.disconnect(account.member, account.pk, purge=arguments.purge, now=clock.now())
    if leaving:
        farewell.say_farewell(leaving, clock.now)
    print(f"Disconnected account {arguments.id}; " + ("its meetings were removed." if arguments.purge else "its meetings stay."))


def counts(calendar: CalendarView) -> str:
    """`1,204 kept, 96 not kept (80 internal, 16 private)`."""
    return f"{calendar.kept:,} kept, {sum(calendar.dropped.values()):,} not kept{_reasons(calendar.dropped)}"


def _reasons(dropped: Mapping[str, int]) -> str:
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(dropped.items(), key=lambda pair: -pair[1]))
    return f" ({reasons})" if reasons else ""


def _sharing(arguments: argparse.Namespace, member: Member) -> str:
    return str(arguments.sharing or member.workspace.sharing_default)


def _connect(arguments: argparse.Namespace, member: Member, provider: str, calendars: Choice, typed: Mapping[str, str]) -> None:
    """Connect, or with --preview only look."""
    steps, sharing = Steps(), _sharing(arguments, member)
    try:
        with prompts.refusals(), audit.operated():
            found = connect.try_connection(member, provider, address=member.user.email, **typed, on_step=steps, now=clock.now)
            chosen = connect.pick_calendars(found.calendars, calendars)
            _say_left_out(found)
            if arguments.preview:
                _say_seen(preview.preview_connection(member, found, chosen, sharing, clock=clock.now))
                return
            account = connect.keep_connection(
                member, found, calendars=chosen, sharing=sharing, new_people=arguments.new_people, now=clock.now()
            )
    finally:
        steps.end("failed")
    _say_connected(member, account.pk)


def _say_left_out(connected: Connected) -> None:
    if connected.more_calendars:
        print(f"{connected.more_calendars:,} more calendars were left out: Metwith takes {MOST_CALENDARS} of an account.")
    if connected.more_addresses:
        print(f"{connected.more_addresses:,} more of the owner's addresses were left out: Metwith takes {MOST_ADDRESSES}.")


def _say_seen(look: Look) -> None:
    part = "" if look.whole else f"Of the first {look.read:,} entries: "
    print(f"{part}{look.meetings:,} would come in, {sum(look.dropped.values()):,} would not{_reasons(look.dropped)}.")
    print(f"Colleagues would see of them: {look.level}. Nothing was stored.")


def _choice(words: list[str]) -> Choice:
    if words == ["primary"]:
        return "primary"
    return "all" if words == ["all"] else words


def _view(member: Member, account_id: int) -> AccountView:
    return account_overview(member, now=clock.now(), account_id=account_id)[0]


def _say_connected(member: Member, account_id: int) -> None:
    print(f"Connected as account {account_id}.")
    for calendar in _view(member, account_id).calendars:
        print(f"   {calendar.name}: {'on' if calendar.enabled else 'off'}")
    print(f"It is read by itself while Metwith runs; at once with: metwith sync --account {account_id}")
