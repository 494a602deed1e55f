"""The official library, searched for passages that a draft may quote; it is never served."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from noa_rag.answering.steps.understand import normalise
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Section
from noa_rag.domain.match import Retrieved
from noa_rag.domain.ports import Doing, Progress, no_progress
from noa_rag.domain.question import Question
from noa_rag.french.language import detect_language
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.cosines import ALL_WORDS_WORTH, TRAILING_WORTH
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.review.evidence import FoundPassage, Quotable, quotables
from noa_rag.service.noa import Noa, today_in_paris

TEXTS_READ = 3  # whose passages are compared: the right fiche is among the first three for most questions

Vectors = NDArray[np.float32]


class LibraryIndex:
    """Every quotable passage of the library under hybrid retrieval; nothing is kept but vectors by content hash."""

    def __init__(self, noa: Noa, texts: Mapping[EntryId, EntryContent], progress: Progress = no_progress) -> None:
        self._texts = texts
        self._quotables = {text_id: tuple(quotables(content)) for text_id, content in texts.items()}
        self._profile = noa.calibration.bare
        self._index = noa.index.beside(None)
        self._retriever = HybridRetriever(self._index, noa.calibration.ranking, noa.calibration.subject)
        versions = [_in_passages(one, content, self._quotables[one]) for one, content in texts.items()]
        self._index.refresh(
            lambda revision: (revision + 1, versions),
            progress=lambda _, done, total: progress(Doing.EMBEDDING_LIBRARY, done, total),
        )

    def content(self, text_id: EntryId) -> EntryContent | None:
        return self._texts.get(text_id)

    def passages(self, questions: Sequence[str], *, hidden: Collection[EntryId] = ()) -> list[FoundPassage]:
        """Return the passages of the few texts nearest to the questions, the worthiest first.

        The first question stands for all; cosines are with the mean of all.
        """
        normalised = [normalise(one) for one in questions]
        vector = _mean(self._index.embedder.embed_queries(normalised))
        asked = Question(questions[0], normalised[0], detect_language(normalised[0]), today_in_paris())
        retrieved = self._retriever.retrieve_embedded(asked, vector, hidden=hidden)
        if not retrieved.matches:
            return []
        found = [one for at in range(TEXTS_READ) for one in self._passages(retrieved, at, normalised[0], vector)]
        return sorted(found, key=lambda one: (-one.worth, one.source_id, one.position))

    def _passages(self, retrieved: Retrieved, at: int, question: str, vector: Vectors) -> list[FoundPassage]:
        if at >= len(retrieved.matches):
            return []
        match, snapshot = retrieved.matches[at], self._index.snapshot
        content, span = self._texts[match.entry_id], snapshot.spans[match.entry_id]
        trailing = retrieved.matches[0].score - match.score
        covered = snapshot.lexical.overlap(snapshot.lexical.understand(question)).covered[span]
        cosines = snapshot.vectors[span] @ vector
        texts = snapshot.texts[span]
        bearing = self._profile.knows.probability(features(retrieved))
        return [
            FoundPassage(
                source_id=match.entry_id,
                title=content.question,
                url=content.sources[0].url,
                heading=quotable.heading,
                text=quotable.text,
                position=position,
                score=float(max(0.0, cosine)),
                worth=float(cosine + ALL_WORDS_WORTH * share - TRAILING_WORTH * trailing),
                bearing=bearing,
                is_partial=quotable.is_partial,
            )
            for text, cosine, share in zip(texts, cosines, covered, strict=True)
            if text.section_key is not None
            for position in (int(text.section_key),)
            for quotable in (self._quotables[match.entry_id][position],)
        ]


def library_texts(noa: Noa) -> dict[EntryId, EntryContent]:
    """Return the official texts: those kept as a library, and those that the operator serves as entries."""
    from noa_rag.knowledge.vosdroits.fiche import ORIGIN

    served = {one.id: one.content for one in noa.servable() if one.content.origin == ORIGIN}
    return dict(sorted({**served, **noa.records.library.all()}.items()))


def _in_passages(text_id: EntryId, content: EntryContent, passages: Sequence[Quotable]) -> EntryVersion:
    """Return a text as the index takes it: one section for each passage, found again by its number."""
    sections = tuple(Section(str(number), one.heading, one.text) for number, one in enumerate(passages))
    divided = replace(content, answer="", sections=sections, alternate_questions=(), regions=())
    return EntryVersion(text_id, 1, divided, EntryStatus.APPROVED, "", "", datetime.min.replace(tzinfo=UTC))


def _mean(vectors: Vectors) -> Vectors:
    mean = vectors.mean(axis=0)
    normalised: Vectors = (mean / np.linalg.norm(mean)).astype(np.float32)
    return normalised
