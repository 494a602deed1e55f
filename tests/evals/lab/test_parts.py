"""What each part of the answer path adds: the path without it, and the outcomes in shares."""

from pathlib import Path

from evals.lab.parts import PARTS, counted, unread, without
from noa_rag.answering.steps.divide import Divide
from noa_rag.answering.steps.gather import Gather
from noa_rag.answering.steps.weigh import LeaveOutPlaces, Weigh
from noa_rag.answering.turn import Step
from noa_rag.retrieval.confidence import CalibratedJudge
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.evals.run_factory import BREVET, MARQUE, a_refusal, an_answer_with, an_offer_of
from tests.fake_noa import a_noa


def weighing(step: Step) -> list[Weigh]:
    """Return the steps that weigh, within the searches of a step too."""
    if isinstance(step, Weigh):
        return [step]
    inner = step.search.args[0] if isinstance(step, LeaveOutPlaces | Divide) else ()
    return [below for inner_step in inner for below in weighing(inner_step)]


def test_a_part_is_left_out_and_all_others_stay(settings: Settings, records: Records, tmp_path: Path) -> None:
    noa = a_noa(settings, records, tmp_path)
    path = noa.path()

    for kind in (LeaveOutPlaces, Divide, Gather):
        rest = without(kind)(noa, path)
        assert rest == tuple(step for step in path if type(step) is not kind)
        assert len(rest) == len(path) - 1
    assert PARTS["all"](noa, path) == path
    noa.close()


def test_without_the_verifier_no_search_reads(settings: Settings, records: Records, tmp_path: Path) -> None:
    noa = a_noa(settings, records, tmp_path)

    weighed = [below for step in unread(noa, noa.path()) for below in weighing(step)]

    assert len(weighed) == 3
    assert all(isinstance(step.judge, CalibratedJudge) and step.judge._reranker is None for step in weighed)
    noa.close()


def test_outcomes_are_counted_in_percent() -> None:
    outcomes = [an_answer_with(MARQUE), an_answer_with(BREVET), an_offer_of(MARQUE), an_offer_of(BREVET), a_refusal()]

    assert counted([]) == ["0.0"] * 5
    assert counted(outcomes) == ["20.0"] * 5
    assert counted([*outcomes, *[a_refusal()] * 5]) == ["10.0"] * 4 + ["60.0"]
