"""The base and the official library as draft making uses them: entries nearby, agencies, passages to quote."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.understand import normalise
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.draft import NearEntry
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Section
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import Doing, Match, Progress, Retrieved, no_progress
from noa_rag.domain.question import Ask, Question
from noa_rag.domain.queue import ItemId
from noa_rag.french.language import detect_language
from noa_rag.knowledge.vosdroits.fiche import ORIGIN
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.retrieval.spelling import SureSpelling
from noa_rag.retrieval.thresholds import ALL_WORDS_WORTH, TRAILING_WORTH
from noa_rag.review.evidence import FoundPassage, Quotable, quotables
from noa_rag.review.ownership import Around, RetrievedEntry
from noa_rag.review.served_base import ServedBase

NEAR_SHOWN = 3
FINGERPRINT_LENGTH = 16  # hexadecimal digits
_WORD = re.compile(r"[^\W\d_]+")
TEXTS_READ = 3  # whose passages are compared: the right fiche is among the first three for most questions


class BaseKnowledge:
    """Reads the current snapshot; make one for each run of draft making."""

    def __init__(self, noa: ServedBase) -> None:
        self._noa = noa
        self._agencies = noa.agencies()
        self._owners = _owners(noa)
        self._middle = _middle(noa)
        self._spelt = SureSpelling(_written_words(noa))
        self._remits = self._embedded_remits()
        self._subjects = self._subjects_of_owners()
        self._given = self._given_to_owners()

    def around(self, questions: Sequence[str]) -> Around:
        vector = _mean_of(self._embedded(questions))
        question = asked_today(questions[0], self._noa.index)
        retrieved = self._noa.retriever.retrieve_embedded(question, vector)
        versions = self._noa.records.in_force([match.entry_id for match in retrieved.matches], question.as_of)
        entries = tuple(
            RetrievedEntry(versions[match.entry_id], match.score)
            for match in retrieved.matches
            if match.entry_id in versions
        )
        subjects, remits = self._subject_likeness(vector), self._remit_likeness(vector)
        return Around(entries, subjects, remits, self._given_likeness(vector))

    def near(self, question: str) -> tuple[NearEntry, ...]:
        """Return the entries that Noa puts first when those before are hidden, the surest first."""
        near: list[NearEntry] = []
        while len(near) < NEAR_SHOWN:
            path = self._noa.path(hidden={neighbour.entry_id for neighbour in near})
            try:
                turn = run(path, Ask(question))
            except InvalidQuestion:
                break
            if not turn.candidates or turn.judgement is None:
                break
            first = turn.candidates[0].version
            near.append(NearEntry(first.id, first.content.question, round(turn.judgement.confidence, 3)))
        return tuple(sorted(near, key=lambda neighbour: (-neighbour.confidence, neighbour.entry_id)))

    def likeness(self, question: str, others: Sequence[str]) -> list[float]:
        if not others:
            return []
        own, *rest = self._centred(self._embedded([question, *others]))
        return [float(max(0.0, row @ own)) for row in rest]

    def spelt(self, word: str) -> str:
        return self._spelt(word)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self._agencies

    def owners(self) -> frozenset[AgencyId]:
        return self._owners

    def themes(self) -> tuple[Theme, ...]:
        return self._noa.themes()

    def _embedded(self, questions: Sequence[str]) -> Vectors:
        return self._noa.index.embedder.embed_queries([normalise(question) for question in questions])

    def _embedded_remits(self) -> tuple[list[AgencyId], Vectors]:
        listed = [owner for owner in sorted(self._owners) if self._agencies[owner].remit]
        texts = [f"{self._agencies[remit].name}. {self._agencies[remit].remit}" for remit in listed]
        embedder = self._noa.index.embedder
        return listed, embedder.embed_passages(texts) if texts else np.empty((0, embedder.dimension), np.float32)

    def _subjects_of_owners(self) -> dict[AgencyId, Vectors]:
        """Return the mean, of length 1, of an agency's entries: of the centred mean of each one's questions."""
        snapshot = self._noa.index.snapshot
        middles: dict[AgencyId, list[Vectors]] = {owner: [] for owner in self._owners}
        for version in self._noa.servable():
            content, span = version.content, snapshot.spans.get(version.id)
            is_own = content.origin != ORIGIN and content.variant_of is None  # a family asks one question
            if span is not None and content.agency_id in middles and is_own:
                questions = snapshot.vectors[span][: snapshot.question_counts[version.id]]
                middles[content.agency_id].append(_unit(self._centred(questions).mean(axis=0)))
        return {owner: _unit(np.mean(listed, axis=0)) for owner, listed in middles.items() if listed}

    def _given_to_owners(self) -> tuple[list[AgencyId], Vectors]:
        """Return the groups that somebody gave to an agency, or whose draft she did, with their questions' vectors."""
        review, items = self._noa.records.review, self._noa.records.queue.items()
        drafts = {draft.group_id: draft for draft in review.drafts() if draft.state.is_pending and not draft.is_edit}
        listed: list[AgencyId] = []
        questions: list[str] = []
        for group in review.groups():
            item, draft = items.get(ItemId(group.id)), drafts.get(group.id)
            if draft is not None:
                owner = draft.owner if not draft.owner_reason else None
            else:
                owner = item.agency_id if item and item.given_by else None
            if owner is not None and group.failures:
                listed.append(owner)
                questions.append(group.canonical)
        width = self._noa.index.embedder.dimension
        return listed, self._centred(self._embedded(questions)) if questions else np.empty((0, width), np.float32)

    def _given_likeness(self, vector: Vectors) -> dict[AgencyId, float]:
        listed, vectors = self._given
        likenesses: dict[AgencyId, float] = {}
        for owner, likeness in zip(listed, vectors @ self._centred(vector[None, :])[0], strict=True):
            likenesses[owner] = max(likenesses.get(owner, -1.0), float(likeness))
        return likenesses

    def _subject_likeness(self, vector: Vectors) -> dict[AgencyId, float]:
        own = self._centred(vector[None, :])[0]
        return {owner: float(middle @ own) for owner, middle in self._subjects.items()}

    def _remit_likeness(self, vector: Vectors) -> dict[AgencyId, float]:
        listed, vectors = self._remits
        if not listed:
            return {}
        centred = _unit(vectors - vectors.mean(axis=0))
        own = self._centred(vector[None, :])[0]
        return dict(zip(listed, (float(likeness) for likeness in centred @ own), strict=True))

    def _centred(self, vectors: Vectors) -> Vectors:
        """Centre vectors on the mean question: raw cosines lie between .75 and .90, centred ones spread over 0 to 1."""
        return _unit(vectors - self._middle)


def _owners(noa: ServedBase) -> frozenset[AgencyId]:
    """Return the agencies that may own an entry: those with entries of their own today, or a remit and no entry at all.

    The publisher of imported fiches is no owner, nor are the ministries that these name.
    """
    own = {entry.content.agency_id for entry in noa.servable() if entry.content.origin != ORIGIN}
    imported = {entry.content.agency_id for entry in noa.servable() if entry.content.origin == ORIGIN}
    agencies = noa.agencies()
    idle = {agency_id for agency_id, agency in agencies.items() if agency.remit and agency_id not in imported}
    return frozenset((own | idle) & agencies.keys()) or frozenset(agencies)


def _middle(noa: ServedBase) -> Vectors:
    snapshot = noa.index.snapshot
    rows = [at for at, text in enumerate(snapshot.texts) if text.kind is Kind.QUESTION]
    if not rows:
        return np.zeros(noa.index.embedder.dimension, np.float32)
    middle: Vectors = snapshot.vectors[rows].mean(axis=0).astype(np.float32)
    return middle


def _written_words(noa: ServedBase) -> Counter[str]:
    """Return how often the entries' answers write each word; never from questions typed."""
    passages = (text.text for text in noa.index.snapshot.texts if text.kind is Kind.PASSAGE)
    return Counter(word.lower() for text in passages for word in _WORD.findall(text))


class LibraryIndex:
    """Every quotable passage of the library under hybrid retrieval; nothing is kept but vectors by content hash."""

    def __init__(
        self, noa: ServedBase, texts: Mapping[EntryId, EntryContent], progress: Progress = no_progress
    ) -> None:
        self._texts = texts
        self.fingerprint = library_fingerprint(texts)
        self._quotables = {text_id: tuple(quotables(content)) for text_id, content in texts.items()}
        self._bears = noa.calibration.library_bears
        self._index = noa.index.beside()
        self._retriever = HybridRetriever(self._index, noa.calibration.ranking, noa.calibration.subject)
        versions = [_in_passages(entry_id, content, self._quotables[entry_id]) for entry_id, content in texts.items()]
        self._index.refresh(
            lambda revision: (revision + 1, versions),
            progress=lambda _, done, total: progress(Doing.EMBEDDING_LIBRARY, done, total),
        )

    def content(self, text_id: EntryId) -> EntryContent | None:
        return self._texts.get(text_id)

    def passages(self, questions: Sequence[str]) -> list[FoundPassage]:
        """Return the passages of the few texts nearest to the questions, the worthiest first.

        The words of the first question are searched, and the mean vector of all; cosines are with that mean.
        """
        vector = _mean_of(self._index.embedder.embed_queries([normalise(question) for question in questions]))
        question = asked_today(questions[0], self._index)
        retrieved = self._retriever.retrieve_embedded(question, vector)
        passages = [
            passage
            for match in retrieved.matches[:TEXTS_READ]
            for passage in self._passages(retrieved, match, question.normalised, vector)
        ]
        return sorted(passages, key=lambda passage: (-passage.worth, passage.source_id, passage.position))

    def _passages(self, retrieved: Retrieved, match: Match, question: str, vector: Vectors) -> list[FoundPassage]:
        snapshot = self._index.snapshot
        content, span = self._texts[match.entry_id], snapshot.spans[match.entry_id]
        trailing = retrieved.matches[0].score - match.score
        covered = snapshot.lexical.overlap(snapshot.lexical.understand(question)).covered[span]
        cosines = snapshot.vectors[span] @ vector
        texts = snapshot.texts[span]
        bearing = self._bears.probability(features(retrieved))
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


def asked_today(text: str, index: SearchIndex) -> Question:
    """Return a question as the answer path would understand it today."""
    normalised = normalise(text)
    return Question(text, normalised, detect_language(normalised, index.is_borrowed), today_in_paris())


def library_texts(noa: ServedBase) -> dict[EntryId, EntryContent]:
    """Return the official texts: those kept as a library, and those that the operator serves as entries."""
    served = {entry.id: entry.content for entry in noa.servable() if entry.content.origin == ORIGIN}
    return dict(sorted({**served, **noa.records.library_texts()}.items()))


def library_fingerprint(texts: Mapping[EntryId, EntryContent]) -> str:
    """Return a hash that changes when an official text is new, gone or changed."""
    digest = hashlib.sha256()
    for text_id, content in sorted(texts.items()):
        parts = [text_id, content.question, content.answer, *(source.url for source in content.sources)]
        parts += [part for section in content.sections for part in (section.heading, section.text)]
        digest.update("\0".join(parts).encode() + b"\1")
    return digest.hexdigest()[:FINGERPRINT_LENGTH]


def _in_passages(text_id: EntryId, content: EntryContent, passages: Sequence[Quotable]) -> EntryVersion:
    """Return a text as the index takes it: one section for each passage, found again by its number."""
    sections = tuple(Section(str(number), passage.heading, passage.text) for number, passage in enumerate(passages))
    divided = replace(content, answer="", sections=sections, alternate_questions=(), regions=())
    return EntryVersion(text_id, 1, divided, EntryStatus.APPROVED, "", "", datetime.min.replace(tzinfo=UTC))


def _mean_of(vectors: Vectors) -> Vectors:
    return _unit(vectors.mean(axis=0))


def _unit(vectors: Vectors) -> Vectors:
    """Return vectors at length 1; one of length 0 stays."""
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
    return unit.astype(np.float32)
