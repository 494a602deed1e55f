"""What visitors read where a part is switched off, whom they are sent to, and what stays on."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.question import Mode
from noa_rag.domain.switches import SwitchesOff, SwitchName
from tests.web.fake_service import INPI, FakeService, a_host_site

Client = TestClient[Litestar]
ASK = "/api/v1/ask"
FRAME = f"/widget/{a_host_site().key}"
DISTRESS = "je n'en peux plus, je veux mourir"


def off(*names: SwitchName) -> SwitchesOff:
    return SwitchesOff(frozenset(names), INPI)


@pytest.mark.parametrize(
    ("path", "told"),
    [("/", "Noa ne prend pas de question pour le moment"), ("/en/", "Noa takes no questions for now")],
)
def test_a_question_is_refused_in_words_with_whom_to_ask(
    client: Client, service: FakeService, path: str, told: str
) -> None:
    service.off = off(SwitchName.CHAT)

    reply = client.post(path, data={"q": "Comment déposer une marque ?"})

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "300")
    assert told in reply.text
    assert INPI.name in reply.text
    assert 'href="tel:0156658998"' in reply.text
    assert "<textarea" not in reply.text
    assert service.asked == []


@pytest.mark.parametrize("path", ["/", "/entrees/deposer-une-marque", "/themes/propriete-intellectuelle"])
def test_pages_stay_and_have_words_in_the_place_of_the_form(client: Client, service: FakeService, path: str) -> None:
    service.off = off(SwitchName.CHAT)

    reply = client.get(path)

    assert reply.status_code == 200
    assert reply.text.count("Noa ne prend pas de question pour le moment") == 1
    assert 'id="question"' not in reply.text


def test_the_api_and_the_search_go_on_without_the_chat(client: Client, service: FakeService) -> None:
    service.off = off(SwitchName.CHAT)

    assert client.post(ASK, json={"question": "Comment déposer une marque ?"}).status_code == 200
    assert client.get("/recherche").status_code == 200


def test_the_api_answers_with_a_problem_that_names_whom_to_ask(client: Client, service: FakeService) -> None:
    service.off = off(SwitchName.API)

    replies = [client.post(ASK, json={"question": "marque ?", "lang": "fr"}), client.get("/api/v1/themes")]

    for reply in replies:
        assert reply.status_code == 503
        assert reply.headers["content-type"].startswith("application/problem+json")
        assert reply.headers["retry-after"] == "300"
        problem = reply.json()
        assert problem["type"] == "/api/docs#api_off"
        assert problem["title"] == "L'API est suspendue pour le moment"
        assert problem["contact"]["agency"] == INPI.name
        assert problem["contact"]["phone"] == INPI.phone
    assert client.post("/", data={"q": "marque ?"}).status_code == 303
    assert client.get("/api/docs").status_code == 200


def test_a_message_of_distress_is_answered_whatever_is_off(client: Client, service: FakeService) -> None:
    service.off = off(*SwitchName)

    assert client.post("/", data={"q": DISTRESS}).status_code == 303
    assert client.post(ASK, json={"question": DISTRESS}).status_code == 200


def test_a_widget_that_is_off_says_so_in_its_frame(client: Client, service: FakeService) -> None:
    service.off = off(SwitchName.WIDGET)

    reply = client.get(FRAME)

    assert reply.status_code == 503
    assert "Noa n&#39;est pas disponible sur ce site pour le moment" in reply.text
    assert INPI.name in reply.text
    assert "https://www.pme.example" in reply.headers["content-security-policy"]
    assert client.get("/widget.js").status_code == 200
    assert client.get("/").status_code == 200


def test_without_the_language_model_answers_are_the_official_texts_and_say_so(
    client: Client, service: FakeService
) -> None:
    service.off = off(SwitchName.MODEL)

    page = client.get("/reponse/q-1").text

    assert "La reformulation est suspendue pour le moment : voici le texte officiel." in page
    assert client.post(ASK, json={"question": "marque ?", "mode": "assisted"}).json()["mode"] == Mode.STRICT.value


@pytest.mark.parametrize("path", ["/health", "/ready", "/nouveautes", "/a-propos"])
def test_what_is_no_part_of_them_stays_on(client: Client, service: FakeService, path: str) -> None:
    service.off = off(*SwitchName)

    assert client.get(path).status_code == 200
