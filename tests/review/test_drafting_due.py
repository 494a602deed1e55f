"""When a group is worth a draft."""

from datetime import timedelta

import pytest

from noa_rag.domain.draft import DraftState
from noa_rag.domain.failure import FailureKind
from noa_rag.domain.people import PersonId
from noa_rag.review.draft_run import may_grow, still_fails, wants_draft
from tests.factories import APPROVED_AT, a_draft, an_abstention, an_answer, an_entry_version
from tests.review.drafting_helpers import a_group, failed

AFTER_TWO = APPROVED_AT + timedelta(minutes=2)  # helpers ask question n in minute n


def test_wants_a_draft_once_two_visitors_asked() -> None:
    assert not wants_draft(a_group("une seule"), None)
    assert wants_draft(a_group("une", "deux"), None)


def test_one_visitor_who_insists_is_one_visitor() -> None:
    assert not wants_draft(a_group("une", "deux", conversation_id="the same"), None)


def test_one_visitor_who_says_that_an_answer_was_not_useful_is_enough() -> None:
    group = a_group("une")
    said = type(group)(group.id, group.canonical, group.created_at, (failed("une", kind=FailureKind.NOT_USEFUL),))

    assert wants_draft(said, None)


@pytest.mark.parametrize("state", [DraftState.OPEN, DraftState.CHANGES_REQUESTED])
def test_wants_no_second_draft_while_one_waits(state: DraftState) -> None:
    assert not wants_draft(a_group("une", "deux", "trois", "quatre"), a_draft(state=state))


@pytest.mark.parametrize("state", [DraftState.DECLINED, DraftState.APPROVED, DraftState.ATTACHED])
def test_wants_another_draft_only_once_its_volume_doubled_since_the_verdict(state: DraftState) -> None:
    decided = a_draft(state=state, decided_at=AFTER_TWO)

    assert not wants_draft(a_group("une", "deux", "trois"), decided)
    assert wants_draft(a_group("une", "deux", "trois", "quatre"), decided)


def test_only_a_draft_that_nobody_touched_may_grow() -> None:
    assert may_grow(a_draft())
    assert not may_grow(a_draft(author=PersonId("camille")))
    assert not may_grow(a_draft(state=DraftState.CHANGES_REQUESTED))
    assert not may_grow(a_draft(state=DraftState.DECLINED))


def test_a_refused_question_fails_until_it_is_answered() -> None:
    assert still_fails(failed("une"), an_abstention())
    assert not still_fails(failed("une"), an_answer())


def test_an_answer_that_was_not_useful_fails_until_another_text_answers() -> None:
    entry = an_entry_version(version=1)
    said = failed("une", kind=FailureKind.NOT_USEFUL, entry_id=entry.id, entry_version=1)

    assert still_fails(said, an_answer(entry))
    assert not still_fails(said, an_answer(an_entry_version(version=2)))
