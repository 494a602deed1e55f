"""Handles outages of Chroma: questions are searched without it, and it is synchronised with the index afterwards."""

import threading

import numpy as np
from structlog import get_logger

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StaleIndex
from noa_rag.retrieval.dense import DenseIndex
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.passages import SearchedText

# Texts queried with their own vectors at each check: it takes a quarter of a second; ten checks cover 5,000 texts.
CHECKED_AT_ONCE = 500
# After so many failures in a row, and whenever they double, Chroma is reopened and refilled; our own folder, if
# damaged, after the first. With fewer, a server that is just being restarted would lose a good collection.
FAILURES_BEFORE_ANEW = 4
# Filling Chroma takes 2 ms a text. Where more texts than these are missing, nobody waits for it: memory is searched.
FILLED_LATER = 20_000
_log = get_logger()

Texts = tuple[SearchedText, ...]


class StoredVectors:
    """Follows the texts of the newest snapshot, and answers only for the texts that Chroma is known to hold."""

    def __init__(self, dense: DenseIndex) -> None:
        self._dense = dense
        self._wanted: tuple[Texts, Vectors] = ((), np.empty((0, 0), np.float32))
        self._held: Texts | None = None
        self._failure_count = 0
        self._checked_count = 0
        self._turn = threading.Lock()

    @property
    def is_in_step(self) -> bool:
        """Whether Chroma is known to hold the texts of the newest snapshot."""
        return self._held is self._wanted[0]

    @property
    def is_failing(self) -> bool:
        """Whether the last call to Chroma failed."""
        return self._failure_count > 0

    def follow(self, texts: Texts, vectors: Vectors) -> None:
        """Synchronise Chroma with a new snapshot, unless it is failing or busy: `keep_in_step` then does so later.

        Nor is it filled here with more than `FILLED_LATER` texts: a start, or an approval, does not wait for that.
        """
        self._wanted = (texts, vectors)
        if self._failure_count or not self._turn.acquire(blocking=False):
            return
        try:
            if self._dense.holds(len(texts) - FILLED_LATER):
                self._synchronise()
        except StaleIndex as error:
            _log.warning("chroma_failed", error=str(error))
        finally:
            self._turn.release()

    def keep_in_step(self) -> None:
        """Synchronise Chroma where it is behind, failed, or lost texts. Raises StaleIndex when that fails."""
        with self._turn:
            if self.is_in_step and self._holds_all():
                return
            if self.is_in_step:
                _log.info("chroma_texts_put_back")  # lost, or taken out by another worker that is ahead
            self._synchronise()

    def check(self) -> None:
        """Look for every text by name, query the next `CHECKED_AT_ONCE` with their own vectors, and mend what is lost.

        Where Chroma fails, `keep_in_step` retries and reports.
        """
        with self._turn:
            if not self.is_in_step:
                return  # known to be behind or failing; `keep_in_step` retries
            texts, vectors = self._wanted
            start = self._checked_count % max(1, len(texts))
            self._checked_count = start + CHECKED_AT_ONCE
            part = slice(start, start + CHECKED_AT_ONCE)
            try:
                is_damaged = self._dense.has_damaged_files()
                absent = [] if is_damaged else self._dense.absent(texts)
                lost = [] if is_damaged or absent else self._dense.lost(texts[part], vectors[part], held=len(texts))
                if is_damaged or absent or lost:
                    _log.warning("chroma_damaged", lost=len(absent or lost), files=is_damaged)
                    if is_damaged:
                        self._dense.reopen()
                    self._synchronise(is_anew=not absent)
            except StaleIndex as error:
                self._note_failure(error)

    def rebuild(self, texts: Texts, vectors: Vectors) -> None:
        """Put every vector into Chroma anew. Raises StaleIndex."""
        with self._turn:
            self._wanted, self._held = (texts, vectors), None
            self._synchronise(is_anew=True)

    def nearest(self, texts: Texts, vector: Vectors, limit: int) -> list[tuple[EntryId, float]] | None:
        """Return what Chroma finds among exactly these texts; None where it does not hold them, or fails."""
        if self._held is not texts:
            return None
        try:
            return self._dense.nearest(vector, limit)
        except StaleIndex as error:
            self._note_failure(error)
            return None

    def _holds_all(self) -> bool:
        try:
            return self._dense.holds(len(self._wanted[0]))
        except StaleIndex as error:
            self._note_failure(error)
            return False

    def _note_failure(self, error: StaleIndex) -> None:
        """Let the next questions do without Chroma until `keep_in_step` has succeeded."""
        self._held = None
        self._failure_count = max(1, self._failure_count)
        _log.warning("chroma_failed", error=str(error))

    def _synchronise(self, *, is_anew: bool = False) -> None:
        self._held = None
        try:
            while not self.is_in_step:  # a newer snapshot may come meanwhile
                texts, vectors = self._wanted
                if self._is_to_be_opened_anew():
                    self._dense.reopen()
                    is_anew = True
                self._dense.sync(texts, vectors, is_anew=is_anew)
                self._held, is_anew = texts, False
        except StaleIndex:
            self._failure_count += 1
            raise
        self._failure_count = 0

    def _is_to_be_opened_anew(self) -> bool:
        count = self._failure_count
        is_doubled = count >= FAILURES_BEFORE_ANEW and count & (count - 1) == 0
        return is_doubled or (count > 0 and self._dense.has_damaged_files())
