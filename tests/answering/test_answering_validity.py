"""The database decides which of the matches may be shown on that day, in that place."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from noa_rag.answering.steps.find import CheckValidity
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryStatus, EntryVersion
from noa_rag.domain.ports import Retrieved
from noa_rag.domain.question import Ask
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_question, a_version, matches_of


def checked(*stored: EntryVersion, as_of: date | None = None, region: str | None = None, found: Any = None) -> Turn:
    turn = Turn(
        Ask("marque", as_of=as_of, region=region),
        question=a_question(as_of=as_of or TODAY, region=region),
        retrieved=Retrieved(matches_of(*(found or stored))),
    )
    return CheckValidity(EntriesInMemory(*stored))(turn)


def shown(turn: Turn) -> list[tuple[str, int]]:
    return [(candidate.version.id, candidate.version.version) for candidate in turn.candidates]


def reasons(turn: Turn) -> list[Reason]:
    return [aside.reason for aside in turn.set_aside]


@pytest.mark.parametrize(
    ("valid_from", "valid_until"),
    [(None, None), (TODAY, None), (None, TODAY), (TODAY, TODAY), (date(2020, 1, 1), date(2030, 1, 1))],
)
def test_shows_an_entry_inside_its_window_first_and_last_day_included(
    valid_from: date | None, valid_until: date | None
) -> None:
    turn = checked(a_version("marque", valid_from=valid_from, valid_until=valid_until))

    assert shown(turn) == [("marque", 1)]
    assert turn.set_aside == ()


@pytest.mark.parametrize(
    "entry",
    [
        a_version(valid_until=date(2026, 11, 23)),
        a_version(valid_from=date(2026, 11, 25)),
        a_version(status=EntryStatus.WITHDRAWN),
    ],
    ids=["expired yesterday", "valid from tomorrow", "withdrawn"],
)
def test_sets_aside_an_entry_outside_its_window(entry: EntryVersion) -> None:
    turn = checked(entry)

    assert turn.candidates == ()
    assert reasons(turn) == [Reason.OUTSIDE_VALIDITY]


@pytest.mark.parametrize(
    ("entry_regions", "visitor_region", "is_shown"),
    [
        (("FR-IDF",), "FR-IDF", True),
        (("FR-IDF",), "FR-75", True),
        (("FR-IDF",), "FR-75C", True),
        (("FR-20R",), "FR-2A", True),
        (("FR-IDF",), "FR-BRE", False),
        (("FR-IDF",), "FR-69", False),
        (("FR-75",), "FR-IDF", False),
        (("FR-75",), "FR-75", True),
        (("FR-BRE", "FR-NOR"), "FR-14", True),
        (("FR-IDF",), None, True),
        ((), "FR-974", True),
    ],
)
def test_shows_an_entry_where_it_holds(
    entry_regions: tuple[str, ...], visitor_region: str | None, is_shown: bool
) -> None:
    turn = checked(a_version(regions=entry_regions), region=visitor_region)

    assert reasons(turn) == ([] if is_shown else [Reason.OTHER_REGION])
    assert bool(turn.candidates) is is_shown


def test_an_entry_the_database_does_not_know_vanishes_without_a_word() -> None:
    known = a_version("marque")

    turn = checked(known, found=(a_version("inconnue"), known))

    assert shown(turn) == [("marque", 1)]
    assert turn.set_aside == ()


def test_shows_the_newest_version_although_the_index_still_names_an_older_one() -> None:
    old, new = a_version(version=1), a_version(version=2)

    turn = checked(old, new, found=(old,))

    assert shown(turn) == [("marque", 2)]


def test_as_of_serves_the_version_and_the_window_of_that_day() -> None:
    first = replace(a_version(version=1, valid_until=date(2020, 6, 1)), approved_at=datetime(2020, 3, 20, tzinfo=UTC))
    second = replace(a_version(version=2), approved_at=datetime(2020, 5, 2, tzinfo=UTC))

    turn = checked(first, second, as_of=date(2020, 4, 1))

    assert shown(turn) == [("marque", 1), ("marque", 1)]
    assert shown(checked(first, second, as_of=date(2020, 3, 19))) == []
    assert reasons(checked(first, as_of=date(2020, 6, 2))) == [Reason.OUTSIDE_VALIDITY]
