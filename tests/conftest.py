"""What all tests may ask for. The server and the borders of a test run are in tests/plugin.py."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.accounts.practice", "tests.border", "tests.people"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(server: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The server runs before the first test that needs it. Here and not in the plugin: only a conftest overrides pytest-django's."""
