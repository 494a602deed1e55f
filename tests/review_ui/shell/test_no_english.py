"""All that pages take from elsewhere and show has words in French."""

import ast
from pathlib import Path

import pytest

import evals.runner.quick_gate
from evals.metrics.answering import invariance_figures
from evals.runner.evaluate import ELSEWHERE, figures, read_gates
from evals.runner.runs import Judged
from evals.suites.suite_list import EVERY_SUITE
from noa_rag.answering.conversation.ranking import LEARNED
from noa_rag.domain.errors import Worded
from noa_rag.domain.ports import Doing
from noa_rag.domain.rephrasing import GenerationFault
from noa_rag.rephrasing.finding import Check
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.storage import audit
from review_ui.shell.lookups import WORDS, finding_in_words, said
from tests.french_pages import english_in

BY_HAND = {"the visitor's own choice", "holds two needs", "asks for a whole field"}


def templates_in(path: Path) -> set[str]:
    """Return the sentences with places in braces that a module writes."""
    strings = (node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant))
    return {string for string in strings if isinstance(string, str) and "{" in string}


CHECKS_IN_ENGLISH = (audit, evals.runner.quick_gate)
FINDINGS = sorted({template for module in CHECKS_IN_ENGLISH for template in templates_in(Path(module.__file__ or ""))})


@pytest.mark.parametrize("template", FINDINGS)
def test_a_finding_is_told_in_french_with_all_that_stands_in_it(template: str) -> None:
    names = ("question", "entry", "owner", "before", "after", "hash", "number", "earlier", "version", "what", "served")
    finding = Worded(template, **{name: f"<{name}>" for name in (*names, "newest", "error")})

    words = finding_in_words(finding)

    assert template in WORDS["evaluations"]
    assert sorted(words.split("<")[1:]) != []
    assert {text.partition(">")[0] for text in words.split("<")[1:]} == {
        text.partition(">")[0] for text in finding.split("<")[1:]
    }
    assert english_in(words) == []


def test_whatever_a_job_does_has_its_words() -> None:
    assert WORDS["doing"].keys() == set(Doing)


def test_every_figure_that_a_decision_rests_on_has_its_words() -> None:
    calibration = read_calibration()
    weighed = {name for model in (calibration.answers, calibration.verified) for name in model.weights}
    shown = {*weighed, *LEARNED.candidate, *BY_HAND}

    assert shown - WORDS["features"].keys() == set()


def test_every_check_of_the_gate_on_rephrasings_and_every_fault_has_its_words() -> None:
    assert set(Check) - WORDS["checks"].keys() == set()
    assert set(GenerationFault) - WORDS["rephrasing_reasons"].keys() == set()


def test_suites_gates_figures_and_outcomes_have_their_words() -> None:
    assert WORDS["suites"].keys() == EVERY_SUITE.keys()
    shown = [
        *(suite.about for suite in EVERY_SUITE.values()),
        *(part for gate in read_gates() for part in (gate.figure, gate.reason)),
        *Judged,
        *(figure.name for figure in invariance_figures([])),
        *(figure.name for figure in figures({"distress": []})["distress"]),
        ELSEWHERE,
    ]

    assert {words for words in shown if words} - WORDS["evaluations"].keys() == set()
    assert said("near_miss") == "question voisine"


def test_english_on_a_page_is_found() -> None:
    page = (
        '<p>Bonjour</p><p lang="en">with all of the best</p><p>wants figure<br>5</p><img alt="the logo">'
        '<span class="quoted">of the</span>'
    )

    assert english_in(page) == ["wants figure", "the logo"]
