"""`make follow-up-bench`: how long the figures of the follow-up take with 200,000 recorded questions.

The questions are made up, in a temporary base: spread over 400 days (500 a day, more than on the first Noa's busiest
day), then over two months. A service over that base serves the pages.
"""

import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import httpx
from rich.console import Console
from rich.table import Table

from evals.lab.benches.follow_up_records import made_up, write
from evals.lab.benches.served import Served, measured_service
from evals.lab.benches.timing import milliseconds
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


if __name__ == "__main__":
    main()
