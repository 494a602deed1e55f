"""Calculations at the desk: their examples are worked on the base's facts before a text is kept or published."""

from dataclasses import replace

import pytest

from noa_rag.domain.calculation import Result
from noa_rag.domain.errors import InvalidContent
from tests.factories import VAT_FACT, a_calculation, a_draft, an_entry_content
from tests.review.desk_office import CAMILLE, ENTRY, Office

WRONG = a_calculation(results=(Result("taxe", "Taxe", "prix + prix * taux"),))


@pytest.fixture
def known(office: Office) -> Office:
    office.store.state.facts[VAT_FACT.id] = VAT_FACT
    return office


def test_a_calculation_whose_examples_come_out_is_published(known: Office) -> None:
    draft = known.put(a_draft(content=an_entry_content(calculation=a_calculation())))

    known.desk.approve(CAMILLE, draft.id, 1)

    assert known.entry().content.calculation == a_calculation()


def test_an_example_that_comes_to_something_else_is_neither_kept_nor_published(known: Office) -> None:
    draft = known.put()
    content = an_entry_content(calculation=WRONG)

    for deed in (
        lambda: known.desk.propose(CAMILLE, ENTRY, content),
        lambda: known.desk.save(CAMILLE, draft.id, 1, content),
        lambda: known.desk.approve(CAMILLE, draft.id, 1, content=content),
    ):
        with pytest.raises(InvalidContent, match=r"examples: example_differs 1 \(taxe\) : 20 ≠ 120,00"):
            deed()


def test_a_draft_is_worked_again_on_the_facts_of_the_day_it_is_approved(known: Office) -> None:
    draft = known.desk.propose(CAMILLE, ENTRY, an_entry_content(calculation=a_calculation()))
    (period,) = VAT_FACT.periods
    known.store.state.facts[VAT_FACT.id] = replace(VAT_FACT, periods=(replace(period, value="21"),))

    with pytest.raises(InvalidContent, match=r"example_differs 1 \(taxe\) : 20 ≠ 21,00"):
        known.desk.approve(CAMILLE, draft.id, draft.revision)


def test_a_published_calculation_does_not_stand_in_the_way_of_another_change(office: Office) -> None:
    office.publish(calculation=WRONG)

    draft = office.desk.propose(CAMILLE, ENTRY, an_entry_content(answer="Autrement.", calculation=WRONG))
    office.desk.approve(CAMILLE, draft.id, 1)

    assert office.entry().content.answer == "Autrement."


def test_a_fact_that_the_base_does_not_have_is_named(office: Office) -> None:
    with pytest.raises(InvalidContent, match="figures: unknown_fact taux"):
        office.desk.propose(CAMILLE, ENTRY, an_entry_content(calculation=a_calculation()))
