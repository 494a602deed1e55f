"""The answer path over a base as it would be, before anything is published."""

from collections.abc import Collection, Mapping
from datetime import date

from noa_rag.answering.pipeline import Step, answer_path
from noa_rag.assembly.service import Noa, today_in_paris
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import EntryReader
from noa_rag.retrieval.confidence import CalibratedJudge
from noa_rag.retrieval.retriever import HybridRetriever


def trial_path(noa: Noa, proposed: Collection[EntryVersion]) -> tuple[Step, ...]:
    """Return the steps that would answer if the proposed versions were current; nothing is written anywhere."""
    index = noa.index.with_proposed(proposed)
    return answer_path(
        entries=Proposed(noa.records, proposed),
        retriever=HybridRetriever(index, noa.calibration.ranking, noa.calibration.subject),
        judge=CalibratedJudge(noa.calibration, noa.verifier.over(index) if noa.verifier else None),
        today=today_in_paris,
        general_contact=AgencyId(noa.settings.general_contact),
        gazetteer=noa.gazetteer,
    )


class Proposed:
    """Reads entries with the proposed versions in place of the current ones."""

    def __init__(self, entries: EntryReader, proposed: Collection[EntryVersion]) -> None:
        self._entries = entries
        self._proposed = {version.id: version for version in proposed}

    def revision(self) -> int:
        return self._entries.revision() + 1

    def current(self, ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]:
        taken = {one: self._proposed[one] for one in ids if one in self._proposed}
        return {**self._entries.current(ids), **taken}

    def as_of(self, ids: Collection[EntryId], day: date) -> Mapping[EntryId, EntryVersion]:
        return self._entries.as_of(ids, day)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._entries.agencies()

    def themes(self) -> tuple[Theme, ...]:
        return self._entries.themes()

    def facts(self) -> FactBook:
        return self._entries.facts()
