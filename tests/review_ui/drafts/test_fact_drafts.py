"""Drafts that a figure's change prepared: owners see why in the queue and on the draft, and read the new text."""

from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, JourneyStep, Source
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.review.rereading import set_value
from noa_rag.service.office import Office
from tests.factories import a_new_version, an_entry_content
from tests.review_ui.desk_helpers import a_kept_draft, form_of, page_of
from tests.review_ui.review_people import SignIn

COST = EntryId("cout-marque")
SOURCE = Source("Arrêté de 2026", "https://www.legifrance.gouv.fr/jorf/id/2")
WHY = (
    "Coût du dépôt : 190 € devient 195 € à partir du 01/01/2027 (source : Arrêté de 2026,"
    " https://www.legifrance.gouv.fr/jorf/id/2). Relisez aussi les dates du texte."
)


@pytest.fixture
def draft(office: Office) -> Draft:
    """What a new cost prepares for the entry that states the old one."""
    fact = Fact(FactId("cout"), "Coût du dépôt", "€", (DatedValue("190", SOURCE, None, date(2026, 12, 31)),), (COST,))
    records = office.noa.records
    records.entries.add_versions([a_new_version(COST, question="Combien coûte une marque ?", answer="190\u00a0€.")])
    records.change_facts([fact], actor="tests", at=datetime(2026, 11, 27, tzinfo=UTC))
    (made,) = set_value(records, fact.id, "195", valid_from=date(2027, 1, 1), actor="tests").made
    return made


def test_the_queue_says_why_a_figure_asks_for_a_new_text(sign_in: SignIn, draft: Draft) -> None:
    page = unescape(sign_in("ines").get("/revue").text)

    assert "Combien coûte une marque ?" in page
    assert WHY in page


def test_the_draft_shows_both_texts_and_is_approved_like_any_other(
    sign_in: SignIn, office: Office, draft: Draft
) -> None:
    page = unescape(sign_in("ines").get(f"/revue/brouillons/{draft.id}").text)

    assert "Pourquoi relire cette fiche : un chiffre change" in page
    assert WHY in page
    assert "Le texte en vigueur, avec la nouvelle valeur." in page
    assert "<del>190</del>" in page
    assert "<ins>195</ins>" in page

    ines = next(person for person in office.people.everyone() if person.id == "ines")
    office.approve(ines.id, draft.id, draft.revision)
    assert office.current(COST).content.answer == "195\u00a0€."


def test_steps_are_edited_a_line_each_and_previewed_with_their_links(sign_in: SignIn, office: Office) -> None:
    steps = (JourneyStep("Déposez.", EntryId("deposer-une-marque")), JourneyStep("Attendez.", EntryId("inconnue")))
    made = a_kept_draft(office, content=replace(an_entry_content(question="Comment protéger ?"), steps=steps))
    client = sign_in("ines")
    lines = "Déposez. | deposer-une-marque\r\nAttendez. | inconnue"

    page = client.get(page_of(made)).text
    preview = client.post(page_of(made) + "/apercu", data=form_of(made, steps=lines)).text

    assert "Déposez. | deposer-une-marque\nAttendez. | inconnue</textarea>" in page
    assert '<ol class="steps">' in preview
    assert 'href="/entrees/deposer-une-marque"' in preview
    assert 'href="/entrees/inconnue"' not in preview
