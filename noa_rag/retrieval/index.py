"""The whole search index: lexical and dense, derived from the database and kept in step with it."""

import random
import re
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.domain.timeline import State, in_force
from noa_rag.retrieval.bm25 import TextCounts
from noa_rag.retrieval.chroma import ChromaIndex
from noa_rag.retrieval.embedding import Embedder, VectorCache, Vectors
from noa_rag.retrieval.families import Families
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import Kind, SearchedText, searched_texts
from noa_rag.retrieval.spelling import Glossary

# Texts. Up to so many, each is compared with the question: exact, and no slower than a call to Chroma (5 ms of a core).
# Of more, Chroma answers, where a server is set up and in step.
COMPARED_UP_TO = 50_000
_FIGURE = re.compile(r"\d\s?(?:€|%|euros?\b)")  # an amount or a rate


@dataclass(frozen=True, slots=True)
class Held:
    """What the index holds of a version, searched that day or not; `variant` is its content where it is a variant."""

    version: int
    status: EntryStatus
    window: ValidityWindow
    texts: tuple[SearchedText, ...]
    regions: tuple[str, ...]
    variant: EntryContent | None


HeldVersions = dict[EntryId, tuple[Held, ...]]
"""The versions of each entry that may be served on some day, oldest first."""


def _with_versions(held: HeldVersions, added: Iterable[EntryVersion]) -> HeldVersions:
    """Return a copy with more versions, each the newest of its entry; those it replaces on every day are dropped."""
    every = dict(held)
    for entry in added:
        variant = entry.content if entry.content.variant_of is not None else None
        texts = tuple(searched_texts(entry)) if entry.status is EntryStatus.APPROVED else ()
        new = Held(entry.version, entry.status, entry.window, texts, entry.content.regions, variant)
        is_alone = entry.status is EntryStatus.WITHDRAWN or entry.window == ValidityWindow()
        every[entry.id] = (new,) if is_alone else (*every.get(entry.id, ()), new)
    return dict(sorted(every.items()))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent state of the index. `vectors` has a row for each text; `spans` says which are an entry's.

    `day` is the one whose valid entries it holds; None: all that are approved.
    """

    revision: int
    entries: dict[EntryId, Held]
    lexical: LexicalIndex
    texts: tuple[SearchedText, ...]
    vectors: Vectors
    spans: dict[EntryId, slice]
    versions: dict[EntryId, int]
    positions: dict[EntryId, int]
    question_counts: dict[EntryId, int]
    with_figures: frozenset[EntryId]
    regions: dict[EntryId, tuple[str, ...]]
    families: Families
    day: date | None = None

    def texts_of(self, entry_id: EntryId) -> tuple[SearchedText, ...]:
        return self.texts[self.spans[entry_id]]


class SearchIndex:
    """Holds the current snapshot and replaces it when entries change; readers never wait."""

    def __init__(
        self,
        embedder: Embedder,
        cache: VectorCache,
        glossary: Glossary,
        *,
        chroma_url: str = "",
        held: HeldVersions | None = None,
        day: date | None = None,
        counts: TextCounts | None = None,
    ) -> None:
        """With the address of a Chroma server, that holds the searched texts too.

        `held` and `counts` come from another index that differs a little, to reuse its work: see `fill`.
        """
        self.embedder = embedder
        self.stored = ChromaIndex(chroma_url, embedder.fingerprint, embedder.dimension) if chroma_url else None
        self._cache = cache
        self._glossary = glossary
        self._held = held or {}
        self._day = day
        self._entries: dict[EntryId, Held] = {}
        self._counts = TextCounts() if counts is None else counts
        self._changing = threading.Lock()
        # This empty snapshot is not synchronised: what an earlier start left in Chroma is to be reused.
        self.snapshot = self._snapshot(0, (), np.empty((0, embedder.dimension), dtype=np.float32))

    def refresh(
        self,
        standing_since: Callable[[int], tuple[int, Iterable[EntryVersion]]],
        *,
        day: date | None = None,
        progress: Progress = no_progress,
    ) -> int:
        """Take in the entries that changed after the snapshot's revision; return how many there were.

        `standing_since` gives all versions of each that may be served from now on, oldest first. With a day, entries
        not valid on it are left out, so that they do not affect the scores of others. The change is live before Chroma
        has it, and even if Chroma fails.
        """
        with self._changing:
            revision, standing = standing_since(self.snapshot.revision)
            if (revision, day) == (self.snapshot.revision, self.snapshot.day):
                return 0
            taken_in = list(standing) if revision != self.snapshot.revision else []
            changed = {entry.id for entry in taken_in}
            unchanged = {entry_id: versions for entry_id, versions in self._held.items() if entry_id not in changed}
            self._held, self._day = _with_versions(unchanged, taken_in), day
            self._entries = self._searched()
            self.snapshot = self._build(revision, progress, known=self.snapshot)
            self._counts.keep_only(self.snapshot.texts)
            coming = [text for versions in self._held.values() for version in versions[1:] for text in version.texts]
            self._embedded(coming, progress)  # cached, so that their day begins without a wait
        if self.stored is not None:
            self.stored.follow(self.snapshot)
        return len(changed)

    def fill(self, revision: int, known: Snapshot) -> None:
        """Build the snapshot of the entries held, reusing the vectors of texts that `known` has."""
        self._entries = self._searched()
        self.snapshot = self._build(revision, no_progress, known=known)

    def nearest(
        self, snapshot: Snapshot, vector: Vectors, limit: int, hidden: Collection[EntryId] = ()
    ) -> list[EntryId]:
        """Return the entries of the snapshot's `limit` nearest texts, one item a text, best first.

        `hidden` entries are left out.
        """
        nearest = None
        if self.stored is not None and len(snapshot.texts) > COMPARED_UP_TO:
            nearest = self.stored.nearest(snapshot, vector, limit, hidden)
        return compared(snapshot, vector, limit, hidden) if nearest is None else nearest

    def vectors_of(self, texts: Sequence[SearchedText]) -> Vectors:
        """Return one row for each text, searched or not; they are kept like those of searched texts."""
        return self._embedded(texts, no_progress)

    def written(self, text: str, *, is_french: bool = True, kept: Collection[str] = ()) -> str:
        """Return a question as the base of the moment would write it; see `LexicalIndex.written`."""
        return self.snapshot.lexical.written(text, is_french=is_french, kept=kept)

    def is_borrowed(self, word: str) -> bool:
        """Whether French texts of the base have this folded word; see `LexicalIndex.is_borrowed`."""
        return self.snapshot.lexical.is_borrowed(word)

    def beside(self) -> "SearchIndex":
        """Return an empty index with the same model, vectors and glossary, to try other entries in."""
        return SearchIndex(self.embedder, self._cache, self._glossary)

    def with_proposed(self, versions: Iterable[EntryVersion], *, day: date | None) -> "SearchIndex":
        """Return a copy of the index in which these versions are the newest, as of a day; Chroma is not touched.

        Without a day it holds all approved entries.
        """
        return self._holding(_with_versions(self._held, versions), day=day, revision=self.snapshot.revision + 1)

    @property
    def is_all_searched(self) -> bool:
        """Whether every approved entry is valid on the index's day."""
        return len(self._entries) == sum(
            held_versions[-1].status is EntryStatus.APPROVED for held_versions in self._held.values()
        )

    @property
    def state(self) -> State:
        """The versions that are searched."""
        return frozenset(self.snapshot.versions.items())

    def holding(
        self, state: State, load: Callable[[Collection[tuple[EntryId, int]]], Iterable[EntryVersion]]
    ) -> "SearchIndex":
        """Return an index of exactly these versions, as if the base had no others; this one stays as it is.

        `load` is asked for the versions that this index does not hold.
        """
        snapshot = self.snapshot
        shared = {entry_id for entry_id, version in state if snapshot.versions.get(entry_id) == version}
        held: HeldVersions = {entry_id: (snapshot.entries[entry_id],) for entry_id in shared}
        others = load([held_state for held_state in state if held_state[0] not in shared])
        return self._holding(_with_versions(held, others), day=None, revision=snapshot.revision)

    def _holding(self, held: HeldVersions, *, day: date | None, revision: int) -> "SearchIndex":
        """Return an index of the entries held, as of a day."""
        other = SearchIndex(self.embedder, self._cache, self._glossary, held=held, day=day, counts=self._counts)
        other.fill(revision, known=self.snapshot)
        return other

    def missing(self, *, sample: int | None = None) -> list[str]:
        """Write to Chroma what it lacks and return the ids of texts that it does not find by their own vectors.

        With `sample`, only so many texts are queried, chosen at random. None are missing without Chroma. Raises
        StaleIndex.
        """
        if self.stored is None:
            return []
        self.stored.keep_in_step()
        texts, vectors = self.snapshot.texts, self.snapshot.vectors
        if sample is not None and sample < len(texts):
            chosen = sorted(random.sample(range(len(texts)), sample))
            texts, vectors = tuple(texts[at] for at in chosen), vectors[chosen]
        return self.stored.missing(texts, vectors)

    def rebuild(self, progress: Progress = no_progress) -> None:
        """Write every vector to Chroma again; texts whose vectors are cached are not embedded again."""
        with self._changing:
            self.snapshot = self._build(self.snapshot.revision, progress, known=self.snapshot)
        if self.stored is not None:
            self.stored.rebuild(self.snapshot)

    def close(self) -> None:
        if self.stored is not None:
            self.stored.close()

    def _searched(self) -> dict[EntryId, Held]:
        """Return the approved entries in the version in force on the day; without a day, all in the newest one."""
        day = self._day
        chosen = {
            entry_id: versions[-1] if day is None else in_force(versions, day)
            for entry_id, versions in self._held.items()
        }
        return {
            entry_id: held_version
            for entry_id, held_version in chosen.items()
            if held_version.status is EntryStatus.APPROVED and (day is None or held_version.window.contains(day))
        }

    def _build(self, revision: int, progress: Progress, *, known: Snapshot) -> Snapshot:
        texts = tuple(text for entry in self._entries.values() for text in entry.texts)
        return self._snapshot(revision, texts, self._vectors(texts, known, progress))

    def _snapshot(self, revision: int, texts: tuple[SearchedText, ...], vectors: Vectors) -> Snapshot:
        groups = {entry_id: entry.texts for entry_id, entry in self._entries.items()}
        spans: dict[EntryId, slice] = {}
        start = 0
        for entry_id, group in groups.items():
            spans[entry_id] = slice(start, start + len(group))
            start += len(group)
        variants = {entry_id: entry.variant for entry_id, entry in self._entries.items() if entry.variant is not None}
        return Snapshot(
            revision=revision,
            entries=self._entries,
            lexical=LexicalIndex(groups, self._glossary, self._counts),
            texts=texts,
            vectors=vectors,
            spans=spans,
            versions={entry_id: entry.version for entry_id, entry in self._entries.items()},
            positions={entry_id: at for at, entry_id in enumerate(groups)},
            question_counts={
                entry_id: sum(text.kind is Kind.QUESTION for text in group) for entry_id, group in groups.items()
            },
            with_figures=frozenset(entry_id for entry_id, group in groups.items() if _has_figure(group)),
            regions={entry_id: entry.regions for entry_id, entry in self._entries.items()},
            families=Families(variants),
            day=self._day,
        )

    def _vectors(self, texts: Sequence[SearchedText], known: Snapshot, progress: Progress) -> Vectors:
        """Return one row for each text, reusing those of texts that `known` has."""
        rows = {text: row for row, text in enumerate(known.texts)}
        at = np.array([rows.get(text, -1) for text in texts], dtype=np.int64)
        vectors = np.empty((len(texts), self.embedder.dimension), dtype=np.float32)
        vectors[at >= 0] = known.vectors[at[at >= 0]]
        fresh = np.flatnonzero(at < 0).tolist()
        vectors[fresh] = self._embedded([texts[place] for place in fresh], progress)
        return vectors

    def _embedded(self, texts: Sequence[SearchedText], progress: Progress) -> Vectors:
        def embed(positions: Sequence[int]) -> Vectors:
            wanted = [texts[at] for at in positions]
            vectors = np.empty((len(wanted), self.embedder.dimension), dtype=np.float32)
            for kind, embed_kind in (
                (Kind.QUESTION, self.embedder.embed_queries),
                (Kind.PASSAGE, self.embedder.embed_passages),
            ):
                rows = [row for row, text in enumerate(wanted) if text.kind is kind]
                if rows:
                    vectors[rows] = embed_kind([wanted[row].embedded_text for row in rows])
            return vectors

        return self._cache.vectors(
            [text.content_hash for text in texts], embed, lambda done, total: progress("embedding", done, total)
        )


def compared(snapshot: Snapshot, vector: Vectors, limit: int, hidden: Collection[EntryId] = ()) -> list[EntryId]:
    """Return the entries of the nearest texts that are not hidden, each text compared with the vector, best first."""
    # einsum stays on one thread: those of a matrix product fight with the embedding model's, and take longer.
    similarities = np.einsum("ij,j->i", snapshot.vectors, vector)
    for entry_id in snapshot.spans.keys() & hidden:
        similarities[snapshot.spans[entry_id]] = -np.inf
    order = highest(similarities, limit)
    return [snapshot.texts[at].entry_id for at in order if similarities[at] > -np.inf]


def highest(figures: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """Return the places of the highest figures, the highest first and equal ones in their order."""
    near = np.arange(len(figures))
    if limit < len(near):  # sorting all of them takes three times as long
        least = -np.partition(-figures, limit - 1)[limit - 1]
        near = np.flatnonzero(figures >= least)  # with all that equal the last: which are taken is settled below
    order: NDArray[np.int64] = near[np.lexsort((near, -figures[near]))][:limit]
    return order


@lru_cache(maxsize=2_000)  # groups of texts; an index that changes by an entry looks through that one alone
def _has_figure(texts: tuple[SearchedText, ...]) -> bool:
    return any(text.kind is Kind.PASSAGE and _FIGURE.search(text.text) for text in texts)


def vector_cache_path(folder: Path, fingerprint: str) -> Path:
    """Return where the vectors of a model are kept."""
    return derived_path(folder, "vectors", fingerprint)


def derived_path(folder: Path, what: str, fingerprint: str) -> Path:
    """Return the file for something that was made with a model."""
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in fingerprint)
    return folder / f"{what}-{safe[:120]}.db"
