from __future__ import annotations

import json
import logging

import pytest
import structlog

from metwith.server import logs as subject

MARKER = "a title nobody may read"


class OwnError(Exception):
    """Stands for an exception of the product."""


OwnError.__module__ = "metwith.calendars"


@pytest.fixture
def lines(monkeypatch, capsys):
    """The lines logged since the last call, as JSON."""
    monkeypatch.setenv("METWITH_LOG", "json")
    subject.configure()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    monkeypatch.undo()
    subject.configure()


@pytest.mark.parametrize("log", [logging.getLogger("some.library"), structlog.get_logger("metwith.sync")])
def test_an_exception_is_logged_without_its_message(lines, log):
    try:
        try:
            int(MARKER)
        except ValueError as error:
            raise KeyError(MARKER) from error
    except KeyError:
        log.exception("failed")
    (line,) = lines()
    assert MARKER not in str(line)
    assert line["error"] == "builtins.KeyError < builtins.ValueError"
    assert line["where"][-1].startswith("test_logs.py:")


def test_our_own_exceptions_speak(lines):
    logging.getLogger("metwith").error("failed", exc_info=OwnError("the server answered 503"))
    assert lines()[0]["error"] == "OwnError: the server answered 503"


def test_a_traceback_within_a_text_is_cut_off(lines):
    logging.getLogger("_granian").error("it broke\nTraceback (most recent call last):\n  ValueError: %s", MARKER)
    assert lines()[0]["event"] == "it broke"


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "procrastinate.worker"])
def test_libraries_that_tell_too_much_are_quiet(lines, name):
    logging.getLogger(name).info("GET https://calendar.example/secret/basic.ics")
    assert lines() == []


def test_our_own_lines_come_at_their_level(lines, monkeypatch):
    structlog.get_logger("metwith.sync").info("synced", calendar=5)
    (line,) = lines()
    assert (line["event"], line["calendar"], line["level"], line["logger"]) == ("synced", 5, "info", "metwith.sync")
    monkeypatch.setenv("METWITH_LOG_LEVEL", "error")
    subject.configure()
    logging.getLogger("metwith.sync").warning("quiet")
    assert lines() == []


def test_setting_up_twice_logs_once(lines):
    subject.configure()
    logging.getLogger("metwith").warning("once")
    assert len(lines()) == 1
