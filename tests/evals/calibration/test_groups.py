"""What stays together: fiches expected by one question, the two questions of a pair, a question and its hidden twin."""

from dataclasses import replace

from evals.calibration.lessons import fiche_groups
from evals.suites.cases import Case, CaseKind
from evals.suites.splits import chooses_threshold, is_withheld, teaches_reading
from noa_rag.domain.entry import EntryId

MANY = 400


def a_question(case_id: str, *fiches: str, pair: str = "") -> Case:
    return Case(case_id, "question", CaseKind.IN_SCOPE, tuple(EntryId(fiche) for fiche in fiches), pair=pair)


def test_fiches_joined_by_a_later_question_share_a_group() -> None:
    groups = fiche_groups([a_question("1", "F1"), a_question("2", "F2"), a_question("3", "F1", "F2")])

    assert len(set(groups.values())) == 1


def test_both_questions_of_a_pair_fall_on_the_same_side() -> None:
    for number in range(MANY):
        one_side, other = (a_question(f"{number}-{side}", "F1", pair=f"pair-{number}") for side in "ab")

        assert teaches_reading(one_side) == teaches_reading(other)
        assert chooses_threshold(one_side) == chooses_threshold(other)


def test_a_question_and_its_twin_with_the_entry_hidden_fall_on_the_same_side() -> None:
    for number in range(MANY):
        question = a_question(f"q-{number}", "F1")
        twin = replace(question, id=f"q-{number}-hidden", kind=CaseKind.NEAR_MISS, expected_entries=())

        assert teaches_reading(question) == teaches_reading(twin)
        assert chooses_threshold(question) == chooses_threshold(twin)


def test_the_sides_are_about_as_large_as_they_say_and_independent() -> None:
    questions = [a_question(f"q-{number}", "F1") for number in range(MANY)]
    both = sum(teaches_reading(question) and chooses_threshold(question) for question in questions)

    # Within three standard deviations: sqrt(400 / 4) = 10 around 200, sqrt(400 * 0.25 * 0.75) = 8.7 around 100,
    # sqrt(400 * 0.15 * 0.85) = 7.1 around 60.
    assert abs(sum(map(teaches_reading, questions)) - 200) <= 30
    assert abs(sum(map(chooses_threshold, questions)) - 200) <= 30
    assert abs(both - 100) <= 26
    assert abs(sum(is_withheld(EntryId(f"entry-{number}")) for number in range(MANY)) - 60) <= 21
