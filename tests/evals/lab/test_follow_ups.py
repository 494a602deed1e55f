"""Learning which entry a follow-up is about: what decides is found, and no more is answered than may be wrong."""

import random
from collections.abc import Mapping

import pytest

from evals.lab.follow_ups import FollowUpLesson, weighed
from noa_rag.answering.conversation.ranking import LEARNED, Considered, rank, read_learned
from noa_rag.answering.turn import Candidate
from noa_rag.domain.entry import EntryId
from tests.answering.answering_helpers import a_version, matches_of

VERSIONS = [a_version(f"fiche-{number}") for number in range(4)]


def a_lesson(number: int, drawn_by: random.Random, *, noise: float = 0.0) -> FollowUpLesson:
    """Return a lesson whose right entry is the one with the largest `tells`, or none where all stand at nothing."""
    tells = {version.id: drawn_by.random() for version in VERSIONS}
    expected = max(tells, key=lambda name: tells[name]) if number % 4 else None
    if expected is None:
        tells = dict.fromkeys(tells, 0.0)
    if drawn_by.random() < noise:
        expected = drawn_by.choice([version.id for version in VERSIONS])
    matches = matches_of(*VERSIONS)
    pool = {version.id: Candidate(match, version) for version, match in zip(VERSIONS, matches, strict=True)}
    figures: dict[EntryId, Mapping[str, float]] = {
        name: {"tells": figure, "tells_nothing": drawn_by.random()} for name, figure in tells.items()
    }
    return FollowUpLesson(EntryId(f"family-{number}"), Considered(pool, figures, {"always": 1.0}), expected)


def test_what_tells_the_right_entry_gets_the_weight() -> None:
    drawn_by = random.Random(0)
    lessons = [a_lesson(number, drawn_by) for number in range(200)]
    learned = weighed(lessons)

    assert learned.candidate["tells"] > max(1.0, 5 * abs(learned.candidate["tells_nothing"]))
    ranking = rank(lessons[1].considered, learned)
    assert ranking.candidates[0].candidate.match.entry_id == lessons[1].expected
    assert sum(candidate.probability for candidate in ranking.candidates) + ranking.nothing == pytest.approx(1.0)
    assert rank(lessons[0].considered, learned).nothing > ranking.nothing


def test_an_entry_that_was_not_found_teaches_nothing() -> None:
    drawn_by = random.Random(2)
    known = [a_lesson(number, drawn_by) for number in range(40)]
    unknown = [FollowUpLesson(lesson.family, lesson.considered, EntryId("another")) for lesson in known]

    assert weighed([*known, *unknown]) == weighed(known)


def test_what_ships_is_what_is_read() -> None:
    assert read_learned() == LEARNED
    assert 0 < LEARNED.answer_from < 1
    assert LEARNED.candidate.keys() >= {"completed", "alone", "is_earlier"}
    assert any(LEARNED.candidate.values())
