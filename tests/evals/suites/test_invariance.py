"""The same question in other forms and with slips, worked out by hand; and the suite that is made of them."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from evals.suites.cases import SUITES, Case, read_suite
from evals.suites.invariance import DEPARTEMENTS, FORMS, TOWNS, Change, changed
from evals.suites.splits import sample
from evals.suites.suite_list import SAMPLED, invariance
from noa_rag.knowledge.pack import CALCULATORS
from tests.conftest import BUNDLED_KNOWLEDGE
from tests.evals.run_factory import a_case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    known = {
        path.stem: 1 for folder in ("entries", CALCULATORS) for path in (BUNDLED_KNOWLEDGE / folder).rglob("*.yaml")
    }
    base = SimpleNamespace(
        index=SimpleNamespace(snapshot=SimpleNamespace(versions=known)), is_demonstration=lambda: True
    )
    return invariance(cast(Any, base))


def test_a_noun_phrase_takes_every_form() -> None:
    forms = changed("la prime de précarité")

    assert {change: forms[change] for change in FORMS if change in forms} == {
        Change.CAPITALS: "LA PRIME DE PRÉCARITÉ",
        Change.FIRST_CAPITAL: "La prime de précarité",
        Change.NO_ACCENTS: "la prime de precarite",
        Change.QUESTION_MARK: "la prime de précarité ?",
        Change.FULL_STOP: "la prime de précarité.",
        Change.EXCLAMATION_MARKS: "la prime de précarité !!",
        Change.HELLO_THANKS: "bonjour, la prime de précarité merci",
        Change.HELLO_MADAM: "bonjour madame, la prime de précarité svp",
        Change.PLEASE: "la prime de précarité s'il vous plaît",
        Change.WOULD_LIKE_TO_KNOW: "je voudrais savoir pour la prime de précarité",
        Change.HOW_TO: "comment faire pour la prime de précarité",
    }


def test_a_whole_question_loses_its_mark_and_its_capital_inside_another_sentence() -> None:
    forms = changed("Combien coûte un Kbis ?")

    assert forms[Change.QUESTION_MARK] == "Combien coûte un Kbis"
    assert forms[Change.LOWER_CASE] == "combien coûte un kbis ?"
    assert forms[Change.HELLO_THANKS] == "bonjour, combien coûte un Kbis merci"
    assert forms[Change.WOULD_LIKE_TO_KNOW] == "je voudrais savoir combien coûte un Kbis"
    assert Change.HOW_TO not in forms


def test_a_place_is_named_where_the_question_names_none() -> None:
    forms = changed("Combien coûte un Kbis ?")

    assert forms[Change.TOWN] in {f"Combien coûte un Kbis {town}" for town in TOWNS}
    assert forms[Change.DEPARTEMENT] in {f"Combien coûte un Kbis {departement}" for departement in DEPARTEMENTS}
    assert not {Change.TOWN, Change.DEPARTEMENT} & changed("Combien coûte un Kbis à Lyon ?").keys()


@pytest.mark.parametrize(
    ("question", "how_to"),
    [
        ("créer une entreprise", "comment faire pour créer une entreprise"),
        ("dossier de prêt", None),  # ends like an infinitive, and is none
        ("mon client ne paie pas", None),
        ("la banque peut refuser", None),
        ("comment fermer ma SASU", None),
    ],
)
def test_how_to_stands_before_infinitives_and_noun_phrases_alone(question: str, how_to: str | None) -> None:
    assert changed(question).get(Change.HOW_TO) == how_to


@pytest.mark.parametrize("question", ["Quand puis-je déduire la TVA ?", "comment je fais ? j'ai tout perdu", "kbis"])
def test_what_makes_no_indirect_question_is_not_made_one(question: str) -> None:
    assert Change.WOULD_LIKE_TO_KNOW not in changed(question)


@pytest.mark.parametrize("question", ["congés payés", "Comment déclarer la TVA ?", "facture impayée client étranger"])
def test_a_slip_is_in_one_word_and_not_in_its_first_letter(question: str) -> None:
    forms = changed(question)

    for slip in (Change.DOUBLED, Change.DROPPED, Change.SWAPPED):
        [(before, after)] = [
            (word, other) for word, other in zip(question.split(), forms[slip].split(), strict=True) if word != other
        ]
        assert before[0] == after[0]
        assert len(after) - len(before) == {Change.DOUBLED: 1, Change.DROPPED: -1, Change.SWAPPED: 0}[slip]
        if slip is Change.SWAPPED:
            assert sorted(before) == sorted(after)
        if slip is Change.DROPPED:
            assert len(before) >= 6


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("facture impayé", {"factures impayé", "facture impayés"}),
        ("comment déposer une marque", {"comment déposer une marques"}),
        ("quels sont les délais pour payer", {"quels sont les délai pour payer"}),
        ("frais de repas", {None}),
        ("embaucher", {None}),
        ("licence pour un bureau", {None}),  # plurals in x are not written so
    ],
)
def test_one_noun_changes_its_number(question: str, other: set[str | None]) -> None:
    assert changed(question).get(Change.NUMBER) in other


def test_a_sample_has_of_every_kind_and_register_its_share_and_hardly_moves() -> None:
    cases = [a_case(f"k{number}", register="keyword") for number in range(80)]
    cases += [a_case(f"f{number}", register="formal") for number in range(20)]

    chosen = sample(cases, 10)

    assert sorted(case.register for case in chosen) == ["formal"] * 2 + ["keyword"] * 8
    assert sample(list(reversed(cases)), 10) == chosen
    assert len({case.id for case in sample(cases[1:], 10)} ^ {case.id for case in chosen}) <= 2


def test_every_question_of_the_suite_stands_before_its_forms_and_has_a_dozen_of_them(cases: list[Case]) -> None:
    originals = [case for case in cases if case.same_as == case.id]
    own = read_suite(SUITES / "invariance.jsonl")

    assert len(own) >= 60
    assert 190 <= len(originals) <= 220
    assert len(originals) - len(own) == pytest.approx(sum(SAMPLED.values()), abs=6)
    assert 13 <= (len(cases) - len(originals)) / len(originals) <= 16
    assert {case.language for case in cases} == {"fr"}
    assert len({case.id for case in cases}) == len(cases)
    of = {case.id: case for case in originals}
    assert "inv-001-hello-thanks" in {case.id for case in cases}
    for case in cases:
        assert of[case.same_as].expected_entries == case.expected_entries
        assert (case.contrast in set(Change)) is (case.same_as != case.id)
