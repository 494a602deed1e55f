"""What the review asks of the service that answers: its base, its index, and its answer path."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from noa_rag.answering.pipeline import Answering, Step
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion
from noa_rag.domain.ports import EntryReader, Progress, no_progress
from noa_rag.domain.review_ports import ReviewStore
from noa_rag.retrieval.calibration import Calibration
from noa_rag.retrieval.days import SearchedDays, Searcher
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.retriever import HybridRetriever


class ServedRecords(EntryReader, Protocol):
    """The records of the base that is served."""

    @property
    def review(self) -> ReviewStore: ...

    def changed_since(self, revision: int) -> tuple[int, Iterable[EntryVersion]]: ...

    def entry_ids(self) -> Collection[EntryId]: ...

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
    ) -> tuple[Step, ...]: ...

    def answering(self, *, is_recorded: bool) -> Answering: ...

    def searcher_over(self, index: SearchIndex) -> Searcher: ...

    def search_retriever(self, index: SearchIndex) -> HybridRetriever: ...

    def servable(self) -> Sequence[EntryVersion]: ...

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def themes(self) -> tuple[Theme, ...]: ...

    def refresh(self, progress: Progress = no_progress) -> int: ...

    def give_way(self, rest_seconds: float) -> bool: ...
