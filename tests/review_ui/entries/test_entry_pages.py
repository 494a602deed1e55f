"""The entries' pages: list, history, editing, withdrawing, rolling back, writing a new one."""

import re
from datetime import date, timedelta
from html import unescape

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import CONTENT
from tests.review_ui.review_people import SignIn

INES = PersonId("ines")
ENTRY = EntryId("deposer-une-marque")
PAGE = f"/revue/fiches/{ENTRY}"


def titles(page: str) -> list[str]:
    matches = re.findall(r'class="row-title"><a [^>]*>(.*?)</a>', page)
    return [unescape(re.sub(r"<[^>]+>", "", title)) for title in matches]


def new_form(**changes: str) -> dict[str, str]:
    fields = {
        "question": CONTENT.question,
        "answer": CONTENT.answer,
        "agency_id": "inpi",
        "theme": CONTENT.theme,
        "sources": "Déposer | une marque | https://www.inpi.fr/marque",
        "language": "fr",
    }
    return {**fields, **changes}


def test_entries_are_listed_by_agency_theme_status_and_words(sign_in: SignIn, office: Office) -> None:
    today = today_in_paris()
    day = timedelta(days=1)
    windows = {
        "a-venir": ValidityWindow(today + day, None),
        "expiree": ValidityWindow(None, today - day),
    }
    office.noa.records.entries.add_versions(
        [
            *(a_new_version(name, question=f"Fiche {name} ?", window=window) for name, window in windows.items()),
            a_new_version("retiree", question="Fiche retiree ?", status=EntryStatus.WITHDRAWN),
            a_new_version("revoir", question="Fiche revoir ?", review_by=today, theme="cotisations"),
            a_new_version("autre", question="Fiche d'ailleurs ?", agency_id=AgencyId("urssaf")),
        ]
    )
    client = sign_in("ines")

    def found(query: str) -> list[str]:
        return titles(client.get(f"/revue/fiches?{query}").text)

    assert len(found("")) == 6
    assert found("agency=urssaf") == ["Fiche d'ailleurs ?"]
    assert len(found("agency=mine")) == 5
    assert found("theme=cotisations") == ["Fiche revoir ?"]
    assert found("status=coming") == ["Fiche a-venir ?"]
    assert found("status=expired") == ["Fiche expiree ?"]
    assert found("status=withdrawn") == ["Fiche retiree ?"]
    assert found("status=due") == ["Fiche revoir ?"]
    assert found("status=live&q=DEPOSER+marque") == ["Comment déposer une marque ?"]
    assert "Aucune fiche ne correspond" in client.get("/revue/fiches?q=tarte").text
    assert "<!doctype" not in client.get("/revue/fiches", headers={"hx-request": "true"}).text


def test_one_or_two_letters_leave_the_list_whole_and_say_why(sign_in: SignIn) -> None:
    page = sign_in("ines").get("/revue/fiches?q=ma", headers={"hx-request": "true"}).text

    assert titles(page) == ["Comment déposer une marque ?"]
    assert "<p data-say>Tapez au moins trois lettres" in page
    assert "<mark>" not in page


def test_an_entry_shows_its_versions_and_any_two_side_by_side(sign_in: SignIn, office: Office) -> None:
    for version in (1, 2):
        office.noa.records.entries.add_versions(
            [a_new_version(expected_version=version, answer=f"Réponse numéro {version + 1}.", note=f"note {version}")]
        )
    client = sign_in("ugo")

    page = client.get(PAGE).text
    older = client.get(f"{PAGE}?avant=1&apres=3").text

    assert "Réponse numéro 3." in page
    assert "note 2" in page
    assert "<del>2</del>" in page
    assert "<ins>3</ins>" in page
    assert "De la version 1 à la version 3" in older
    assert client.get(f"{PAGE}?avant=1&apres=9").status_code == 404
    for forbidden in ("/modifier", "/retirer", "/retablir"):
        assert forbidden not in page


def test_editing_opens_one_draft_that_starts_from_the_current_version(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")

    first = client.post(PAGE + "/modifier")
    second = client.post(PAGE + "/modifier")

    assert first.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    (draft,) = office.store.drafts()
    assert (draft.base_version, draft.content) == (1, office.current(ENTRY).content)
    assert "Modification d'une fiche" in client.get(first.headers["location"]).text
    assert first.headers["location"] in client.get(PAGE).text


def test_an_entry_is_withdrawn_with_a_reason_and_brought_back(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")

    without = client.post(PAGE + "/retirer", data={"version": "1", "note": " "})
    assert (without.status_code, office.current(ENTRY).version) == (422, 1)
    assert "Dites pourquoi" in without.text
    client.post(PAGE + "/retirer", data={"version": "1", "note": "Faux"})
    assert office.current(ENTRY).status is EntryStatus.WITHDRAWN
    assert client.get(f"/entrees/{ENTRY}").status_code == 404
    page = client.get(PAGE).text
    assert "Le public ne voit pas cette fiche aujourd'hui." in page
    assert "/retablir" in page

    answer = client.post(PAGE + "/retablir", data={"version": "2", "to_version": "1"})
    assert answer.headers["location"] == PAGE + "?fait=retablie"
    assert "de nouveau en ligne" in client.get(answer.headers["location"]).text
    assert client.get(f"/entrees/{ENTRY}").status_code == 200


def test_a_stale_withdrawal_changes_nothing_and_keeps_the_reason(sign_in: SignIn, office: Office) -> None:
    office.noa.records.entries.add_versions([a_new_version(expected_version=1, answer="Changé.")])
    client = sign_in("ines")

    answer = client.post(PAGE + "/retirer", data={"version": "1", "note": "Ma raison"})

    assert answer.status_code == 409
    assert "passée à la version 2" in answer.text
    assert "Ma raison" in answer.text
    assert '<input type="hidden" name="version" value="2">' in answer.text
    assert office.current(ENTRY).status is EntryStatus.APPROVED


def test_a_new_entry_becomes_a_draft(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    assert '<option value="inpi" selected>' in client.get("/revue/fiches/nouvelle").text

    data = new_form(alternate_questions="prolonger ma marque\r\nrenew a trade mark | en", valid_until="31/12/2026")
    answer = client.post("/revue/fiches/nouvelle", data=data)

    (draft,) = office.store.drafts()
    assert answer.headers["location"] == f"/revue/brouillons/{draft.id}"
    assert draft.entry_id == "comment-renouveler-une-marque"
    assert draft.author == "ines"
    content = draft.content
    assert content.sources[0].title == "Déposer | une marque"
    assert content.alternate_questions == (
        AlternateQuestion("prolonger ma marque", "fr"),
        AlternateQuestion("renew a trade mark", "en"),
    )
    assert content.window.valid_until == date(2026, 12, 31)


def test_a_new_entry_that_cannot_be_kept_gives_its_text_back(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    tried = {
        422: {"sources": "", "id": "é à"},
        403: {"agency_id": "urssaf"},
        409: {"id": ENTRY},
    }

    for status, changes in tried.items():
        answer = client.post("/revue/fiches/nouvelle", data=new_form(answer="Mon long texte.", **changes))
        assert answer.status_code == status, changes
        assert "Mon long texte." in answer.text

    office.desk.propose(INES, EntryId("prise"), CONTENT)
    taken = client.post("/revue/fiches/nouvelle", data=new_form(answer="Mon long texte.", id="prise"))
    assert taken.status_code == 409
    assert "Un brouillon qui attend une décision a déjà cette adresse" in taken.text
    assert "Mon long texte." in taken.text

    for changes, said in (
        ({"id": "nouvelle"}, "L'adresse « nouvelle » est celle d'une page de cet espace"),
        ({"question": "怎么注册公司？"}, "La question n'a aucune lettre latine ni chiffre dont tirer une adresse"),
        ({"related": "nope"}, "Aucune fiche ne s'appelle « nope »."),
    ):
        refused = client.post("/revue/fiches/nouvelle", data=new_form(**changes))
        assert refused.status_code == 422
        assert said in unescape(refused.text)

    bad_id = client.post("/revue/fiches/nouvelle", data=new_form(id="é à"))
    assert bad_id.status_code == 422
    assert "ne peut pas être une adresse" in bad_id.text
    assert [draft.entry_id for draft in office.store.drafts()] == ["prise"]
    assert sign_in("ugo").get("/revue/fiches/nouvelle").status_code == 200
    assert sign_in("carla").get("/revue/fiches/nouvelle").status_code == 403


def test_a_question_that_is_the_name_of_a_page_gets_another_address(sign_in: SignIn, office: Office) -> None:
    sign_in("ines").post("/revue/fiches/nouvelle", data=new_form(question="Nouvelle ?"))

    assert [draft.entry_id for draft in office.store.drafts()] == ["nouvelle-2"]
