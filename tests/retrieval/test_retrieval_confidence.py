"""From figures to a probability, and from the probability to answering, offering or abstaining."""

from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Judgement, Match
from noa_rag.retrieval.calibration import (
    EDITION,
    Calibration,
    Logistic,
    Subject,
    calibration_in_use,
    learned_here,
    own_calibration,
    read_calibration,
    write_calibration,
)
from noa_rag.retrieval.confidence import CalibratedJudge, all_features, features
from tests.retrieval.retrieval_helpers import a_match, asked, found

# Each probability follows a figure of its own, so that a test can set each: 0 is one half, 1 is 1 / (1 + exp(-1)).
CALIBRATION = Calibration(
    ranking={"whole": 1.5},
    subject=Subject("model", (0.5, -0.25), 0.125),
    answers=Logistic({"covered": 1.0}, 0.0),
    verified=Logistic({"read": 1.0}, 0.0),
    knows=Logistic({"covered_by_entry": 1.0}, 0.0),
    library_bears=Logistic({"covered_by_entry": 1.0}, 0.0),
    answer_from=0.7,
    verified_from=0.8,
    offer_from=0.6,
    offer_from_brief=0.6,
    known_entries=(EntryId("marque"),),
    figures={"count": 12},
    edition=EDITION,
)
SCORES = (("marque", 1.0), ("brevet", 0.9), ("dessin", 0.8), ("modele", 0.7), ("logo", 0.6))


def judged(*matches: Match, calibration: Calibration = CALIBRATION, **about: float) -> Judgement:
    return CalibratedJudge(calibration).judge(asked("marque"), found(*matches, **about))


def test_a_logistic_model_gives_a_probability() -> None:
    model = Logistic({"one": 2.0, "other": -1.0}, 0.5)

    assert model.probability({"one": 1.0, "other": 3.0, "unused": 9.0}) == pytest.approx(1 / (1 + exp(0.5)))
    assert Logistic({}, 0.0).probability({}) == 0.5


@pytest.mark.parametrize("intercept", [1e9, -1e9])
def test_an_extreme_figure_is_no_overflow(intercept: float) -> None:
    assert 0.0 <= Logistic({}, intercept).probability({}) <= 1.0


def test_answers_when_the_confidence_reaches_the_threshold() -> None:
    judgement = judged(a_match(covered=1.0))

    assert 1 / (1 + exp(-1.0)) > 0.7
    expected = Judgement(pytest.approx(1 / (1 + exp(-1.0))), answers=True, is_near=True, because={"covered": 1.0})
    assert judgement == expected


def test_offers_close_entries_below_the_threshold_when_the_base_knows_the_subject() -> None:
    matches = [a_match(name, score=1.0, rank=rank, covered_by_entry=1.0) for rank, name in enumerate("abcd", start=1)]

    judgement = judged(*matches)

    assert (judgement.confidence, judgement.answers, judgement.is_near) == (0.5, False, True)
    assert judgement.offers == ("a", "b", "c", "d")


@pytest.mark.parametrize(("covered", "leads"), [(0.0, True), (-0.01, False), (0.5, True)])
def test_the_first_of_an_offer_leads_where_it_is_likelier_than_not(covered: float, leads: bool) -> None:
    first, second = a_match("a", covered_by_entry=1.0, covered=covered), a_match("b", score=0.5)

    assert judged(first, second).leads is leads
    assert not judged(first, second, asks_as_employee=1.0).leads  # barred from answering, however likely
    assert not judged(first).leads  # nothing else to choose


def test_an_entry_far_behind_the_first_two_is_not_offered() -> None:
    matches = [a_match("a", score=9.0, covered_by_entry=1.0), a_match("b", score=8.0), a_match("c", score=1.0)]

    assert judged(*matches).offers == ("a", "b")


def test_abstains_near_a_subject_that_the_base_hardly_knows() -> None:
    judgement = judged(a_match("a"), a_match("b"))  # the base knows it with one half, offers start at 0.6

    assert (judgement.answers, judgement.offers, judgement.is_near) == (False, (), True)


def test_abstains_far_from_every_subject() -> None:
    judgement = judged(a_match("a", covered_by_entry=-2.0), a_match("b"))

    assert 1 / (1 + exp(2.0)) < 0.6 * 0.5
    assert (judgement.answers, judgement.offers, judgement.is_near) == (False, (), False)


def test_leads_are_taken_over_the_best_of_the_others() -> None:
    seen = features(found(a_match(whole=3.0), a_match("b", whole=1.0), a_match("c", whole=2.5)))

    assert seen["whole_lead"] == 3.0 - 2.5


def test_the_margin_is_the_lead_in_score_up_to_a_limit() -> None:
    close, wide, alone = (
        features(found(*(a_match(str(rank), score=score) for rank, score in enumerate(scores))))
        for scores in ([5.0, 4.5, 2.0], [50.0, 1.0, 0.0], [5.0])
    )

    assert (close["margin"], close["margin_to_third"]) == (5.0 - 4.5, 5.0 - 2.0)
    assert wide["margin"] == wide["margin_to_third"] == alone["margin"] == alone["margin_to_third"] == 4.0


def test_a_subject_is_scored_by_the_vector_of_its_own_model_only() -> None:
    subject = Subject("model", (0.5, -0.25), 0.125)
    vector = np.array([2.0, 1.0], dtype=np.float32)

    assert subject.score(vector, "model-int8-avx2#abc") == 2.0 * 0.5 - 1.0 * 0.25 + 0.125
    assert subject.score(vector, "another") == 0.0
    assert subject.score(vector[:1], "model-int8-avx2#abc") == 0.0


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_calibration(CALIBRATION, tmp_path / "calibration.json")

    read = read_calibration(tmp_path / "calibration.json")

    assert list(read.subject.weights) == [0.5, -0.25]
    assert replace(read, subject=CALIBRATION.subject) == CALIBRATION


def test_entries_that_came_after_the_calibration_are_strangers() -> None:
    ids = [EntryId("zinc"), EntryId("marque"), EntryId("brevet")]

    assert CALIBRATION.strangers(ids) == ["brevet", "zinc"]
    assert CALIBRATION.strangers(["marque"]) == []
    assert CALIBRATION.strangers([]) == []


def test_a_calibration_tells_the_reranker_that_it_was_fitted_with(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    write_calibration(replace(CALIBRATION, verified_with="bge#1"), path)

    assert read_calibration(path).verified_with == "bge#1"


def test_the_bundled_calibration_is_read_and_its_figures_are_known_to_the_judge() -> None:
    calibration = read_calibration()
    known = features(found(a_match()))
    read = all_features(found(a_match(read=0.0, elsewhere=0.0)))

    assert calibration.answers.weights.keys() | calibration.knows.weights.keys() <= known.keys()
    assert calibration.library_bears.weights.keys() == known.keys()
    assert calibration.verified.weights.keys() <= read.keys()
    thresholds = (
        calibration.answer_from,
        calibration.verified_from,
        calibration.offer_from,
        calibration.offer_from_brief,
    )
    assert all(0 < threshold < 1 for threshold in thresholds)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"ranking": []}', '{"ranking": {"whole": "much"}}', "\xff"]
)
def test_a_malformed_calibration_is_told_with_what_to_do(tmp_path: Path, text: Any) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(NoaError, match=r"calibration\.json cannot be read .*make calibrate"):
        read_calibration(path)


def test_some_figures_weigh_otherwise_in_english() -> None:
    french = features(found(a_match(covered_by_entry=0.4), word_count=9.0, subject=2.0))
    english = features(found(a_match(covered_by_entry=0.4), word_count=9.0, subject=2.0, is_english=1.0))

    assert (french["subject in English"], english["subject in English"]) == (0.0, 2.0)
    assert (french["covered_by_entry in English"], english["covered_by_entry in English"]) == (0.0, 0.4)


def test_a_word_that_one_entry_has_as_its_question_is_answered_by_it() -> None:
    own = a_match(covered_by_entry=-9.0, is_own_question=1.0)

    judgement = judged(own, a_match("brevet", score=0.5))

    assert (judgement.answers, judgement.is_restated) == (True, True)


def test_a_word_that_two_entries_have_as_their_question_is_asked_back() -> None:
    both = [
        a_match(entry_id, score=score, is_own_question=1.0, covered_by_question=1.0, covered_by_entry=1.0)
        for entry_id, score in SCORES
    ]

    judgement = judged(*both, word_count=1.0, unknown_share=0.0)

    assert not judgement.answers
    assert judgement.offers == tuple(entry_id for entry_id, _ in SCORES)


@pytest.mark.parametrize(
    ("word_count", "is_offered"), [(0.0, True), (1.0, True), (3.0, True), (4.0, False), (40.0, False)]
)
def test_for_a_few_words_entries_are_offered_from_a_threshold_of_its_own(word_count: float, is_offered: bool) -> None:
    calibration = replace(CALIBRATION, knows=Logistic({}, 0.0), offer_from_brief=0.4, offer_from=0.6)

    judgement = judged(
        *(a_match(entry_id, score=score) for entry_id, score in SCORES), calibration=calibration, word_count=word_count
    )

    assert judgement.offers == (tuple(entry_id for entry_id, _ in SCORES) if is_offered else ())


def test_a_base_uses_the_calibration_learned_on_it_with_its_model(tmp_path: Path) -> None:
    own = replace(CALIBRATION, figures={"model": "our model"})
    write_calibration(own, own_calibration(tmp_path))

    assert calibration_in_use(tmp_path, "our model").figures == {"model": "our model"}
    assert calibration_in_use(tmp_path, "another model") == read_calibration()
    assert calibration_in_use(tmp_path / "elsewhere", "our model") == read_calibration()


def test_a_calibration_of_an_earlier_copy_whose_figures_are_gone_is_not_used(tmp_path: Path) -> None:
    own_calibration(tmp_path).write_text('{"ranking": {"question_pairs": 1.0}, "with_alternates": {}}')

    assert calibration_in_use(tmp_path, "our model") == read_calibration()
    assert learned_here(tmp_path) is None
