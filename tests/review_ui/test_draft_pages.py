"""A draft's page: what it shows, each verdict, and what becomes of a text that cannot be kept."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.assembly.office import Office
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState, Duplicate, Evidence
from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import PersonId
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, a_kept_group, form_of

SignIn = Callable[[str], TestClient[Litestar]]
Csrf = Callable[[], str]
INES = PersonId("ines")


def page_of(draft: Draft) -> str:
    return f"/revue/brouillons/{draft.id}"


@pytest.mark.parametrize("name", ["ines", "ugo", "carla", "quentin", "adele"])
@pytest.mark.parametrize("prefix", ["/revue", "/en/revue"])
def test_everybody_who_may_read_sees_a_draft(sign_in: SignIn, office: Office, name: str, prefix: str) -> None:
    draft = a_kept_draft(office)

    answer = sign_in(name).get(f"{prefix}/brouillons/{draft.id}")

    assert answer.status_code == 200
    assert "Comment renouveler une marque ?" in answer.text


def test_only_a_referent_of_the_agency_sees_the_editor(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)

    shown = {name: sign_in(name).get(page_of(draft)).text for name in ("ines", "ugo", "carla", "quentin")}

    assert "/approuver" in shown["ines"]
    for name in ("ugo", "carla", "quentin"):
        assert "/approuver" not in shown[name]
        assert "/enregistrer" not in shown[name]
    assert "/transmettre" in shown["carla"]
    assert "/transmettre" not in shown["quentin"]


def test_a_draft_shows_what_was_asked_and_the_evidence(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["renouveler ma marque", "renouveler ma marque", "prolonger une marque"])
    evidence = Evidence(
        EntryId("f1"), "Marque", "https://www.service-public.fr/f1", "Durée", "Dix ans renouvelables.", 0.91
    )
    draft = a_kept_draft(office, group_id=group.id, evidence=(evidence,), is_thin=True, owner_reason="Elle tient.")

    page = sign_in("ines").get(page_of(draft)).text

    assert "demandée 3 fois" in page
    assert "<q>renouveler ma marque</q> <span class=\"soft\">2 fois</span>" in page
    assert "Dix ans renouvelables." in page
    assert 'href="https://www.service-public.fr/f1"' in page
    assert "ne portent guère sur la question" in page
    assert "Elle tient." in page


def test_duplicates_stand_before_the_editor_with_one_click(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    duplicate = Duplicate("entry", "deposer-une-marque", "Comment déposer une marque ?", 0.93)
    draft = a_kept_draft(office, duplicates=(duplicate,))
    client = sign_in("ines")

    page = client.get(page_of(draft)).text
    assert page.index("ressemblance 93 %") < page.index('id="editor"')
    data = {"_csrf": csrf(), "revision": "1", "entry": "deposer-une-marque"}
    answer = client.post(page_of(draft) + "/rattacher", data=data)

    assert answer.status_code == 303
    entry = office.current(EntryId("deposer-une-marque"))
    assert [one.text for one in entry.content.alternate_questions] == ["Comment renouveler une marque ?"]
    assert "Questions rattachées" in client.get(page_of(draft)).text


def test_approving_an_amended_text_publishes_it_and_says_what_it_answers(
    sign_in: SignIn, csrf: Csrf, office: Office
) -> None:
    group = a_kept_group(office, ["comment renouveler une marque", "recette de la tarte"])
    draft = a_kept_draft(office, group_id=group.id)
    client = sign_in("ines")

    data = form_of(draft, csrf(), answer="Tous les **dix ans**,\r\nauprès de l'INPI.")
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


def test_approving_a_text_that_nobody_touched_keeps_its_author(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)

    sign_in("ines").post(page_of(draft) + "/approuver", data=form_of(draft, csrf()))

    entry = office.current(EntryId("renouveler-une-marque"))
    assert (entry.author, entry.content) == ("noa", CONTENT)


def test_a_verdict_is_undone_from_its_page(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    client.post(page_of(draft) + "/refuser", data={"_csrf": csrf(), "revision": "1", "reason": "Hors sujet"})
    assert "Hors sujet" in client.get(page_of(draft)).text

    answer = client.post(page_of(draft) + "/annuler", data={"_csrf": csrf(), "revision": "2"})

    assert answer.headers["location"] == page_of(draft) + "?fait=annule"
    assert office.store.draft(draft.id).state is DraftState.OPEN
    assert "Décision annulée" in client.get(answer.headers["location"]).text


VERDICTS = {
    "enregistrer": {},
    "approuver": {},
    "refuser": {"reason": "Hors sujet"},
    "rattacher": {"entry": "deposer-une-marque"},
    "transmettre": {"hand_over_agency": "urssaf"},
    "demander": {"wanted": "Une date"},
    "annuler": {},
}


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("name", ["ugo", "carla", "quentin", "adele"])
def test_a_post_without_the_right_is_refused_and_changes_nothing(
    sign_in: SignIn, csrf: Csrf, office: Office, name: str, verdict: str
) -> None:
    draft = a_kept_draft(office)
    client = sign_in(name)

    answer = client.post(f"{page_of(draft)}/{verdict}", data=form_of(draft, csrf()) | VERDICTS[verdict])

    if (name, verdict) == ("carla", "transmettre"):
        assert answer.status_code == 303
        assert office.store.draft(draft.id).agency_id == "urssaf"
    else:
        assert answer.status_code == 403
        assert office.store.draft(draft.id) == draft
    assert office.noa.records.current([EntryId("renouveler-une-marque")]) == {}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_post_without_the_token_of_the_session_is_refused(
    sign_in: SignIn, csrf: Csrf, office: Office, verdict: str
) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    answer = client.post(f"{page_of(draft)}/{verdict}", data=form_of(draft, "forged") | VERDICTS[verdict])

    assert answer.status_code == 403
    assert office.store.draft(draft.id) == draft


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("answer", "Voir <script>alert(1)</script>", "Le HTML n'est pas permis"),
        ("answer", "[ici](javascript:alert(1))", "Ce lien n'est pas permis"),
        ("answer", "long " * 20_000, "Le texte est trop long : 99999 caractères"),
        ("answer", " ", "Ce champ est nécessaire"),
        ("agency_id", "inconnue", "Aucune agence ne s'appelle « inconnue »"),
        ("theme", "inconnu", "Aucun thème ne s'appelle « inconnu »"),
        ("valid_until", "31/02/2027", "« 31/02/2027 » n'est pas une date"),
        ("sources", "Le site sans adresse", "Il manque le titre ou l'adresse"),
        ("sources", "Le site | ftp://x", "Ce n'est pas une adresse complète"),
        ("departements", "75 999", "« 999 » n'est pas un numéro de département"),
        ("alternate_questions", "a\u200bb", "caractère invisible"),
    ],
)
@pytest.mark.parametrize("verdict", ["enregistrer", "approuver", "apercu", "effets"])
def test_a_text_that_cannot_be_kept_comes_back_whole_with_what_is_wrong(  # noqa: PLR0917
    sign_in: SignIn, csrf: Csrf, office: Office, verdict: str, field: str, text: str, said: str
) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    sent = form_of(draft, csrf(), note="Pour la rentrée", **{field: text})
    answer = client.post(f"{page_of(draft)}/{verdict}", data=sent)
    page = unescape(answer.text)

    assert answer.status_code == 422
    assert said in page
    assert f'href="#field-{field}"' in page
    assert f'id="field-{field}"' in page
    assert text.strip() in page
    assert "Pour la rentrée" in page
    assert "<script>alert" not in answer.text
    assert office.store.draft(draft.id) == draft


def test_days_the_wrong_way_round_are_told_at_the_end(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    data = form_of(draft, csrf(), valid_from="2027-02-01", valid_until="2027-01-01")
    answer = client.post(page_of(draft) + "/enregistrer", data=data)

    assert answer.status_code == 422
    assert "La fin (2027-01-01) vient avant le début." in answer.text
    assert 'value="2027-02-01"' in answer.text


def test_a_stale_form_gets_its_text_back_and_can_be_sent_again(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    other = replace(CONTENT, answer="Écrit par une collègue.")
    office.desk.save(INES, draft.id, 1, other)
    client = sign_in("ines")

    mine = form_of(draft, csrf(), answer="Mon long texte.")
    answer = client.post(page_of(draft) + "/approuver", data=mine)

    assert answer.status_code == 409
    assert "Mon long texte." in answer.text
    assert "Écrit par une collègue." in "".join(answer.text.replace("<del>", "").split("</del>"))
    assert '<input type="hidden" name="revision" value="2">' in answer.text
    assert office.noa.records.current([EntryId("renouveler-une-marque")]) == {}

    again = client.post(page_of(draft) + "/approuver", data=mine | {"revision": "2"})
    assert again.status_code == 303
    assert office.current(EntryId("renouveler-une-marque")).content.answer == "Mon long texte."


def test_an_entry_that_moved_on_is_read_again_before_the_text_replaces_it(
    sign_in: SignIn, csrf: Csrf, office: Office
) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    draft = a_kept_draft(office, entry_id=entry.id, content=entry.content, base_version=1)
    office.noa.records.entries.add_versions([a_new_version(expected_version=1, answer="Changé entre-temps.")])
    client = sign_in("ines")

    mine = form_of(draft, csrf(), answer="Mon texte.")
    answer = client.post(page_of(draft) + "/approuver", data=mine)

    assert answer.status_code == 409
    assert "La fiche est passée à la version 2" in answer.text
    assert "Mon texte." in answer.text
    assert '<input type="hidden" name="base_version" value="2">' in answer.text

    again = client.post(page_of(draft) + "/approuver", data=mine | {"base_version": "2"})
    assert again.status_code == 303
    now = office.current(entry.id)
    assert (now.version, now.content.answer) == (3, "Mon texte.")


def test_a_decided_draft_gives_a_late_text_back(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    office.desk.decline(INES, draft.id, 1, "Hors sujet")
    client = sign_in("ines")

    answer = client.post(page_of(draft) + "/enregistrer", data=form_of(draft, csrf(), answer="Mon long texte."))

    assert answer.status_code == 409
    assert "Mon long texte." in answer.text
    assert "Votre texte, gardé" in answer.text


def test_a_draft_handed_over_meanwhile_gives_the_text_back(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    office.desk.hand_over(INES, draft.id, 1, AgencyId("urssaf"))
    client = sign_in("ines")

    answer = client.post(page_of(draft) + "/enregistrer", data=form_of(draft, csrf(), answer="Mon long texte."))
    assert answer.status_code == 409
    assert "Mon long texte." in answer.text

    data = form_of(draft, csrf(), answer="Mon long texte.", revision="2")
    answer = client.post(page_of(draft) + "/enregistrer", data=data)
    assert answer.status_code == 403
    assert "Mon long texte." in answer.text


def test_where_two_people_must_agree_the_author_is_told_so_with_her_text(
    sign_in: SignIn, csrf: Csrf, office: Office
) -> None:
    office.desk.set_needs_two_people(PersonId("adele"), AgencyId("inpi"), needs=True)
    draft = a_kept_draft(office)
    client = sign_in("ines")

    answer = client.post(page_of(draft) + "/approuver", data=form_of(draft, csrf(), answer="Amendé par moi."))

    assert answer.status_code == 409
    assert "deux personnes" in answer.text
    assert "Amendé par moi." in answer.text
    assert office.store.draft(draft.id).state is DraftState.OPEN


def test_a_refusal_without_a_reason_asks_for_one(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)

    answer = sign_in("ines").post(page_of(draft) + "/refuser", data=form_of(draft, csrf(), answer="Mon texte."))

    assert answer.status_code == 409
    assert "Dites pourquoi" in answer.text
    assert "Mon texte." in answer.text


def test_the_preview_is_what_the_public_sees_once_it_is_approved(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    data = form_of(draft, csrf(), answer="Une liste :\r\n\r\n- un\r\n- deux [lien](https://www.inpi.fr)")

    page = client.post(page_of(draft) + "/apercu", data=data).text
    fragment = client.post(page_of(draft) + "/apercu", data=data, headers={"hx-request": "true"}).text
    assert office.store.draft(draft.id) == draft
    client.post(page_of(draft) + "/approuver", data=data)
    public = client.get("/entrees/renouveler-une-marque", headers={"hx-request": "true"}).text

    assert "<!doctype" not in fragment
    assert '<article class="exchange">' in fragment
    assert public.strip() in fragment
    assert public.strip() in page


def test_what_would_change_is_told_without_publishing(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    group = a_kept_group(office, ["comment renouveler une marque", "renouveler une marque comment"])
    draft = a_kept_draft(office, group_id=group.id)
    client = sign_in("ines")

    page = client.post(page_of(draft) + "/effets", data=form_of(draft, csrf(), answer="Mon texte.")).text

    assert "2 des 2 questions du groupe seraient répondues." in page
    assert "Nouvellement répondues (2)" in page
    assert "Mon texte." in page
    assert office.noa.records.current([EntryId("renouveler-une-marque")]) == {}


def test_an_entry_to_attach_to_is_found_by_its_words(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    page = client.get(page_of(draft) + "/rattacher?q=DEPOSER").text
    fragment = client.get(page_of(draft) + "/rattacher?q=deposer", headers={"hx-request": "true"}).text
    nothing = client.get(page_of(draft) + "/rattacher?q=tarte").text

    for found in (page, fragment):
        assert '<input type="hidden" name="entry" value="deposer-une-marque">' in found
    assert "<!doctype" not in fragment
    assert "Aucune fiche en ligne ne contient ces mots." in nothing


def test_an_edit_shows_the_difference_side_by_side(sign_in: SignIn, office: Office) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    content = replace(entry.content, question="Comment déposer une marque ou un logo ?")
    draft = a_kept_draft(office, entry_id=entry.id, content=content, base_version=1)

    page = sign_in("ines").get(page_of(draft)).text

    assert "<ins> ou un logo</ins>" in page or "<ins>ou un logo </ins>" in page
    assert "En ligne, version 1" in page


def test_htmx_gets_the_part_of_the_page_alone(sign_in: SignIn, csrf: Csrf, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    shown = client.get(page_of(draft), headers={"hx-request": "true"}).text
    data = form_of(draft, csrf(), answer=" ")
    refused = client.post(page_of(draft) + "/apercu", data=data, headers={"hx-request": "true"})

    assert "<!doctype" not in shown
    assert "Comment renouveler une marque ?" in shown
    assert refused.headers["hx-retarget"] == "#draft"


def test_a_draft_that_does_not_exist_is_not_found(sign_in: SignIn) -> None:
    assert sign_in("ines").get("/revue/brouillons/inconnu").status_code == 404
