"""`make rephrasing` fails when the gate takes a step back."""

from evals.runner.rephrasings import CheckedRephrasing, broken_thresholds


def _cases(kind: str, right: int, wrong: int) -> list[CheckedRephrasing]:
    return [CheckedRephrasing(f"{kind}-{n}", kind, n < right, ()) for n in range(right + wrong)]


def test_thresholds_that_are_kept_are_not_complained_about() -> None:
    assert list(broken_thresholds([*_cases("faithful", 7, 3), *_cases("negation", 95, 5)])) == []


def test_a_single_wrong_date_breaks_its_threshold() -> None:
    (complaint,) = broken_thresholds([*_cases("faithful", 7, 3), *_cases("date", 99, 1)])

    assert complaint == "date: 99 of 100, at least 100% are wanted"


def test_too_few_faithful_ones_shown_break_their_threshold() -> None:
    (complaint,) = broken_thresholds(_cases("faithful", 6, 4))

    assert complaint.startswith("faithful: shown whole: 6 of 10")
