"""The grouping of failed questions, put together over the base."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from noa_rag.domain.failure import Asked, Failure, QuestionGroup
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.index import vector_cache_path
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.vectors import VectorCache
from noa_rag.review.failures import failures
from noa_rag.review.grouping import ALIKE_ENOUGH, Assignment, Grouper
from noa_rag.review.likeness import Landscape, likeness
from noa_rag.review.noise import noise_in
from noa_rag.service.noa import Noa


class BaseGrouping:
    """Tells failures, noise and meanings with the service's own model, words and entries."""

    def __init__(self, noa: Noa) -> None:
        snapshot = noa.index.snapshot
        questions = [at for at, text in enumerate(snapshot.texts) if text.kind is Kind.QUESTION]
        embedder = noa.index.embedder
        path = vector_cache_path(noa.settings.data_dir / "index", embedder.fingerprint)
        self._lexical = snapshot.lexical
        self._embedder = embedder
        self._kept = VectorCache(path.with_name(f"questions-{path.name}"), embedder.dimension)
        self._landscape = Landscape.over(snapshot.vectors[questions], snapshot.vectors)
        self._grouper = Grouper(self.embed, self._landscape)

    def embed(self, questions: Sequence[str]) -> Vectors:
        """Return one row a question; each is embedded once and kept under the hash of its masked text."""
        hashes = [hashlib.sha256(f"{Kind.QUESTION}\n{text}".encode()).hexdigest() for text in questions]
        return self._kept.vectors(
            hashes, lambda missing: self._embedder.embed_queries([questions[at] for at in missing])
        )

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        return failures(asked, is_same=self._is_same, now=now)

    def is_noise(self, asked: Asked) -> bool:
        return noise_in(asked.text, knows=self.knows) is not None

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        return self._grouper.assign(groups, new, now=now)

    def knows(self, word: str) -> bool:
        """Whether a word, put right if it is misspelt, stands somewhere in the base or in its glossary."""
        understood = self._lexical.understand(word)
        return bool(understood.expansion) or (bool(understood.stems) and not understood.unknown)

    def _is_same(self, question: str, other: str) -> bool:
        """Whether two questions are as alike as those of one group."""
        places = self._landscape.placed(self.embed([question, other]))
        return float(likeness(places[:1], places[1:])[0, 0]) >= ALIKE_ENOUGH
