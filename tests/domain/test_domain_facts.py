"""Facts in texts: found whatever the spaces, restated with theirs, and told when they have ended."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.domain.entry import EntryId, JourneyStep, Section, Source
from noa_rag.domain.facts import (
    DatedValue,
    Fact,
    FactBook,
    FactId,
    OutdatedFact,
    restated,
    states,
    whole_text,
    with_value,
)
from tests.factories import an_entry_content

SOURCE = Source("Décret", "https://www.legifrance.gouv.fr/jorf/id/1")
END = date(2026, 12, 31)
SMIC = Fact(
    FactId("smic"),
    "Smic mensuel brut",
    "€",
    (DatedValue("1 867,02", SOURCE, date(2026, 6, 1), END),),
    (EntryId("paie"),),
)
NEXT = DatedValue("1 890,00", SOURCE, date(2027, 1, 1))


@pytest.mark.parametrize(
    "text",
    ["1 867,02 €", "**1\u202f867,02\u00a0€** brut", "1867,02 euros", "1 867,02** €", "soit 1\u00a0867,02 EUROS."],
)
def test_a_value_is_found_whatever_its_spaces_and_emphasis(text: str) -> None:
    assert states(text, "1 867,02", "€")


@pytest.mark.parametrize("text", ["11 867,02 €", "1 867,025 €", "1 867,02 %", "2,1 867,02 €", "1 867,02 eurosport"])
def test_another_figure_is_not_taken_for_it(text: str) -> None:
    assert not states(text, "1 867,02", "€")


def test_other_units_and_values_in_words_are_found() -> None:
    assert states("dans les 30 jours", "30", "jours")
    assert not states("dans les 30 journaux", "30", "jour")
    assert states("Trois mois de préavis", "trois", "mois")
    assert states("le taux est de 25 pour cent", "25", "%")
    assert not states("1 025 %", "25", "%")
    assert states("article 12", "12", "")
    assert not states("12,5", "12", "")


def test_a_new_value_is_written_with_the_spaces_that_stood_there() -> None:
    text = "Le Smic est de **1\u202f867,02\u00a0€** ; 11 867,02 € n'est pas le Smic."

    assert restated(text, "1 867,02", "1 890,00", "€") == (
        "Le Smic est de **1\u202f890,00\u00a0€** ; 11 867,02 € n'est pas le Smic."
    )


def test_the_steps_and_sections_of_an_entry_count_as_its_text() -> None:
    content = an_entry_content(
        answer="A.", steps=(JourneyStep("Payez 10 €."),), sections=(Section("s", "Frais", "Ou 20 €."),)
    )

    assert states(whole_text(content), "10", "€")
    assert states(whole_text(content), "20", "€")


def test_an_entry_is_outdated_from_the_day_after_the_value_that_it_states_has_ended() -> None:
    book, content = FactBook([SMIC]), an_entry_content(answer="Le Smic est de 1 867,02 €.")

    assert book.outdated(EntryId("paie"), content, END) == ()
    assert book.outdated(EntryId("paie"), content, date(2027, 1, 1)) == (
        OutdatedFact(SMIC.id, "Smic mensuel brut", "1 867,02", "€", END),
    )
    assert book.outdated(EntryId("autre"), content, date(2027, 1, 1)) == ()


def test_an_entry_brought_up_to_date_is_current_again() -> None:
    book = FactBook([with_value(SMIC, NEXT)])
    old, new = (an_entry_content(answer=f"Le Smic est de {value} €.") for value in ("1 867,02", "1 890,00"))

    assert len(book.outdated(EntryId("paie"), old, date(2027, 1, 2))) == 1
    assert book.outdated(EntryId("paie"), new, date(2027, 1, 2)) == ()


def test_a_new_value_ends_the_one_before() -> None:
    open_ended = replace(SMIC, periods=(replace(SMIC.newest, valid_until=None),))

    for fact in (SMIC, open_ended):
        assert with_value(fact, NEXT).periods == (SMIC.newest, NEXT)
    corrected = replace(NEXT, value="1 891,00")
    assert with_value(with_value(SMIC, NEXT), corrected).periods == (SMIC.newest, corrected)
