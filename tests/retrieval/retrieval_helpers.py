"""Entries, a small deterministic embedder and an index in a temporary folder, for tests of retrieval."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import (
    AlternateQuestion,
    EntryContent,
    EntryId,
    EntryStatus,
    EntryVersion,
    Section,
    Source,
)
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.domain.question import Language, Question
from noa_rag.french.words import stems, words
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.spelling import Glossary

Vectors = NDArray[np.float32]
DIMENSION = 64


class HashingEmbedder:
    """Counts hashed stems in 64 numbers: texts with the same words are near, and nothing is loaded."""

    def __init__(self, fingerprint: str = "hashing", dimension: int = DIMENSION) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.embedded: list[str] = []

    def embed_queries(self, queries: Sequence[str]) -> Vectors:
        return self._rows(queries)

    def embed_passages(self, passages: Sequence[str], *, progress: Any = None) -> Vectors:
        return self._rows(passages)

    def token_vectors(self, text: str, *, is_query: bool) -> Vectors:
        return np.stack([self._row(word) for word in words(text) or [text]])

    def _rows(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self._row(text) for text in texts])

    def _row(self, text: str) -> Vectors:
        row = np.full(self.dimension, 0.01, dtype=np.float32)
        for stem in stems(text):
            row[int(hashlib.sha256(stem.encode()).hexdigest(), 16) % self.dimension] += 1
        return row / np.linalg.norm(row)


def an_entry(
    entry_id: str,
    question: str,
    answer: str,
    *,
    alternates: Sequence[str] = (),
    sections: tuple[Section, ...] = (),
    regions: tuple[str, ...] = (),
    version: int = 1,
    status: EntryStatus = EntryStatus.APPROVED,
) -> EntryVersion:
    content = EntryContent(
        agency_id=AgencyId("inpi"),
        question=question,
        answer=answer,
        theme="creation",
        sources=(Source("Source", "https://example.fr"),),
        alternate_questions=tuple(AlternateQuestion(text) for text in alternates),
        sections=sections,
        regions=regions,
    )
    return EntryVersion(
        EntryId(entry_id), version, content, status, "autrice", "référente", datetime(2026, 3, 2, tzinfo=UTC)
    )


BASE = (
    an_entry("marque", "Comment déposer une marque ?", "Le dépôt se fait en ligne auprès de l'INPI."),
    an_entry("salarie", "Comment embaucher un salarié ?", "Déclarez l'embauche à l'Urssaf avant le premier jour."),
    an_entry("restaurant", "Comment ouvrir un restaurant ?", "Demandez une licence de restauration à la mairie."),
)


class ABase:
    """A base in memory that counts its revisions, for `SearchIndex.refresh`."""

    def __init__(self, *versions: EntryVersion) -> None:
        self._history: list[EntryVersion] = list(versions)

    def put(self, version: EntryVersion) -> None:
        self._history.append(version)

    def withdraw(self, version: EntryVersion) -> None:
        self.put(replace(version, version=version.version + 1, status=EntryStatus.WITHDRAWN))

    def changed_since(self, revision: int) -> tuple[int, Iterable[EntryVersion]]:
        newest = {version.id: version for version in self._history[max(revision, 0) :]}
        return len(self._history), newest.values()


def an_index(
    folder: Path, *versions: EntryVersion, embedder: HashingEmbedder | None = None, glossary: Glossary | None = None
) -> SearchIndex:
    """Return an index over these entries."""
    embedder = embedder or HashingEmbedder()
    cache = VectorCache(folder / "vectors.db", embedder.dimension)
    index = SearchIndex(embedder, cache, glossary or Glossary())
    index.refresh(ABase(*versions).changed_since)
    return index


def asked(text: str, language: Language = Language.FRENCH) -> Question:
    return Question(text=text, normalised=text, language=language, as_of=date(2026, 11, 24))


def a_match(name: str = "a", *, score: float = 1.0, rank: int = 1, **evidence: float) -> Match:
    """Return a match; a figure that a test does not speak of is nought."""
    figures: dict[str, float] = defaultdict(float)
    figures.update(evidence)
    return Match(EntryId(name), 1, score, rank, None, figures)


def found(*matches: Match, **about: float) -> Retrieved:
    evidence: dict[str, float] = defaultdict(float)
    evidence.update(about)
    return Retrieved(matches, evidence)


def random_vectors(count: int, dimension: int = DIMENSION, *, seed: int = 7) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def numbered_texts(count: int, *, start: int = 0) -> list[SearchedText]:
    """Return one question of each of `count` entries."""
    return [
        SearchedText(EntryId(f"e{number}"), 1, 0, Kind.QUESTION, f"question {number}")
        for number in range(start, start + count)
    ]
