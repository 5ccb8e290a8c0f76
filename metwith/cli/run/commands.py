"""The commands that run the product: serve, web, worker, migrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metwith.cli.parser import Needs, command, port, positive

if TYPE_CHECKING:
    import argparse

    from metwith.cli.parser import Commands


def add(commands: Commands) -> None:
    """Declare them."""
    serve = command(
        commands,
        "serve",
        "metwith.cli.run.serve:serve",
        needs=Needs.NOTHING,
        summary="run everything: database (unless DATABASE_URL names one), web server, worker and scheduler",
    )
    _address(serve)
    serve.add_argument(
        "--with-fakes",
        action="store_true",
        help="also serve a practice Google and Microsoft on this machine, to try connecting without either",
    )
    web = command(commands, "web", "metwith.cli.run.web:web", needs=Needs.DATABASE, summary="run the web server alone")
    _address(web)
    web.add_argument("--processes", type=positive, default=1, metavar="N", help="how many processes answer (default 1)")
    worker = command(
        commands,
        "worker",
        "metwith.cli.run.worker:worker",
        needs=Needs.DATABASE,
        summary="run a worker with its scheduler; several may run",
    )
    worker.add_argument("--concurrency", type=positive, default=8, metavar="N", help="calendars read at the same time (default 8)")
    command(
        commands,
        "migrate",
        "metwith.cli.run.migrate:migrate",
        needs=Needs.DATABASE,
        summary="bring the database up to date with this version",
    )


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, default=8000, metavar="N", help="the port to listen on (default 8000; 0 takes a free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="the address to listen on (default 127.0.0.1: this machine only)"
    )
