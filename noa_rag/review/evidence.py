"""The proposed answer of a draft: passages of the official library, word for word, each under its source."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rapidfuzz import fuzz

from noa_rag.domain.draft import Evidence
from noa_rag.domain.entry import EntryContent, EntryId, Source
from noa_rag.knowledge.vosdroits.inline import render_link
from noa_rag.review.content_rules import TO_WRITE, content_problems

QUOTE_COUNT = 4
SOURCE_COUNT = 2
ANSWER_WANTED = 1_800  # characters of quotes: what is read in a minute and a half, and cut down in one
WITHIN = 0.035  # of the best passage's worth; further down stands what is beside the question
SAME_TEXT = 90  # per cent: fiches repeat each other's paragraphs
PARTIAL = "[…]"


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage of the library, as it stands there, with its place in its text.

    `score` is its cosine with the questions, `worth` orders passages, `bearing` says how surely the
    library speaks of the question at all (the same for every passage of one search).
    """

    source_id: EntryId
    title: str
    url: str
    heading: str
    text: str
    position: int
    score: float
    worth: float
    bearing: float
    is_partial: bool = False


class Library(Protocol):
    """What finds passages of the official texts."""

    def passages(self, questions: Sequence[str], *, hidden: Collection[EntryId] = ()) -> Sequence[FoundPassage]:
        """Return passages near the questions, the worthiest first; the first question stands for all."""

    def content(self, text_id: EntryId) -> EntryContent | None:
        """Return an official text whole."""


def chosen_passages(found: Sequence[FoundPassage], *, probe: EntryContent) -> tuple[FoundPassage, ...]:
    """Return the few passages to quote: those of the worthiest text first, each text's in its own order.

    `probe` is the content that will hold them: a passage that no entry may hold is left out.
    """
    taken: list[FoundPassage] = []
    for passage in found:
        if taken and passage.worth < taken[0].worth - WITHIN:
            break
        sources = {one.source_id for one in taken} | {passage.source_id}
        length = sum(len(one.text) for one in taken) + len(passage.text)
        repeated = any(fuzz.ratio(passage.text, one.text) >= SAME_TEXT for one in taken)
        if len(sources) > SOURCE_COUNT or (taken and length > ANSWER_WANTED) or repeated:
            continue
        if any(one.field == "answer" for one in content_problems(replace(probe, answer=passage.text))):
            continue
        taken.append(passage)
        if len(taken) == QUOTE_COUNT:
            break
    order = list(dict.fromkeys(one.source_id for one in taken))
    return tuple(sorted(taken, key=lambda one: (order.index(one.source_id), one.position)))


def quoted_answer(passages: Sequence[FoundPassage]) -> str:
    """Return the passages as Markdown, word for word, each source introduced by its link."""
    blocks: list[str] = []
    introduced = ("", "")
    for passage in passages:
        if (passage.url, passage.heading) != introduced:
            introduced = (passage.url, passage.heading)
            under = f", « {render_link(passage.heading, None)} »" if passage.heading else ""
            blocks.append(f"Selon la fiche {render_link(passage.title, passage.url)}{under} :")
        blocks.append(passage.text)
        if passage.is_partial:
            blocks.append(PARTIAL)
    return "\n\n".join(blocks)


def missing_answer(question: str, agency_name: str) -> str:
    """Return what stands for an answer when the library has nothing to quote: what the agency is to write."""
    return (
        f"{TO_WRITE} La bibliothèque officielle ne contient pas de passage qui réponde à « {question} »."
        f" {agency_name} est à même de préciser : la règle applicable, les personnes concernées, la démarche à suivre"
        " avec ses délais, et la page officielle de référence."
    )


def evidence_of(passages: Sequence[FoundPassage]) -> tuple[Evidence, ...]:
    """Return the passages as a draft keeps them."""
    return tuple(
        Evidence(one.source_id, one.title, one.url, one.heading, one.text, min(1.0, one.score)) for one in passages
    )


def sources_of(passages: Sequence[FoundPassage]) -> tuple[Source, ...]:
    """Return the quoted texts, each once."""
    return tuple(dict.fromkeys(Source(one.title, one.url) for one in passages))
