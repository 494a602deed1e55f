"""A base and a library in memory, for the making of drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Reason
from noa_rag.domain.draft import NearEntry
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.review.evidence import FoundPassage
from noa_rag.review.ownership import Around
from tests.factories import APPROVED_AT, a_theme, an_agency


def asked(text: str, number: int = 1, **changes: Any) -> Asked:
    """Return a question that Noa refused, each number in a conversation of its own, a minute after the one before."""
    question = Asked(
        question_id=f"{number:032}",
        conversation_id=f"c{number}",
        asked_at=APPROVED_AT + timedelta(minutes=number),
        text=text,
        normalised=text,
        language=Language.FRENCH,
        status="abstained",
        reason=Reason.UNCERTAIN,
    )
    return replace(question, **changes)


def failed(text: str, number: int = 1, *, kind: FailureKind = FailureKind.ABSTAINED, **changes: Any) -> Failure:
    return Failure(asked(text, number, **changes), kind)


def a_group(*texts: str, canonical: str = "", **changes: Any) -> QuestionGroup:
    """Return a group of questions that Noa refused; the first stands for it unless `canonical` is given."""
    failures = tuple(failed(text, number, **changes) for number, text in enumerate(texts, start=1))
    return QuestionGroup(GroupId("g" * 32), canonical or texts[0], APPROVED_AT, failures)


def a_passage(text: str, **changes: Any) -> FoundPassage:
    """Return a passage that bears on the question."""
    passage = FoundPassage(
        source_id=EntryId("F1"),
        title="Déposer une marque",
        url="https://www.service-public.fr/vosdroits/F1",
        heading="Coût",
        text=text,
        position=0,
        score=0.88,
        worth=0.95,
        bearing=0.9,
    )
    return replace(passage, **changes)


class FakeKnowledge:
    """Finds what it was given, whatever is asked."""

    def __init__(
        self,
        around: Around | None = None,
        *,
        near: Sequence[NearEntry] = (),
        likenesses: Mapping[str, float] | None = None,
    ) -> None:
        self.found = around or Around((), {}, {})
        self.near_entries = near
        self.likenesses = likenesses or {}
        self.spellings: dict[str, str] = {}
        self.known = {agency.id: agency for agency in (an_agency("inpi"), an_agency("urssaf-idf", short_name="Urssaf"))}
        self.asked: list[Sequence[str]] = []

    def around(self, questions: Sequence[str]) -> Around:
        self.asked.append(tuple(questions))
        return self.found

    def near(self, question: str) -> Sequence[NearEntry]:
        return self.near_entries

    def likeness(self, question: str, others: Sequence[str]) -> list[float]:
        return [self.likenesses.get(other, 0.0) for other in others]

    def spelt(self, word: str) -> str:
        return self.spellings.get(word.casefold(), word)

    def agencies(self) -> Mapping[AgencyId, Agency]:
        return self.known

    def owners(self) -> frozenset[AgencyId]:
        return frozenset(self.known)

    def themes(self) -> tuple[Theme, ...]:
        return (a_theme(),)


class FakeLibrary:
    """Finds the same passages whatever is asked."""

    fingerprint = "f1"

    def __init__(self, *passages: FoundPassage, texts: Mapping[EntryId, EntryContent] | None = None) -> None:
        self.found = passages
        self.texts = texts or {}

    def passages(self, questions: Sequence[str]) -> Sequence[FoundPassage]:
        return self.found

    def content(self, text_id: EntryId) -> EntryContent | None:
        return self.texts.get(text_id)
