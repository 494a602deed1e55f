"""In-memory stand-ins for the database and the embedding model; contract tests hold them to the real ones."""

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import EntryVerdict, Judgement, Match, RecordedQuestion, Retrieved
from noa_rag.domain.question import Question
from noa_rag.domain.rephrasing import (
    Claim,
    Completion,
    GenerationFailed,
    GenerationFault,
    Heard,
    Prompt,
    Rephrasing,
    unheard,
)
from noa_rag.french.words import stems, words

PARIS = ZoneInfo("Europe/Paris")
DIMENSION = 64


class FakeEntryReader:
    """Entries in memory; written to like an EntryStore, read like any EntryReader."""

    def __init__(self, agencies: Iterable[Agency] = (), themes: Iterable[Theme] = ()) -> None:
        self._agencies = {agency.id: agency for agency in agencies}
        self._themes = tuple(themes)
        self._history: dict[EntryId, list[EntryVersion]] = defaultdict(list)
        self._changed_at: dict[EntryId, int] = {}
        self._revision = 0

    def revision(self) -> int:
        return self._revision

    def current(self, ids: Collection[EntryId]) -> dict[EntryId, EntryVersion]:
        return {entry_id: self._history[entry_id][-1] for entry_id in ids if entry_id in self._changed_at}

    def in_force(
        self, ids: Collection[EntryId], day: date, *, known_on: date | None = None
    ) -> dict[EntryId, EntryVersion]:
        by_id: dict[EntryId, EntryVersion] = {}
        for entry_id in ids:
            standing: list[EntryVersion] = []
            for version in self._history.get(entry_id, ()):
                if known_on is None or version.approved_at.astimezone(PARIS).date() <= known_on:
                    by_id[entry_id] = version
                    first, last = version.window.valid_from or date.min, version.window.valid_until or date.max
                    if version.status is EntryStatus.WITHDRAWN:
                        standing = []
                    elif first <= day:  # it has begun: older ones come back only where they begin after its end
                        standing = [entry for entry in standing if (entry.window.valid_from or date.min) > last]
                        standing.append(version)
            by_id |= {entry.id: entry for entry in standing if entry.window.contains(day)}
        return by_id

    def agencies(self) -> dict[AgencyId, Agency]:
        return self._agencies

    def themes(self) -> tuple[Theme, ...]:
        return self._themes

    def facts(self) -> FactBook:
        return FactBook()

    def changed_since(self, revision: int) -> tuple[int, list[EntryVersion]]:
        changed = sorted(entry_id for entry_id, at in self._changed_at.items() if at > revision)
        return self._revision, [self._history[entry_id][-1] for entry_id in changed]

    def add_versions(self, versions: Iterable[NewVersion]) -> int:
        listed = list(versions)
        for new in listed:
            if len(self._history.get(new.id, ())) != new.expected_version:
                raise VersionConflict(f"The entry `{new.id}` has changed since version {new.expected_version}.")
        self._revision += 1
        for new in listed:
            version = EntryVersion(
                id=new.id,
                version=new.expected_version + 1,
                content=new.content,
                status=new.status,
                author=new.author,
                approver=new.approver,
                approved_at=new.approved_at,
                note=new.note,
            )
            self._history[new.id].append(version)
            self._changed_at[new.id] = self._revision
        return self._revision

    def withdraw(self, entry_id: EntryId, *, author: str, note: str, at: datetime) -> int:
        known = self.current([entry_id]).get(entry_id)
        if known is None:
            raise NotFound(f"No entry has the id `{entry_id}`.")
        withdrawn = NewVersion(
            entry_id, known.content, known.version, author, author, at, status=EntryStatus.WITHDRAWN, note=note
        )
        return self.add_versions([withdrawn])


class FakeEmbedder:
    """Bags of stems hashed into 64 places: texts that share words are near each other, always in the same way."""

    fingerprint = "fake-bag-of-stems#1"
    dimension = DIMENSION

    def embed_queries(self, queries: Sequence[str]) -> NDArray[np.float32]:
        return _bags(queries)

    def embed_passages(
        self, passages: Sequence[str], *, progress: Callable[[str], None] = lambda message: None
    ) -> NDArray[np.float32]:
        progress(f"{len(passages)} of {len(passages)} texts embedded")
        return _bags(passages)

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]:
        return _bags(words(text) or [text])


class ReadsNothing:
    """A judge without a reader."""

    def read(self, question: Question, matches: Sequence[Match]) -> Mapping[EntryId, float]:
        return {}


class FakeJudge(ReadsNothing):
    """Trusts shared words alone: half of the question's words in the first entry are enough to answer."""

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        if not retrieved.matches:
            return Judgement(0.0, answers=False)
        confidence = retrieved.matches[0].evidence["covered_by_entry"]
        return Judgement(confidence, answers=confidence >= 0.5, is_near=confidence >= 0.5)


class FakeNearness:
    """Texts that share more stems with the question are nearer."""

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        stemmed = set(stems(question))
        return [len(stemmed & set(stems(text))) / (1 + len(stemmed)) for text in texts]


class FakeMeaningJudge:
    """Is as sure of every sentence, or as sure as it is told; keeps what it was asked."""

    name = "fake-judge"

    def __init__(self, probability: float | Callable[[Claim], float] = 1.0) -> None:
        self.asked: list[Claim] = []
        self._probability = probability

    def bears_out(
        self,
        claims: Sequence[Claim],
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[float]:
        self.asked += claims
        sure = self._probability
        return [sure(claim) if callable(sure) else sure for claim in claims]

    def close(self) -> None:
        pass


class FakeLanguageModel:
    """Writes what it is told to, whatever it is asked; keeps what it was asked."""

    name = "fake-model"

    def __init__(self, writes: str | Callable[[Prompt], str] = "", *, fault: GenerationFault | None = None) -> None:
        self.asked: list[Prompt] = []
        self._writes = writes
        self._fault = fault

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        self.asked.append(prompt)
        if is_cancelled():
            raise GenerationFailed(GenerationFault.CANCELLED)
        if self._fault is not None:
            raise GenerationFailed(self._fault)
        text = self._writes if isinstance(self._writes, str) else self._writes(prompt)
        for word in re.findall(r"\S+\s*", text):
            heard(word)
        return Completion(text, 0.01)

    def close(self) -> None:
        pass


class FakeQuestionLog:
    """Keeps what it is told in lists that tests look into."""

    def __init__(self) -> None:
        self.recorded: list[RecordedQuestion] = []
        self.feedback: dict[str, tuple[bool, str | None, str]] = {}
        self.entry_verdicts: list[EntryVerdict] = []
        self.taken: set[tuple[str, EntryId]] = set()
        self.rephrasings: list[tuple[str, Rephrasing]] = []

    def record(self, recorded: RecordedQuestion) -> None:
        self.recorded.append(recorded)

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        if question_id not in {question.question_id for question in self.recorded}:
            raise NotFound("No question has that number; ask it again.")
        self.feedback[question_id] = (is_useful, reason, comment)

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        if verdict.question_id not in {None, *(question.question_id for question in self.recorded)}:
            raise NotFound("No question has that number; ask it again.")
        self.entry_verdicts.append(verdict)

    def record_rephrasing(self, question_id: str, rephrasing: Rephrasing) -> None:
        if question_id not in {question.question_id for question in self.recorded}:
            raise NotFound("No question has that number; ask it again.")
        self.rephrasings.append((question_id, rephrasing))

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        for question in self.recorded:
            if question.question_id == question_id and entry_id in {
                choice.entry_id for choice in question.answer.choices
            }:
                self.taken.add((question_id, entry_id))


def _bags(texts: Sequence[str]) -> NDArray[np.float32]:
    vectors = np.full((len(texts), DIMENSION), 0.01, dtype=np.float32)  # no text is without direction
    for row, text in enumerate(texts):
        for stem in stems(text):
            vectors[row, zlib.crc32(stem.encode()) % DIMENSION] += 1
    normalised: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised
