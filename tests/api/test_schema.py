"""The API against its own description: whatever is sent, it answers as it says, and never with a 500."""

from __future__ import annotations

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from metwith.workspaces.actions import create_token
from tests.calendars.desk import Desk
from tests.people import NOW, company, opportunity, person

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def token(alice):
    """Of Alice, who has one of everything."""
    anna = person(alice, "Anna", "anna@acme.test", company=company(alice, "Acme", "acme.test"))
    opportunity(alice, "Renewal", company=anna.company, contact=anna)
    desk = Desk(alice, "api-schema")
    desk.put("one", "anna@acme.test")
    desk.sync()
    return create_token(alice, "a test's", now=NOW)


@pytest.fixture
def one_connection(db):
    """The end of a request closes no connection: the test's transaction lives on it (Django's own test client does the same)."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


# Not metwith.wsgi, which reads the installation from the database first.
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@schema.parametrize()
@settings(max_examples=6, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_the_answer_is_as_described(case, token, one_connection):
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
