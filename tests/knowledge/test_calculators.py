"""Calculators: bundled ones calculate what is worked out by hand here, mistakes in files are named, typing is read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from noa_rag.domain.calculation import Calculation, Input
from noa_rag.domain.entry import EntryId
from noa_rag.domain.facts import Fact, FactId
from noa_rag.domain.question import Language
from noa_rag.knowledge.calculating import calculate, read_typed
from noa_rag.knowledge.calculation_rules import calculation_problems, in_english
from noa_rag.knowledge.pack import Pack
from noa_rag.web.entries.calculators import view_calculator

DAY = date(2026, 12, 3)
AMOUNT = Input("chiffre", "Chiffre d'affaires", "number", unit="€")
LATE = {"montant": "5 000", "echeance": "01/03/2026", "paiement": "2026-03-31", "base": "conditions", "taux": "12"}


def facts_of(pack: Pack) -> dict[FactId, Fact]:
    return {fact.id: fact for fact in pack.facts}


def calculation_of(pack: Pack, name: str) -> Calculation:
    found = dict(pack.entries)[EntryId(name)].calculation
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12 000", "12000"),
        ("12\u202f000,50", "12000.50"),
        ("12000€", "12000"),
        ("12.000 €", "12000"),
        ("12,000", None),
        ("-5", None),
        ("beaucoup", None),
        ("", None),
        ("9" * 41, None),
    ],
)
def test_an_amount_is_read_as_french_people_write_it(typed: str, value: str | None) -> None:
    assert read_typed(AMOUNT, typed) == (Decimal(value) if value else None)


def test_an_english_amount_is_read_on_an_english_page() -> None:
    assert read_typed(AMOUNT, "12,000.50", is_english=True) == Decimal("12000.50")


def test_every_bundled_calculation_has_three_examples_that_hold(bundled_pack: Pack) -> None:
    found = [content.calculation for _, content in bundled_pack.entries if content.calculation]

    assert len(found) == 4
    for calculation in found:
        assert list(calculation_problems(calculation, facts_of(bundled_pack))) == []


def test_late_interest_is_that_of_the_entry_and_shows_its_formula_in_figures(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-penalites-retard")

    view = view_calculator(calculation, LATE, facts_of(bundled_pack), Language.FRENCH, DAY)

    interest, total = view.lines[2], view.lines[-1]
    assert interest.value.replace("\xa0", " ") == "49,32 €"  # 5 000 × 0,12 × 30 / 365
    assert "÷ 365" in interest.in_figures
    assert total.value.replace("\xa0", " ") == "89,32 €"


def test_a_figure_that_has_ended_stops_the_calculation(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-cotisations-micro-entrepreneur")
    typed = {"chiffre": "12 000", "activite": "ventes"}

    view = view_calculator(calculation, typed, facts_of(bundled_pack), Language.FRENCH, date(2027, 1, 1))

    assert not view.lines
    assert "n'est plus à jour" in view.lacking


def test_a_formula_that_fails_on_what_was_typed_is_said_to_be_unavailable(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-seuils-tva")
    per_month = replace(calculation.results[0], formula="chiffre / avant")
    typed = {"activite": "services", "avant": "0", "chiffre": "40 000", "mois": "12"}

    view = view_calculator(
        replace(calculation, results=(per_month,), outcomes=()), typed, facts_of(bundled_pack), Language.FRENCH, DAY
    )

    assert (view.lines, view.lacking) == ((), "Ce calcul n'est pas disponible pour le moment.")


def test_what_cannot_be_read_is_said_at_its_field(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-cotisations-micro-entrepreneur")

    view = view_calculator(calculation, {"chiffre": "x"}, facts_of(bundled_pack), Language.FRENCH, DAY)

    assert [problem.problem for problem in view.problems] == [
        "Écrivez un montant en euros, par exemple 12 000.",
        "Choisissez une réponse.",
    ]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("chiffre * 0.21", "figures come from facts"),
        ("chiffre * ailleurs", "names nothing that is known: `ailleurs`"),
        ("chiffre ** 12", "sums, comparisons"),
        ("chiffre.real", "sums, comparisons"),
        ("chiffre +", "cannot be read"),
        ("chiffre", "example 1 (cotisations) : 212 ≠ 1000"),
    ],
)
def test_the_check_names_what_is_wrong_with_a_formula(bundled_pack: Pack, formula: str, said: str) -> None:
    good = calculation_of(bundled_pack, "calculer-cotisations-micro-entrepreneur")
    wrong = replace(good, results=(*good.results[:-1], replace(good.results[-1], formula=formula)))

    assert any(said in in_english(problem) for problem in calculation_problems(wrong, facts_of(bundled_pack)))


def test_the_check_names_an_unknown_fact_and_too_few_examples(bundled_pack: Pack) -> None:
    good = calculation_of(bundled_pack, "calculer-cotisations-micro-entrepreneur")
    known = {name: fact for name, fact in facts_of(bundled_pack).items() if name != "micro_cotisations_cipav"}

    unknown = list(map(in_english, calculation_problems(good, known)))
    too_few = list(map(in_english, calculation_problems(replace(good, examples=()), facts_of(bundled_pack))))

    assert unknown == ["`figures` names a fact that does not exist: `micro_cotisations_cipav`"]
    assert too_few == ["`examples` has 0; a calculation has at least 3"]


def test_above_the_upper_threshold_vat_is_charged_at_once(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-seuils-tva")
    given = {"activite": "ventes", "avant": Decimal(0), "chiffre": Decimal(95_000), "mois": Decimal(12)}

    done = calculate(calculation, given, facts_of(bundled_pack), DAY)

    assert "dès la date du dépassement" in done.outcome[0]


@pytest.mark.parametrize("language", list(Language))
def test_every_bundled_example_is_shown_line_by_line_as_a_page_shows_it(bundled_pack: Pack, language: Language) -> None:
    for entry_id, content in bundled_pack.entries:
        for example in content.calculation.examples if content.calculation else ():
            typed = {
                key: value.replace(",", ".") if language is Language.ENGLISH else value for key, value in example.given
            }

            view = view_calculator(content.calculation, typed, facts_of(bundled_pack), language, example.on)

            assert [line.in_figures for line in view.lines].count("") == 0
            assert len(view.lines) == len(content.calculation.results), entry_id


def test_a_threshold_that_is_exceeded_leaves_nothing(bundled_pack: Pack) -> None:
    calculation = calculation_of(bundled_pack, "calculer-seuils-tva")
    typed = {"activite": "services", "avant": "0", "chiffre": "40 000", "mois": "12"}

    view = view_calculator(calculation, typed, facts_of(bundled_pack), Language.FRENCH, DAY)

    shown = [(line.in_figures, line.value) for line in view.lines]
    assert [[text.replace("\u202f", " ").replace("\xa0", " ") for text in line] for line in shown] == [
        ["40 000 € × 12 ÷ 12 mois", "40 000 €"],
        ["41 250 € − 40 000 €", "1 250 €"],
        ["0", "0 €"],
    ]
