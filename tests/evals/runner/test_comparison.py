"""Two runs compared: which cases changed and how, what only one has, and whether it is more than chance."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from evals.runner.comparison import Comparison, Direction, IncomparableRuns, SettingChange, compare, print_comparison
from evals.runner.runs import CaseOutcome, NotARun, Run, read_run
from evals.suites.cases import CaseKind
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, a_run_folder, an_answer_with, an_offer_of

NEAR = a_case("near", CaseKind.NEAR_MISS)


def a_run(name: str = "before", settings: dict[str, object] | None = None, **suites: Sequence[CaseOutcome]) -> Run:
    return Run(Path(name), settings or {}, suites)


def changed(before: CaseOutcome, after: CaseOutcome) -> list[Direction]:
    comparison = compare(a_run(suite=[before]), a_run("after", suite=[after]))
    return [change.direction for change in comparison.changes]


def printed(comparison: Comparison) -> str:
    console = Console(file=StringIO(), width=200, force_terminal=False)
    print_comparison(console, comparison)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("before", [an_answer_with(BREVET), a_refusal(), an_offer_of(MARQUE, BREVET)])
def test_a_right_answer_is_better_than_a_wrong_one_a_refusal_or_an_offer(before: CaseOutcome) -> None:
    assert changed(before, an_answer_with(MARQUE)) == [Direction.BETTER]
    assert changed(an_answer_with(MARQUE), before) == [Direction.WORSE]


def test_a_near_miss_that_is_answered_is_worse() -> None:
    assert changed(a_refusal(NEAR), an_answer_with(MARQUE, NEAR)) == [Direction.WORSE]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (an_answer_with(BREVET), a_refusal()),
        (an_offer_of(MARQUE, case=NEAR), a_refusal(NEAR)),
        (an_answer_with(MARQUE), an_answer_with(MARQUE, actual_text="Un autre texte.")),
        (an_offer_of(MARQUE), an_offer_of(MARQUE, BREVET)),
    ],
)
def test_what_stays_right_or_stays_not_right_changed_otherwise(before: CaseOutcome, after: CaseOutcome) -> None:
    assert changed(before, after) == [Direction.OTHERWISE]


def test_another_confidence_or_duration_is_no_change() -> None:
    assert changed(a_refusal(), a_refusal(confidence=0.21, milliseconds=9.0)) == []


def test_chance_is_weighed_by_the_exact_test_of_mcnemar() -> None:
    cases = [a_case(str(number)) for number in range(8)]
    before = [an_answer_with(MARQUE, case) for case in cases[:2]] + [a_refusal(case) for case in cases[2:]]
    after = [an_answer_with(MARQUE, cases[0]), a_refusal(cases[1])]
    after += [an_answer_with(MARQUE, case) for case in cases[2:7]] + [a_refusal(cases[7])]

    tally = compare(a_run(suite=before), a_run("after", suite=after)).overall

    assert (tally.count, tally.right_before, tally.right_after) == (8, 2, 6)
    assert (tally.worse, tally.better, tally.otherwise) == (1, 5, 0)
    # Six cases differ; one or fewer of six fall one way with (1 + 6) / 2**6, and as many the other way.
    assert tally.p_value == pytest.approx(2 * (1 + 6) / 64)


def test_each_suite_is_counted_and_worse_cases_come_first() -> None:
    better = (a_refusal(a_case("b")), an_answer_with(MARQUE, a_case("b")))
    worse = (an_answer_with(MARQUE, a_case("w")), a_refusal(a_case("w")))

    comparison = compare(
        a_run(one=[better[0]], two=[worse[0], a_refusal()]),
        a_run("after", one=[better[1]], two=[worse[1], a_refusal()]),
    )

    assert [(suite.name, suite.count, suite.worse, suite.better) for suite in comparison.suites] == [
        ("one", 1, 0, 1),
        ("two", 2, 1, 0),
    ]
    assert [(change.suite, change.after.case.id, change.direction) for change in comparison.changes] == [
        ("two", "w", Direction.WORSE),
        ("one", "b", Direction.BETTER),
    ]


def test_cases_and_suites_of_one_run_only_are_listed_and_not_counted() -> None:
    both, old, new = (a_refusal(a_case(name)) for name in ("both", "old", "new"))

    comparison = compare(a_run(suite=[both, old], gone=[old]), a_run("after", suite=[both, new]))

    assert comparison.only_before == {"suite": [old.case], "gone": [old.case]}
    assert comparison.only_after == {"suite": [new.case]}
    assert comparison.overall.count == 1
    assert "Only in before: gone, 1: old" in printed(comparison)


def test_a_case_that_was_edited_in_between_is_listed_and_not_counted() -> None:
    edited = a_case("edited", expected_entries=(BREVET,))

    comparison = compare(
        a_run(suite=[a_refusal(), an_answer_with(MARQUE, a_case("edited"))]),
        a_run("after", suite=[a_refusal(), an_answer_with(MARQUE, edited)]),
    )

    assert comparison.edited == {"suite": [(a_case("edited"), edited)]}
    assert (comparison.overall.count, comparison.changes) == (1, [])


def test_settings_that_differ_are_named_however_deep_they_stand() -> None:
    before = a_run(settings={"model": "e5", "base": {"entries": 311, "pack": True}}, suite=[a_refusal()])
    after = a_run("after", {"model": "e5", "base": {"entries": 312, "pack": True}, "limit": 3}, suite=[a_refusal()])

    assert compare(before, after).settings == [
        SettingChange("base.entries", "311", "312"),
        SettingChange("limit", "(absent)", "3"),
    ]


def test_runs_without_a_common_case_are_not_compared() -> None:
    with pytest.raises(IncomparableRuns, match="before holds one; after holds two"):
        compare(a_run(one=[a_refusal()]), a_run("after", two=[a_refusal()]))


def test_what_is_printed_shows_both_answers_and_obeys_no_question() -> None:
    case = a_case(question="[red]ignore\x1b[2J[/red] tout")

    text = printed(compare(a_run(suite=[an_answer_with(MARQUE, case)]), a_run("after", suite=[a_refusal(case)])))

    assert "worse (1)" in text
    assert "[red]ignore [2J[/red] tout" in text
    assert "right entry shown: marque" in text
    assert "refused, though an entry answers" in text
    assert "\x1b" not in text


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    outcomes = [an_answer_with(MARQUE), an_offer_of(MARQUE, BREVET, case=a_case("b"))]

    run = read_run(a_run_folder(tmp_path / "run", {"model": "e5"}, answering=outcomes, empty=[]))

    assert (run.name, run.settings) == ("run", {"model": "e5"})
    assert run.outcomes == {"answering": tuple(outcomes), "empty": ()}


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("settings.json", None, "has no settings.json"),
        ("settings.json", "{", "is not JSON"),
        ("settings.json", "[]", "is not a JSON object"),
        ("suite.jsonl", None, "has no outcomes"),
        ("suite.jsonl", '{"case": 1}\n{}\n', r"run/suite.jsonl:1: not an outcome: .* \(and 1 more\)"),
    ],
)
def test_a_folder_that_holds_no_run_is_told_what_it_lacks(
    tmp_path: Path, file: str, content: str | None, said: str
) -> None:
    folder = a_run_folder(tmp_path / "run", suite=[a_refusal()])
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content, encoding="utf-8")

    with pytest.raises(NotARun, match=said):
        read_run(folder)


def test_a_case_that_stands_twice_is_told(tmp_path: Path) -> None:
    folder = a_run_folder(tmp_path / "run", suite=[a_refusal(), replace(a_refusal(), confidence=0.3)])

    with pytest.raises(NotARun, match="holds the case `a` 2 times"):
        read_run(folder)
