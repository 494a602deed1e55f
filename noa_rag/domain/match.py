"""What retrieval found: entries with the evidence of each retriever kept apart."""

from dataclasses import dataclass, field

from noa_rag.domain.entry import EntryId


@dataclass(frozen=True, slots=True)
class Match:
    """One entry found for a question.

    `score` is the fused one that orders matches; `evidence` keeps each retriever's own figures by
    name; `section_key` names the section whose passage matched best, None for the introduction.
    """

    entry_id: EntryId
    version: int
    score: float
    rank: int
    section_key: str | None = None
    evidence: dict[str, float] = field(default_factory=dict)
    family: tuple[EntryId, ...] = ()
    """All entries that answer the same question, the general one first; empty where there is one alone."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The matches of one question, best first, with figures that describe the question itself.

    `words` are the stems that were looked for, misspelt words put right.
    """

    matches: tuple[Match, ...]
    question_evidence: dict[str, float] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
