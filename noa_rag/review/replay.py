"""Outcomes before and after a publication compared: which questions would be answered otherwise, and how."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.draft import Recheck
from noa_rag.domain.entry import Audience, EntryId
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import Asked, Failure, FailureKind
from noa_rag.domain.ports import GateVerdict
from noa_rag.domain.question import Ask, Language

STILL_FAILING_NAMED = 20
KEY_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class AskedAs:
    """The parts of a recorded question that decide its outcome; equal ones are asked once."""

    text: str
    region: str | None = None
    audience: str | None = None
    language: Language | None = None

    @property
    def ask(self) -> Ask:
        """The question as the answer path takes it, in strict mode and of today."""
        audience = Audience(self.audience) if self.audience in set(Audience) else None
        return Ask(self.text, region=self.region, audience=audience, language=self.language)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visitor would be given: an entry, a choice between some, or a refusal with its reason."""

    status: AnswerStatus
    entry_id: EntryId | None = None
    version: int | None = None
    offers: tuple[EntryId, ...] = ()
    reason: Reason | None = None
    text_hash: str = ""
    """Of the text shown, where an entry answers: an edited entry shows another one."""


UNREADABLE = Outcome(AnswerStatus.ABSTAINED)
"""A recorded question that is no longer taken for one, such as a text that was masked as a whole."""


class ChangeKind(StrEnum):
    """How an outcome would change."""

    NEWLY_ANSWERED = "newly_answered"
    OTHER_ENTRY = "other_entry"
    """Another entry would answer."""
    OTHER_TEXT = "other_text"
    """The same entry would answer, in other words."""
    LOST = "lost"
    """Answered today, and would not be."""
    OTHER_OFFERS = "other_offers"
    """Not answered either way, with other entries to choose from, or another refusal."""


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """One question whose outcome would change; `count` is how often it was asked among those replayed."""

    kind: ChangeKind
    text: str
    count: int
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Replayed:
    """Questions replayed on the base as it is and as it would be; counts include repeated questions.

    `distinct_count` is the number of distinct questions, each of which was asked.
    """

    question_count: int
    distinct_count: int
    answered_before: int
    answered_after: int
    changes: tuple[OutcomeChange, ...] = ()

    def of_kind(self, kind: ChangeKind) -> tuple[OutcomeChange, ...]:
        """Return the changes of one kind, those asked most often first."""
        return tuple(change for change in self.changes if change.kind is kind)

    def count_of(self, kind: ChangeKind) -> int:
        """Return how many questions would change in this way."""
        return sum(change.count for change in self.of_kind(kind))

    @property
    def unchanged_count(self) -> int:
        return self.question_count - sum(change.count for change in self.changes)


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What would change: for the questions of the draft's own group, and for those recorded lately.

    `left_out_count` recorded questions were not asked, because there was no time for them; usually there are none.
    """

    day: date
    """The day on which they were asked."""
    own: Replayed
    recorded: Replayed
    seconds: float
    left_out_count: int = 0


@dataclass(frozen=True, slots=True)
class SpoiltAnswer:
    """An answer of today that a publication would take away, or give to another entry: `after`."""

    question: str
    count: int
    before: EntryId
    after: EntryId | None

    @property
    def key(self) -> str:
        """The key by which a person acknowledges it."""
        return _key(f"{self.before}\0{self.question}")


@dataclass(frozen=True, slots=True)
class Spoilt:
    """All that is to be acknowledged before a publication, each with its key.

    Answers that it would spoil, what a quick evaluation found, and, in a wording that a model proposed, the sentences
    that no quoted passage bears out.
    """

    answers: tuple[SpoiltAnswer, ...] = ()
    findings: Mapping[str, str] = field(default_factory=dict)
    unfounded: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset({*(answer.key for answer in self.answers), *self.findings, *self.unfounded})


class SpoilsAnswers(NotAllowedNow):
    """Publishing would spoil answers that nobody acknowledged yet; `spoilt` names all of them."""

    def __init__(self, spoilt: Spoilt, *, missing_count: int) -> None:
        super().__init__(
            f"{missing_count} answers that would be spoilt, or sentences that nothing bears out; read them, and "
            "acknowledge each.",
            reason="spoils" if spoilt.answers or spoilt.findings else "unfounded",
        )
        self.spoilt = spoilt


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would change, and the verdict of the quick gate: None when the evaluations are not installed."""

    replay: ReplayReport
    verdict: GateVerdict | None
    replaced: tuple[str, ...] = ()
    """What it says of versions to come that would never be served."""

    @property
    def spoilt(self) -> Spoilt:
        """What somebody must acknowledge before this is published."""
        return spoilt_by(self.replay, (*self.replaced, *(self.verdict.findings if self.verdict else ())))


def spoilt_by(report: ReplayReport, findings: Collection[str] = ()) -> Spoilt:
    """Return what a publication would spoil, from a replay and the findings of a gate.

    A draft is meant to change the answers of its own group: there, only lost answers count.
    """
    changes = [*report.own.of_kind(ChangeKind.LOST), *_taken(report.recorded)]
    answers = [
        SpoiltAnswer(change.text, change.count, change.before.entry_id, change.after.entry_id)
        for change in changes
        if change.before.entry_id is not None
    ]
    return Spoilt(tuple(answers), {_key(finding): finding for finding in findings})


def check_acknowledged(spoilt: Spoilt, acknowledged: Collection[str]) -> None:
    """Raise SpoilsAnswers unless somebody acknowledged all that would be spoilt."""
    if missing := spoilt.keys - set(acknowledged):
        raise SpoilsAnswers(spoilt, missing_count=len(missing))


def _taken(replayed: Replayed) -> Iterator[OutcomeChange]:
    yield from replayed.of_kind(ChangeKind.LOST)
    yield from replayed.of_kind(ChangeKind.OTHER_ENTRY)


def unfounded_keys(sentences: Iterable[str]) -> Mapping[str, str]:
    """Return sentences that nothing bears out by the keys that acknowledge them."""
    return {_key(f"unfounded\0{sentence}"): sentence for sentence in sentences}


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def asked_as(asked: Asked) -> AskedAs:
    """Return what a recorded question's outcome depends on."""
    return AskedAs(asked.text, asked.region, asked.audience, asked.language)


def compared(
    counts: Mapping[AskedAs, int], before: Mapping[AskedAs, Outcome], after: Mapping[AskedAs, Outcome]
) -> Replayed:
    """Return what would change for questions that were each asked so many times."""
    changes = [
        OutcomeChange(kind, question.text, count, before[question], after[question])
        for question, count in counts.items()
        if (kind := _kind(before[question], after[question])) is not None
    ]
    changes.sort(key=lambda change: (-change.count, change.text))
    return Replayed(
        question_count=sum(counts.values()),
        distinct_count=len(counts),
        answered_before=_answered(counts, before),
        answered_after=_answered(counts, after),
        changes=tuple(changes),
    )


def _answered(counts: Mapping[AskedAs, int], outcomes: Mapping[AskedAs, Outcome]) -> int:
    return sum(count for question, count in counts.items() if outcomes[question].entry_id is not None)


def _kind(before: Outcome, after: Outcome) -> ChangeKind | None:
    if before.entry_id is None and after.entry_id is not None:
        return ChangeKind.NEWLY_ANSWERED
    if before.entry_id is not None and after.entry_id is None:
        return ChangeKind.LOST
    if before.entry_id != after.entry_id:
        return ChangeKind.OTHER_ENTRY
    if before.entry_id is not None:
        return ChangeKind.OTHER_TEXT if before.text_hash != after.text_hash else None
    is_same = (before.status, before.offers, before.reason) == (after.status, after.offers, after.reason)
    return None if is_same else ChangeKind.OTHER_OFFERS


def rechecked(failures: Sequence[Failure], outcomes: Mapping[AskedAs, Outcome]) -> Recheck:
    """Return how many of a group's questions are answered now; those that `outcomes` does not know were not asked."""
    failures_again = [failure for failure in failures if asked_as(failure.asked) in outcomes]
    failing = [
        failure for failure in failures_again if not _is_answered_now(failure, outcomes[asked_as(failure.asked)])
    ]
    texts = dict.fromkeys(failure.asked.text for failure in failing)
    return Recheck(len(failures_again), len(failures_again) - len(failing), tuple(texts)[:STILL_FAILING_NAMED])


def _is_answered_now(failure: Failure, now: Outcome) -> bool:
    """Whether the question is answered now; an answer that did not help before does not count."""
    if now.entry_id is None:
        return False
    if failure.kind in (FailureKind.ABSTAINED, FailureKind.NOT_TAKEN):
        return True
    return (now.entry_id, now.version) != (failure.asked.entry_id, failure.asked.entry_version)
