"""What the engine and a provider hand each other, of whatever channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from metwith.engine.vocabulary import PushChannel


@runtime_checkable
class Pushes(Protocol):
    """What a provider can do besides, which tells of changes by itself. Raises the errors of `engine/errors.py` and no others.

    Reading a notice is a pure function of its own.
    """

    def watch(self, source: str, /, address: str, asked: PushChannel) -> PushChannel | None:
        """Ask to be told at `address` of a source, by the provider's own id. `asked` brings id and secret; the answer what the provider made of it. None: it refuses."""
        ...

    def renew(self, channel: PushChannel) -> PushChannel | None:
        """Make a channel live longer. None: not this one, watch again and then stop it."""
        ...

    def stop(self, channel: PushChannel) -> None:
        """End a channel. One that is gone already is no error."""
        ...


class Tokens(Protocol):
    """Where a provider that is opened by OAuth gets its access token. It keeps none itself.

    It asks once for each request it sends, so whoever gives them out can keep the pace that the service allows.
    """

    def access_token(self, *, refresh: bool = False) -> str:
        """A token that is good for a minute at least. `refresh` says that the last one was refused (401) although it looked good.

        Raises NeedsReconnect, SlowDown or ProviderBroken.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One step of connecting, told while it goes on, so that the page can show ticks. The step that failed is in ConnectFailed."""

    key: str
    label: str
    """In plain words, to be translated where it is shown."""
    done: bool = False
