"""`make days-memory`: the memory that 10,000 different days asked with `as_of` take, the first and last dates included.

The base is the bundled pack with the covid pack of 2020, whose entries change almost every day. Days come in a random
order, the worst case for caches.
"""

import random
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import click

from evals.runner.bases import opened
from evals.runner.folders import ROOT
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.errors import DayOutOfRange
from noa_rag.domain.question import Ask
from noa_rag.knowledge.importing import import_pack
from noa_rag.service.noa import Noa

DAYS = 10_000
WARM_UP = 200  # days asked first, so that libraries and caches of words are loaded before the measurement
LIMIT_MB = 50
QUESTIONS = ("qui a droit au fonds de solidarité ?", "comment déposer une marque ?", "chômage partiel restaurant")


@click.command()
@click.option("--days", default=DAYS, show_default=True, help="How many different days are asked.")
def main(days: int) -> None:
    """Ask different days, print how much memory they left, and fail over the limit."""
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("days", pack=True, fiches=False, progress=progress) as noa,
    ):
        import_pack(noa.records, ROOT / "knowledge" / "packs" / "covid-2020", progress=progress)
        noa.refresh(progress)
        chance = random.Random(0)
        listed = _days(noa, chance, days + WARM_UP)
        _ask(noa, listed[:WARM_UP])
        before, start = resident_mb(), time.perf_counter()
        known = _ask(noa, listed[WARM_UP:])
        more = resident_mb() - before
    seconds = time.perf_counter() - start
    click.echo(f"{days} days asked, {known} of them of the base's own, in {seconds:.0f} s: {more:.1f} MB more")
    if more > LIMIT_MB:
        raise SystemExit(f"More than {LIMIT_MB} MB.")


def _days(noa: Noa, chance: random.Random, count: int) -> list[date]:
    """Return different days in a random order: every day of the base's history, and others before and after."""
    timeline = noa.days._timeline
    noa.days.states_of(date.today())
    first, last = timeline.first_day or date.today(), date.today() + timedelta(days=366)
    known = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    others = {date.min, date.max}
    while len(known) + len(others) < count:
        others.add(date.fromordinal(chance.randrange(1, date.max.toordinal())))
    listed = sorted({*known, *others})
    chance.shuffle(listed)
    return listed[:count]


def _ask(noa: Noa, days: list[date]) -> int:
    """Ask as the command line does, which takes all days; return how many of them the API would take."""
    known = 0
    for number, day in enumerate(days):
        noa.ask(Ask(QUESTIONS[number % len(QUESTIONS)], as_of=day))
        with suppress(DayOutOfRange):
            noa.check_day(day, field="as_of")
            known += 1
    return known


def resident_mb() -> float:
    """Return the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
