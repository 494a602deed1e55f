"""What is said of figures that have ended, by their kind, and of the year that a question names."""

from dataclasses import replace
from datetime import date

import pytest

from noa_rag.answering.figures_in_time import ended_notice, without_year, year_named, year_note
from noa_rag.answering.steps.weigh import LeaveOutYear
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId, Source
from noa_rag.domain.facts import DatedValue, Fact, FactBook, FactId, FactKind, OutdatedFact
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask, Language
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_match, a_question, a_version

SOURCE, END, PAY = Source("Décret", "https://example.fr/decret"), date(2026, 12, 31), EntryId("paie")
SMIC = Fact(FactId("smic"), "Smic", "€", (DatedValue("1 867,02", SOURCE, date(2026, 1, 1), END),), (PAY,))
CEILING = Fact(
    FactId("plafond"), "Plafond", "€", (DatedValue("83 600", SOURCE, date(2026, 1, 1), date(2028, 12, 31)),), (PAY,)
)
AID = replace(
    SMIC, id=FactId("aide"), label="Aide", periods=(replace(SMIC.newest, value="500"),), kind=FactKind.MEASURE
)
PAY_TEXT = "Le Smic est de 1 867,02 €, le plafond de 83 600 €, l'aide de 500 €."
ANSWERS, OFFERS = Judgement(0.9, answers=True, is_near=True), Judgement(0.4, answers=False, offers=(PAY,))


def ended(kind: FactKind, label: str = "Smic", value: str = "1 867,02") -> OutdatedFact:
    return OutdatedFact(FactId(label), label, value, "€" if kind is FactKind.AMOUNT else "", END, kind)


def test_each_kind_of_fact_that_has_ended_has_words_of_its_own() -> None:
    outdated = [
        ended(FactKind.AMOUNT),
        ended(FactKind.DEADLINE, "Dépôt", "31 décembre 2026"),
        ended(FactKind.MEASURE, "Aide", "la moitié"),
    ]

    assert ended_notice(outdated, Language.FRENCH) == (
        "La mesure prenait fin le 31/12/2026 : Aide (la moitié). Échéance passée : Dépôt (31 décembre 2026)."
        " Valable jusqu'au 31/12/2026, mise à jour en cours : Smic (1 867,02 €)."
    )
    assert ended_notice(outdated[1:2], Language.ENGLISH) == "This deadline has passed: Dépôt (31 décembre 2026)."
    assert ended_notice([], Language.FRENCH) == ""


def test_of_many_figures_four_are_named_and_the_others_counted() -> None:
    notice = ended_notice([ended(FactKind.AMOUNT, f"Taux {number}") for number in range(6)], Language.FRENCH)

    assert "Taux 3" in notice
    assert "Taux 4" not in notice
    assert notice.endswith(", 2 autres chiffres.")


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("smic 2027", 2027),
        ("plafond micro en 2025 ?", 2025),
        ("seuils 2026 et 2027", None),
        ("formulaire 2042", None),
        ("je gagne 2027 €", None),
        ("facture du 03/02/2026", None),
        ("smic", None),
    ],
)
def test_a_year_is_told_from_amounts_forms_and_dates(text: str, year: int | None) -> None:
    assert year_named(text, TODAY) == year


def test_a_question_is_left_without_its_year_and_the_word_that_leads_to_it() -> None:
    assert without_year("smic 2027") == "smic"
    assert without_year("le plafond pour l'année 2027 en micro") == "le plafond en micro"
    assert without_year("minimum wage in 2027 please") == "minimum wage please"


def note(asked: str, *facts: Fact, answer: str = PAY_TEXT) -> str:
    entry = a_version("paie", answer=answer)
    return year_note(asked, entry, FactBook(facts), today=TODAY, language=Language.FRENCH)


def test_the_figure_of_the_year_asked_about_is_given_where_a_fact_holds_then() -> None:
    assert note("plafond 2027", CEILING) == "En 2027 : Plafond (83 600 €)."
    assert note("plafond 2026", CEILING) == ""


def test_a_year_that_is_not_published_is_said_to_be_with_the_latest_figures_known() -> None:
    assert note("smic 2027", SMIC) == "2027 n'est pas encore publié. Derniers chiffres connus : Smic (1 867,02 €)."
    assert note("smic 2027", SMIC, CEILING).startswith("En 2027 : Plafond (83 600 €). 2027 n'est pas encore publié.")
    assert note("congés 2027", answer="Cinq semaines.") == "2027 n'est pas encore publié : voici la réponse de 2026."
    assert note("facture 2027", answer="Obligatoire en 2027.") == ""


def test_a_measure_that_ends_before_the_year_asked_about_is_said_to_end() -> None:
    assert note("aide 2027", AID) == "La mesure prend fin le 31/12/2026 : Aide (500 €)."


def test_a_value_until_further_notice_is_not_promised_for_another_year() -> None:
    lasting = replace(SMIC, periods=(DatedValue("1 867,02", SOURCE, date(2026, 1, 1)),))

    assert note("smic 2027", lasting) == "2027 n'est pas encore publié : voici la réponse de 2026."


def asked_again(text: str, *facts: Fact, found: Judgement = ANSWERS, before: Judgement = OFFERS) -> str:
    """Return what the turn was searched by in the end: with the year, or without it."""
    version = a_version("paie", answer=PAY_TEXT)
    candidates = (Candidate(a_match(version), version),)
    turn = Turn(Ask(text), a_question(text), candidates=candidates, judgement=before)
    entries = EntriesInMemory(version, facts=facts)
    return LeaveOutYear(lambda again: replace(again, judgement=found), entries)(turn).understood.normalised


def test_what_nothing_answers_is_asked_without_its_year_unless_that_finds_no_answer_either() -> None:
    assert asked_again("smic 2027") == "smic"
    assert asked_again("smic 2027", found=OFFERS) == "smic 2027"
    assert asked_again("smic 2027", before=ANSWERS) == "smic 2027"


def test_this_year_is_left_out_only_where_the_figures_of_the_entry_have_ended() -> None:
    past = replace(SMIC, periods=(replace(SMIC.newest, valid_from=None, valid_until=date(2026, 11, 1)),))

    assert asked_again("smic 2026", SMIC) == "smic 2026"
    assert asked_again("smic 2026", past) == "smic"


def test_a_year_gone_by_is_answered_only_by_an_entry_that_has_a_figure_of_it() -> None:
    past = replace(SMIC, periods=(DatedValue("1 801,80", SOURCE, date(2025, 1, 1), date(2025, 12, 31)), SMIC.newest))

    assert asked_again("smic 2025", SMIC) == "smic 2025"
    assert asked_again("smic 2025", past) == "smic"
