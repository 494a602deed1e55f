"""`make crisis-load`: the questions of 20 March 2020, 404 of them, at fifty a second for a minute."""

import asyncio
import statistics

from rich.console import Console

from evals.bases import ROOT
from evals.crisis.base import opened_in_2020, read_covid_pack
from evals.crisis.script import cases, stream
from evals.http_load import fixed_rate, start_service
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.importing.pack import read_pack

PEAK = "2020-03-20"
PER_SECOND, SECONDS = 50, 60
TARGET_MS = 150


def main() -> None:
    """Print median, 95th and 99th percentile from the scheduled moments, and how many calls failed."""
    base = read_pack(ROOT / "knowledge")
    asked = next(of_day for day, of_day in stream(cases()).items() if day.isoformat() == PEAK)
    bodies = [{"question": one.case.text, "as_of": PEAK, "lang": "fr"} for one in asked]
    with shown_progress() as progress:
        with opened_in_2020(base, progress, covid=read_covid_pack(base)) as noa:
            data_dir = noa.settings.data_dir
        server, _ = start_service(data_dir)
        try:
            progress("asking", 0, 0)
            found = asyncio.run(fixed_rate(bodies, warm_up=len(bodies), per_second=PER_SECOND, seconds=SECONDS))
        finally:
            server.terminate()
            server.wait(timeout=20)
    latencies, errors = found
    cuts = statistics.quantiles(latencies, n=100)
    Console(width=110).print(
        f"{len(latencies)} questions at {PER_SECOND} a second: median {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms"
        f" (target {TARGET_MS}), p99 {cuts[98]:.0f} ms, {errors} failed"
    )


if __name__ == "__main__":
    with reported_errors():
        main()
