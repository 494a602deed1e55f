"""Each verdict by its form, and who is refused."""

import re
from dataclasses import replace
from html import unescape

import pytest

from noa_rag.domain.draft import DraftState
from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import CANNOT_FOLLOW, CONTENT, a_kept_draft, a_kept_group, form_of, page_of
from tests.review_ui.review_people import SignIn

INES = PersonId("ines")


def test_approving_an_amended_text_publishes_it_and_says_what_it_answers(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["comment renouveler une marque", "recette de la tarte"])
    draft = a_kept_draft(office, group_id=group.id)
    client = sign_in("ines")

    data = form_of(draft, answer="Tous les **dix ans**,\r\nauprès de l'INPI.")
    answer = client.post(page_of(draft) + "/approuver", data=data)

    assert (answer.status_code, answer.headers["location"]) == (303, page_of(draft))
    entry = office.current(EntryId("renouveler-une-marque"))
    assert entry.content.answer == "Tous les **dix ans**,\nauprès de l'INPI."
    assert (entry.author, entry.approver) == ("ines", "ines")
    page = client.get(page_of(draft)).text
    recheck = office.store.draft(draft.id).recheck
    assert recheck is not None
    assert f"{recheck.answered_count} des 2 questions sont maintenant répondues" in page
    assert "secondes pour annuler" in page
    assert "Publié" in page


@pytest.mark.parametrize(
    "sent",
    [
        ("enregistrer", {}),
        ("approuver", {}),
        ("refuser", {"reason": "Hors sujet"}),
        ("demander", {"wanted": "Ajouter le tarif"}),
        ("rattacher", {"entry": "deposer-une-marque"}),
        ("transmettre", {"hand_over_agency": "urssaf", "hand_over_reason": "Cotisations"}),
    ],
)
def test_a_verdict_that_the_desk_accepts_builds_no_page(
    sign_in: SignIn,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    sent: tuple[str, dict[str, str]],
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("The page of the draft was read.")

    draft, (verdict, words) = a_kept_draft(office), sent
    client = sign_in("ines")
    monkeypatch.setattr("review_ui.drafts.pages.read_draft", fail)

    answer = client.post(f"{page_of(draft)}/{verdict}", data=form_of(draft, **words))

    assert answer.status_code == 303


def test_a_verdict_is_undone_from_its_page(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    client.post(page_of(draft) + "/refuser", data={"revision": "1", "reason": "Hors sujet"})
    assert "Hors sujet" in client.get(page_of(draft)).text

    answer = client.post(page_of(draft) + "/annuler", data={"revision": "2"})

    assert answer.headers["location"] == page_of(draft) + "?fait=annule"
    assert office.store.draft(draft.id).state is DraftState.OPEN
    assert "Décision annulée" in client.get(answer.headers["location"]).text


def test_a_new_entry_is_still_called_new_after_its_approval_was_undone(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    before = headings(client.get(page_of(draft)).text)

    for _ in range(2):
        client.post(page_of(draft) + "/approuver", data=form_of(office.store.draft(draft.id)))
        revision = str(office.store.draft(draft.id).revision)
        client.post(page_of(draft) + "/annuler", data={"revision": revision})

        undone = client.get(page_of(draft)).text
        assert headings(undone) == before
        assert "Nouvelle fiche" in undone
        assert "Ce qui change" not in undone


def headings(page: str) -> list[str]:
    """Return the headings of a page, with the line above the first of them."""
    return re.findall(r'<p class="eyebrow">.*?</p>|<h[12][ >].*?</h[12]>', page, re.DOTALL)


@pytest.mark.parametrize("error", CANNOT_FOLLOW)
def test_what_was_published_is_told_as_published_even_if_the_index_cannot_follow(
    sign_in: SignIn, office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    group = a_kept_group(office, ["comment renouveler une marque"])
    elsewhere = replace(CONTENT, question="Quel format pour un logo ?")  # nothing that the other draft answers
    approved = a_kept_draft(office, group_id=group.id)
    attached = a_kept_draft(office, entry_id="autre", content=elsewhere)
    client = sign_in("ines")

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(office.noa.index, "_build", fail)
        answers = [
            client.post(page_of(approved) + "/approuver", data=form_of(approved)),
            client.post(page_of(attached) + "/rattacher", data=form_of(attached, entry="deposer-une-marque")),
        ]
        said = [client.get(page_of(response)).text for response in (approved, attached)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert office.current(EntryId("renouveler-une-marque")).version == 1
    assert "Publié : version 1. La fiche sera en ligne dans un instant." in said[0]
    assert "Questions rattachées à la fiche, version 2. Ce sera en ligne dans un instant." in said[1]
    office.noa.refresh()
    assert "Publié : la fiche est en ligne, version 1." in client.get(page_of(approved)).text


KEEPING = {
    "demander": ({"wanted": "Une date"}, "Modifications demandées. Votre texte est enregistré avec le brouillon."),
    "transmettre": ({"hand_over_agency": "urssaf"}, "transmis à URSSAF. Votre texte est enregistré avec le brouillon."),
    "refuser": ({"reason": "Hors sujet"}, "Votre texte est enregistré avec le brouillon."),
    "rattacher": ({"entry": "deposer-une-marque"}, "Votre texte est enregistré avec le brouillon."),
}


@pytest.mark.parametrize("verdict", KEEPING)
def test_a_changed_text_is_kept_by_whatever_verdict_it_comes_with(
    sign_in: SignIn, office: Office, verdict: str
) -> None:
    fields, said = KEEPING[verdict]
    draft = a_kept_draft(office)
    client = sign_in("ines")

    data = form_of(draft, answer="Tous les dix ans,\r\nà l'INPI.", **fields)
    wrong = client.post(f"{page_of(draft)}/{verdict}", data=data | {"answer": "<b>Dix ans</b>"})
    assert (wrong.status_code, office.store.draft(draft.id)) == (422, draft)
    answer = client.post(f"{page_of(draft)}/{verdict}", data=data)

    saved = office.store.draft(draft.id)
    assert (answer.status_code, saved.content.answer, saved.author) == (303, "Tous les dix ans,\nà l'INPI.", "ines")
    assert said in client.get(answer.headers["location"]).text


@pytest.mark.parametrize("verdict", KEEPING)
def test_a_text_that_nobody_touched_stays_as_it_is_even_if_it_could_not_be_published(
    sign_in: SignIn, office: Office, verdict: str
) -> None:
    draft = a_kept_draft(office, content=replace(CONTENT, answer="Avant <b>les règles</b>."))
    client = sign_in("ines")

    answer = client.post(f"{page_of(draft)}/{verdict}", data=form_of(draft, **KEEPING[verdict][0]))

    assert answer.status_code == 303
    saved = office.store.draft(draft.id)
    assert (saved.content.answer, saved.author) == (draft.content.answer, "noa")
    assert "Votre texte est enregistré" not in client.get(answer.headers["location"]).text


def test_a_choice_that_cannot_be_is_told_for_what_it_is(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    tried = [
        ("transmettre", {"hand_over_agency": "inpi"}, 422, "Ce brouillon est déjà à cette agence."),
        ("transmettre", {"hand_over_agency": ""}, 422, "Choisissez une agence."),
        ("transmettre", {"hand_over_agency": "atlantis"}, 404, "Cette agence n'existe pas."),
        ("rattacher", {"entry": "atlantis"}, 404, "Cette fiche n'existe pas, ou n'est plus en ligne."),
        ("demander", {"wanted": " "}, 422, "Dites pourquoi, en quelques mots."),
        ("annuler", {}, 409, "Il n'y a rien à annuler."),
    ]

    for verdict, fields, status, said in tried:
        answer = client.post(f"{page_of(draft)}/{verdict}", data=form_of(draft) | fields)
        page = unescape(answer.text)
        assert (answer.status_code, said in page) == (status, True), (verdict, fields)
        assert "Quelqu'un a agi entre-temps" not in page
        assert ("Ce n'est pas possible maintenant" in page) == (status == 409)

    assert office.store.draft(draft.id) == draft


def test_a_coordinator_hands_a_draft_over(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("carla")

    data = {"revision": "1", "hand_over_agency": "urssaf", "hand_over_reason": "Cotisations"}
    answer = client.post(page_of(draft) + "/transmettre", data=data)

    assert "transmis à URSSAF" in client.get(answer.headers["location"]).text
    assert office.store.draft(draft.id).agency_id == "urssaf"
