"""Searching as of a day: the live index for today, indexes made of the base's history for others."""

import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from noa_rag.cache import Cache
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import DayOutOfRange
from noa_rag.domain.ports import Judge, Judgement, Match, Retrieved
from noa_rag.domain.question import Question
from noa_rag.domain.timeline import State, Timeline, VersionState
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever

NOTHING = Retrieved(())
# In a crisis the same question comes again and again.
VECTORS_KEPT = 4_000  # 6 MB
FOUND_KEPT = 600  # 15 MB
# States of the base, some 150 bytes an entry: 55 KB for 360 entries, and 20 of them for 5,000. Of a larger base both of
# today and of one other day are kept all the same: finding them looks at every version.
STATES_BYTES = 16_000_000
LEAST_STATES = 4
BYTES_PER_ENTRY = 160
EMPTY_BYTES = 300

# How far ahead a day may be asked of, beyond the last one on which something is known to change.
AHEAD = timedelta(days=366)
Moment = tuple[int, date]
"""A revision of the base, and the day since which it was as it is on a day: all that a state depends on."""

# A state takes some 20 MB with 5,000 texts. Questions of one day, and of days in order, share theirs.
STATES_KEPT = 4
Load = Callable[[Collection[tuple[EntryId, int]]], Iterable[EntryVersion]]


@dataclass(frozen=True, slots=True)
class Searcher:
    """A retriever and the judge of what it finds, over one state of the base, which `index` holds."""

    retriever: HybridRetriever
    judge: Judge
    index: SearchIndex


class History(Protocol):
    """The versions of all entries, and when each of them could be served; the store of entries implements it."""

    def revision(self) -> int: ...

    def states_since(self, revision: int) -> tuple[int, Sequence[VersionState]]: ...

    def numbered(self, wanted: Collection[tuple[EntryId, int]]) -> Iterable[EntryVersion]: ...


class SearchedDays(Protocol):
    """What an answer path searches: the base as it is, which `Days` offers, or as it would be."""

    def vector(self, question: Question) -> Vectors: ...

    def found(self, question: Question) -> Retrieved: ...

    def searcher(self, day: date) -> Searcher: ...

    def searcher_of_all(self, day: date) -> Searcher | None: ...


class Days:
    """Gives the searcher of a day: the live one for today, one built from the base's history for any other day."""

    def __init__(
        self,
        entries: History,
        live: SearchIndex,
        *,
        live_searcher: Callable[[], Searcher],
        searcher_over: Callable[[SearchIndex], Searcher],
    ) -> None:
        self._entries = entries
        self._live = live
        self._live_searcher = live_searcher
        self._searcher_over = searcher_over
        self._indexes = DayIndexes(live, entries.numbered)
        self._timeline = Timeline()
        self._revision = -1
        self._states: Cache[tuple[Moment, bool], State] = Cache(STATES_BYTES, size_of=_state_bytes)
        self._vectors: Cache[str, Vectors] = Cache(VECTORS_KEPT)
        self._found: Cache[tuple[Moment, Question, Hashable], Retrieved] = Cache(FOUND_KEPT)
        self._turn = threading.Lock()

    def check(self, day: date, *, today: date, field: str) -> None:
        """Raise DayOutOfRange for a day of which the base knows nothing.

        It knows the days from its first approval to a year from today, or to the last day on which something changes.
        """
        with self._turn:
            self._follow()
            first, last = self._timeline.first_day or today, self._timeline.last_turn or today
        first, last = min(first, today), max(last, today + AHEAD)
        if not first <= day <= last:
            raise DayOutOfRange(day, first=first, last=last, field=field)

    def vector(self, question: Question) -> Vectors:
        """Return the cached embedding of a question, which is the same on every day."""
        text = question.normalised
        return self._vectors.get_or_make(text, lambda: self._live.embedder.embed_queries([text])[0])

    def found(self, question: Question) -> Retrieved:
        """Return the matches for a question on its day, cached by its words and the state of the base."""
        snapshot = self._live.snapshot
        is_live = question.as_of == snapshot.day
        moment = (snapshot.revision, question.as_of) if is_live else self._moment(question.as_of)
        words = replace(question, text="", as_of=date.min)  # neither affects what is found
        retriever = self.searcher(question.as_of).retriever
        return self._found.get_or_make(
            (moment, words, retriever.manner), lambda: retriever.retrieve_embedded(question, self.vector(question))
        )

    def forget_questions(self) -> None:
        """Empty the caches of questions' embeddings and matches."""
        self._vectors.forget()
        self._found.forget()

    def searcher(self, day: date) -> Searcher:
        """Return the searcher over the entries that were approved at the end of a day and valid on it."""
        if day == self._live.snapshot.day:
            return self._live_searcher()
        return self._searcher_over(self._indexes.of(self._state(day, whatever_window=False)))

    def searcher_of_all(self, day: date) -> Searcher | None:
        """Return the searcher over all entries that were approved, valid that day or not; None where all were valid."""
        every = self._state(day, whatever_window=True)
        if every == self._state(day, whatever_window=False):
            return None
        return self._searcher_over(self._indexes.of(every))

    def states_of(self, day: date) -> tuple[State, State]:
        """Return the versions valid on a day, and all those approved: days with the same two answer alike."""
        return self._state(day, whatever_window=False), self._state(day, whatever_window=True)

    def _state(self, day: date, *, whatever_window: bool) -> State:
        with self._turn:
            moment = self._moment_now(day)
            at = self._timeline.approved_on if whatever_window else self._timeline.servable_on
            return self._states.get_or_make((moment, whatever_window), lambda: at(moment[1]))

    def _moment(self, day: date) -> Moment:
        with self._turn:
            return self._moment_now(day)

    def _moment_now(self, day: date) -> Moment:
        self._follow()
        return self._revision, self._timeline.turn_before(day)

    def _follow(self) -> None:
        if self._revision != self._entries.revision():
            self._revision, states = self._entries.states_since(self._revision)
            self._timeline.take_in(states)
            largest = _bytes_of(len(self._timeline))
            self._states = Cache(max(STATES_BYTES, LEAST_STATES * largest), size_of=_state_bytes)


def _state_bytes(state: State) -> int:
    return _bytes_of(len(state))


def _bytes_of(entry_count: int) -> int:
    return EMPTY_BYTES + BYTES_PER_ENTRY * entry_count


@dataclass(frozen=True, slots=True)
class OfTheDay:
    """Implements Retriever and Judge over the entries that were valid on the question's day."""

    days: SearchedDays

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        if not hidden:
            return self.days.found(question)
        retriever = self.days.searcher(question.as_of).retriever
        return retriever.retrieve_embedded(question, self.days.vector(question), hidden=hidden)

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        return self.days.searcher(question.as_of).judge.judge(question, retrieved)

    def read(self, question: Question, matches: Sequence[Match]) -> Mapping[EntryId, float]:
        return self.days.searcher(question.as_of).judge.read(question, matches)


@dataclass(frozen=True, slots=True)
class WhateverWindow:
    """Implements Retriever and Judge over all entries approved on the question's day; no matches if all were valid."""

    days: SearchedDays

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        searcher = self.days.searcher_of_all(question.as_of)
        if searcher is None:
            return NOTHING
        return searcher.retriever.retrieve_embedded(question, self.days.vector(question), hidden=hidden)

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        return self._searcher(question).judge.judge(question, retrieved)

    def read(self, question: Question, matches: Sequence[Match]) -> Mapping[EntryId, float]:
        return self._searcher(question).judge.read(question, matches)

    def _searcher(self, question: Question) -> Searcher:
        return self.days.searcher_of_all(question.as_of) or self.days.searcher(question.as_of)


class DayIndexes:
    """A cache of indexes by state; a new index reuses the one that shares most versions with it."""

    def __init__(self, live: SearchIndex, load: Load, *, limit: int = STATES_KEPT) -> None:
        self._live = live
        self._load = load
        self._kept: Cache[State, SearchIndex] = Cache(limit)
        self._turn = threading.Lock()

    def of(self, state: State) -> SearchIndex:
        """Return the index that holds exactly these versions."""
        with self._turn:  # two callers that want the same state build it once
            return self._kept.get_or_make(state, lambda: self._nearest(state).holding(state, self._load))

    def _nearest(self, state: State) -> SearchIndex:
        candidates = [self._live, *self._kept.values()]
        return max(candidates, key=lambda index: len(state & index.state))
