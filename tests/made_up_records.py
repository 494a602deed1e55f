"""Made-up questions with verdicts, groups, marks and attempts to rephrase, for tests of follow-up and records."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import (
    answer_marks,
    feedback,
    group_members,
    question_groups,
    questions,
    rephrasings,
)

# Where visitors come from, how often each; None: Noa's own pages, no region, no audience.
SITES = {None: 6, "economie.gouv.fr": 3, "inpi.fr": 1, "station-f": 1}
REGIONS = {None: 10, "FR-IDF": 4, "FR-ARA": 2, "FR-BRE": 1, "FR-974": 1}
AUDIENCES = {None: 8, "start-up": 2, "tpe": 1}
LANGUAGES = {"fr": 9, "en": 1}
STATUSES = {"answered": 55, "clarification": 30, "abstained": 15}
REFUSALS = {"nothing_close": 3, "uncertain": 3, "outside_validity": 1, "other_region": 1}
COMPLAINTS = {None: 1, "incomplete": 2, "off_topic": 2, "unclear": 1}
# Questions an hour of the day, in UTC: people ask while offices are open, and in the evening.
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 13, 9, 10, 13, 14, 12, 10, 8, 6, 5, 5, 4, 3, 2)
# What attempts of a model to rephrase come to, and why.
ATTEMPTS = {
    ("shown", ""): 4,
    ("refused", "nothing is left"): 3,
    ("refused", "no shorter than the official text"): 2,
    ("failed", "timed_out"): 1,
    ("skipped", "short"): 2,
}
JUDGED_SHARE, GROUPED_SHARE, MARKED_SHARE, REPHRASED_SHARE = 0.12, 0.5, 0.01, 0.1
GROUP_COUNT = 60
ROWS_AT_ONCE = 10_000
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MadeUpRecords:
    """Rows of the tables, by column."""

    questions: Sequence[Values]
    feedback: Sequence[Values]
    groups: Sequence[Values]
    members: Sequence[Values]
    marks: Sequence[Values]
    rephrasings: Sequence[Values]


def made_up(
    count: int,
    *,
    entries: Sequence[tuple[str, int]],
    agencies: Sequence[str],
    until: datetime,
    days: int,
    seed: int = 0,
) -> MadeUpRecords:
    """Return `count` questions of the days before `until`; `entries` are ids with versions, the most popular first."""
    chance = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(entries) + 1)]  # popularity falls as in most services (Zipf)
    served = chance.choices(range(len(entries)), weights, k=count)
    rows = [_question(chance, entries[place], agencies, until, days) for place in served]
    judged = [question for question in rows if chance.random() < JUDGED_SHARE]
    refused = [question for question in rows if question["status"] == "abstained" and chance.random() < GROUPED_SHARE]
    marked = [question for question in rows if question["entry_id"] and chance.random() < MARKED_SHARE]
    groups = [
        {"id": f"{seed:02x}{number:030x}", "canonical": f"Sujet sans réponse n° {number}", "created_at": until}
        for number in range(GROUP_COUNT)
    ]
    members = [
        {"question_id": draft["id"], "group_id": chance.choice(groups)["id"], "kind": "abstained"} for draft in refused
    ]
    verdicts, marks = [_verdict(chance, draft) for draft in judged], [_mark(chance, question) for question in marked]
    rephrased = [question for question in rows if question["entry_id"] and chance.random() < REPHRASED_SHARE]
    return MadeUpRecords(rows, verdicts, groups, members, marks, [_attempt(chance, question) for question in rephrased])


def write(database: Database, records: MadeUpRecords) -> None:
    """Insert the rows, ten thousand in each transaction."""
    parts = (
        (questions, records.questions),
        (feedback, records.feedback),
        (question_groups, records.groups),
        (group_members, records.members),
        (answer_marks, records.marks),
        (rephrasings, records.rephrasings),
    )
    for table, rows in parts:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            with database.writing() as connection:
                connection.execute(insert(table), list(rows[start : start + ROWS_AT_ONCE]))


def _question(
    chance: random.Random, entry: tuple[str, int], agencies: Sequence[str], until: datetime, days: int
) -> Values:
    status = _one_of(chance, STATUSES)
    is_answered = status == "answered"
    day = until - timedelta(days=int(days * chance.random() ** 1.3))  # more and more are asked
    hour = chance.choices(range(24), HOURS)[0]
    asked_at = day.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(seconds=3600 * chance.random())
    return {
        "id": f"{chance.getrandbits(128):032x}",
        "conversation_id": f"{chance.getrandbits(128):032x}",
        "asked_at": asked_at if asked_at < until else asked_at - timedelta(days=1),
        "text": f"comment faire pour la démarche numéro {chance.randrange(5_000)} de mon entreprise ?",
        "normalised": "comment faire pour la demarche de mon entreprise",
        "language": _one_of(chance, LANGUAGES),
        "region": _one_of(chance, REGIONS),
        "audience": _one_of(chance, AUDIENCES),
        "site": _one_of(chance, SITES),
        "as_of": asked_at.date(),
        "mode": "strict",
        "status": status,
        "reason": {"answered": None, "clarification": "close_entries"}.get(status, _one_of(chance, REFUSALS)),
        "entry_id": entry[0] if is_answered else None,
        "entry_version": entry[1] if is_answered else None,
        "section_key": None,
        "choices": [],
        "contact_agency_id": chance.choice(agencies) if status == "abstained" else None,
        "confidence": chance.random(),
        "duration_seconds": chance.lognormvariate(-4.2, 0.6),
    }


def _verdict(chance: random.Random, question: Values) -> Values:
    is_useful = chance.random() < (0.85 if question["status"] == "answered" else 0.3)
    return {
        "question_id": question["id"],
        "is_useful": is_useful,
        "reason": None if is_useful else _one_of(chance, COMPLAINTS),
        "comment": "" if is_useful else "Je cherchais autre chose.",
        "given_at": question["asked_at"] + timedelta(minutes=2),
    }


def _mark(chance: random.Random, question: Values) -> Values:
    return {
        "question": question["text"],
        "question_id": question["id"],
        "entry_id": question["entry_id"],
        "entry_version": question["entry_version"],
        "sentence_number": 0,
        "sentence": "",
        "mark": chance.choice(("right", "right", "partly", "wrong")),
        "note": "",
        "marked_by": "quentin",
        "marked_at": datetime.now(UTC),
    }


def _attempt(chance: random.Random, question: Values) -> Values:
    outcome, reason = _one_of(chance, ATTEMPTS)
    return {
        "question_id": question["id"],
        "at": question["asked_at"],
        "model": "made-up",
        "prompt": "made-up",
        "outcome": outcome,
        "reason": reason,
        "sentences": [],
        "generation_seconds": chance.random(),
        "verification_seconds": 0.01,
    }


def _one_of(chance: random.Random, weights: Mapping[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]
