"""The base as it would be, before anything is published: what an answer path reads and searches in its stead."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property

from noa_rag.answering.pipeline import Step
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.facts import FactBook
from noa_rag.domain.match import Retrieved
from noa_rag.domain.ports import EntryReader
from noa_rag.domain.question import Question
from noa_rag.retrieval.exact import ExactIndex
from noa_rag.retrieval.index import Vectors
from noa_rag.retrieval.retriever import NEAREST_ASKED
from noa_rag.service.days import Searcher
from noa_rag.service.noa import Noa, today_in_paris


class Trial:
    """Searches today as if the proposed versions were current, and other days as they are; nothing is written.

    Implements `SearchedDays`, as the service's own `Days` do.
    """

    def __init__(self, noa: Noa, proposed: Collection[EntryVersion]) -> None:
        self.day = today_in_paris()
        self._noa = noa
        self._proposed = tuple(proposed)
        self._index = noa.index.with_proposed(proposed, day=self.day)
        self._today = noa.searcher_over(self._index)

    def path(self, entries: EntryReader | None = None) -> tuple[Step, ...]:
        """Return the public's answer path over this trial; `entries` reads the base as it is, where not the records."""
        reader = Proposed(entries or self._noa.records, self._proposed, self.day)
        return self._noa.path(entries=reader, days=self)

    def vector(self, question: Question) -> Vectors:
        return self._noa.days.vector(question)

    def found(self, question: Question) -> Retrieved:
        return self.searcher(question.as_of).retriever.retrieve_embedded(question, self.vector(question))

    def searcher(self, day: date) -> Searcher:
        return self._today if day == self.day else self._noa.days.searcher(day)

    def searcher_of_all(self, day: date) -> Searcher | None:
        if day != self.day:
            return self._noa.days.searcher_of_all(day)
        return None if self._index.is_all_searched else self._whatever_window

    def foresee(self, vectors: Vectors) -> None:
        """Look for the texts nearest to these questions all at once, which is quicker than one by one."""
        if isinstance(self._index.dense, ExactIndex):
            self._index.dense.foresee(vectors, NEAREST_ASKED)

    @cached_property
    def _whatever_window(self) -> Searcher:
        """Made once a refusal needs it."""
        return self._noa.searcher_over(self._index.with_proposed((), day=None))


class Proposed:
    """Reads entries with the proposed versions in place of those of a day, which is today."""

    def __init__(self, entries: EntryReader, proposed: Collection[EntryVersion], day: date) -> None:
        self._entries = entries
        self._proposed = {version.id: version for version in proposed}
        self._day = day

    def revision(self) -> int:
        return self._entries.revision() + 1

    def current(self, ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]:
        return self._with_proposed(self._entries.current(ids), ids)

    def as_of(self, ids: Collection[EntryId], day: date) -> Mapping[EntryId, EntryVersion]:
        known = self._entries.as_of(ids, day)
        return self._with_proposed(known, ids) if day == self._day else known

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._entries.agencies()

    def themes(self) -> tuple[Theme, ...]:
        return self._entries.themes()

    def facts(self) -> FactBook:
        return self._entries.facts()

    def _with_proposed(
        self, known: Mapping[EntryId, EntryVersion], ids: Collection[EntryId]
    ) -> Mapping[EntryId, EntryVersion]:
        return {**known, **{one: self._proposed[one] for one in ids if one in self._proposed}}
