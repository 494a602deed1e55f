"""Groups over hand-made vectors: obvious ones are found, none ever splits, the same in gives the same out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.review.grouping import Assignment, Grouper
from noa_rag.review.likeness import Landscape, Vectors, gathered, likeness, near_pairs

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Topics stand at right angles to each other; the number after a topic moves a question a little to the side.
TOPICS = {"tva": 0, "bail": 1, "embauche": 2, "brevet": 3}
DIMENSION = 16


def embed(texts: Sequence[str]) -> Vectors:
    """ "tva 3 …" lies on the axis of its topic, with a small step along axis 4 + 3."""
    vectors = np.zeros((len(texts), DIMENSION), np.float32)
    for row, text in enumerate(texts):
        topic, step = text.split()[:2]
        vectors[row, TOPICS[topic]] = 1
        vectors[row, len(TOPICS) + int(step) % 12] += 0.4
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


PLAIN = Landscape.over(np.empty((0, DIMENSION), np.float32), np.empty((0, DIMENSION), np.float32))


def failure(text: str, number: int) -> Failure:
    question = Asked(
        f"{number:032}", f"c{number}", NOON + timedelta(minutes=number), text, text, Language.FRENCH, "abstained"
    )
    return Failure(question, FailureKind.ABSTAINED)


def failed(*texts: str, first: int = 0) -> list[Failure]:
    return [failure(text, number) for number, text in enumerate(texts, start=first)]


def assigned(groups: Sequence[QuestionGroup], new: Sequence[Failure]) -> Assignment:
    return Grouper(embed, PLAIN).assign(groups, new, now=NOON)


def after(groups: Sequence[QuestionGroup], found: Assignment) -> list[QuestionGroup]:
    """Return the groups with what joined them, and the new ones."""
    joined = {join.group.id: join for join in found.joins}
    grown = [
        replace(group, failures=(*group.failures, *joined[group.id].failures)) if group.id in joined else group
        for group in groups
    ]
    return grown + list(found.new_groups)


def texts_of(group: QuestionGroup) -> list[str]:
    return [member.asked.text for member in group.failures]


def test_questions_of_one_topic_start_one_group() -> None:
    assignment = assigned([], failed("tva 1", "bail 1", "tva 2", "bail 2", "tva 3"))

    assert [texts_of(group) for group in assignment.new_groups] == [["tva 1", "tva 2", "tva 3"], ["bail 1", "bail 2"]]
    assert assignment.joins == ()


def test_a_new_question_joins_its_group_and_an_unlike_one_starts_another() -> None:
    (group,) = assigned([], failed("tva 1", "tva 2")).new_groups

    assignment = assigned([group], failed("tva 5", "brevet 1", first=10))

    (join,) = assignment.joins
    assert (join.group.id, [member.asked.text for member in join.failures]) == (group.id, ["tva 5"])
    assert [texts_of(new_group) for new_group in assignment.new_groups] == [["brevet 1"]]


def test_two_groups_that_there_are_stay_two_however_alike() -> None:
    groups = [
        QuestionGroup(GroupId("a"), "tva 1", NOON, (failure("tva 1", 1),)),
        QuestionGroup(GroupId("b"), "tva 1", NOON, (failure("tva 1", 2),)),
    ]

    assignment = assigned(groups, failed("tva 1", first=10))

    assert len(assignment.joins) == 1
    assert assignment.new_groups == ()


def test_the_canonical_phrasing_is_a_well_formed_one_near_the_middle() -> None:
    texts = ["tva 1", "tva 1 ?!", "tva 1 comment la déduire", "tva 9 et aussi tout autre chose", "tva 1 oui"]

    (group,) = assigned([], failed(*texts)).new_groups

    assert group.canonical == "tva 1 comment la déduire"


def test_a_masked_phrasing_stands_for_a_group_only_when_there_is_no_other() -> None:
    masked, plain = "tva 1 appelez le [téléphone masqué]", "tva 2 comment la déduire"

    (group,) = assigned([], failed(masked, masked, plain)).new_groups

    assert group.canonical == plain


days = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(TOPICS)), st.integers(0, 11)), max_size=8), min_size=1, max_size=6
)


@settings(max_examples=60, deadline=None)
@given(days)
def test_groups_grow_day_by_day_and_never_split_nor_exchange_members(days: list[list[tuple[str, int]]]) -> None:
    groups: list[QuestionGroup] = []
    number = 0
    for day in days:
        new = failed(*(f"{topic} {step}" for topic, step in day), first=number)
        number += len(day)
        before = {group.id: {member.asked.question_id for member in group.failures} for group in groups}

        groups = after(groups, assigned(groups, new))

        now = {group.id: {member.asked.question_id for member in group.failures} for group in groups}
        assert all(members <= now[group_id] for group_id, members in before.items())
        assert sum(len(members) for members in now.values()) == number
        assert len(set().union(*now.values())) == number


@settings(max_examples=30, deadline=None)
@given(days, st.randoms(use_true_random=False))
def test_the_same_questions_give_the_same_groups_in_whatever_order_they_are_read(
    days: list[list[tuple[str, int]]], shuffling: object
) -> None:
    new = failed(*(f"{topic} {step}" for day in days for topic, step in day))
    shuffled = list(new)
    shuffling.shuffle(shuffled)  # type: ignore[attr-defined]

    assignment = assigned([], new)
    assert assignment == assigned([], shuffled)
    assert all(group.id == group.failures[0].asked.question_id for group in assignment.new_groups)


def test_the_likeness_of_two_means_is_the_mean_of_all_likenesses() -> None:
    chance = np.random.default_rng(0)
    landscape = Landscape.over(
        chance.standard_normal((200, 8)).astype(np.float32), chance.standard_normal((300, 8)).astype(np.float32)
    )
    left = landscape.placed(chance.standard_normal((4, 8)).astype(np.float32))
    right = landscape.placed(chance.standard_normal((7, 8)).astype(np.float32))

    of_means = likeness(left.mean(axis=0, keepdims=True), right.mean(axis=0, keepdims=True))[0, 0]

    assert np.isclose(of_means, likeness(left, right).mean(), atol=1e-6)


def test_a_crowded_subject_asks_for_more_likeness() -> None:
    chance = np.random.default_rng(0)
    lonely, crowded = np.eye(8, dtype=np.float32)[:2]
    crowd = crowded + 0.1 * chance.standard_normal((50, 8)).astype(np.float32)
    scattered = chance.standard_normal((200, 8)).astype(np.float32)
    landscape = Landscape.over(scattered, np.vstack([scattered, crowd]).astype(np.float32))

    places = landscape.placed(np.stack([lonely, lonely, crowded, crowded]))

    assert likeness(places[:1], places[1:2])[0, 0] > likeness(places[2:3], places[3:])[0, 0]


def scattered(topic_count: int, per_topic: int, *, dimension: int = 48) -> Vectors:
    """Return unit vectors near their topics' centres, which are far apart, each with a crowd of .3."""
    chance = np.random.default_rng(7)
    centres = chance.standard_normal((topic_count, dimension))
    points = np.repeat(centres, per_topic, axis=0) + 0.4 * chance.standard_normal((topic_count * per_topic, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return np.hstack([points, np.full((len(points), 1), 0.3)]).astype(np.float32)


def pair_set(pairs: np.ndarray) -> set[tuple[int, int]]:
    return {(int(left), int(right)) for left, right in pairs}


def test_each_pair_alike_enough_is_found_once_and_no_other() -> None:
    places = scattered(6, 5)
    alike = likeness(places, places)

    pairs = near_pairs(places, fixed=0, floor=0.2)

    expected = {(i, j) for i in range(30) for j in range(i + 1, 30) if alike[i, j] >= 0.2}
    assert pair_set(pairs) == expected
    assert len(pairs) == len(expected)
    together = gathered(places, np.ones(30, np.int64), pairs, fixed=0, threshold=0.2)
    assert together == [list(range(start, start + 5)) for start in range(0, 30, 5)]


@pytest.mark.parametrize("fixed", [0, 30, 60])
def test_without_new_questions_or_with_one_alone_nothing_breaks(fixed: int) -> None:
    places = scattered(12, 5)

    assert len(near_pairs(places[:1], fixed=0, floor=0.0)) == 0
    assert len(near_pairs(places, fixed=60, floor=0.0)) == 0
    assert (near_pairs(places, fixed=fixed, floor=0.0)[:, 1] >= fixed).all()


def test_average_linkage_weighs_a_group_by_its_size() -> None:
    # A group of three and two questions, crowds of 0: likeness is the cosine. The group and the first question are most
    # alike, .8. The second is then alike the four of them by (3 x .2 + 1 x (.8 x .2 + .6 x .98)) / 4 = .337.
    places = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.2, 0.98, 0.0]], np.float32)
    sizes = np.array([3, 1, 1])
    pairs = np.array([[0, 1], [0, 2], [1, 2]])

    assert gathered(places, sizes, pairs, fixed=0, threshold=0.34) == [[0, 1], [2]]
    assert gathered(places, sizes, pairs, fixed=0, threshold=0.33) == [[0, 1, 2]]


def test_what_joined_one_group_cannot_pull_in_another() -> None:
    same = np.tile(np.array([[1.0, 0.0, 0.0]], np.float32), (4, 1))

    groups = gathered(same, np.ones(4, np.int64), near_pairs(same, fixed=2, floor=0.0), fixed=2, threshold=0.5)

    assert sorted(len({0, 1} & set(rows)) for rows in groups) == [1, 1]
    assert sorted(row for rows in groups for row in rows) == [0, 1, 2, 3]
