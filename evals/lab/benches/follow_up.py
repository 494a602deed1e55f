"""`make follow-up-bench`: how long the figures of the follow-up take with 200,000 recorded questions.

The questions are made up, in a temporary base: spread over 400 days (500 a day, more than on the first Noa's busiest
day), then over two months. A service over that base serves the pages.
"""

import os
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from evals.lab.benches.served import Served, measured_service, milliseconds
from evals.runner.bases import share_prepared
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import DEMONSTRATION
from noa_rag.domain.figures import EVERYTHING, Chosen
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.knowledge.importing import import_pack
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from noa_rag.statistics.follow_up import FollowUps
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import (
    answer_marks,
    feedback,
    group_members,
    question_groups,
    questions,
    rephrasings,
)

QUESTIONS = 200_000
SPREADS = (400, 60)  # days
REPEATS = 7
TARGET_MILLISECONDS = 500
PAGES: Mapping[PeriodKind, str] = {PeriodKind.DAY: "jour", PeriodKind.WEEK: "semaine", PeriodKind.MONTH: "mois"}
UNTIL = datetime(2026, 11, 25, 9, tzinfo=UTC)
PASSWORD = "cheval-agrafe-batterie"
COORDINATOR = Person(PersonId("carla"), "Carla Petit", frozenset({Role.COORDINATOR}))
SECONDS = 60  # a page that takes longer is an error


@click.command()
@click.option("--database-url", default="", help="An empty PostgreSQL database to measure instead of SQLite.")
def main(database_url: str) -> None:
    """Measure each kind of period, of all agencies and of one, with its page, and print one table."""
    console = Console(width=110)
    console.print(f"Load of the machine before: {os.getloadavg()[0]:.1f}, of {os.cpu_count()} processors.")
    table = Table("figures of", "questions", "before", "median ms", "max ms", "target")
    for days in SPREADS:
        with _base(days, database_url) as (records, settings):
            follow_ups = FollowUps(records, lambda: UNTIL)
            follow_ups.entries()
            month = Period.of(PeriodKind.MONTH, UNTIL.date())
            table.add_row(*_row(f"month, first look, {days} days", [milliseconds(partial(follow_ups.of, month))]))
            for label, period, chosen in _asked():
                figures = follow_ups.of(period, chosen)
                took = [milliseconds(partial(follow_ups.of, period, chosen)) for _ in range(REPEATS)]
                table.add_row(*_row(f"{label}, {days} days", took, figures.total.asked, figures.before.asked))
            if database_url:
                break  # the base is not emptied between spreads, and no service is started over it
            with signed_in(records, settings.data_dir) as client:
                for kind, name in PAGES.items():
                    path = f"/revue/suivi/{name}/{Period.of(kind, UNTIL.date())}"
                    table.add_row(*_row(f"page of a {kind}, {days} days", page_times(client, path, repeats=REPEATS)))
                of_file = page_times(client, f"{path}/chiffres.csv", repeats=REPEATS)
                table.add_row(*_row(f"file of a month, {days} days", of_file))
    console.print(table)


def _row(label: str, took: Sequence[float], *counts: int) -> Sequence[str]:
    told = [f"{count:,}" for count in counts] or ["", ""]
    return (label, *told, f"{statistics.median(took):.0f}", f"{max(took):.0f}", f"under {TARGET_MILLISECONDS}")


@contextmanager
def _base(days: int, database_url: str) -> Iterator[tuple[Records, Settings]]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=database_url)
        share_prepared(settings)
        records = open_records(settings)
        try:
            import_pack(records, settings.knowledge, origin=DEMONSTRATION, replace=True)
            _, versions = records.changed_since(-1)
            entries = [(one.id, one.version) for one in versions]
            write(
                records.database,
                made_up(QUESTIONS, entries=entries, agencies=list(records.agencies()), until=UNTIL, days=days),
            )
            yield records, settings
        finally:
            records.close()


def _asked() -> Sequence[tuple[str, Period, Chosen]]:
    running = [(kind.value, Period.of(kind, UNTIL.date()), EVERYTHING) for kind in PeriodKind]
    last_month = Period.of(PeriodKind.MONTH, UNTIL.date()).before()
    one_agency = Chosen(agencies=frozenset({AgencyId("inpi")}))
    return [*running, ("last month", last_month, EVERYTHING), ("month, one agency", running[-1][1], one_agency)]


@contextmanager
def signed_in(records: Records, data_dir: Path) -> Iterator[httpx.Client]:
    """Yield a client signed in as a coordinator to a service over the folder of these records."""
    records.people.add(COORDINATOR, PASSWORD, actor="follow-up-bench")
    with (
        Served(measured_service(data_dir)) as service,
        httpx.Client(base_url=service.address, timeout=SECONDS) as client,
    ):
        form = {"user_name": COORDINATOR.id, "password": PASSWORD}
        client.post("/revue/connexion", data=form, headers={"origin": service.address})
        yield client


def page_times(client: httpx.Client, path: str, *, repeats: int) -> Sequence[float]:
    """Return the milliseconds of each call of a page; a first one is not counted."""
    return [milliseconds(lambda: client.get(path).raise_for_status()) for _ in range(1 + repeats)][1:]


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
    asked = [_question(chance, entries[place], agencies, until, days) for place in served]
    judged = [one for one in asked if chance.random() < JUDGED_SHARE]
    refused = [one for one in asked if one["status"] == "abstained" and chance.random() < GROUPED_SHARE]
    marked = [one for one in asked if one["entry_id"] and chance.random() < MARKED_SHARE]
    groups = [
        {"id": f"{seed:02x}{number:030x}", "canonical": f"Sujet sans réponse n° {number}", "created_at": until}
        for number in range(GROUP_COUNT)
    ]
    members = [
        {"question_id": one["id"], "group_id": chance.choice(groups)["id"], "kind": "abstained"} for one in refused
    ]
    verdicts, marks = [_verdict(chance, one) for one in judged], [_mark(chance, one) for one in marked]
    rephrased = [one for one in asked if one["entry_id"] and chance.random() < REPHRASED_SHARE]
    return MadeUpRecords(asked, verdicts, groups, members, marks, [_attempt(chance, one) for one in rephrased])


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


if __name__ == "__main__":
    main()
