"""Following a question: the offer under a refusal, the form to type a number, and pages that help."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import Source
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.domain.question import draw_reference, shown_reference
from noa_rag.review.following import Followed, FollowState
from tests.asked import an_asked
from tests.web.fake_service import FakeService, a_host_site, an_abstention, an_entry

HTMX = {"hx-request": "true"}
Client = TestClient[Litestar]


@pytest.fixture
def refusing(service: FakeService) -> FakeService:
    service.answer = an_abstention(an_entry())
    return service


def test_without_javascript_a_number_is_kept_and_its_page_opened(client: Client, refusing: FakeService) -> None:
    reply = client.post("/suivi", data={"question_id": "q-3"})

    number = shown_reference(refusing.references["q-3"])
    assert (reply.status_code, reply.headers["location"]) == (303, f"/suivi/{number}")
    assert client.post("/en/follow", data={"question_id": "q-3"}).headers["location"] == f"/en/follow/{number}"
    assert "set-cookie" not in reply.headers


def test_in_a_frame_the_number_stays_in_the_frame(client: Client, refusing: FakeService) -> None:
    (key,) = refusing.hosts
    own = {"origin": str(client.base_url).rstrip("/")}

    reply = client.post(f"/widget/{key}/suivi", data={"question_id": "q-3"}, headers=own)

    number = shown_reference(refusing.references["q-3"])
    assert (reply.status_code, reply.headers["location"]) == (303, f"/widget/{key}/suivi/{number}")


def test_htmx_receives_the_number_in_place_of_the_button(client: Client, refusing: FakeService) -> None:
    reply = client.post("/suivi", data={"question_id": "q-3"}, headers=HTMX)

    number = shown_reference(refusing.references["q-3"])
    assert "<html" not in reply.text
    assert number in reply.text
    assert f'href="/suivi/{number}"' in reply.text
    assert "data-focus" in reply.text


@pytest.mark.parametrize("question_id", ["", "q-9", "é"])
def test_an_unknown_question_gets_no_number(client: Client, refusing: FakeService, question_id: str) -> None:
    assert client.post("/suivi", data={"question_id": question_id}).status_code == 404


@pytest.mark.parametrize("change", [str.lower, lambda number: number.replace("-", " "), lambda number: f" {number} "])
def test_a_typed_number_leads_to_its_page(client: Client, change: object) -> None:
    number = shown_reference(draw_reference())
    assert callable(change)

    reply = client.get("/suivi", params={"reference": change(number)})

    assert (reply.status_code, reply.headers["location"]) == (303, f"/suivi/{number}")


@pytest.mark.parametrize("path", ["/suivi", "/en/follow"])
def test_a_mistyped_number_is_told_and_kept_in_its_field(client: Client, path: str) -> None:
    reply = client.get(path, params={"reference": 'B7KF"><script>'})

    assert reply.status_code == 400
    assert "aria-invalid" in reply.text
    assert 'value="B7KF&#34;&gt;&lt;script&gt;"' in reply.text


def test_a_number_that_nobody_was_given_is_not_found_and_helps(client: Client) -> None:
    reply = client.get(f"/suivi/{shown_reference(draw_reference())}")

    assert reply.status_code == 404
    assert "donné ce numéro à personne" in reply.text
    assert 'name="reference"' in reply.text
    assert reply.headers["x-robots-tag"] == "noindex"


def test_an_answer_that_was_published_has_what_any_other_has_beside_it(client: Client, service: FakeService) -> None:
    other, reference = an_entry("acre", question="Ai-je droit à l'ACRE ?"), draw_reference()
    entry = an_entry(answer="Avant le 31 décembre 2097.", related=(other.id,))
    stated = DatedValue("31 décembre 2097", Source("Une source", "https://www.inpi.fr"))
    service.entries = {followed.id: followed for followed in (entry, other)}
    service.facts[entry.id] = (Fact(FactId("depot"), "Dépôt", "", (stated,), (entry.id,)),)
    service.following[reference] = Followed(an_asked(), FollowState.ANSWERED, entry)

    page = client.get(f"/suivi/{shown_reference(reference)}").text
    framed = client.get(f"/widget/{a_host_site().key}/suivi/{shown_reference(reference)}").text

    assert 'href="/entrees/deposer-une-marque/dates.ics"' in page
    assert '<a href="/entrees/acre" lang="fr">' in page
    assert f'<a href="/widget/{a_host_site().key}/entrees/acre" lang="fr">' in framed
