"""The base as the making of drafts asks it: entries near some questions, agencies, and sure spelling for titles."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.understand import normalise
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.draft import NearEntry
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.question import Ask, Question
from noa_rag.french.language import detect_language
from noa_rag.french.words import fold
from noa_rag.knowledge.vosdroits.fiche import ORIGIN
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.spelling import french_words
from noa_rag.review.ownership import Around, FoundEntry
from noa_rag.service.noa import Noa, today_in_paris

NEAR_SHOWN = 3
_WORD = re.compile(r"[^\W\d_]+")

Vectors = NDArray[np.float32]

SHORTEST_CORRECTED = 5
WRITTEN_OFTEN = 3  # times that the base writes a word before it is trusted as a correction


class BaseKnowledge:
    """Reads the current snapshot; make one for each run of draft making."""

    def __init__(self, noa: Noa) -> None:
        self._noa = noa
        self._agencies = noa.agencies()
        self._owners = _owners(noa)
        self._middle = _middle(noa)
        self._spelt = SureSpelling(_written_words(noa))
        self._remits = self._embedded_remits()
        self._subjects = self._middles_of_entries()

    def around(self, questions: Sequence[str], *, hidden: Collection[EntryId] = ()) -> Around:
        vector = self._mean(questions)
        normalised = normalise(questions[0])
        asked = Question(questions[0], normalised, detect_language(normalised), today_in_paris())
        retrieved = self._noa.retriever.retrieve_embedded(asked, vector, hidden=hidden)
        versions = self._noa.records.current([one.entry_id for one in retrieved.matches])
        found = tuple(
            FoundEntry(versions[match.entry_id], match.score)
            for match in retrieved.matches
            if match.entry_id in versions
        )
        return Around(found, self._subject_likeness(vector, hidden), self._remit_likeness(vector))

    def near(self, question: str, *, hidden: Collection[EntryId] = ()) -> tuple[NearEntry, ...]:
        """Return the entry that Noa would judge first, then the one it would without that one, and so on."""
        near: list[NearEntry] = []
        while len(near) < NEAR_SHOWN:
            path = self._noa.path(hidden={*hidden, *(one.entry_id for one in near)})
            try:
                turn = run(path, Ask(question))
            except InvalidQuestion:
                break
            if not turn.candidates or turn.judgement is None:
                break
            first = turn.candidates[0].version
            near.append(NearEntry(first.id, first.content.question, round(turn.judgement.confidence, 3)))
        return tuple(sorted(near, key=lambda one: (-one.confidence, one.entry_id)))

    def likeness(self, question: str, others: Sequence[str]) -> list[float]:
        if not others:
            return []
        own, *rest = self._centred(self._embedded([question, *others]))
        return [float(max(0.0, one @ own)) for one in rest]

    def spelt(self, word: str) -> str:
        return self._spelt(word)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._agencies

    def owners(self) -> frozenset[AgencyId]:
        return self._owners

    def themes(self) -> tuple[Theme, ...]:
        return self._noa.themes()

    def entry_ids(self) -> Collection[EntryId]:
        return self._noa.records.entries.ids()

    def _mean(self, questions: Sequence[str]) -> Vectors:
        mean = self._embedded(questions).mean(axis=0)
        normalised: Vectors = (mean / np.linalg.norm(mean)).astype(np.float32)
        return normalised

    def _embedded(self, questions: Sequence[str]) -> Vectors:
        return self._noa.index.embedder.embed_queries([normalise(one) for one in questions])

    def _embedded_remits(self) -> tuple[list[AgencyId], Vectors]:
        listed = [one for one in sorted(self._owners) if self._agencies[one].remit]
        texts = [f"{self._agencies[one].name}. {self._agencies[one].remit}" for one in listed]
        embedder = self._noa.index.embedder
        return listed, embedder.embed_passages(texts) if texts else np.empty((0, embedder.dimension), np.float32)

    def _middles_of_entries(self) -> dict[AgencyId, dict[EntryId, Vectors]]:
        """Return where each entry's questions lie on the whole, by the agency that owns it."""
        snapshot = self._noa.index.snapshot
        found: dict[AgencyId, dict[EntryId, Vectors]] = {one: {} for one in self._owners}
        for version in self._noa.servable():
            agency_id, span = version.content.agency_id, snapshot.spans.get(version.id)
            is_own = (
                version.content.origin != ORIGIN and version.content.variant_of is None
            )  # a family asks one question
            if span is not None and agency_id in found and is_own:
                questions = snapshot.vectors[span][: snapshot.question_counts[version.id]]
                middle = self._centred(questions).mean(axis=0)
                found[agency_id][version.id] = middle / max(float(np.linalg.norm(middle)), 1e-6)
        return found

    def _subject_likeness(self, vector: Vectors, hidden: Collection[EntryId]) -> dict[AgencyId, float]:
        own = self._centred(vector[None, :])[0]
        likeness: dict[AgencyId, float] = {}
        for agency_id, entries in self._subjects.items():
            shown = [middle for entry_id, middle in entries.items() if entry_id not in hidden]
            if shown:
                middle = np.mean(shown, axis=0)
                likeness[agency_id] = float(middle @ own) / max(float(np.linalg.norm(middle)), 1e-6)
        return likeness

    def _remit_likeness(self, vector: Vectors) -> dict[AgencyId, float]:
        listed, vectors = self._remits
        if not listed:
            return {}
        centred = vectors - vectors.mean(axis=0)
        centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
        own = self._centred(vector[None, :])[0]
        return dict(zip(listed, (float(one) for one in centred @ own), strict=True))

    def _centred(self, vectors: Vectors) -> Vectors:
        """Cosines of the model live between .75 and .90; around the middle of all questions they spread over 0 to 1."""
        moved = vectors - self._middle
        centred: Vectors = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
        return centred


def _owners(noa: Noa) -> frozenset[AgencyId]:
    """An agency may own an entry when it has entries of its own today, or a remit and no entry at all.

    The publisher of imported fiches is no owner, nor are the ministries that these name.
    """
    own = {one.content.agency_id for one in noa.servable() if one.content.origin != ORIGIN}
    imported = {one.content.agency_id for one in noa.servable() if one.content.origin == ORIGIN}
    agencies = noa.agencies()
    idle = {one for one, agency in agencies.items() if agency.remit and one not in imported}
    return frozenset((own | idle) & agencies.keys()) or frozenset(agencies)


def _middle(noa: Noa) -> Vectors:
    snapshot = noa.index.snapshot
    rows = [at for at, text in enumerate(snapshot.texts) if text.kind is Kind.QUESTION]
    if not rows:
        return np.zeros(noa.index.embedder.dimension, np.float32)
    middle: Vectors = snapshot.vectors[rows].mean(axis=0).astype(np.float32)
    return middle


def _written_words(noa: Noa) -> Counter[str]:
    """Return how often the entries' answers write each word; never from questions typed."""
    passages = (text.text for text in noa.index.snapshot.texts if text.kind is Kind.PASSAGE)
    return Counter(word.lower() for text in passages for word in _WORD.findall(text))


class SureSpelling:
    """Knows the words of the base's answers, `counts` by how each is written, and those of French."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._written: dict[str, Counter[str]] = {}
        for word, count in counts.items():
            self._written.setdefault(fold(word), Counter())[word] += count

    def __call__(self, word: str) -> str:
        """Return the one word that a misspelt one is a slip away from, as the base writes it; else the word as typed.

        A word that the base or the language has is not misspelt: "borne" is no slip of "bonne".
        """
        typed = fold(word)
        if len(typed) < SHORTEST_CORRECTED or typed in self._written or typed in french_words():
            return word
        near = {*_one_slip_away(typed, self._written.keys()), *_one_slip_away(typed, french_words())}
        if len(near) != 1:
            return word
        written = self._written.get(near.pop(), Counter())
        best = min(written, key=lambda one: (-written[one], one), default=word)
        return best if written[best] >= WRITTEN_OFTEN else word


def _one_slip_away(typed: str, words: Iterable[str]) -> list[str]:
    """Return up to two words: a second one is all that it takes to make the first unsure."""
    found = process.extract(typed, list(words), scorer=OSA.distance, score_cutoff=1, limit=2)
    return [word for word, _, _ in found]
