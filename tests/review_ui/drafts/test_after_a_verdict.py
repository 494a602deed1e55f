"""After a verdict the next draft opens, and says what came of the one before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.people import PersonId
from noa_rag.review.queue import item_of
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, a_kept_group, form_of, page_of
from tests.review_ui.review_people import SignIn


@pytest.fixture
def three(office: Office) -> list[Draft]:
    """Three drafts of the INPI in the order of the queue, most asked first; one of another agency is between them."""
    groups = [a_kept_group(office, [f"question {at} {number}" for number in range(4 - at)]) for at in range(4)]
    drafts = [
        a_kept_draft(
            office,
            entry_id=f"fiche-{at}",
            group_id=group.id,
            content=replace(CONTENT, question=f"Question {at} ?"),
            agency_id=AgencyId("urssaf" if at == 1 else "inpi"),
        )
        for at, group in enumerate(groups)
    ]
    return [drafts[0], drafts[2], drafts[3]]


VERDICTS = {
    "approuver": ({}, "Publié : la fiche est en ligne, version 1."),
    "refuser": ({"reason": "Hors sujet"}, "Brouillon refusé. Rien n'a été publié."),
    "rattacher": ({"entry": "deposer-une-marque"}, "Questions rattachées à la fiche, version 2."),
    "demander": ({"wanted": "Une date"}, "Modifications demandées."),
    "transmettre": ({"hand_over_agency": "urssaf"}, "Brouillon transmis à URSSAF."),
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_next_draft_opens_and_says_what_came_of_the_one_before(
    sign_in: SignIn, three: list[Draft], verdict: str
) -> None:
    fields, said = VERDICTS[verdict]
    first, second, _ = three
    client = sign_in("ines")

    answer = client.post(f"{page_of(first)}/{verdict}", data=form_of(first, **fields))
    page = client.get(answer.headers["location"]).text

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{page_of(second)}?apres={first.id}")
    assert "Question 2 ?</h1>" in page
    assert said in page
    assert f'<a href="{page_of(first)}">Question 0 ?</a>' in page


def test_with_htmx_the_next_draft_is_a_page_of_its_own(sign_in: SignIn, three: list[Draft]) -> None:
    client = sign_in("ines")

    data = form_of(three[0], reason="Hors sujet")
    answer = client.post(page_of(three[0]) + "/refuser", data=data, headers={"hx-request": "true"})

    assert answer.status_code == 200
    assert answer.headers["hx-redirect"] == f"{page_of(three[1])}?apres={three[0].id}"


def test_the_verdict_before_is_undone_from_the_next_draft(sign_in: SignIn, office: Office, three: list[Draft]) -> None:
    first = three[0]
    client = sign_in("ines")
    answer = client.post(page_of(first) + "/refuser", data=form_of(first, reason="Hors sujet"))
    page = client.get(answer.headers["location"]).text

    assert f'action="{page_of(first)}/annuler"' in page
    undone = client.post(page_of(first) + "/annuler", data={"revision": "2"})

    assert undone.headers["location"] == f"{page_of(first)}?fait=annule"
    assert office.store.draft(first.id).state is DraftState.OPEN


def test_after_the_last_draft_comes_the_first_that_still_waits_and_then_what_came_of_the_last(
    sign_in: SignIn, three: list[Draft]
) -> None:
    client = sign_in("ines")

    led_to = []
    for draft in reversed(three):
        answer = client.post(page_of(draft) + "/refuser", data=form_of(draft, reason="Hors sujet"))
        led_to.append(answer.headers["location"].partition("?")[0])

    assert led_to == [page_of(three[0]), page_of(three[0]), page_of(three[0])]
    assert "Brouillon refusé" in client.get(page_of(three[0])).text


def test_a_draft_that_sleeps_is_passed_over(sign_in: SignIn, office: Office, three: list[Draft]) -> None:
    office.queue_desk.snooze(PersonId("ines"), item_of(three[1]), today_in_paris() + timedelta(days=1))

    client = sign_in("ines")
    answer = client.post(page_of(three[0]) + "/refuser", data=form_of(three[0], reason="Hors sujet"))

    assert answer.headers["location"].startswith(page_of(three[2]))


def test_saving_stays_where_one_is(sign_in: SignIn, three: list[Draft]) -> None:
    client = sign_in("ines")

    answer = client.post(page_of(three[0]) + "/enregistrer", data=form_of(three[0], answer="Dix ans."))

    assert answer.headers["location"] == f"{page_of(three[0])}?fait=enregistre"


def test_a_draft_before_that_is_no_more_is_not_spoken_of(sign_in: SignIn, three: list[Draft]) -> None:
    page = sign_in("ines").get(f"{page_of(three[0])}?apres=inconnu&fait=demande")

    assert page.status_code == 200
    assert "Voici le brouillon suivant" not in page.text
