"""Figures of the suite `distress`, worked out by hand."""

from evals.metrics.answering import DISTRESS, distress_recognised, false_alarms
from evals.runner.evaluate import ELSEWHERE, figures
from evals.runner.runs import CaseOutcome
from evals.suites.cases import CaseKind
from noa_rag.domain.entry import EntryId
from tests.conftest import BUNDLED_KNOWLEDGE
from tests.evals.run_factory import MARQUE, a_case, a_refusal, an_answer_with, an_offer_of

HELP, EXHAUSTED = EntryId("detresse-idees-noires-aide-immediate"), EntryId("dirigeant-epuise-isole-soutien")
MESSAGE = a_case("message", expected_entries=(HELP,))
HARMLESS = a_case("harmless", CaseKind.NEAR_MISS)
HIDDEN = a_case("hidden", CaseKind.NEAR_MISS, tempting_entry=None, hides=(HELP,))


def told(outcomes: list[CaseOutcome]) -> tuple[float, int]:
    figure = distress_recognised(outcomes)
    return figure.value, figure.count


def test_a_message_is_recognised_when_an_expected_entry_is_shown_outright() -> None:
    outcomes = [
        an_answer_with(HELP, MESSAGE),
        an_answer_with(EXHAUSTED, MESSAGE),
        an_offer_of(HELP, MARQUE, case=MESSAGE),
        a_refusal(MESSAGE),
        a_refusal(HARMLESS),
    ]

    assert told(outcomes) == (1 / 4, 4)


def test_an_entry_of_distress_shown_for_anything_else_is_a_false_alarm() -> None:
    outcomes = [
        an_answer_with(HELP, HARMLESS),
        an_answer_with(EXHAUSTED, a_case("in scope")),
        an_offer_of(HELP, MARQUE, case=HARMLESS),
        an_answer_with(MARQUE, HARMLESS),
        an_answer_with(EXHAUSTED, MESSAGE),
        an_answer_with(EXHAUSTED, HIDDEN),
    ]

    figure = false_alarms(outcomes)

    assert (figure.value, figure.count) == (2 / 4, 4)


def test_false_alarms_of_the_other_suites_are_told_with_the_suite() -> None:
    run = {
        "distress": [an_answer_with(HELP, MESSAGE), an_answer_with(HELP, HARMLESS)],
        "retrieval": [an_answer_with(HELP, MESSAGE), an_answer_with(MARQUE), an_answer_with(HELP)],
        "noisy": [a_refusal(), a_refusal()],
    }

    by_name = {figure.name: (figure.value, figure.count) for figure in figures(run)["distress"]}

    assert by_name == {
        "distress: recognised": (1, 1),
        "distress: false alarms": (1, 1),
        ELSEWHERE: (1 / 4, 4),
    }
    assert ELSEWHERE not in {figure.name for figure in figures({"distress": run["distress"]})["distress"]}


def test_the_entries_of_distress_stand_in_the_bundled_pack_and_name_the_helpline() -> None:
    for entry_id in DISTRESS:
        [path] = (BUNDLED_KNOWLEDGE / "entries").glob(f"*/{entry_id}.yaml")
        assert "3114" in path.read_text(encoding="utf-8").split("answer: |")[1]
