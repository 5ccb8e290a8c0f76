"""What is logged, and what never is.

One line per event on standard error: readable by default, JSON with `METWITH_LOG=json`; `METWITH_LOG_LEVEL` is the level of our own
lines (default INFO). The promise is kept here for every library too: an exception of somebody else's is logged as its type and the
places it passed, without its message, because messages quote what was processed (a row, an address, a URL with a secret).
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from metwith.server import environment

if TYPE_CHECKING:
    from types import TracebackType

    from structlog.typing import EventDict, Processor, WrappedLogger

# These tell too much at INFO: httpx the whole URL of each request, Procrastinate two lines per job, granian its own life; and below it
# Django's templates all that a page is made of, whenever a name is not there.
QUIETER = ("httpx", "httpcore", "procrastinate", "_granian", "granian", "asyncio", "urllib3", "django.template")
# Says the same several times a second while the database is away; whoever needed a connection says it once.
QUIETEST = ("psycopg.pool",)
PRODUCT = Path(__file__).parent.parent


def configure() -> None:
    """Set up logging for this process: standard library and structlog alike. Safe to call again."""
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _OnStandardError()
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _OnStandardError)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    logging.getLogger("metwith").setLevel(_level())
    for name in QUIETER:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in QUIETEST:
        logging.getLogger(name).setLevel(logging.ERROR)


class _OnStandardError(logging.Handler):
    """Writes to what standard error is at the moment: it may be redirected after the set-up."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            # Nobody reads it any more; a log that cannot be written must not stop the work.
            return


def _level() -> int:
    return logging.getLevelNamesMapping()[environment.LOG_LEVEL()]


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_the_route,
        describe_exception,
    ]


def _formatter() -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if environment.LOG() == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        # The formatter's own rendering of exceptions would print their messages.
        keep_exc_info=False,
    )


def catch_unhandled() -> None:
    """What nobody caught is logged like everything else, instead of Python's traceback with its message."""

    def of_thread(arguments: threading.ExceptHookArgs) -> None:
        _log_unhandled(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = _log_unhandled
    threading.excepthook = of_thread


def _log_unhandled(kind: type[BaseException], error: BaseException | None, _traceback: TracebackType | None) -> None:
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        structlog.get_logger("metwith").critical("failed unexpectedly", exc_info=error)


def name_the_route(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Django logs the address of a request that failed; where the address itself is a secret (`/join/…`), that would be in the log.

    So the pattern stands there that it fits; of one that fits none, and may be a secret mistyped, the beginning.
    """
    request = getattr(event.get("_record"), "request", None)
    path = getattr(request, "path", "")
    if path:
        match = getattr(request, "resolver_match", None)
        place = f"/{match.route}" if match else f"/{path.split('/')[1][:20]}/…" if path.count("/") > 1 else path
        for written in (path, path.encode("unicode_escape").decode("ascii")):
            event["event"] = str(event.get("event", "")).replace(written, place)
    return event


def describe_exception(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by `error` (types, own messages) and `where` (file:line of each frame, innermost last)."""
    info: Any = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    # granian formats a traceback into the text itself.
    event["event"] = str(event.get("event", "")).partition("\nTraceback")[0]
    if isinstance(error, BaseException):
        event["error"] = " < ".join(_named(each) for each in _chain(error))
        event["where"] = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return event


def kind_and_place(error: BaseException) -> str:
    """What may be told of a defect: `DataError (bulk.py:31)`, its type and the innermost place of ours. Never its message, which quotes."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PRODUCT)]
    at = (ours or list(frames))[-1:]
    return type(error).__name__ + "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in at)


def _named(error: BaseException) -> str:
    kind = type(error)
    # Messages of our own exceptions are written for operators and hold no content.
    return f"{kind.__name__}: {error}" if kind.__module__.partition(".")[0] == "metwith" else f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and what it came from, at most five."""
    chain = [error]
    while len(chain) < 5:
        cause = chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)
        if cause is None or cause in chain:
            break
        chain.append(cause)
    return chain
