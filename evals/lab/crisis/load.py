"""`make crisis-load`: the questions of 20 March 2020, 404 of them, at fifty a second for a minute.

Two minutes: in the first the service has only been asked the questions of the day before, in the second it knows these
wordings as well. It has read its entries ahead before it is asked.
"""

import asyncio
from collections.abc import Sequence

from rich.console import Console

from evals.lab.benches.served import Served, fixed_rate, measured_service, percentile
from evals.lab.crisis.script import cases, opened_in_2020, read_covid_pack, stream
from evals.runner.bases import ROOT
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
        with Served(measured_service(data_dir)) as service:
            progress("waiting until the entries are read ahead", 0, 0)
            service.wait_until_read_ahead()
            progress("asking", 0, 0)
            address = service.address
            asyncio.run(fixed_rate(address, before, warm_up=len(before), per_second=PER_SECOND, seconds=0))
            for moment in ("after the day before", "the same again"):
                latencies, errors = asyncio.run(fixed_rate(address, bodies, per_second=PER_SECOND, seconds=SECONDS))
                Console(width=110).print(_told(moment, latencies, errors))


def _bodies(day: str) -> list[dict[str, str]]:
    asked = next(of_day for one, of_day in stream(cases()).items() if one.isoformat() == day)
    return [{"question": one.case.text, "as_of": PEAK, "lang": "fr"} for one in asked]


def _told(moment: str, latencies: Sequence[float], errors: int) -> str:
    p50, p95, p99 = (percentile(latencies, percent) for percent in (50, 95, 99))
    return (
        f"{moment}: {len(latencies)} questions at {PER_SECOND} a second: median {p50:.0f} ms,"
        f" p95 {p95:.0f} ms (target {TARGET_MS}), p99 {p99:.0f} ms, {errors} failed"
    )


if __name__ == "__main__":
    with reported_errors():
        main()
