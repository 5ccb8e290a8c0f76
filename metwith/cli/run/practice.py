"""The practice servers of `metwith serve --with-fakes`: a Google and a Microsoft on this machine, and clients that know only them."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from metwith.accounts.oauth.services import KEYS, PRACTICE_CLIENT, PRACTICE_SECRET
from metwith.practice.believable import calendar
from metwith.practice.practice import Practice
from metwith.practice.serve import serving
from metwith.practice.sign_in import LOOPBACK
from metwith.server import environment
from metwith.server.environment import SettingWrong

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def practice_servers(host: str) -> Iterator[None]:
    """Serve both while the block runs, and set them for every process started in it. Raises SettingWrong."""
    _refuse_the_real(host)
    with contextlib.ExitStack() as stack:
        for key in KEYS:
            prefix = f"METWITH_{key.upper()}"
            address = stack.enter_context(serving(Practice(key, fill=calendar)))
            set_here = {"SERVER": address, "CLIENT_ID": PRACTICE_CLIENT, "CLIENT_SECRET": PRACTICE_SECRET}
            os.environ.update({f"{prefix}_{name}": value for name, value in set_here.items()})
            print(f"Practice {key.title()} is at {address}  (what it knows is gone when it stops)", flush=True)
        yield


def _refuse_the_real(host: str) -> None:
    """Practice is for one machine, and never beside clients of the real services."""
    if host not in LOOPBACK:
        raise SettingWrong(f"--with-fakes serves this machine only, and --host {host} others too. Leave one of them out.")
    names = [
        name
        for name in environment.SETTINGS
        if name.startswith(tuple(f"METWITH_{key.upper()}_" for key in KEYS)) and not name.endswith("_QUOTA")
    ]
    if taken := [name for name in (*names, "METWITH_ORIGIN") if environment.SETTINGS[name].text]:
        raise SettingWrong(f"--with-fakes is for trying out, and {taken[0]} is set for real use. Leave one of them out.")
