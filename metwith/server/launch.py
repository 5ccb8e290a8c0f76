"""Become a process PostgreSQL agrees to run in, then become the program: `launch.py AS PROGRAM ARGUMENT…`.

`AS` is `self`, `namespace`, or `UID:GID`. Run by its path in a Python of its own (`python -I -S`), so that nothing happens between
fork and exec in a process that has threads. Imports the standard library's core only, hence starts in a few milliseconds.
"""

import os
import sys

# The kernel's overflow user and group ("nobody"): inside the namespace this process is no longer 0, outside nothing changes.
NOBODY = 65534


def enter_namespace() -> None:
    """Enter a user namespace in which this user is not root (user_namespaces(7)). Raises OSError where that is forbidden."""
    uid, gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    for name, text in (("uid_map", f"{NOBODY} {uid} 1"), ("setgroups", "deny"), ("gid_map", f"{NOBODY} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  pathlib alone costs more than all the rest
            file.write(text)


def become(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main() -> None:
    """See the module."""
    identity, program, *arguments = sys.argv[1:]
    # A session of its own: Ctrl-C in the terminal is not for the server, whoever uses it last stops it.
    os.setsid()
    os.umask(0o077)
    if identity == "namespace":
        enter_namespace()
    elif identity != "self":
        uid, _, gid = identity.partition(":")
        become(int(uid), int(gid))
    os.execv(program, [program, *arguments])  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
