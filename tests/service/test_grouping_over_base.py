"""Grouping with the service's own model: what visitors ask in other words, and what the base's words tell."""

from datetime import UTC, datetime, timedelta

import pytest

from noa_rag.domain.failure import Asked, Failure, FailureKind, Noise
from noa_rag.domain.question import Language
from noa_rag.review.grouping import BaseGrouping
from noa_rag.service.noa import Noa
from tests.factories import a_new_version

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def asked(text: str, number: int, *, conversation: str = "", status: str = "abstained") -> Asked:
    at = NOON + timedelta(minutes=number)
    return Asked(f"{number:032}", conversation or f"c{number}", at, text, text, Language.FRENCH, status)


@pytest.fixture
def grouping(noa: Noa) -> BaseGrouping:
    return BaseGrouping(noa)


def test_the_words_of_the_base_are_known_and_mashed_keys_are_not(noa: Noa) -> None:
    noa.records.entries.add_versions([a_new_version(question="Comment payer la gabelle ?")])
    noa.refresh()
    grouping = BaseGrouping(noa)

    assert grouping.knows("gabelle")
    assert grouping.knows("gabele")
    assert not grouping.knows("wxcvbnqsd")
    assert grouping.noise(asked("wxcvbnqsd poiuyt", 1)) is Noise.MASHING


def test_what_means_the_same_is_one_group_and_a_run_repeated_finds_the_same(grouping: BaseGrouping) -> None:
    texts = ["comment protéger ma marque", "protéger ma marque comment", "embaucher un apprenti mineur"]
    new = [Failure(asked(text, number), FailureKind.ABSTAINED) for number, text in enumerate(texts)]

    found = grouping.assign([], new, now=NOON)

    assert [len(group.failures) for group in found.new_groups] == [2, 1]
    assert grouping.assign([], new, now=NOON) == found
