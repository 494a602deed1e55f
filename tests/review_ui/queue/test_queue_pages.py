"""The queue: what waits, its filters, what was decided lately, and the preparation of drafts."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Duplicate
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, a_kept_group
from tests.review_ui.review_people import SignIn

COTISATIONS = replace(
    CONTENT, agency_id=AgencyId("urssaf"), question="Quelles cotisations payer ?", theme="cotisations"
)


def titles(page: str) -> list[str]:
    """Return the questions listed, in order, without those decided lately."""
    listed = page.partition('id="recent-title"')[0]
    return [unescape(title) for title in re.findall(r'class="row-title"><a [^>]*>([^<]*)</a>', listed)]


def test_a_referent_first_sees_her_own_agencies_and_the_most_asked_first(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["renouveler ma marque"] * 3)
    a_kept_draft(office, entry_id="peu", content=replace(CONTENT, question="Peu demandée ?"))
    a_kept_draft(office, group_id=group.id, is_thin=True, duplicates=(Duplicate("entry", "x", "X ?", 0.9),))
    a_kept_draft(office, entry_id="cotisations", content=COTISATIONS)

    client = sign_in("ines")
    page = client.get("/revue").text

    assert titles(page) == ["Comment renouveler une marque ?", "Peu demandée ?"]
    assert "demandée 3 fois" in page
    assert "en hausse : 3 cette semaine, 0 la précédente" in page
    assert "preuves minces" in page
    assert "1 doublon possible" in page
    assert '<option value="mine" selected>' in page
    assert titles(client.get("/revue?agency=all").text)[0] == "Comment renouveler une marque ?"
    assert "Quelles cotisations payer ?" in titles(sign_in("carla").get("/revue").text)


def test_filters_and_search_narrow_the_list(sign_in: SignIn, office: Office) -> None:
    old = a_kept_group(office, ["prolonger le dépôt"], days_ago=45)
    a_kept_draft(office, group_id=old.id)
    a_kept_draft(office, entry_id="cotisations", content=COTISATIONS)
    a_kept_group(office, ["question sans brouillon"])
    client = sign_in("carla")

    def found(query: str) -> list[str]:
        return titles(client.get(f"/revue?{query}").text)

    assert len(found("")) == 3
    assert found("agency=urssaf") == ["Quelles cotisations payer ?"]
    assert found("theme=cotisations") == ["Quelles cotisations payer ?"]
    assert found("etat=undrafted") == ["question sans brouillon"]
    assert found("age=older") == ["Comment renouveler une marque ?"]
    assert found("age=week&etat=undrafted") == ["question sans brouillon"]
    assert found("q=DEPOT") == ["Comment renouveler une marque ?"]
    assert found("q=tarte") == []
    assert len(found("etat=nimporte&age=quoi&page=-3")) == 3


def test_an_empty_list_says_what_to_do(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")

    assert "Rien n'attend pour vos agences" in client.get("/revue").text
    assert "une fois les brouillons préparés" in client.get("/revue?agency=all").text
    assert "Effacer les filtres" in client.get("/revue?q=tarte").text


def test_htmx_gets_the_rows_alone(sign_in: SignIn, office: Office) -> None:
    a_kept_draft(office)

    rows = sign_in("ines").get("/revue?q=marque", headers={"hx-request": "true"}).text

    assert "<!doctype" not in rows
    assert titles(rows) == ["Comment renouveler une marque ?"]


def test_a_long_list_has_pages_that_keep_the_filters(sign_in: SignIn, office: Office) -> None:
    for number in range(21):
        a_kept_draft(office, entry_id=f"n{number}", content=replace(CONTENT, question=f"Question {number:02} ?"))
    client = sign_in("ines")

    first = client.get("/revue?q=question").text
    second = client.get("/revue?q=question&page=2").text

    assert (len(titles(first)), len(titles(second))) == (20, 1)
    assert 'href="/revue?agency=mine&amp;etat=pending&amp;q=question&amp;page=2"' in first


def test_a_verdict_of_the_last_minute_is_undone_from_the_list_by_whoever_gave_it(
    sign_in: SignIn, office: Office
) -> None:
    draft = a_kept_draft(office)
    office.desk.decline(PersonId("ines"), draft.id, 1, "Hors sujet")

    assert "Annuler la décision" not in sign_in("ugo").get("/revue").text
    client = sign_in("ines")
    page = client.get("/revue").text

    assert "Annuler la décision" in page
    assert "par Inès Martin" in page
    client.post(f"/revue/brouillons/{draft.id}/annuler", data={"revision": "2"})
    assert titles(client.get("/revue").text) == ["Comment renouveler une marque ?"]


def test_a_group_without_a_draft_leads_to_an_editor_with_its_questions(sign_in: SignIn, office: Office) -> None:
    group = a_kept_group(office, ["question sans brouillon", "sans brouillon, quelle question"])
    client = sign_in("ines")

    page = client.get(f"/revue/groupes/{group.id}").text
    editor = client.get(f"/revue/fiches/nouvelle?groupe={group.id}").text

    assert "sans brouillon, quelle question" in page
    assert f"/revue/fiches/nouvelle?groupe={group.id}" in page
    assert "question sans brouillon</textarea>" in editor
    assert "sans brouillon, quelle question</textarea>" in editor
    draft = a_kept_draft(office, group_id=group.id)
    assert client.get(f"/revue/groupes/{group.id}").headers["location"] == f"/revue/brouillons/{draft.id}"


def test_a_group_whose_questions_are_purged_is_told_as_missing(sign_in: SignIn, office: Office) -> None:
    office.store.add_group(QuestionGroup(GroupId("gone"), "Question purgée ?", datetime.now(UTC)))

    assert sign_in("ines").get("/revue/groupes/gone").status_code == 404


def test_drafts_are_prepared_at_the_press_of_a_button(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    assert client.get("/revue/preparation").text.count("Aucune préparation n'est en cours.") == 1

    answer = client.post("/revue/preparation")
    assert (answer.status_code, answer.headers["location"]) == (303, "/revue/preparation")
    deadline = time.monotonic() + 60
    while "Préparation terminée" not in (page := client.get("/revue/preparation").text):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)

    assert "0 brouillons préparés" in page
    assert sign_in("quentin").post("/revue/preparation").status_code == 403
    assert "Préparer les brouillons" not in client.get("/revue").text


def test_while_drafts_are_prepared_the_page_says_how_far_it_is(sign_in: SignIn, office: Office) -> None:
    is_over = []

    def work(progress: Callable[[str, int, int], None]) -> dict[str, int]:
        progress("preparing drafts", 3, 12)
        while not is_over:
            time.sleep(0.02)
        return {"made": 1, "updated": 0, "groups": 1, "noise": 0}

    office.jobs.start("drafts", work)
    client = sign_in("ines")
    try:
        page = client.get("/revue/preparation").text
        part = client.get("/revue/preparation", headers={"hx-request": "true"}).text
    finally:
        is_over.append(True)

    assert '<meta http-equiv="refresh" content="5">' in page
    assert "Brouillons : 3 sur 12" in page
    assert 'value="3" max="12"' in part
    assert "<!doctype" not in part
