"""Indexes of other days: each holds exactly the versions of one state of the base, made when asked for and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable

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
        self._limit = limit
        self._kept: OrderedDict[State, SearchIndex] = OrderedDict()
        self._turn = threading.Lock()

    def of(self, state: State) -> SearchIndex:
        """Return the index that holds exactly these versions."""
        with self._turn:  # two that want the same state make it once
            index = self._kept.get(state)
            if index is None:
                index = self._nearest(state).holding(state, self._load)
                self._kept[state] = index
            self._kept.move_to_end(state)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
            return index

    def _nearest(self, state: State) -> SearchIndex:
        candidates = [self._live, *self._kept.values()]
        return max(candidates, key=lambda index: len(state & index.state))
