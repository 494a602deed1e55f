"""Entries, questions and stand-ins for the ports, for tests of the answer path."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Source, ValidityWindow
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.facts import Fact, FactBook
from noa_rag.domain.ports import EntryVerdict, Judgement, Match, RecordedQuestion, Retrieved
from noa_rag.domain.question import Ask, Language, Question
from noa_rag.domain.rephrasing import Rephrasing
from tests.fakes import ReadsNothing

TODAY = date(2026, 11, 24)
INPI = Agency(AgencyId("inpi"), "INPI", "https://www.inpi.fr", phone="01 56 65 89 98", hours="9 h à 18 h")
URSSAF = Agency(AgencyId("urssaf"), "Urssaf", "https://www.urssaf.fr", phone="3957")
CCI = Agency(AgencyId("cci"), "CCI", "https://www.cci.fr")


def a_version(
    entry_id: str = "marque",
    *,
    version: int = 1,
    status: EntryStatus = EntryStatus.APPROVED,
    valid_from: date | None = None,
    valid_until: date | None = None,
    **content: Any,
) -> EntryVersion:
    """Return an approved entry of the INPI; keyword arguments replace parts of its content."""
    base = EntryContent(
        agency_id=INPI.id,
        question=f"Question de {entry_id} ?",
        answer=f"Réponse de {entry_id}.",
        theme="creation",
        sources=(Source("Source", f"https://example.fr/{entry_id}"),),
        window=ValidityWindow(valid_from, valid_until),
    )
    return EntryVersion(
        id=EntryId(entry_id),
        version=version,
        content=replace(base, **content),
        status=status,
        author="autrice",
        approver="référente",
        approved_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    )


def a_match(version: EntryVersion, *, rank: int = 1, score: float = 1.0, section_key: str | None = None) -> Match:
    return Match(version.id, version.version, score, rank, section_key)


def matches_of(*versions: EntryVersion) -> tuple[Match, ...]:
    """Return one match a version, in this order, each scoring a little less than the one before."""
    return tuple(a_match(version, rank=rank, score=1.0 - rank / 10) for rank, version in enumerate(versions, start=1))


def a_question(text: str = "Comment déposer une marque ?", **changes: Any) -> Question:
    question = Question(text=text, normalised=text, language=Language.FRENCH, as_of=TODAY)
    return replace(question, **changes)


def a_turn(*versions: EntryVersion, ask: Ask | None = None, **changes: Any) -> Turn:
    """Return a turn whose question is understood and whose candidates are these versions."""
    matches = matches_of(*versions)
    turn = Turn(
        ask or Ask("Comment déposer une marque ?"),
        question=a_question(),
        retrieved=Retrieved(matches),
        candidates=tuple(Candidate(match, version) for match, version in zip(matches, versions, strict=True)),
    )
    return replace(turn, **changes)


class EntriesInMemory:
    """Reads versions from a list; with `known_on`, those approved on that day at the latest."""

    def __init__(
        self, *versions: EntryVersion, agencies: tuple[Agency, ...] = (INPI, URSSAF, CCI), facts: Iterable[Fact] = ()
    ) -> None:
        self.versions = versions
        self._facts = FactBook(facts)
        self._agencies = {agency.id: agency for agency in agencies}
        self.days_asked: list[date] = []

    def revision(self) -> int:
        return len(self.versions)

    def in_force(
        self, ids: Collection[EntryId], day: date, *, known_on: date | None = None
    ) -> Mapping[EntryId, EntryVersion]:
        if known_on is None:
            return _newest(version for version in self.versions if version.id in ids)
        self.days_asked.append(known_on)
        return _newest(v for v in self.versions if v.id in ids and v.approved_at.date() <= known_on)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._agencies

    def themes(self) -> tuple[Theme, ...]:
        return ()

    def facts(self) -> FactBook:
        return self._facts


def _newest(versions: Any) -> dict[EntryId, EntryVersion]:
    return {version.id: version for version in sorted(versions, key=lambda version: version.version)}


class RetrieverOf:
    """Finds the same entries whatever is asked, and remembers what was asked."""

    def __init__(self, *versions: EntryVersion) -> None:
        self._matches = matches_of(*versions)
        self.asked: list[tuple[Question, frozenset[EntryId]]] = []

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        self.asked.append((question, frozenset(hidden)))
        return Retrieved(tuple(match for match in self._matches if match.entry_id not in hidden))


class JudgeSaying(ReadsNothing):
    """Gives the same judgement, and remembers what it was given to weigh."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement
        self.weighed: list[Retrieved] = []

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        self.weighed.append(retrieved)
        return self._judgement


class LogInMemory:
    """Keeps what is recorded; a full one refuses as a full disk does."""

    def __init__(self, *, is_full: bool = False) -> None:
        self.recorded: list[RecordedQuestion] = []
        self._is_full = is_full

    def record(self, recorded: RecordedQuestion) -> None:
        if self._is_full:
            raise StorageUnavailable("The disk is full.")
        self.recorded.append(recorded)

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        raise AssertionError("the answer path gives no feedback")

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        raise AssertionError("the answer path judges no entry")

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        raise AssertionError("the answer path takes no choice")

    def record_rephrasing(self, question_id: str, rephrasing: Rephrasing) -> None:
        raise AssertionError("the answer path records a rephrasing with its answer")
