"""The figures counted again, in plain Python, from the rows that are in the tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from noa_rag.domain.answer import Mark
from noa_rag.domain.figures import Chosen, Tally
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.statistics.period import Period
from noa_rag.statistics.tally import Row
from tests.made_up_records import MadeUpRecords

PARIS = ZoneInfo("Europe/Paris")
AGENCIES = ("inpi", "urssaf", "douanes")
THEMES = ("propriete-intellectuelle", "cotisations")
ENTRIES = tuple((f"fiche-{number}", AGENCIES[number % 3], THEMES[number % 2]) for number in range(12))
OWNERS = {entry: agency for entry, agency, _ in ENTRIES}
Question = dict[str, Any]
Owners = Mapping[str, str]


def assert_same(figures: FollowUp, asked: MadeUpRecords, chosen: Chosen, *, owners: Owners = OWNERS) -> None:
    """Compare every figure of a period; `owners` are the agencies of the entries."""
    period = figures.period

    def agency_of(question: Question) -> str | None:
        contact: str | None = question["contact_agency_id"]
        return owners[question["entry_id"]] if question["entry_id"] else contact

    def is_chosen(question: Question) -> bool:
        if chosen.site is not None and (question["site"] or "") != chosen.site:
            return False
        return chosen.agencies is None or agency_of(question) in chosen.agencies

    chosen_ones = [one for one in asked.questions if is_chosen(one)]
    now = [one for one in chosen_ones if is_in(one, period)]
    before = [one for one in chosen_ones if is_in(one, period.before()) and one["asked_at"] < figures.compared.ends_at]
    verdicts = {one["question_id"]: one for one in asked.feedback}
    assert figures.total == tallied(now, verdicts)
    assert figures.before == tallied(before, verdicts)
    sides: list[tuple[tuple[Row, ...], Callable[[Question], Any]]] = [
        (figures.agencies, agency_of),
        (figures.sites, lambda one: one["site"]),
        (figures.regions, lambda one: one["region"]),
        (figures.audiences, lambda one: one["audience"]),
        (figures.languages, lambda one: one["language"]),
    ]
    for rows, side in sides:
        assert as_dict(rows) == by(side, now, before, verdicts)
    answered, answered_before = ([one for one in some if one["entry_id"]] for some in (now, before))
    assert as_dict(figures.themes) == by(theme_of, answered, answered_before, verdicts)
    served = by(lambda one: one["entry_id"], answered, answered_before, verdicts)
    assert as_dict(figures.served) == {key: pair for key, pair in served.items() if pair[0].asked}
    assert refusals(figures) == Counter(one["reason"] for one in now if one["status"] == "abstained")
    given = [verdicts[one["id"]] for one in now if one["id"] in verdicts]
    assert {one.key: one.now for one in figures.complaints if one.now} == Counter(
        one["reason"] for one in given if not one["is_useful"]
    )
    assert [one.now.asked for one in figures.points] == per_bucket(now, period)
    durations = sorted(one["duration_seconds"] for one in now)
    for number, shown in ((50, figures.speed.p50), (95, figures.speed.p95), (99, figures.speed.p99)):
        assert shown == (durations[-(-len(durations) * number // 100) - 1] if durations else None)
    slowest = sorted(now, key=lambda one: (-one["duration_seconds"], one["id"]))[:10]  # as the follow-up promises
    assert [one.question_id for one in figures.slowest] == [one["id"] for one in slowest]
    ids = {one["id"] for one in now}
    assert figures.marks == {
        mark: sum(said(one, mark) for one in asked.marks if one["question_id"] in ids) for mark in Mark
    }
    for some, side in ((now, "now"), (before, "before")):
        attempts = last_attempts(asked, some)
        outcomes = Counter(one["outcome"] for one in attempts)
        found = {one.key: getattr(one, side) for one in figures.rephrasings if getattr(one, side)}
        assert found == ({"asked_for": len(attempts), **outcomes} if attempts else {})
        found = {one.key: getattr(one, side) for one in figures.rephrasing_reasons if getattr(one, side)}
        assert found == Counter(one["reason"] or None for one in attempts if one["outcome"] != "shown")
    useless = [one for one in now if one["id"] in verdicts and not verdicts[one["id"]]["is_useful"]]
    last = sorted(useless, key=lambda one: (-one["asked_at"].timestamp(), one["id"]))[:10]
    assert [one.question_id for one in figures.not_useful] == [one["id"] for one in last]


def is_in(question: Question, period: Period) -> bool:
    return period.first_day <= question["asked_at"].astimezone(PARIS).date() <= period.last_day


def theme_of(question: Question) -> str:
    return {entry: theme for entry, _, theme in ENTRIES}[question["entry_id"]]


def tallied(questions: Iterable[Question], verdicts: dict[str, Question]) -> Tally:
    questions = list(questions)
    came = Counter(one["status"] for one in questions)
    given = [verdicts[one["id"]]["is_useful"] for one in questions if one["id"] in verdicts]
    return Tally(came["answered"], came["clarification"], came["abstained"], len(given), sum(given))


def by(
    side: Callable[[Question], Any], now: list[Question], before: list[Question], verdicts: dict[str, Question]
) -> dict[Any, tuple[Tally, Tally]]:
    keys = {side(one) for one in (*now, *before)}
    return {
        key: (
            tallied((one for one in now if side(one) == key), verdicts),
            tallied((one for one in before if side(one) == key), verdicts),
        )
        for key in keys
    }


def as_dict(rows: tuple[Row, ...]) -> dict[Any, tuple[Tally, Tally]]:
    return {row.key: (row.now, row.before) for row in rows}


def refusals(figures: FollowUp) -> dict[Any, int]:
    return {one.key: one.now for one in figures.reasons if one.now}


def per_bucket(questions: Iterable[Question], period: Period) -> list[int]:
    return [
        sum(bucket.begins_at <= one["asked_at"] < bucket.ends_at for one in questions) for bucket in period.buckets()
    ]


def said(mark: Question, expected: Mark) -> bool:
    return bool(mark["mark"] == expected)


def last_attempts(asked: MadeUpRecords, questions: list[Question]) -> list[Question]:
    ids = {one["id"] for one in questions}
    return list({one["question_id"]: one for one in asked.rephrasings if one["question_id"] in ids}.values())
