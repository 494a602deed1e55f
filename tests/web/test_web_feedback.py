"""Feedback from the pages and from the API."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import EntryVerdict
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]


def test_a_yes_without_javascript_is_recorded_then_thanked(client: Client, service: FakeService) -> None:
    reply = client.post("/avis", data={"question_id": "q-1", "useful": "yes", "reason": "unclear"})

    assert (reply.status_code, reply.headers["location"]) == (303, "/avis/merci")
    assert service.feedback == [("q-1", True, None, "")]


def test_a_no_with_its_reason_is_thanked_in_place_for_htmx(client: Client, service: FakeService) -> None:
    fields = {"question_id": "q-1", "useful": "no", "reason": "outdated", "comment": " vieux "}

    reply = client.post("/en/feedback", data=fields, headers={"hx-request": "true"})

    assert reply.text.startswith('<p class="thanks"')
    assert "Thank you" in reply.text
    assert service.feedback == [("q-1", False, "outdated", "vieux")]


@pytest.mark.parametrize(
    ("start", "site"), [("", None), ("/widget/portail-pme-7k3q9d", "portail-pme-7k3q9d")], ids=["page", "widget"]
)
def test_a_verdict_on_an_entry_is_recorded_with_the_question_or_without_one(
    client: Client, service: FakeService, start: str, site: str | None
) -> None:
    entry_id, sender = "deposer-une-marque", {"origin": "http://testserver.local"}
    no = {"entry_id": entry_id, "useful": "no", "reason": "unclear", "comment": " long "}

    client.post(f"{start}/avis", data={"entry_id": entry_id, "question_id": "q-1", "useful": "yes"}, headers=sender)
    client.post(f"{start}/avis", data=no, headers=sender)

    assert service.feedback == []
    assert service.judged == [
        EntryVerdict(EntryId(entry_id), True, None, "", "q-1", site),
        EntryVerdict(EntryId(entry_id), False, "unclear", "long", None, site),
    ]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"question_id": "q-1", "useful": "maybe"}, 400),
        ({"useful": "yes"}, 400),
        ({"question_id": "q-1", "useful": "no", "reason": "bof"}, 400),
        ({"question_id": "q-1", "useful": "no", "comment": "x" * 501}, 400),
        ({"question_id": "unknown", "useful": "yes"}, 404),
        ({"entry_id": "unknown", "useful": "yes"}, 404),
    ],
)
def test_wrong_feedback_is_refused(client: Client, service: FakeService, fields: dict[str, str], status: int) -> None:
    assert client.post("/avis", data=fields).status_code == status
    assert service.feedback == []


def test_the_api_records_feedback(client: Client, service: FakeService) -> None:
    body = {"question_id": "q-1", "is_useful": False, "reason": "other", "comment": "x" * 500}

    assert client.post("/api/v1/feedback", json=body).json() == {"recorded": True}
    assert service.feedback == [("q-1", False, "other", "x" * 500)]
    assert client.post("/api/v1/feedback", json={"entry_id": "deposer-une-marque", "is_useful": True}).json()
    assert service.judged == [EntryVerdict(EntryId("deposer-une-marque"), True)]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"question_id": "q-1"}, 400, "is_useful"),
        ({"question_id": "q-1", "is_useful": "peut-être"}, 400, "is_useful"),
        ({"question_id": "q-1", "is_useful": False, "reason": "bof"}, 400, "reason"),
        ({"question_id": "q-1", "is_useful": False, "comment": "x" * 501}, 400, "comment"),
        ({"question_id": "", "is_useful": True}, 400, "question_id"),
        ({"question_id": "unknown", "is_useful": True}, 404, None),
    ],
)
def test_the_api_names_what_is_wrong_with_feedback(
    client: Client, body: dict[str, object], status: int, field: str | None
) -> None:
    reply = client.post("/api/v1/feedback", json=body)

    assert (reply.status_code, reply.json().get("field")) == (status, field)
