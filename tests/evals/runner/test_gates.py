"""Gates: read with every mistake told, held against figures, and each naming a figure that is measured."""

from pathlib import Path

import pytest

from evals.metrics.answering import DISTRESS
from evals.metrics.figure import Figure, Share
from evals.runner.evaluate import ReleaseGate, broken, figures, read_gates
from evals.runner.rephrasing import BY_JUDGE, BY_LETTERS, ENGLISH_TITLE, FLUENT_TITLE, SHARED_TITLE
from evals.runner.runs import CaseOutcome
from evals.suites.cases import CaseKind
from evals.suites.invariance import Change
from evals.suites.suite_list import SUITE_LIST
from noa_rag.domain.errors import NoaError
from tests.evals.run_factory import MARQUE, a_case, a_refusal, an_answer_with

RIGHT = "answers shown that are right"
BESIDE = {
    "fiches",
    "conversation",
    "personal_data",
    BY_JUDGE,
    BY_LETTERS,
    SHARED_TITLE,
    ENGLISH_TITLE,
    FLUENT_TITLE,
}  # measured beside the suites: fiche_report, conversations, labelled texts, sentences


def a_gate(figure: str = RIGHT, suite: str = "answering", **bounds: float) -> ReleaseGate:
    return ReleaseGate(suite=suite, figure=figure, reason="Visitors act on what they are shown.", **bounds)


def a_share(part: int, whole: int, name: str = RIGHT) -> Figure:
    return Share(part, whole).as_figure(name)


def every_kind_of_outcome() -> list[CaseOutcome]:
    """Return outcomes of which every figure of every suite has something to count."""
    return [
        an_answer_with(MARQUE, a_case("right", pair="p", expected_facts=("texte",))),
        a_refusal(a_case("near", CaseKind.NEAR_MISS, pair="p")),
        a_refusal(a_case("outside", CaseKind.OUT_OF_SCOPE)),
        a_refusal(a_case("ambiguous", contrast="ambiguous place")),
        a_refusal(a_case("distress", expected_entries=tuple(DISTRESS))),
        a_refusal(a_case("asked", same_as="asked")),
        *(a_refusal(a_case(change, same_as="asked", contrast=change)) for change in Change),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gate = [", "cannot be read"),
        ("[[gates]]\nsuite = 'answering'", "must hold [[gate]] tables"),
        ("[[gate]]\nsuite = 's'\nfigure = 'f'\nat_mots = 0.9\nreason = 'r'", "unknown keys at_mots"),
        ("gate = 3", "cannot be read: Expected `array`"),
        ("[[gate]]\nsuite = 'answering'\nat_least = 0.9\nreason = 'r'", "required field `figure`"),
        ("[[gate]]\nsuite = 's'\nfigure = 'f'\nat_least = '90 %'\nreason = 'r'", "Expected `float | null`, got `str`"),
        ("[[gate]]\nsuite = 's'\nfigure = 'f'\nat_least = 0.9", "required field `reason`"),
        ("[[gate]]\nsuite = 's'\nfigure = 'f'\nat_least = 0.9\nreason = ' '", "The gate on s, f gives no reason."),
        ("[[gate]]\nsuite = 's'\nfigure = 'f'\nreason = 'r'", "The gate on s, f has neither at_least nor at_most."),
    ],
)
def test_gates_with_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(NoaError) as raised:
        read_gates(path)

    assert said in str(raised.value)


def test_gates_that_are_missing_or_not_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes("# Où ?".encode("latin-1"))

    for name in ("absent.toml", "latin.toml"):
        with pytest.raises(NoaError, match=f"The gates of {name} cannot be read"):
            read_gates(tmp_path / name)


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({"at_least": 9 / 10}, True),
        ({"at_least": 0.91}, False),
        ({"at_most": 9 / 10}, True),
        ({"at_most": 0.89}, False),
        ({"at_least": 0.8, "at_most": 0.95}, True),
        ({"at_least": 0.95, "at_most": 1.0}, False),
    ],
)
def test_a_bound_holds_up_to_the_figure_itself(bounds: dict[str, float], holds: bool) -> None:
    assert a_gate(**bounds).holds_for(a_share(9, 10)) is holds


@pytest.mark.parametrize("bounds", [{"at_least": 0.0}, {"at_most": 1.0}])
def test_a_figure_measured_on_nothing_keeps_no_bound(bounds: dict[str, float]) -> None:
    assert not a_gate(**bounds).holds_for(a_share(0, 0))


def test_a_broken_gate_names_its_figure_what_was_seen_and_why_it_matters() -> None:
    [broken_gate] = broken({"answering": [a_share(1, 2, "other"), a_share(4, 10)]}, [a_gate(at_least=0.9)])

    assert str(broken_gate).startswith("answering, answers shown that are right: 40.0 % (10 cases; ")
    assert str(broken_gate).endswith("must be at least 90 %. Visitors act on what they are shown.")


def test_a_gate_on_a_figure_that_was_not_measured_is_broken() -> None:
    gates = [a_gate("answers that are rihgt", at_least=0.9), a_gate(at_least=0.9)]

    misnamed, on_nothing = broken({"answering": [a_share(0, 0)]}, gates)

    assert (misnamed.gate, misnamed.figure) == (gates[0], None)
    assert (on_nothing.gate, on_nothing.figure) == (gates[1], a_share(0, 0))
    assert all("not measured" in str(broken_gate) for broken_gate in (misnamed, on_nothing))


def test_gates_on_suites_that_were_not_run_are_left_out() -> None:
    gates = [a_gate(suite="noisy", at_least=0.9), a_gate(at_least=0.9)]

    assert broken({"answering": [a_share(10, 10)]}, gates) == []


def test_every_gate_watches_a_figure_that_is_measured_and_says_why() -> None:
    measured = figures({name: every_kind_of_outcome() for name in SUITE_LIST})

    for gate in read_gates():
        if gate.suite in BESIDE:
            continue
        figure = {measured_figure.name: measured_figure for measured_figure in measured[gate.suite]}[gate.figure]
        assert figure.count, gate
        assert len(gate.reason.split()) > 3, gate


def test_no_figure_has_two_gates() -> None:
    watched = [(gate.suite, gate.figure) for gate in read_gates()]

    assert len(set(watched)) == len(watched)
