"""A calculator changed by its referent: lines in the editor, worked examples, mistakes in place, the public page."""

from html import unescape

from noa_rag.domain.draft import DraftState
from noa_rag.domain.entry import EntryId
from noa_rag.service.office import Office
from review_ui.entries.calculation_lines import calculation_texts
from tests.factories import VAT_FACT, a_calculation, an_entry_content
from tests.review_ui.desk_helpers import a_kept_draft, form_of, page_of
from tests.review_ui.review_people import SignIn

QUESTION = "Combien de TVA sur un prix ?"
ENTRY = EntryId("calculer-tva")


def test_a_referent_makes_a_calculator_and_corrects_what_its_examples_find(sign_in: SignIn, office: Office) -> None:
    office.noa.records.change_facts([VAT_FACT], actor="tests", at=office.now())
    draft = a_kept_draft(office, entry_id=ENTRY, content=an_entry_content(question=QUESTION))
    client, texts = sign_in("ines"), calculation_texts(a_calculation())
    wrong = texts | {"results": "taxe | Taxe | Tax | prix + prix * taux"}

    refused = client.post(page_of(draft) + "/approuver", data=form_of(draft, **wrong))
    page = unescape(refused.text)

    assert refused.status_code == 422
    assert 'href="#field-examples"' in page
    assert "Exemple 1 (taxe) : 20 ≠ 120,00 : à gauche ce que vous attendez" in page
    assert wrong["results"] in page
    assert office.store.draft(draft.id).state is DraftState.OPEN

    approved = client.post(page_of(draft) + "/approuver", data=form_of(draft, **texts))

    assert approved.status_code == 303
    assert office.current(ENTRY).content.calculation == a_calculation()
    result = unescape(client.get(f"/entrees/{ENTRY}?prix=50").text)
    assert "10\xa0€" in result
    shown = unescape(client.get(page_of(draft)).text)
    assert "Prix hors taxe" in shown


def test_the_editor_names_the_figures_of_the_base_and_shows_the_lines(sign_in: SignIn, office: Office) -> None:
    office.noa.records.change_facts([VAT_FACT], actor="tests", at=office.now())
    draft = a_kept_draft(office, entry_id=ENTRY, content=an_entry_content(calculation=a_calculation()))

    page = unescape(sign_in("ines").get(page_of(draft)).text)

    assert "prix | Prix hors taxe | Price | nombre | €" in page
    assert "01/12/2026 | prix = 1,50 | taxe = 0,30" in page
    assert "<code>taux</code> : Taux (20 %)" in page
