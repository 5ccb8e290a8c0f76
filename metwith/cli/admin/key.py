"""`metwith key rotate`: finish what was begun by putting a new key before the old one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from metwith.lib import secrets
from metwith.server import environment
from metwith.workspaces.rotation import Rotation

if TYPE_CHECKING:
    import argparse


def rotate(_arguments: argparse.Namespace) -> None:
    """Encrypt everything with the first key, and say when the others may go. Broken off, it is simply run again."""
    several = len(secrets.master_keys()) > 1
    done = Rotation()
    done.run(lambda table: print(f"\r{table:<60}", end="", flush=True) if sys.stdout.isatty() else None)
    print(f"{done.renewed:,} secrets were encrypted anew; everything that can be read is encrypted with the first key.")
    for place, many in sorted(done.unreadable.items()):
        print(f"{many:,} in {place} cannot be read with any of the keys: no secret of this installation, or one whose key is lost already.")
    where = "METWITH_KEY" if environment.KEY() else str(secrets.key_file())
    if several:
        print(f"The other keys may go: leave only the first in {where}, wherever Metwith runs, and start it again.")
        print("Keep them with the backups that were made before: those need them. Who was not here since signs in anew.")
    else:
        print(
            f"There is one key. To change it, put a new one before it in {where}, separated by a comma, start Metwith again, and run this."
        )
