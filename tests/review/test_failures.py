"""What counts as a failed conversation, with the clock in hand."""

from datetime import UTC, datetime, timedelta

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Asked, FailureKind
from noa_rag.domain.question import Language
from noa_rag.review.failures import failures

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=8)


def asked(
    text: str = "Puis-je déduire ma TVA ?", *, minute: int = 0, conversation: str = "c1", **fields: object
) -> Asked:
    values: dict[str, object] = {"status": "answered", **fields}
    return Asked(
        f"{conversation}-{minute}",
        conversation,
        NOON + timedelta(minutes=minute),
        text,
        text,
        Language.FRENCH,
        **values,  # type: ignore[arg-type]
    )


def shares_a_long_word(text: str, other: str) -> bool:
    return bool({word for word in text.split() if len(word) > 5} & {word for word in other.split() if len(word) > 5})


def kinds(*questions: Asked, now: datetime = EVENING) -> dict[str, FailureKind]:
    found = failures(questions, is_same=shares_a_long_word, now=now)
    return {one.asked.question_id: one.kind for one in found}


def test_an_answered_question_has_not_failed() -> None:
    assert kinds(asked()) == {}


def test_an_abstention_has_failed() -> None:
    assert kinds(asked(status="abstained")) == {"c1-0": FailureKind.ABSTAINED}


@pytest.mark.parametrize("status", ["answered", "clarification", "abstained"])
def test_what_the_visitor_says_counts_before_everything_else(status: str) -> None:
    assert kinds(asked(status=status, is_useful=False)) == {"c1-0": FailureKind.NOT_USEFUL}


def test_an_abstention_has_failed_however_useful_its_contact_was() -> None:
    assert kinds(asked(status="abstained", is_useful=True)) == {"c1-0": FailureKind.ABSTAINED}


def test_the_earlier_of_two_questions_in_other_words_has_failed() -> None:
    first, second = asked("comment déduire la taxe"), asked("je veux déduire mes achats", minute=10)

    assert kinds(first, second) == {"c1-0": FailureKind.REPHRASED}


def test_the_same_words_sent_again_are_no_rephrasing() -> None:
    assert kinds(asked("comment déduire la taxe"), asked("Comment deduire la taxe ?!", minute=1)) == {}


def test_a_rephrasing_after_more_than_ten_minutes_does_not_count() -> None:
    assert kinds(asked("comment déduire la taxe"), asked("je veux déduire mes achats", minute=11)) == {}


def test_a_rephrasing_in_another_conversation_does_not_count() -> None:
    other = asked("je veux déduire mes achats", minute=1, conversation="c2")

    assert kinds(asked("comment déduire la taxe"), other) == {}


def test_an_answer_said_to_be_useful_was_not_rephrased() -> None:
    useful = asked("comment déduire la taxe", is_useful=True)

    assert kinds(useful, asked("je veux déduire mes achats", minute=2)) == {}


def test_another_question_between_does_not_hide_a_rephrasing() -> None:
    between = asked("où payer la cantine", minute=2)

    found = kinds(asked("comment déduire la taxe"), between, asked("je veux déduire mes achats", minute=4))

    assert found == {"c1-0": FailureKind.REPHRASED}


def test_a_choice_is_given_half_an_hour() -> None:
    offer = asked(status="clarification")

    assert kinds(offer, now=NOON + timedelta(minutes=29)) == {}
    assert kinds(offer, now=NOON + timedelta(minutes=30)) == {"c1-0": FailureKind.NOT_TAKEN}


def test_a_choice_that_was_opened_has_not_failed() -> None:
    assert kinds(asked(status="clarification", taken=(EntryId("tva"),))) == {}


def test_a_choice_has_not_failed_when_the_next_question_was_answered() -> None:
    assert kinds(asked(status="clarification"), asked("autre chose", minute=3)) == {}


def test_a_choice_has_failed_when_the_next_question_was_refused() -> None:
    found = kinds(asked(status="clarification"), asked("autre chose", minute=3, status="abstained"))

    assert found == {"c1-0": FailureKind.NOT_TAKEN, "c1-3": FailureKind.ABSTAINED}


def test_failures_come_in_the_order_they_were_asked_whatever_the_order_they_are_read() -> None:
    late, early = asked(minute=9, conversation="c1", status="abstained"), asked(conversation="c2", status="abstained")

    found = failures([late, early], is_same=shares_a_long_word, now=EVENING)

    assert [one.asked.question_id for one in found] == ["c2-0", "c1-9"]


def test_reading_the_same_conversations_again_gives_the_same_failures() -> None:
    day = [asked(minute=minute, conversation=f"c{minute % 3}", status="abstained") for minute in range(9)]

    assert failures(day, is_same=shares_a_long_word, now=EVENING) == failures(
        day, is_same=shares_a_long_word, now=EVENING + timedelta(days=3)
    )
