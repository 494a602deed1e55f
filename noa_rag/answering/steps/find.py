"""Find entries; ask the database which may be shown, and whether one that would answer has expired."""

from dataclasses import dataclass, field, replace

from noa_rag.answering.turn import Candidate, SetAside, Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import EntryReader, Judge, Retriever
from noa_rag.domain.regions import covers


@dataclass(frozen=True, slots=True)
class Retrieve:
    """`hidden` entries are left out, which evaluations use to make near misses."""

    retriever: Retriever
    hidden: frozenset[EntryId] = field(default_factory=frozenset)

    def __call__(self, turn: Turn) -> Turn:
        return replace(turn, retrieved=self.retriever.retrieve(turn.understood, hidden=self.hidden))


@dataclass(frozen=True, slots=True)
class CheckValidity:
    """The index may lag; the database decides on status, version, validity window and region."""

    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        question = turn.understood
        ids = [match.entry_id for match in turn.retrieved.matches]
        versions = self.entries.in_force(ids, question.as_of, known_on=turn.ask.as_of)
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


@dataclass(frozen=True, slots=True)
class LookAside:
    """Where nothing answers, looks for an entry outside its validity window, so that the refusal can say so.

    `retriever` and `judge` work over every approved entry, whatever its window.
    """

    retriever: Retriever
    judge: Judge
    entries: EntryReader
    hidden: frozenset[EntryId] = field(default_factory=frozenset)

    def __call__(self, turn: Turn) -> Turn:
        judgement = turn.judgement
        if turn.is_aside_near or (judgement is not None and (judgement.answers or judgement.offers)):
            return turn
        question = turn.understood
        retrieved = self.retriever.retrieve(question, hidden=self.hidden)
        if not retrieved.matches:
            return turn
        first = retrieved.matches[0]
        entries = self.entries.in_force([first.entry_id], question.as_of, known_on=turn.ask.as_of)
        version = entries.get(first.entry_id)
        if version is None or version.is_servable_on(question.as_of):
            return turn
        if not self.judge.judge(question, retrieved).is_near:
            return turn
        aside = SetAside(first, version, Reason.OUTSIDE_VALIDITY)
        return replace(turn, set_aside=(aside, *turn.set_aside), is_aside_near=True)
