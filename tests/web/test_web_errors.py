"""What cannot be read or served, told to programs and to people."""

from datetime import date

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.errors import ModelUnavailable, StaleIndex, StorageUnavailable, VersionConflict
from noa_rag.web.errors import KIND_OF_STATUS, PROBLEM_OF_ERROR
from noa_rag.web.limits import Saturated
from noa_rag.web.problem_texts import PROBLEM_TEXTS
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]
ASK = "/api/v1/ask"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "field", "kind"),
    [
        ({"question": ""}, "question", "empty_question"),
        ({"question": " \n"}, "question", "empty_question"),
        ({"question": "x" * 1001}, "question", "invalid_question"),
        ({"question": "a\x00b"}, "question", "invalid_question"),
        ({}, "question", "invalid_request"),
        ({"question": 5}, "question", "invalid_request"),
        ({"question": None}, "question", "invalid_request"),
        ({"question": "x", "region": "FR-XX"}, "region", "invalid_request"),
        ({"question": "x", "region": ["FR-75"]}, "region", "invalid_request"),
        ({"question": "x", "audience": "martien"}, "audience", "invalid_request"),
        ({"question": "x", "lang": "de"}, "lang", "invalid_request"),
        ({"question": "x", "mode": "wild"}, "mode", "invalid_request"),
        ({"question": "x", "as_of": "hier"}, "as_of", "invalid_request"),
        ({"question": "x", "as_of": "20260301"}, "as_of", "invalid_request"),
        ({"question": "x", "as_of": "2026-02-30"}, "as_of", "invalid_request"),
        ({"question": "x", "conversation_id": "c" * 65}, "conversation_id", "invalid_request"),
    ],
)
def test_a_wrong_field_is_named(client: Client, body: dict[str, object], field: str, kind: str) -> None:
    reply = client.post(ASK, json=body)

    problem = reply.json()
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    assert (problem["status"], problem["field"], problem["type"]) == (400, field, f"/api/docs#{kind}")
    assert problem["instance"] == ASK
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"question"',
        b"\xff\xfe",
        b'{"question": "\\ud800"}',
        b"[" * 100_000,
        b'{"question": "x", "more": ' + b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(client: Client, body: bytes) -> None:
    reply = client.post(ASK, content=body, headers=JSON)

    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "La base ne connaît pas ce jour. Choisissez une date du 2026-03-18 au 2027-11-25."),
        ("en", "The base knows nothing of that day. Choose one from 2026-03-18 to 2027-11-25."),
    ],
)
def test_a_day_the_base_knows_nothing_of_is_told_with_those_it_knows(
    client: Client, service: FakeService, language: str, said: str
) -> None:
    service.known_days = (date(2026, 3, 18), date(2027, 11, 25))

    reply = client.post(ASK, json={"question": "x", "as_of": "9999-12-31", "lang": language})
    entry = client.get(f"/api/v1/entries/deposer-une-marque?on=0001-01-01&lang={language}")

    for refused, field in ((reply, "as_of"), (entry, "on")):
        problem = refused.json()
        assert (refused.status_code, problem["field"], problem["detail"]) == (400, field, said)
    assert service.asked == []


def test_a_body_over_64_kilobytes_is_a_413(client: Client) -> None:
    assert client.post(ASK, json={"question": "x" * 65_536}).status_code == 413
    assert client.post(ASK, json={"question": "x" * 1_000_000}).status_code == 413
    assert client.post("/", data={"q": "x" * 70_000}).status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_another_content_type_is_a_415(client: Client, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}

    assert client.post(ASK, content=b'{"question": "x"}', headers=headers).status_code == 415


def test_problems_come_in_the_language_asked_for(client: Client) -> None:
    french = client.post(ASK, json={"question": ""})
    english = client.post(ASK, json={"question": ""}, headers={"accept-language": "de, en-GB;q=0.8, fr;q=0.5"})
    by_field = client.post(ASK, json={"question": "", "lang": "en"}, headers={"accept-language": "fr"})

    assert french.json()["title"] == "La question est vide"
    assert english.json()["title"] == by_field.json()["title"] == "The question is empty"
    assert english.headers["content-language"] == "en"


def test_an_unknown_path_is_a_page_for_people_and_a_document_for_programs(client: Client) -> None:
    page = client.get("/en/nope", headers={"accept": "text/html"})
    document = client.get("/nope", headers={"accept": "application/json"})
    api = client.get("/api/v1/nope", headers={"accept": "text/html"})

    assert (page.status_code, document.status_code, api.status_code) == (404, 404, 404)
    assert "This page does not exist" in page.text
    assert document.json()["type"] == api.json()["type"] == "/api/docs#not_found"


@pytest.mark.parametrize(
    ("path", "body", "field", "said"),
    [
        ("/api/v1/entries?limit=0", None, "limit", "de 1 à 200"),
        ("/api/v1/entries?limit=x", None, "limit", "de 1 à 200"),
        ("/api/v1/search", {"question": "x", "limit": 0}, "limit", "de 1 à 100"),
        ("/api/v1/entries?agency=zz", None, "agency", "GET /api/v1/agencies"),
    ],
)
def test_a_wrong_field_is_told_with_what_is_allowed(
    client: Client, path: str, body: dict[str, object] | None, field: str, said: str
) -> None:
    reply = client.get(path) if body is None else client.post(path, json=body)

    assert (reply.status_code, reply.json()["field"]) == (400, field)
    assert said in reply.json()["detail"]


def test_a_wrong_method_is_a_405_that_says_which_are_right(client: Client) -> None:
    reply = client.get(ASK)

    assert reply.status_code == 405
    assert "POST" in reply.headers["allow"]


@pytest.mark.parametrize("error", [StorageUnavailable("x"), ModelUnavailable("x"), StaleIndex("x"), Saturated()])
def test_a_service_that_cannot_answer_is_a_503_with_a_time_to_come_back(
    client: Client, service: FakeService, error: Exception
) -> None:
    service.error = error

    for reply in (client.post(ASK, json={"question": "x"}), client.get("/reponse/q-1"), client.get("/")):
        assert reply.status_code == 503
        assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(("error", "status"), [(RuntimeError("secret"), 500), (VersionConflict("secret"), 409)])
def test_no_error_shows_its_inside(client: Client, service: FakeService, error: Exception, status: int) -> None:
    service.error = error

    for reply in (client.post(ASK, json={"question": "x"}), client.get("/reponse/q-1")):
        assert reply.status_code == status
        assert "secret" not in reply.text
        assert "Traceback" not in reply.text


def test_an_unforeseen_error_is_logged_without_its_words(
    client: Client, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.error = RuntimeError("my number is 06 12 34 56 78")

    client.post("/", data={"q": "my number is 06 12 34 56 78"})

    assert "RuntimeError" in caplog.text
    assert "fake_service.py" in caplog.text
    assert "06 12" not in caplog.text


def test_the_page_of_an_error_keeps_the_question_typed(client: Client) -> None:
    reply = client.post("/", data={"q": "é" * 1001})

    assert reply.status_code == 400
    assert "La question ne peut pas être lue" in reply.text
    assert "é" * 1001 + "</textarea>" in reply.text
    assert "1000 caractères" in reply.text


def test_an_empty_question_sent_by_htmx_gets_a_fragment(client: Client) -> None:
    reply = client.post("/en/", data={"q": " "}, headers={"hx-request": "true"})

    assert reply.status_code == 400
    assert reply.text.startswith('<div class="card problem"')
    assert "The question is empty" in reply.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?q=", 200),
        ("/?q=a%00b", 400),
        ("/?q=x&region=FR-XX", 200),
        ("/?q=x&q=y", 200),
        ("/reponse/inconnue", 404),
        ("/reponse/a%00b", 400),
        ("/en/answer/" + "x" * 65, 400),
        ("/?q=%FF", 400),
        ("/entrees/%2e%2e%2fsecret", 404),
        ("/static/%2e%2e/app.py", 404),
        ("/static/", 404),
        ("/api/docs?lang=de", 400),
        ("/api/v1/entries/deposer-une-marque?on=hier", 400),
    ],
)
def test_odd_addresses_have_a_settled_status(client: Client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_odd_forms_are_never_a_500(client: Client) -> None:
    multipart = {"content-type": "multipart/form-data; boundary=b"}
    body = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n\xff\xfe\r\n--b--\r\n'

    assert client.post("/", content=body, headers=multipart).status_code < 500
    assert client.post("/", content=b"x", headers=multipart).status_code < 500
    assert client.post("/", content=b"x", headers={"content-type": "multipart/form-data"}).status_code == 400
    assert client.post("/", files={"q": b"x"}).status_code == 400


def test_every_kind_of_problem_is_documented(client: Client) -> None:
    page = client.get("/api/docs").text

    assert {problem.kind for problem in PROBLEM_OF_ERROR.values()} | set(KIND_OF_STATUS.values()) < PROBLEM_TEXTS.keys()
    for kind in PROBLEM_TEXTS:
        assert f'id="{kind}"' in page
