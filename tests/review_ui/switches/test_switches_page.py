"""The page of the switches: a coordinator suspends a part, the public is told, the journal says who and why."""

import pytest

from noa_rag.service.office import Office
from tests.review_ui.review_people import SignIn

PAGE = "/revue/interrupteurs"


@pytest.mark.parametrize("who", ["carla", "adele"])
def test_questions_are_suspended_at_once_while_the_workspace_and_health_stay(
    who: str, sign_in: SignIn, office: Office
) -> None:
    client = sign_in(who)

    reply = client.post(f"{PAGE}/chat/suspendre", data={"reason": "texte faux en ligne"})

    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}?fait=suspendu")
    assert client.post("/", data={"q": "Comment déposer une marque ?"}).status_code == 503
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "texte faux en ligne" in page.text
    assert client.get("/health").json()["switched_off"] == ["chat"]
    newest = office.noa.records.audit.head()
    assert newest is not None
    assert (newest.actor, newest.action, newest.subject, newest.detail) == (
        who,
        "switch_off",
        "switch:chat",
        {"reason": "texte faux en ligne"},
    )
    assert "Partie du service suspendue" in client.get("/revue/journal").text
    assert not office.noa.records.audit.verify()

    assert client.post(f"{PAGE}/chat/retablir", data={"reason": "corrigé"}).status_code == 303
    assert client.post("/", data={"q": "Comment déposer une marque ?"}).status_code != 503


def test_without_a_reason_nothing_is_switched(sign_in: SignIn, office: Office) -> None:
    reply = sign_in("carla").post(f"{PAGE}/api/suspendre", data={"reason": "  "})

    assert reply.status_code == 422
    assert "Écrivez pourquoi" in reply.text
    assert all(switch.is_on for switch in office.noa.records.switches.all())


def test_a_part_that_nobody_knows_is_no_page(sign_in: SignIn) -> None:
    assert sign_in("carla").post(f"{PAGE}/tout/suspendre", data={"reason": "x"}).status_code == 404
