"""Three runs of the same stream: without the pack, as the agencies lived it, and with the pack's whole history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from evals.lab.crisis.base import Asker, CovidPack, CrisisAnswer, opened_in_2020, read_covid_pack
from evals.lab.crisis.lived import Agencies, PublishedEntry
from evals.lab.crisis.script import About, AskedOnce, cases, stream
from evals.runner.bases import ROOT
from noa_rag.domain.ports import Progress
from noa_rag.knowledge.pack import read_pack
from noa_rag.review.grouping import BaseGrouping

Days = dict[date, list[CrisisAnswer]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The outcomes of each day in the three runs, with what was published and how well failures were grouped.

    `grouped_right` counts crisis questions that were refused and stand in a group of their own topic, of `crisis_count`
    asked, in the run without the pack.
    """

    without: Days
    lived: Days
    with_pack: Days
    published: Sequence[PublishedEntry] = field(default_factory=tuple)
    grouped_right: int = 0
    crisis_count: int = 0


def replay(progress: Progress, *, last: date | None = None) -> Replayed:
    """Play the script until its end, or until `last`."""
    base = read_pack(ROOT / "knowledge")
    covid = read_covid_pack(base)
    days = {day: asked for day, asked in stream(cases()).items() if last is None or day <= last}
    with opened_in_2020(base, progress) as noa:
        watched = Agencies(noa, covid, BaseGrouping(noa))
        told = partial(progress_of, progress, "without the pack", len(days))
        without = _played(days, Asker(noa, is_due=_everyday), told, record=watched.record, evening=watched.group)
        topics = [(case, topic) for case, topic in watched.grouped_topics() if case.about is About.CRISIS]
        grouped_right = sum(case.topic == topic for case, topic in topics)
    with opened_in_2020(base, progress) as noa:
        agencies = Agencies(noa, covid, BaseGrouping(noa))
        asker = Asker(
            noa, is_due=agencies.is_published, pack_id=agencies.pack_id, is_version_of_day=agencies.is_version_of_day
        )
        told = partial(progress_of, progress, "as it is lived", len(days))
        lived = _played(days, asker, told, morning=agencies.morning, record=agencies.record, evening=agencies.evening)
        published = tuple(agencies.published)
    with opened_in_2020(base, progress, covid=covid) as noa:
        told = partial(progress_of, progress, "with the pack", len(days))
        with_pack = _played(days, Asker(noa, is_due=_served(covid)), told)
    crisis_count = sum(one.about is About.CRISIS for day in without.values() for one in day)
    return Replayed(without, lived, with_pack, published, grouped_right, crisis_count)


def progress_of(progress: Progress, run: str, total: int, day: date, done: int) -> None:
    """Tell which day of which run is over."""
    progress(f"{run}, {day:%d/%m/%Y}", done, total)


def _everyday(once: AskedOnce) -> bool:
    return once.case.about is About.EVERYDAY


def _served(covid: CovidPack) -> Callable[[AskedOnce], bool]:
    def is_due(once: AskedOnce) -> bool:
        return _everyday(once) or any(covid.is_served_on(one, once.day) for one in once.case.expected)

    return is_due


def _nothing(*_: object) -> None:
    """Nobody does anything."""


def _played(
    days: dict[date, list[AskedOnce]],
    asker: Asker,
    told: Callable[[date, int], None],
    *,
    morning: Callable[[date], None] = _nothing,
    record: Callable[[CrisisAnswer, int], None] = _nothing,
    evening: Callable[[date], None] = _nothing,
) -> Days:
    outcomes: Days = {}
    number = 0
    for done, (day, stream_of_day) in enumerate(days.items(), start=1):
        morning(day)
        outcomes[day] = []
        for once in stream_of_day:
            asked = asker.ask(once)
            outcomes[day].append(asked)
            number += 1
            record(asked, number)
        evening(day)
        told(day, done)
    return outcomes
