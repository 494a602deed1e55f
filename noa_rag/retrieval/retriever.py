"""Hybrid retrieval: what BM25 or the vectors find is scored by both, and ordered by the sum of their figures."""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p

from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.domain.question import Language, Question
from noa_rag.french.words import fold
from noa_rag.retrieval.bm25 import Scores
from noa_rag.retrieval.calibration import Subject
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.index import SearchIndex, Snapshot, highest
from noa_rag.retrieval.lexical import LexicalQuery, Overlap
from noa_rag.retrieval.passages import Kind
from noa_rag.retrieval.thresholds import (
    ALL_WORDS_WORTH,
    LEAST_RARITY,
    LEXICAL_LIMIT,
    MATCH_LIMIT,
    NEAREST_LIMIT,
    RANK_OFFSET,
    USUAL_LENGTH,
)

# What a learned order weighs. On written messages about entries held out, BM25 over passages, questions and pairs of
# words, the glossary's expansions and the share of nearest texts together brought 0.7 points of right firsts more.
RANKED = (
    "dense_question", "dense_passage", "whole", "covered", "covered_by_entry", "rarest_missing", "covered_by_question",
    "question_likeness",
)  # fmt: skip
# Entries speak to employers; somebody who names her own boss asks from the other side.
_EMPLOYEE = re.compile(
    r"\b(?:mon|ma|mes|notre) (?:patron|patronne|chef|cheffe|employeur|boss|manager|drh|rh)\b|\bmy (?:boss|employer)\b"
)
_ASKS_FIGURE = re.compile(
    r"\b(?:combien|montants?|tarifs?|prix|coute|couts?|taux|pourcentage|bareme|how much|fees?|rates?|cost)\b"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """All that retrievers know of one question in one snapshot."""

    snapshot: Snapshot
    vector: Vectors
    query: LexicalQuery
    lexical: Scores
    overlap: Overlap
    neighbours: list[EntryId]
    own: frozenset[EntryId]
    is_english: bool


class HybridRetriever:
    """Finds entries for a question in the current snapshot of the index."""

    def __init__(
        self, index: SearchIndex, ranking: Mapping[str, float], subject: Subject, *, limit: int = MATCH_LIMIT
    ) -> None:
        self._index = index
        self.ranking = ranking
        self.subject = subject
        self.limit = limit

    @property
    def manner(self) -> Hashable:
        """The settings that, beside the index, determine what is found and in which order; hashable, for cache keys."""
        return self.limit, frozenset(self.ranking.items())

    def written(self, text: str, *, is_french: bool = True) -> str:
        """Return a question as the base of the moment would write it."""
        return self._index.written(text, is_french=is_french)

    def is_borrowed(self, word: str) -> bool:
        """Whether French texts of the base have this folded word."""
        return self._index.is_borrowed(word)

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        vector = self._index.embedder.embed_queries([question.normalised])[0]
        return self.retrieve_embedded(question, vector, hidden=hidden)

    def retrieve_embedded(self, question: Question, vector: Vectors, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        """Return the matches for a question whose vector is known, as in evaluations that embed many at once."""
        snapshot = self._index.snapshot
        shown_none_of = frozenset(hidden)
        hidden = shown_none_of | snapshot.families.not_for(question)
        query = snapshot.lexical.understand(question.normalised)
        lexical = snapshot.lexical.scores(query)
        overlap = snapshot.lexical.overlap(query)
        neighbours = self._index.nearest(snapshot, vector, NEAREST_LIMIT, hidden)
        own = snapshot.lexical.with_question(question.normalised)
        is_english = question.language is Language.ENGLISH
        context = _Found(snapshot, vector, query, lexical, overlap, neighbours, own, is_english)
        subject = self.subject.score(vector, self._index.embedder.fingerprint)
        about = _question_evidence(context, question) | {"subject": subject}
        scored = []
        for entry_id in _candidates(context, hidden, limit=max(LEXICAL_LIMIT, self.limit)):
            figures = _figures(context, entry_id, about["rarity"])
            scored.append((fused_score(figures, about, self.ranking), entry_id, figures))
        scored.sort(key=lambda scored_entry: (scored_entry[1] not in own, -scored_entry[0], scored_entry[1]))
        best = set(snapshot.families.first_of_each(entry_id for _, entry_id, _ in scored))
        first = [scored_entry for scored_entry in scored if scored_entry[1] in best][: self.limit]
        matches = tuple(
            Match(
                entry_id=entry_id,
                version=snapshot.versions[entry_id],
                score=score,
                rank=rank,
                section_key=_section(context, entry_id),
                evidence=figures,
                family=snapshot.families.of(entry_id, hidden=shown_none_of),
            )
            for rank, (score, entry_id, figures) in enumerate(first, start=1)
        )
        return Retrieved(matches, about, frozenset(query.stems))


def _candidates(found: _Found, hidden: Collection[EntryId], *, limit: int) -> list[EntryId]:
    best = highest(found.lexical, limit + len(hidden))
    entry_ids = [found.snapshot.lexical.entry_ids[at] for at in best if found.lexical[at] > 0]
    shown = [entry_id for entry_id in entry_ids if entry_id not in hidden][:limit]
    own = sorted(entry_id for entry_id in found.own if entry_id not in hidden)
    return list(dict.fromkeys([*own, *shown, *found.neighbours]))


def _figures(found: _Found, entry_id: EntryId, rarity: float) -> dict[str, float]:
    """Return what each retriever says of an entry: cosines by kind of text, BM25 for each unit of rarity asked."""
    snapshot, overlap = found.snapshot, found.overlap
    at, span = snapshot.positions[entry_id], snapshot.spans[entry_id]
    question_count = snapshot.question_counts[entry_id]
    questions = slice(span.start, span.start + question_count)
    similarities = snapshot.vectors[span] @ found.vector
    by_question = float(similarities[:question_count].max(initial=0.0))
    by_passage = float(similarities[question_count:].max(initial=0.0))
    return {
        "whole": float(found.lexical[at]) / max(rarity, LEAST_RARITY),
        "dense_question": by_question,
        "dense_passage": by_passage,
        "covered": float(overlap.covered[span].max()),
        "covered_by_entry": float(overlap.covered_by_entry[at]),
        "covered_by_question": float(overlap.covered[questions].max(initial=0.0)),
        "question_likeness": float(overlap.likeness[questions].max(initial=0.0)),
        "rarest_missing": float(overlap.rarest_missing[at]),
        "has_figure": float(entry_id in snapshot.with_figures),
        "misses_year": float(overlap.misses_year[at]),
        "question_count": float(question_count),
        "is_own_question": float(entry_id in found.own),
    }


def _section(found: _Found, entry_id: EntryId) -> str | None:
    """Return the key of the section whose passage answers best; None for the introduction."""
    span = found.snapshot.spans[entry_id]
    similarities = found.snapshot.vectors[span] @ found.vector
    figures = similarities + ALL_WORDS_WORTH * found.overlap.covered[span]
    passages = [
        (float(figure), -number, text.section_key)
        for number, (text, figure) in enumerate(zip(found.snapshot.texts[span], figures, strict=True))
        if text.kind is Kind.PASSAGE
    ]
    return max(passages, key=lambda passage: passage[:2])[2] if passages else None


def _question_evidence(found: _Found, question: Question) -> dict[str, float]:
    rarities = [found.snapshot.lexical.rarity(stem) for stem in found.query.stems]
    unknown = [found.snapshot.lexical.rarity(stem) for stem in found.query.unknown]
    guessed = [found.snapshot.lexical.rarity(stem) for stem in found.query.guessed]
    return {
        "word_count": float(len(found.query.stems)),
        "rarity": sum(rarities),
        "unknown_share": sum(unknown) / sum(rarities) if rarities else 1.0,
        "guessed_share": sum(guessed) / sum(rarities) if rarities else 0.0,
        "asks_as_employee": float(bool(_EMPLOYEE.search(fold(question.normalised)))),
        "asks_figure": float(bool(_ASKS_FIGURE.search(fold(question.normalised)))),
        "is_english": float(found.is_english),
    }


def ranked_by(figures: Mapping[str, float], about: Mapping[str, float]) -> dict[str, float]:
    """Return what orders a question's matches: its figures, and the same by the question's length and in English.

    In a story words say less than meaning does, and few words of an English question stand in French texts.
    """
    length = log1p(about["word_count"]) - USUAL_LENGTH
    return {
        **{name: figures[name] for name in RANKED},
        **{f"{name} by length": length * figures[name] for name in RANKED},
        **{f"{name} in English": about["is_english"] * figures[name] for name in RANKED},
    }


def fused_score(figures: Mapping[str, float], about: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted sum that orders matches. The weights were learned from labelled questions."""
    seen = ranked_by(figures, about)
    return sum(weight * seen[name] for name, weight in weights.items())


def reciprocal_rank_fusion(rankings: Sequence[Sequence[EntryId]]) -> list[EntryId]:
    """Merge rankings so that entries placed well by several retrievers come first; the yardstick of `make eval`."""
    scores: dict[EntryId, float] = defaultdict(float)
    for ranking in rankings:
        for rank, entry_id in enumerate(ranking, start=1):
            scores[entry_id] += 1 / (RANK_OFFSET + rank)
    return sorted(scores, key=lambda entry_id: (-scores[entry_id], entry_id))
