"""Whatever may be written in distress enters no group, no draft and no entry."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from noa_rag.domain.entry import AlternateQuestion, EntryId, Urgency
from noa_rag.domain.errors import InvalidContent
from noa_rag.domain.failure import Asked, Failure, Noise, QuestionGroup
from noa_rag.review.drafting import real_phrasings
from noa_rag.review.grouping import Assignment, group_failures, without_distress
from tests.factories import APPROVED_AT, a_draft, an_entry_content
from tests.fake_review_store import FakeReviewStore
from tests.review.desk_office import CAMILLE, Office
from tests.review.drafting_helpers import a_group, asked, failed

VEILED = "mon mari a tout perdu avec sa société, il parle de disparaître pour nous soulager"
CALM = "quelles aides après le décès de mon mari artisan ?"
# Not sure enough for the page on help, and too near to it for an entry.
POSSIBLE = [
    VEILED,
    "mon mari gère la boite, il parle de disparaître pour nous soulager",
    "je craque, trop de paperasse",
]


class Everything:
    """Groups by itself each failure that it is given, and remembers which those were."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def failures(self, asked: Sequence[Asked], *, now: datetime) -> list[Failure]:
        return [failed(question.text, number) for number, question in enumerate(asked, start=1)]

    def noise(self, asked: Asked) -> Noise | None:
        return None

    def assign(self, groups: Sequence[QuestionGroup], new: Sequence[Failure], *, now: datetime) -> Assignment:
        self.given += [failure.asked.text for failure in new]
        return Assignment((), ())


@pytest.mark.parametrize("text", POSSIBLE)
def test_it_is_not_grouped(text: str) -> None:
    store, grouping = FakeReviewStore(), Everything()
    store.asked = [asked(CALM, 1), asked(text, 2)]

    group_failures(store, grouping, now=lambda: APPROVED_AT)

    assert grouping.given == [CALM]


def test_what_an_earlier_release_grouped_is_left_out_of_drafts_and_stands_for_no_group() -> None:
    group = a_group(VEILED, CALM, "aide veuve artisan")

    calm = without_distress(group)

    assert [failure.asked.text for failure in calm.failures] == [CALM, "aide veuve artisan"]
    assert calm.canonical != VEILED
    assert not without_distress(a_group(VEILED)).failures
    assert without_distress(calm) is calm


def test_it_becomes_no_phrasing_of_a_draft() -> None:
    phrasings = real_phrasings([asked(CALM, 1), asked(VEILED, 2)])

    assert [phrasing.text for phrasing in phrasings] == [CALM]


@pytest.mark.parametrize("text", POSSIBLE)
def test_an_approval_refuses_it_as_a_question_whoever_wrote_it(office: Office, text: str) -> None:
    draft = office.put(a_draft(content=an_entry_content(alternate_questions=(AlternateQuestion(text),))))

    with pytest.raises(InvalidContent, match="distress"):
        office.desk.approve(CAMILLE, draft.id, 1)

    assert office.store.state.histories == {}


def test_it_is_not_attached_to_an_entry(office: Office) -> None:
    office.publish("deces")

    with pytest.raises(InvalidContent, match="distress"):
        office.desk.attach(CAMILLE, office.put().id, 1, EntryId("deces"), (AlternateQuestion(VEILED),))


def test_the_entries_of_help_have_such_questions(office: Office) -> None:
    office.publish("aide", urgent=Urgency.FIRST)

    office.desk.attach(CAMILLE, office.put().id, 1, EntryId("aide"), (AlternateQuestion(VEILED),))

    assert office.entry("aide").version == 2
