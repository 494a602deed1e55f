"""Whatever fails on a draft's page, the text comes back with what is wrong."""

import re
from dataclasses import replace
from html import unescape

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, form_of, page_of
from tests.review_ui.review_people import SignIn

INES = PersonId("ines")


WRONG = [
    ("answer", "Voir <script>alert(1)</script>", "Le HTML n'est pas permis"),
    ("answer", "[ici](javascript:alert(1))", "Ce lien n'est pas permis"),
    ("answer", "long " * 20_000, "Le texte est trop long : 99999 caractères"),
    ("answer", " ", "Ce champ est nécessaire"),
    ("agency_id", "inconnue", "Aucune agence ne s'appelle « inconnue »"),
    ("theme", "inconnu", "Aucun thème ne s'appelle « inconnu »"),
    ("valid_until", "31/02/2027", "« 31/02/2027 » n'est pas une date"),
    ("valid_from", "0001-01-01", "Le 1er\xa0janvier\xa01 n'est pas une date plausible"),
    ("review_by", "9999-12-31", "Le 31\xa0décembre\xa09999 n'est pas une date plausible"),
    ("sources", "Le site sans adresse", "Il manque le titre ou l'adresse"),
    ("sources", "Le site | ftp://x", "Ce n'est pas une adresse complète"),
    ("departements", "75 999", "« 999 » n'est pas un numéro de département"),
    ("alternate_questions", "a\u200bb", "caractère invisible"),
]


@pytest.mark.parametrize("verdict", ["enregistrer", "approuver", "apercu", "effets"])
def test_a_text_that_cannot_be_kept_comes_back_whole_with_what_is_wrong(
    sign_in: SignIn, office: Office, verdict: str
) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    for field, text, said in WRONG:
        sent = form_of(draft, note="Pour la rentrée", **{field: text})
        answer = client.post(f"{page_of(draft)}/{verdict}", data=sent)
        page = unescape(answer.text)
        assert answer.status_code == 422, text
        assert said in page
        assert f'href="#field-{field}"' in page
        assert f'id="field-{field}"' in page
        assert text.strip() in page
        assert "Pour la rentrée" in page
        assert "<script>alert" not in answer.text
        assert f'id="field-{field}"' in page

    assert office.store.draft(draft.id) == draft


def test_days_the_wrong_way_round_are_told_at_the_end(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")

    data = form_of(draft, valid_from="2027-02-01", valid_until="2027-01-01")
    answer = client.post(page_of(draft) + "/enregistrer", data=data)

    assert answer.status_code == 422
    assert "La fin (1er\xa0janvier\xa02027) vient avant le début." in answer.text
    assert 'value="2027-02-01"' in answer.text


def test_a_stale_form_gets_its_text_back_and_can_be_sent_again(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    other = replace(CONTENT, answer="Écrit par une collègue.")
    office.desk.save(INES, draft.id, 1, other)
    client = sign_in("ines")

    mine = form_of(draft, answer="Mon long texte.")
    answer = client.post(page_of(draft) + "/approuver", data=mine)

    assert answer.status_code == 409
    assert "Mon long texte." in answer.text
    assert "Écrit par une collègue." in "".join(answer.text.replace("<del>", "").split("</del>"))
    assert '<input type="hidden" name="revision" value="2">' in answer.text
    assert office.noa.records.current([EntryId("renouveler-une-marque")]) == {}

    again = client.post(page_of(draft) + "/approuver", data=mine | {"revision": "2"})
    assert again.status_code == 303
    assert office.current(EntryId("renouveler-une-marque")).content.answer == "Mon long texte."


def test_an_entry_that_moved_on_is_read_again_before_the_text_replaces_it(sign_in: SignIn, office: Office) -> None:
    entry = office.current(EntryId("deposer-une-marque"))
    draft = a_kept_draft(office, entry_id=entry.id, content=entry.content, base_version=1)
    office.noa.records.entries.add_versions([a_new_version(expected_version=1, answer="Changé entre-temps.")])
    client = sign_in("ines")

    mine = form_of(draft, answer="Mon texte.")
    answer = client.post(page_of(draft) + "/approuver", data=mine)

    assert answer.status_code == 409
    assert "La fiche est passée à la version 2" in answer.text
    assert "Mon texte." in answer.text
    assert '<input type="hidden" name="base_version" value="2">' in answer.text

    again = client.post(page_of(draft) + "/approuver", data=mine | {"base_version": "2"})
    assert again.status_code == 303
    now = office.current(entry.id)
    assert (now.version, now.content.answer) == (3, "Mon texte.")


def test_a_decided_draft_gives_a_late_text_back(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    office.desk.decline(INES, draft.id, 1, "Hors sujet")
    client = sign_in("ines")

    answer = client.post(page_of(draft) + "/enregistrer", data=form_of(draft, answer="Mon long texte."))

    assert answer.status_code == 409
    assert "Mon long texte." in answer.text
    assert "Votre texte, gardé" in answer.text


def test_a_draft_handed_over_meanwhile_gives_the_text_back(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    office.desk.hand_over(INES, draft.id, 1, AgencyId("urssaf"))
    client = sign_in("ines")

    for revision in ("1", "2"):
        for text in ("Mon long texte.", "Mon <b>long texte.</b>"):
            data = form_of(draft, answer=text, revision=revision)
            answer = client.post(page_of(draft) + "/enregistrer", data=data)
            assert answer.status_code == 403
            assert "Vous ne pouvez plus l'enregistrer ici" in answer.text
            assert "si vous envoyez de nouveau" not in answer.text
            assert text in unescape(answer.text)


def test_a_refusal_without_a_reason_asks_for_one(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)

    answer = sign_in("ines").post(page_of(draft) + "/refuser", data=form_of(draft, answer="Mon texte."))

    assert answer.status_code == 422
    assert "Dites pourquoi" in answer.text
    assert "Quelqu&#39;un a agi entre-temps" not in answer.text
    assert "Mon texte." in answer.text
    assert re.search(r'<details class="fold" open>\s*<summary>Refuser</summary>', answer.text)
    assert office.store.draft(draft.id) == draft


def test_a_correction_of_a_stale_form_does_not_pass_for_read(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    office.desk.save(INES, draft.id, 1, replace(CONTENT, answer="Écrit par une collègue."))

    for path in ("enregistrer", "apercu", "effets"):
        text = "Corrigé." if path != "enregistrer" else "Mal <b>écrit</b>."
        page = client.post(f"{page_of(draft)}/{path}", data=form_of(draft, answer=text)).text
        assert '<input type="hidden" name="revision" value="1">' in page, path
    again = client.post(page_of(draft) + "/enregistrer", data=form_of(draft, answer="Corrigé."))

    assert again.status_code == 409
    assert office.store.draft(draft.id).content.answer == "Écrit par une collègue."


def test_a_form_that_takes_a_stale_editor_along_is_stale(sign_in: SignIn, office: Office) -> None:
    draft = a_kept_draft(office)
    client = sign_in("ines")
    office.desk.save(INES, draft.id, 1, replace(CONTENT, answer="Écrit par une collègue."))

    data = form_of(draft, answer="Le mien.", entry="deposer-une-marque")
    answer = client.post(page_of(draft) + "/rattacher", data={**data, "revision": ["2", "1"]})

    assert answer.status_code == 409
    assert office.store.draft(draft.id).content.answer == "Écrit par une collègue."


def test_a_related_entry_that_does_not_exist_is_told(sign_in: SignIn, office: Office) -> None:
    draft, client = a_kept_draft(office), sign_in("ines")

    data = form_of(draft, related="nope\r\n../../x\r\ndeposer-une-marque")
    answer = client.post(f"{page_of(draft)}/approuver", data=data)

    assert answer.status_code == 422
    for unknown in ("nope", "../../x"):
        assert f"Aucune fiche ne s&#39;appelle « {unknown} »." in answer.text
    assert "« deposer-une-marque »" not in answer.text
    assert office.store.draft(draft.id) == draft
