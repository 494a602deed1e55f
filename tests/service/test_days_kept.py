"""What is kept of the days that were asked of, and for how long; today costs nothing."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from noa_rag.answering.pipeline import run
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import NewVersion, ValidityWindow
from noa_rag.domain.ports import Retrieved
from noa_rag.domain.question import Ask, Question
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import Noa
from tests.factories import a_new_version
from tests.service.revisions import FIRST_DAY, a_history, at


def test_an_entry_whose_day_has_come_is_found_without_a_change_of_the_base(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = date(2020, 3, 29)  # the night in which the clock goes forward
    noa.records.entries.add_versions(
        [a_new_version("fonds", question="Fonds ?", approved_at=at(date(2020, 3, 18)), window=ValidityWindow(opens))]
    )
    clock = [datetime(2020, 3, 28, 22, 59, 59, tzinfo=UTC)]
    monkeypatch.setattr("noa_rag.service.noa.today_in_paris", lambda: paris_day(clock[0]))
    monkeypatch.setattr("noa_rag.service.browsing.today_in_paris", lambda: paris_day(clock[0]))
    noa.refresh()
    asking = noa.answering()
    assert asking.ask(Ask("Fonds ?")).entry is None

    clock[0] = datetime(2020, 3, 28, 23, 0, tzinfo=UTC)

    assert asking.ask(Ask("Fonds ?")).entry is not None


def test_questions_of_days_in_order_share_an_index_until_something_changes(
    lived: tuple[Noa, list[NewVersion]], monkeypatch: pytest.MonkeyPatch
) -> None:
    noa, _ = lived
    made: list[int] = []
    holding = SearchIndex.holding

    def counted(*arguments: Any) -> SearchIndex:
        made.append(1)
        return holding(*arguments)

    monkeypatch.setattr(SearchIndex, "holding", counted)
    days = [FIRST_DAY + timedelta(days=number) for number in range(366)]

    for day in days:
        for number in range(2):
            noa.days.searcher(day).retriever.retrieve(run(noa.path()[:2], Ask(f"fonds {number}", as_of=day)).understood)

    states = {noa.days._state(day, whatever_window=False) for day in days}
    assert len(made) <= len(states) + 10  # one that comes back after more than four others is made again
    assert len(noa.days._indexes._kept) <= 4


def test_the_days_asked_of_keep_no_more_states_than_the_base_went_through(lived: tuple[Noa, list[NewVersion]]) -> None:
    noa, versions = lived
    windows = [one.content.window for one in versions]
    approved = {paris_day(one.approved_at) for one in versions}
    opened = {one.valid_from for one in windows}
    closed = {one.valid_until + timedelta(days=1) for one in windows if one.valid_until}

    for number in range(0, 6_000, 3):  # 2003 to 2036
        noa.days.states_of(date(2003, 1, 1) + timedelta(days=2 * number))
    for day in (date.min, date.max):
        noa.days.states_of(day)

    turns = len(approved | opened | closed) + 1  # and the time before
    assert len(noa.days._states) <= 2 * turns
    assert noa.days._states.size <= 16_000_000


def test_both_states_of_a_day_are_kept_however_large_the_base_is(
    lived: tuple[Noa, list[NewVersion]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.retrieval.days.STATES_BYTES", 1)
    noa, _ = lived
    day = date(2020, 6, 1)

    valid, every = noa.days.states_of(day)

    assert noa.days.states_of(day)[0] is valid
    assert noa.days.states_of(day)[1] is every


def test_what_was_found_keeps_no_state_of_the_base_alive(lived: tuple[Noa, list[NewVersion]]) -> None:
    noa, _ = lived

    run(noa.path(), Ask("fonds ?", as_of=date(2020, 6, 1)))

    assert not any(isinstance(part, frozenset) for moment, *_ in noa.days._found._values for part in moment)


def test_what_was_found_for_words_is_found_again_until_the_base_changes(
    noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    retrieve = HybridRetriever.retrieve_embedded

    def counted(self: HybridRetriever, question: Question, *arguments: Any, **named: Any) -> Retrieved:
        asked.append(question.normalised)
        return retrieve(self, question, *arguments, **named)

    monkeypatch.setattr(HybridRetriever, "retrieve_embedded", counted)
    noa.records.entries.add_versions(a_history(random.Random(1))[:4])
    noa.refresh()

    first, again = (run(noa.path(), Ask("quel fonds ?")) for _ in range(2))
    once = len(asked)
    run(noa.path(), Ask("quel fonds ?", region="FR-BRE"))
    elsewhere = len(asked)
    noa.records.entries.add_versions(a_history(random.Random(1))[4:8])
    noa.refresh()
    run(noa.path(), Ask("quel fonds ?"))
    changed = len(asked)
    noa.forget_questions()
    run(noa.path(), Ask("quel fonds ?"))

    assert first.retrieved == again.retrieved
    assert once < elsewhere < changed < len(asked)
    assert asked.count("quel fonds") == len(asked)
