"""What all tests may ask for. The server and the borders of a test run are in tests/plugin.py."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import stamina
from django.db import connection
from django.utils import translation

from tests.template import template

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["tests.accounts.practice", "tests.border", "tests.people"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(server: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The server runs before the first test that needs it, and what is copied is there.

    Here and not in the plugin: only a conftest overrides pytest-django's.
    """
    connection.settings_dict["TEST"]["TEMPLATE"] = template(server)


@pytest.fixture(scope="session", autouse=True)
def no_try_waits() -> Iterator[None]:
    """What is tried again is tried as often as in the product, and at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture(autouse=True)
def nothing_of_the_process_outlives_its_test() -> Iterator[None]:
    """A command that is run in here hushes the log, and a request leaves its language, as they do where the process is their own."""
    level = logging.getLogger("metwith").level
    yield
    logging.getLogger("metwith").setLevel(level)
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_job_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """pytest-django empties Django's own tables after a test with real transactions; the queue is Procrastinate's."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
