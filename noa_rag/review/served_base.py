"""What the review asks of the service that answers, and readers of its entries as they might become."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Protocol

from noa_rag.answering.pipeline import Answering
from noa_rag.answering.turn import Step
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import EntryReader, Progress, ReviewStore, Versions, no_progress
from noa_rag.domain.queue import QueueStore
from noa_rag.domain.timeline import in_force
from noa_rag.retrieval.calibration import Calibration
from noa_rag.retrieval.days import SearchedDays, Searcher
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever


class ServedRecords(EntryReader, Protocol):
    """The records of the base that is served."""

    @property
    def review(self) -> ReviewStore: ...

    @property
    def queue(self) -> QueueStore: ...

    def all_in_force(self, day: date) -> Iterable[EntryVersion]: ...

    def library_texts(self) -> Mapping[EntryId, EntryContent]: ...


class ServedBase(Protocol):
    """A service over one base; `service.noa.Noa` implements it."""

    @property
    def records(self) -> ServedRecords: ...

    @property
    def index(self) -> SearchIndex: ...

    @property
    def days(self) -> SearchedDays: ...

    @property
    def calibration(self) -> Calibration: ...

    @property
    def retriever(self) -> HybridRetriever: ...

    @property
    def data_dir(self) -> Path: ...

    def path(
        self,
        *,
        hidden: Collection[EntryId] = (),
        entries: EntryReader | None = None,
        days: SearchedDays | None = None,
        today: date | None = None,
    ) -> tuple[Step, ...]: ...

    def answering(self, *, is_recorded: bool) -> Answering: ...

    def searcher_over(self, index: SearchIndex) -> Searcher: ...

    def search_retriever(self, index: SearchIndex) -> HybridRetriever: ...

    def servable(self) -> Sequence[EntryVersion]: ...

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def themes(self) -> tuple[Theme, ...]: ...

    def refresh(self, progress: Progress = no_progress) -> int: ...

    def give_way(self, rest_seconds: float) -> bool: ...


class ReaderOver:
    """A reader that passes everything on to another one."""

    def __init__(self, entries: EntryReader) -> None:
        self._entries = entries

    def revision(self) -> int:
        return self._entries.revision()

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        return self._entries.in_force(ids, day, known_on=known_on)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._entries.agencies()

    def themes(self) -> tuple[Theme, ...]:
        return self._entries.themes()

    def facts(self) -> FactBook:
        return self._entries.facts()


class InMemory(ReaderOver):
    """Serves the entries in force on one day from memory; those of another day are read from the database."""

    def __init__(self, entries: EntryReader, revision: int, held: Mapping[EntryId, EntryVersion], day: date) -> None:
        super().__init__(entries)
        self._revision = revision
        self._held = held
        self._day = day
        self._agencies = entries.agencies()

    def revision(self) -> int:
        return self._revision

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        if day != self._day or known_on is not None:
            return super().in_force(ids, day, known_on=known_on)
        return {entry_id: self._held[entry_id] for entry_id in ids if entry_id in self._held}

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._agencies


class Proposed(ReaderOver):
    """Reads entries of one day as they would be with the proposed versions; other days as they are."""

    def __init__(self, entries: EntryReader, proposed: Collection[EntryVersion], day: date) -> None:
        super().__init__(entries)
        self._proposed = {version.id: version for version in proposed}
        self._day = day

    def revision(self) -> int:
        return self._entries.revision() + 1

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        known = self._entries.in_force(ids, day, known_on=known_on)
        if day != self._day:
            return known
        proposed = [self._proposed[entry_id] for entry_id in ids if entry_id in self._proposed]
        return {**known, **{new.id: in_force([known.get(new.id, new), new], day) for new in proposed}}


def laid_open(version: EntryVersion) -> EntryVersion:
    """Return a version as approved, and without its validity window, its regions and its family."""
    content = replace(version.content, window=ValidityWindow(), regions=(), variant_of=None)
    return replace(version, status=EntryStatus.APPROVED, content=content)


class LaidOpen(ReaderOver):
    """Reads all entries as `laid_open` makes them."""

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        entries = super().in_force(ids, day, known_on=known_on)
        return {entry_id: laid_open(version) for entry_id, version in entries.items()}
