"""When the judge has matches read, and what it makes of a reading."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Any

import pytest
from structlog.testing import capture_logs

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import ModelUnavailable
from noa_rag.domain.ports import Judgement, Match, Retrieved
from noa_rag.domain.question import Question
from noa_rag.retrieval.calibration import BUNDLED_RERANKER, Calibration, Logistic, Subject
from noa_rag.retrieval.confidence import REASONS_NAMED, CalibratedJudge, all_features
from tests.retrieval.retrieval_helpers import a_match, asked, found

# Each probability follows a figure of its own: 0 is one half, 2 is 1 / (1 + exp(-2)) = 0.88.
CALIBRATION = Calibration(
    ranking={},
    subject=Subject("", (), 0.0),
    answers=Logistic({"covered": 1.0}, 0.0),
    verified=Logistic({"read": 1.0}, 0.0),
    knows=Logistic({"covered_by_entry": 1.0}, 0.0),
    library_bears=Logistic({"covered_by_entry": 1.0}, 0.0),
    answer_from=0.7,
    verified_from=0.8,
    offer_from=0.6,
    offer_from_brief=0.6,
)
RESTATES = {"covered_by_question": 1.0, "question_likeness": 0.8, "dense_question": 0.95}


class FakeVerifier:
    """Gives each of the first matches its reading, puts the best first, and counts what it was asked to read."""

    fingerprint = BUNDLED_RERANKER

    def __init__(self, *readings: float, **told: float) -> None:
        self._readings = readings
        self._told = told
        self.read_questions: list[str] = []

    def read(self, question: Question, retrieved: Retrieved) -> Retrieved:
        self.read_questions.append(question.normalised)
        read = [
            with_reading(*reading, **self._told) for reading in zip(retrieved.matches, self._readings, strict=False)
        ]
        read.sort(key=lambda match: -match.evidence["read"])
        return replace(retrieved, matches=(*read, *retrieved.matches[len(read) :]))

    def log_odds(self, question: Question, matches: Sequence[Match]) -> dict[EntryId, float]:
        return {match.entry_id: reading for match, reading in zip(matches, self._readings, strict=False)}


def with_reading(match: Match, reading: float, **told: float) -> Match:
    evidence: dict[str, float] = defaultdict(float, match.evidence)
    evidence.update({"read": reading, "elsewhere": 0.0} | told)
    return replace(match, evidence=evidence)


def a_judge(verifier: FakeVerifier | None, calibration: Calibration = CALIBRATION) -> CalibratedJudge:
    return CalibratedJudge(calibration, verifier)  # type: ignore[arg-type]


def judged(
    verifier: FakeVerifier | None, *matches: Match, calibration: Calibration = CALIBRATION, **about: Any
) -> Judgement:
    return a_judge(verifier, calibration).judge(asked("ma question"), found(*matches, **about))


def three(**first: float) -> list[Match]:
    return [a_match("a", rank=1, **first), a_match("b", rank=2), a_match("c", rank=3)]


def test_a_question_in_doubt_is_read_once() -> None:
    verifier = FakeVerifier(2.0, 0.0)

    judgement = judged(verifier, *three())

    assert verifier.read_questions == ["ma question"]
    assert judgement.answers is True
    assert judgement.confidence == pytest.approx(1 / (1 + exp(-2.0)))


def test_a_question_that_restates_the_entry_s_own_is_answered_unread() -> None:
    verifier = FakeVerifier(-9.0)

    judgement = judged(verifier, *three(**RESTATES), word_count=5.0)

    assert verifier.read_questions == []
    assert (judgement.answers, judgement.order) == (True, ())
    assert judgement.confidence == CALIBRATION.verified_from  # the scores alone would say one half
    assert judgement.because


def test_a_question_far_from_every_subject_is_not_read() -> None:
    verifier = FakeVerifier(9.0)

    judgement = judged(verifier, *three(covered_by_entry=-2.0))

    assert 1 / (1 + exp(2.0)) < 0.5 * 0.6
    assert verifier.read_questions == []
    assert (judgement.answers, judgement.is_near, judgement.order) == (False, False, ())
    assert judgement.because == {"covered_by_entry": -2.0}  # why it is far


def test_what_is_read_first_decides_whether_noa_answers() -> None:
    assert judged(FakeVerifier(0.0, 3.0), *three()).answers is True
    assert judged(FakeVerifier(0.0, 1.0), *three()).answers is False  # 1 / (1 + exp(-1)) = 0.73, and 0.8 is asked


def test_close_entries_are_offered_in_the_order_of_the_reading() -> None:
    judgement = judged(FakeVerifier(-1.0, 0.5, 0.0), *three(covered_by_entry=2.0))

    assert (judgement.answers, judgement.is_near, judgement.offers) == (False, True, ("b", "c", "a"))


@pytest.mark.parametrize(
    ("told", "about"),
    [({"elsewhere": 1.0}, {}), ({"misses_year": 1.0}, {}), ({}, {"asks_as_employee": 1.0})],
    ids=["elsewhere", "another year", "the employee's side"],
)
def test_a_barred_entry_is_not_answered_however_well_it_reads(told: dict[str, float], about: dict[str, float]) -> None:
    judgement = judged(FakeVerifier(9.0, 0.0, **told), *three(covered_by_entry=2.0), **about)

    assert judgement.confidence > 0.99
    assert (judgement.answers, judgement.offers) == (False, ("a", "b", "c"))


def test_without_a_verifier_the_threshold_for_scores_holds() -> None:
    over, under = (judged(None, *three(covered=covered)) for covered in (1.0, 0.5))

    assert 1 / (1 + exp(-0.5)) < CALIBRATION.answer_from < 1 / (1 + exp(-1.0)) < CALIBRATION.verified_from
    assert (over.answers, under.answers) == (True, False)
    assert over.order == under.order == ()


def test_the_scores_decide_when_the_index_has_just_lost_what_was_to_be_read() -> None:
    verifier = FakeVerifier()  # as when none of the matches is in the snapshot any more

    judgement = judged(verifier, *three(covered=1.0))

    assert verifier.read_questions == ["ma question"]
    assert (judgement.answers, judgement.order) == (True, ())
    assert judgement.because == {"covered": 1.0}


def test_the_reasons_are_the_strongest_figures_against_their_usual_size() -> None:
    weights = {"read": 1.0, "covered": -3.0, "whole": 2.0, "rarest_missing": 0.2, "subject": 0.3}
    weights |= {"is_english": 0.4, "asks_figure": 0.5}
    profile = replace(CALIBRATION, verified=Logistic(weights, 0.0, usual={"covered": 0.5, "subject": 1.0}))
    first = {"covered": 1.0, "whole": 1.0, "rarest_missing": 1.0}

    judgement = judged(
        FakeVerifier(1.0), a_match(**first), calibration=profile, subject=2.0, is_english=1.0, asks_figure=1.0
    )

    assert REASONS_NAMED == 6
    assert list(judgement.because.items()) == [
        ("whole", 2.0 * 1.0),
        ("covered", -3.0 * (1.0 - 0.5)),
        ("read", 1.0 * 1.0),
        ("asks_figure", 0.5 * 1.0),
        ("is_english", 0.4 * 1.0),
        ("subject", 0.3 * (2.0 - 1.0)),
    ]


def test_a_reading_is_weighed_with_its_lead_over_the_others() -> None:
    first, second, unread = with_reading(a_match("a"), 1.5), with_reading(a_match("b"), 2.0), a_match("c")

    seen = all_features(found(first, second, unread))

    assert (seen["read"], seen["read_lead"], seen["read_best"]) == (1.5, 1.5 - 2.0, 2.0)


class ForeignReranker(FakeVerifier):
    """Not the reranker that `CALIBRATION` was fitted with; its readings count in the score, as in a real one."""

    fingerprint = "foreign#1"

    def read(self, question: Question, retrieved: Retrieved) -> Retrieved:
        read = super().read(question, retrieved)
        return replace(
            read,
            matches=tuple(
                replace(match, score=match.score + 0.3 * match.evidence.get("read", 0.0))
                if "read" in match.evidence
                else match
                for match in read.matches
            ),
        )


def test_a_reranker_that_nothing_was_fitted_with_puts_in_order_and_the_scores_alone_decide() -> None:
    sure_by_scores = [a_match("a", rank=1), a_match("b", rank=2, covered=1.0), a_match("c", rank=3)]

    judgement = judged(ForeignReranker(-9.0, -3.0, -8.0), *sure_by_scores)

    assert judgement.order == ("b", "c", "a")
    assert judgement.answers is True  # b's scores say 1 / (1 + exp(-1)) = 0.73 and 0.7 is asked; its reading 0.05
    assert judgement.confidence == pytest.approx(1 / (1 + exp(-1.0)))
    assert judgement.because == {"covered": 1.0}


def test_nor_does_it_widen_the_margin_between_scores() -> None:
    profile = replace(CALIBRATION, answers=Logistic({"margin": 1.0}, 0.0))
    matches = [a_match("a", score=3.0, rank=1), a_match("b", score=2.0, rank=2)]

    judgement = judged(ForeignReranker(-20.0, 20.0), *matches, calibration=profile)

    assert judgement.order == ("b", "a")
    assert judgement.confidence == pytest.approx(
        1 / (1 + exp(1.0))
    )  # by scores b trails by 1; its readings would lead by 11


def test_a_reranker_that_fails_leaves_the_decision_to_the_scores_and_the_log_tells_it() -> None:
    class Failing(FakeVerifier):
        def read(self, question: Question, retrieved: Retrieved) -> Retrieved:
            raise ModelUnavailable("The GPU is full.")

    with capture_logs() as logs:
        judgement = judged(Failing(), *three(covered=1.0))

    assert judgement == judged(None, *three(covered=1.0))
    assert judgement.answers is True
    assert [(log["event"], log["error"]) for log in logs] == [("reranker_failed", "The GPU is full.")]


def test_entries_are_read_for_a_conversation_by_what_the_confidence_was_fitted_with_only() -> None:
    verifier, entries = FakeVerifier(1.5, -0.5), (a_match("a"), a_match("b"))
    another = FakeVerifier(1.5, -0.5)
    another.fingerprint = "bge-reranker-v2-m3-0123456789ab"

    assert a_judge(verifier).read(asked("ma question"), entries) == {"a": 1.5, "b": -0.5}
    assert a_judge(another).read(asked("ma question"), entries) == {}
    assert a_judge(None).read(asked("ma question"), entries) == {}


def test_a_conversation_goes_on_where_reading_fails() -> None:
    class Broken(FakeVerifier):
        def log_odds(self, question: Question, matches: Sequence[Match]) -> dict[EntryId, float]:
            raise ModelUnavailable("The model is gone.")

    with capture_logs() as logs:
        assert a_judge(Broken(1.0)).read(asked("ma question"), (a_match("a"),)) == {}
    assert [log["event"] for log in logs] == ["reranker_failed"]
