"""The JSON API: its contract, its description, its health."""

from datetime import date
from html import unescape

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import Audience, EntryId, Section, ValidityWindow
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.question import Language, Mode
from noa_rag.web.api.description import BODIES
from tests.web.fake_service import INPI, FakeService, a_clarification, an_abstention, an_answer, an_entry

Client = TestClient[Litestar]
CONVERSATION = "5f0c2b7e9a3d4c1b8e6f70a1b2c3d4e5"
ANSWER_FIELDS = [
    "status", "reason", "mode", "text", "official_text", "entry", "more_url", "citations", "confidence",
    "rephrasing", "choices", "contact", "parts", "understood_as", "conversation_id", "question_id", "language",
    "general", "missing_variant", "translation", "outdated_facts", "searched", "themes", "personal_data",
    "extract", "read_before", "support", "elsewhere",
]  # fmt: skip


def test_an_answer_carries_the_approved_text_and_who_vouches_for_it(client: Client, service: FakeService) -> None:
    window = ValidityWindow(date(2026, 1, 1), None)
    service.answer = an_answer(an_entry(regions=("FR-IDF",), window=window, origin="demonstration"))

    answer = client.post("/api/v1/ask", json={"question": "marque"}).json()

    assert list(answer) == ANSWER_FIELDS
    assert answer["text"] == answer["official_text"] == an_entry().content.answer
    assert answer["entry"] == {
        "id": "deposer-une-marque",
        "version": 3,
        "question": "Comment déposer une marque ?",
        "agency": {"id": "inpi", "name": INPI.name},
        "validated_on": "2026-11-24",
        "valid_from": "2026-01-01",
        "valid_until": None,
        "region": "FR-IDF",
        "regions": ["FR-IDF"],
        "sources": [{"title": "Déposer une marque", "url": "https://www.inpi.fr/proteger/marque"}],
        "language": "fr",
        "demonstration": True,
        "audiences": [],
        "variant_of": None,
    }
    assert (answer["general"], answer["missing_variant"]) == (False, None)
    assert answer["citations"] == [{"marker": 1, "quote": "Le dépôt se fait en ligne"}]


def test_every_option_reaches_the_service(client: Client, service: FakeService) -> None:
    client.post(
        "/api/v1/ask",
        json={
            "question": "marque",
            "region": "FR-75",
            "audience": "micro-entrepreneur",
            "lang": "en",
            "as_of": "2026-03-01",
            "mode": "assisted",
            "conversation_id": CONVERSATION,
        },
    )

    ask = service.asked[0]
    assert (ask.region, ask.audience, ask.language) == ("FR-75", Audience.MICRO_ENTREPRENEUR, Language.ENGLISH)
    assert (ask.as_of, ask.mode, ask.conversation_id) == (date(2026, 3, 1), Mode.ASSISTED, CONVERSATION)


def test_clarifications_and_abstentions_have_no_entry_but_a_reason(client: Client, service: FakeService) -> None:
    service.answer = a_clarification(an_entry())
    clarification = client.post("/api/v1/ask", json={"question": "x"}).json()
    service.answer = an_abstention()
    abstention = client.post("/api/v1/ask", json={"question": "x"}).json()

    assert (clarification["entry"], clarification["reason"]) == (None, "close_entries")
    assert clarification["choices"] == [{"entry_id": "deposer-une-marque", "question": "Comment déposer une marque ?"}]
    assert (abstention["entry"], abstention["reason"]) == (None, "nothing_close")
    assert abstention["contact"]["phone"] == "01 56 65 89 98"


def test_an_entry_is_read_with_its_sections_on_the_day_asked_for(client: Client, service: FakeService) -> None:
    service.entries[EntryId("F1")] = an_entry("F1", sections=(Section("seuils", "Seuils", "Deux."),))

    entry = client.get("/api/v1/entries/F1?on=2026-02-03").json()

    assert entry["sections"] == [{"key": "seuils", "heading": "Seuils", "text": "Deux."}]
    assert service.days == [date(2026, 2, 3)]
    assert client.get("/api/v1/entries/x").status_code == 404


def test_a_search_finds_entries_with_the_passage_that_matches(client: Client, service: FakeService) -> None:
    results = client.post("/api/v1/search", json={"question": "marque", "region": "FR-75", "limit": 1}).json()

    assert [entry["entry"]["id"] for entry in results["entries"]] == ["deposer-une-marque"]
    assert results["entries"][0]["passage"].startswith("Le dépôt se fait en ligne")
    assert (results["count"], service.searched) == (1, [("marque", "FR-75", None)])
    assert client.post("/api/v1/search", json={"question": "a", "region": "XX"}).json()["field"] == "region"
    assert client.post("/api/v1/search", json={"question": "a", "limit": 101}).status_code == 400


def test_health_gives_figures_or_a_503(client: Client, service: FakeService) -> None:
    assert client.get("/health").json() == {"status": "ok", "entries": 1}

    service.error = StorageUnavailable("/secret/path")
    reply = client.get("/health")

    assert reply.status_code == 503
    assert "secret" not in reply.text


def test_readiness_is_told_by_the_status(client: Client, service: FakeService) -> None:
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "index_lag_seconds": 0.0})

    service.is_ready = False
    behind = client.get("/ready")
    assert (behind.status_code, behind.json()) == (503, {"ready": False, "index_lag_seconds": 7.5})
    assert client.get("/health").status_code == 200

    service.error = StorageUnavailable("/secret/path")
    unreadable = client.get("/ready")
    assert (unreadable.status_code, unreadable.headers["content-type"]) == (503, "application/problem+json")
    assert "secret" not in unreadable.text


def test_the_api_describes_itself(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()

    routes = {"ask", "search", "feedback", "entries", "entries/{entry_id}", "themes", "agencies", "news"}
    chat = {"/v1/chat/completions", "/v1/models", "/v1/models/{model}"}
    assert {f"/api/v1/{route}" for route in routes} | chat | {"/health", "/ready"} == set(schema["paths"])
    assert set(schema["components"]["schemas"]["AnswerPayload"]["properties"]) == {
        *ANSWER_FIELDS,
        "recorded",
        "notice",
        "year_note",
    }


def test_every_operation_has_an_example(client: Client) -> None:
    page = unescape(client.get("/api/docs").text)
    schema = client.get("/api/openapi.json").json()

    operations = page.split('<section class="operation">')[1:]
    assert len(operations) == sum(len(methods) for methods in schema["paths"].values())
    for operation in operations:
        assert "<code>curl " in operation, operation.split("</code>")[0]


def test_keys_and_refusals_for_asking_too_often_are_described(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()

    (scheme,) = schema["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert {} in schema["security"]
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert path in ("/health", "/ready") or {"401", "429", "503"} <= set(operation["responses"]), path


@pytest.mark.parametrize("path", sorted(BODIES))
def test_the_examples_are_taken_as_they_are(client: Client, path: str) -> None:
    body = BODIES[path].replace("…", "q-1")

    assert client.post(path, content=body, headers={"content-type": "application/json"}).status_code == 200
