"""`make crisis-load`: the questions of 20 March 2020, 404 of them, at fifty a second for a minute.

Twice over: the first minute by a service that has only heard the questions of the day before, the second by one that
has met these wordings as well. A service that has just started reads its entries ahead before it is asked.
"""

import asyncio
import statistics
from collections.abc import Sequence

from rich.console import Console

from evals.bases import ROOT
from evals.crisis.base import opened_in_2020, read_covid_pack
from evals.crisis.script import cases, stream
from evals.http_load import fixed_rate, start_service, wait_until_read_ahead
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.knowledge.pack import read_pack

DAY_BEFORE, PEAK = "2020-03-19", "2020-03-20"
PER_SECOND, SECONDS = 50, 60
TARGET_MS = 150


def main() -> None:
    """Print median, 95th and 99th percentile from the scheduled moments, and how many calls failed, of each minute."""
    base = read_pack(ROOT / "knowledge")
    before, bodies = (_bodies(day) for day in (DAY_BEFORE, PEAK))
    with shown_progress() as progress:
        with opened_in_2020(base, progress, covid=read_covid_pack(base)) as noa:
            data_dir = noa.settings.data_dir
        server, _ = start_service(data_dir)
        try:
            progress("waiting until the entries are read ahead", 0, 0)
            wait_until_read_ahead()
            progress("asking", 0, 0)
            asyncio.run(fixed_rate(before, warm_up=len(before), per_second=PER_SECOND, seconds=0))
            for moment in ("after the day before", "the same again"):
                latencies, errors = asyncio.run(fixed_rate(bodies, warm_up=0, per_second=PER_SECOND, seconds=SECONDS))
                Console(width=110).print(_told(moment, latencies, errors))
        finally:
            server.terminate()
            server.wait(timeout=20)


def _bodies(day: str) -> list[dict[str, str]]:
    asked = next(of_day for one, of_day in stream(cases()).items() if one.isoformat() == day)
    return [{"question": one.case.text, "as_of": PEAK, "lang": "fr"} for one in asked]


def _told(moment: str, latencies: Sequence[float], errors: int) -> str:
    cuts = statistics.quantiles(latencies, n=100)
    return (
        f"{moment}: {len(latencies)} questions at {PER_SECOND} a second: median {cuts[49]:.0f} ms,"
        f" p95 {cuts[94]:.0f} ms (target {TARGET_MS}), p99 {cuts[98]:.0f} ms, {errors} failed"
    )


if __name__ == "__main__":
    with reported_errors():
        main()
