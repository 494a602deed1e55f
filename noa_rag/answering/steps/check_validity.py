"""Fifth step: ask the database what may be shown of what was found, today and in this place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from noa_rag.answering.turn import Candidate, SetAside, Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import EntryReader
from noa_rag.domain.regions import covers


@dataclass(frozen=True, slots=True)
class CheckValidity:
    """The index may lag; the database decides on status, version, validity window and region."""

    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        question = turn.understood
        versions = self._versions([match.entry_id for match in turn.retrieved.matches], turn.ask.as_of)
        candidates: list[Candidate] = []
        set_aside: list[SetAside] = []
        for match in turn.retrieved.matches:
            version = versions.get(match.entry_id)
            if version is None:
                continue
            if not version.is_servable_on(question.as_of):
                set_aside.append(SetAside(match, version, Reason.OUTSIDE_VALIDITY))
            elif not covers(version.content.regions, question.region):
                set_aside.append(SetAside(match, version, Reason.OTHER_REGION))
            else:
                candidates.append(Candidate(match, version))
        return replace(turn, candidates=tuple(candidates), set_aside=tuple(set_aside))

    def _versions(self, ids: list[EntryId], as_of: date | None) -> Mapping[EntryId, EntryVersion]:
        return self.entries.current(ids) if as_of is None else self.entries.as_of(ids, as_of)
