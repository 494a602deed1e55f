"""Groups over hand-made vectors: obvious ones are found, none ever splits, the same in gives the same out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.review.grouping import Assignment, Grouper, grown
from noa_rag.review.likeness import Landscape, Vectors, likeness

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
    asked = Asked(
        f"{number:032}", f"c{number}", NOON + timedelta(minutes=number), text, text, Language.FRENCH, "abstained"
    )
    return Failure(asked, FailureKind.ABSTAINED)


def failed(*texts: str, first: int = 0) -> list[Failure]:
    return [failure(text, number) for number, text in enumerate(texts, start=first)]


def assigned(groups: Sequence[QuestionGroup], new: Sequence[Failure]) -> Assignment:
    return Grouper(embed, PLAIN).assign(groups, new, now=NOON)


def after(groups: Sequence[QuestionGroup], found: Assignment) -> list[QuestionGroup]:
    joined = {join.group.id: grown(join.group, join) for join in found.joins}
    return [joined.get(group.id, group) for group in groups] + list(found.new_groups)


def texts_of(group: QuestionGroup) -> list[str]:
    return [one.asked.text for one in group.failures]


def test_questions_of_one_topic_start_one_group() -> None:
    found = assigned([], failed("tva 1", "bail 1", "tva 2", "bail 2", "tva 3"))

    assert [texts_of(group) for group in found.new_groups] == [["tva 1", "tva 2", "tva 3"], ["bail 1", "bail 2"]]
    assert found.joins == ()


def test_a_new_question_joins_its_group_and_an_unlike_one_starts_another() -> None:
    (group,) = assigned([], failed("tva 1", "tva 2")).new_groups

    found = assigned([group], failed("tva 5", "brevet 1", first=10))

    (join,) = found.joins
    assert (join.group.id, [one.asked.text for one in join.failures]) == (group.id, ["tva 5"])
    assert [texts_of(one) for one in found.new_groups] == [["brevet 1"]]


def test_two_groups_that_there_are_stay_two_however_alike() -> None:
    groups = [
        QuestionGroup(GroupId("a"), "tva 1", NOON, (failure("tva 1", 1),)),
        QuestionGroup(GroupId("b"), "tva 1", NOON, (failure("tva 1", 2),)),
    ]

    found = assigned(groups, failed("tva 1", first=10))

    assert len(found.joins) == 1
    assert found.new_groups == ()


def test_nothing_new_changes_nothing() -> None:
    groups = assigned([], failed("tva 1", "tva 2")).new_groups

    assert assigned(groups, []) == Assignment((), ())


def test_a_group_is_known_by_its_first_question_so_that_a_repeated_run_starts_no_second_one() -> None:
    new = failed("bail 4", "bail 5")

    (first,), (again,) = assigned([], new).new_groups, assigned([], list(reversed(new))).new_groups

    assert first == again
    assert first.id == new[0].asked.question_id


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
        before = {group.id: {one.asked.question_id for one in group.failures} for group in groups}

        groups = after(groups, assigned(groups, new))

        now = {group.id: {one.asked.question_id for one in group.failures} for group in groups}
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

    assert assigned([], new) == assigned([], shuffled)


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
