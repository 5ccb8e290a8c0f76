from __future__ import annotations

import pytest


def test_an_unknown_address_is_not_found_in_json(api):
    answer = api.get("/nothing/here")
    assert (answer.status, answer.code) == (404, "not-found")


def test_the_root_is_not_found_in_json(api):
    assert api.get("/").status == 404


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_no_address_of_it_asks_for_a_forms_secret(api, method):
    api.client.handler.enforce_csrf_checks = True
    for path in ("/nothing/here", "/people/x", "/"):
        assert api.send(method, path).status in {404, 405}


def test_a_wrong_method_is_told_which_ones_there_are(api):
    answer = api.send("PUT", "/people")
    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, POST"
    assert "GET, POST" in answer.message


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"name=Anna", b"[" * 100_000, b'{"name": "\xff"}'])
def test_a_body_that_is_no_json_is_a_bad_request(api, body):
    answer = api.send("POST", "/people", body)
    assert (answer.status, answer.code) == (400, "bad-request")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"1", b'"name"', b"{}", b'{"name": null}', b'{"name": 1}', b'{"name": ["x"]}'])
def test_a_body_of_another_shape_is_refused_with_words(api, body):
    answer = api.send("POST", "/people", body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.message


def test_the_wrong_field_is_named_and_its_value_is_not_repeated(api):
    answer = api.post("/people", name="Anna", company_id="a secret of mine")
    assert answer.field == "company_id"
    assert "secret" not in answer.message


def test_a_field_that_there_is_not_is_named_rather_than_ignored(api):
    answer = api.post("/people", name="Anna", shoe_size="43")
    assert (answer.status, answer.field) == (422, "shoe_size")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": -1}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"cursor": "garbage"}, "cursor"),
        ({"cursor": "é\0"}, "cursor"),
        ({"cursor": "x" * 5000}, "cursor"),
        ({"q": "a\0b"}, "q"),
    ],
)
@pytest.mark.parametrize("path", ["/people", "/companies", "/opportunities"])
def test_a_bad_page_of_a_list_is_refused_by_name(api, path, asked, field):
    answer = api.get(path, **asked)
    assert (answer.status, answer.code, answer.field) == (422, "invalid", field)


def test_a_cursor_of_another_list_is_refused(api):
    for name in ("Anna", "Ben"):
        api.post("/people", name=name)
    cursor = api.get("/people", limit=1).body["next"]
    assert cursor
    assert api.get("/companies", cursor=cursor).field == "cursor"


def test_messages_come_in_the_language_asked_for(api):
    assert api.client.get("/api/v1/people/1", headers={"Accept-Language": "de"})["Content-Language"] == "de"
