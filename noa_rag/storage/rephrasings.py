"""Recorded attempts at rephrasing: what was shown for a question, and how often each outcome occurs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, select

from noa_rag.domain.days import paris_day
from noa_rag.domain.errors import NotFound
from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import questions, rephrasings
from noa_rag.storage.tables import in_utc


@dataclass(frozen=True, slots=True)
class RecordedRephrasing:
    """An attempt with the question it was made for."""

    id: int
    question_id: str
    question: str
    entry_id: str | None
    at: datetime
    rephrasing: Rephrasing


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many attempts asked a model, and how many of these were shown."""

    tried: int = 0
    shown: int = 0

    def __add__(self, other: "Accepted") -> "Accepted":
        return Accepted(self.tried + other.tried, self.shown + other.shown)


@dataclass(frozen=True, slots=True)
class RephrasingFigures:
    """Attempts counted by outcome, reason and failed check, and the seconds of those that asked a model, ascending.

    `by_model`, `by_prompt` and `by_day` (days of Paris) tell how many of these were shown.
    """

    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    checks: Mapping[str, int]
    seconds: Sequence[float]
    by_model: Mapping[str, Accepted]
    by_prompt: Mapping[str, Accepted]
    by_day: Mapping[date, Accepted]

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())


class RephrasingReader:
    """Reads the attempts; `QuestionStore` writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_question(self, question_id: str) -> Rephrasing | None:
        """Return the last attempt for a question, None when there was none."""
        query = select(rephrasings).where(rephrasings.c.question_id == question_id).order_by(rephrasings.c.id.desc())
        with self._database.reading() as connection:
            row = connection.execute(query.limit(1)).first()
        return _rephrasing(row) if row else None

    def latest(self, *, outcome: str = "", limit: int = 50) -> list[RecordedRephrasing]:
        """Return the latest attempts, newest first, of one outcome or of all."""
        query = _ATTEMPTS.order_by(rephrasings.c.id.desc()).limit(limit)
        if outcome:
            query = query.where(rephrasings.c.outcome == outcome)
        with self._database.reading() as connection:
            return [_recorded(row) for row in connection.execute(query)]

    def get(self, attempt_id: int) -> RecordedRephrasing:
        """Return one attempt. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(_ATTEMPTS.where(rephrasings.c.id == attempt_id)).first()
        if row is None:
            raise NotFound(f"No rephrasing has the number {attempt_id}.")
        return _recorded(row)

    def figures(self, *, since: datetime, until: datetime) -> RephrasingFigures:
        """Return the counts of attempts from `since` on and before `until`."""
        query = select(rephrasings).where(rephrasings.c.at >= since, rephrasings.c.at < until)
        outcomes, reasons, checks = Counter[str](), Counter[str](), Counter[str]()
        by_model, by_prompt = defaultdict[str, Accepted](Accepted), defaultdict[str, Accepted](Accepted)
        by_day = defaultdict[date, Accepted](Accepted)
        seconds = []
        with self._database.reading() as connection:
            for row in connection.execute(query):
                rephrasing = _rephrasing(row)
                outcomes[rephrasing.outcome.value] += 1
                if rephrasing.reason:
                    reasons[rephrasing.reason] += 1
                checks.update({finding.check for sentence in rephrasing.sentences for finding in sentence.findings})
                if rephrasing.outcome is not RephrasingOutcome.SKIPPED:
                    seconds.append(rephrasing.generation_seconds + rephrasing.verification_seconds)
                    accepted = Accepted(1, int(rephrasing.outcome is RephrasingOutcome.SHOWN))
                    by_model[rephrasing.model] += accepted
                    by_prompt[rephrasing.prompt] += accepted
                    by_day[paris_day(in_utc(row.at))] += accepted
        return RephrasingFigures(outcomes, reasons, checks, tuple(sorted(seconds)), by_model, by_prompt, by_day)


_ATTEMPTS = select(rephrasings, questions.c.text, questions.c.entry_id).join(questions)


def _recorded(row: Row[Any]) -> RecordedRephrasing:
    return RecordedRephrasing(row.id, row.question_id, row.text, row.entry_id, in_utc(row.at), _rephrasing(row))


def rephrasing_row(question_id: str, rephrasing: Rephrasing) -> dict[str, Any]:
    """Return an attempt as a row of its table."""
    return {
        "question_id": question_id,
        "at": datetime.now(UTC),
        "model": rephrasing.model,
        "prompt": rephrasing.prompt,
        "outcome": rephrasing.outcome.value,
        "reason": rephrasing.reason,
        "sentences": [
            {
                "text": sentence.text,
                "quote": sentence.quote,
                "findings": [{"check": f.check, "seen": f.seen, "official": f.official} for f in sentence.findings],
            }
            for sentence in rephrasing.sentences
        ],
        "generation_seconds": rephrasing.generation_seconds,
        "verification_seconds": rephrasing.verification_seconds,
    }


def _rephrasing(row: Row[Any]) -> Rephrasing:
    return Rephrasing(
        model=row.model,
        prompt=row.prompt,
        outcome=RephrasingOutcome(row.outcome),
        sentences=tuple(
            CheckedSentence(
                sentence["text"],
                sentence["quote"],
                tuple(CheckFinding(**finding) for finding in sentence["findings"]),
            )
            for sentence in row.sentences
        ),
        reason=row.reason,
        generation_seconds=row.generation_seconds,
        verification_seconds=row.verification_seconds,
    )
