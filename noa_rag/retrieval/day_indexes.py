"""Indexes of other days: each holds exactly the versions of one state of the base, made when asked for and kept."""

import threading
from collections.abc import Callable, Collection, Iterable

from noa_rag.cache import Cache
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.timeline import State
from noa_rag.retrieval.index import SearchIndex

# A state takes some 20 MB with 5,000 texts. Questions of one day, and of days in order, share theirs.
STATES_KEPT = 4

Load = Callable[[Collection[tuple[EntryId, int]]], Iterable[EntryVersion]]


class DayIndexes:
    """The indexes of the states that were asked for last; a new one starts from the one that shares most with it."""

    def __init__(self, live: SearchIndex, load: Load, *, limit: int = STATES_KEPT) -> None:
        self._live = live
        self._load = load
        self._kept: Cache[State, SearchIndex] = Cache(limit)
        self._turn = threading.Lock()

    def of(self, state: State) -> SearchIndex:
        """Return the index that holds exactly these versions."""
        with self._turn:  # two that want the same state make it once
            return self._kept.get_or_make(state, lambda: self._nearest(state).holding(state, self._load))

    def _nearest(self, state: State) -> SearchIndex:
        candidates = [self._live, *self._kept.values()]
        return max(candidates, key=lambda index: len(state & index.state))
