"""Searching every entry whatever its state, for those who look after the base."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.search import Found, search_entries
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import EntryReader
from noa_rag.retrieval.index import SearchIndex
from noa_rag.service.noa import Noa


class WholeBase:
    """An index of the newest version of every entry: those that expired, were withdrawn or are yet to come, too.

    It is made at the first search and kept in step from there on; vectors are shared with the live index.
    """

    def __init__(self, noa: Noa) -> None:
        self._noa = noa
        self._index: SearchIndex | None = None
        self._revision = -1
        self._turn = threading.Lock()

    def search(self, typed: str, *, among: Collection[EntryId], day: date) -> Found:
        """Return the entries to show for what was typed, out of some. Raises InvalidQuestion for what is no text."""
        index = self._in_step()
        return search_entries(
            typed,
            retriever=self._noa.search_retriever(index),
            entries=_LaidOpen(self._noa.records),
            day=day,
            hidden=index.snapshot.versions.keys() - set(among),
        )

    def _in_step(self) -> SearchIndex:
        with self._turn:
            revision, changed = self._noa.records.changed_since(self._revision)
            if self._index is None or revision != self._revision:
                known = self._index or self._noa.index
                self._index = known.with_proposed([_laid_open(one) for one in changed], day=None)
                self._revision = revision
            return self._index


def _laid_open(version: EntryVersion) -> EntryVersion:
    """Return a version as if it held always, everywhere and by itself."""
    content = replace(version.content, window=ValidityWindow(), regions=(), variant_of=None)
    return replace(version, status=EntryStatus.APPROVED, content=content)


@dataclass(frozen=True, slots=True)
class _LaidOpen:
    """The entries as if each held always, everywhere and by itself."""

    entries: EntryReader

    def current(self, ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]:
        return {one: _laid_open(version) for one, version in self.entries.current(ids).items()}

    def as_of(self, ids: Collection[EntryId], day: date) -> Mapping[EntryId, EntryVersion]:
        return {one: _laid_open(version) for one, version in self.entries.as_of(ids, day).items()}

    def revision(self) -> int:
        return self.entries.revision()

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self.entries.agencies()

    def themes(self) -> tuple[Theme, ...]:
        return self.entries.themes()

    def facts(self) -> FactBook:
        return self.entries.facts()
