"""The API against its own description: whatever is sent, it answers as it says, and never with a 500."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from metwith.api.urls import api
from metwith.workspaces.actions import create_token
from tests.calendars.desk import Desk
from tests.people import NOW, company, opportunity, person

if TYPE_CHECKING:
    from schemathesis.specs.openapi.schemas import OpenApiSchema

OPERATIONS = [(method.upper(), path) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods]


@pytest.fixture
def token(alice):
    """Of Alice, who has one of everything."""
    anna = person(alice, "Anna", "anna@acme.test", company=company(alice, "Acme", "acme.test"))
    opportunity(alice, "Renewal", company=anna.company, contact=anna)
    desk = Desk(alice, "api-schema")
    desk.put("one", "anna@acme.test")
    desk.sync()
    return create_token(alice, "a test's", now=NOW)


@pytest.fixture(scope="module")
def one_connection():
    """The end of a request closes no connection: the test's transaction lives on it (Django's own test client does the same)."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture(scope="module")
def described(one_connection: None) -> OpenApiSchema:
    """Loaded here and not above: the library takes seconds, and every worker reads this file."""
    import schemathesis  # noqa: PLC0415  see above

    # Not metwith.wsgi, which reads the installation from the database first.
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_sent_the_answer_is_as_described(method, path, described, token):
    from schemathesis.checks import not_a_server_error  # noqa: PLC0415  as above
    from schemathesis.specs.openapi import checks  # noqa: PLC0415  as above

    wanted = [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
    operation = described[path][method]

    @settings(max_examples=6, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        # Unpacked: the library's way into an application does not unpack.
        case.call_and_validate(headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}, checks=wanted)

    asked()


def test_every_operation_that_is_described_is_asked(described):
    assert {(found.ok().method.upper(), found.ok().path.removeprefix("/api/v1")) for found in described.get_all_operations()} == {
        (method, path.removeprefix("/api/v1")) for method, path in OPERATIONS
    }
