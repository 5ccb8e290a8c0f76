"""The port to listen on."""

from __future__ import annotations

import socket
import time

from metwith.server.environment import SettingWrong

# The web server of a killed predecessor notices within a second or two that it is alone.
PATIENCE_SECONDS = 5.0


def claim(host: str, wanted: int) -> int:
    """A port that can be listened on: the one wanted, or a free one for 0. Raises SettingWrong when it is taken."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        try:
            with socket.create_server((host, wanted), family=family) as probe:
                return int(probe.getsockname()[1])
        except OSError as error:
            if time.monotonic() > give_up:
                raise SettingWrong(f"{host}:{wanted} cannot be listened on ({error.strerror}). Choose another with --port.") from error
        time.sleep(0.25)
