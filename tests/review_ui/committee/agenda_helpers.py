"""Two groups of questions on the agenda, for tests of the committee's pages."""

from datetime import UTC, datetime, timedelta

from noa_rag.domain.agenda import Month
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.service.office import Office, open_committee
from noa_rag.service.records import Records
from tests.factories import a_group_draft, a_question, a_recorded_question

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MONTH = Month.of(NOW.date())
DRAFTED, UNDRAFTED = GroupId("drafted"), GroupId("undrafted")
HOSTILE = '=HYPERLINK("https://evil.example") | <script>alert(1)</script> **gras**'


def add_groups(office: Office, records: Records) -> None:
    """Add two groups asked today: one has a draft of the INPI, the other none."""
    office.committee = open_committee(records, lambda: NOW)
    for group_id, canonical, count in ((DRAFTED, "Que coûte une marque ?", 2), (UNDRAFTED, HOSTILE, 1)):
        for number in range(count):
            question = a_recorded_question(
                f"{group_id}-{number}",
                conversation_id=f"{group_id}-{number}",
                asked_at=NOW - timedelta(seconds=1),
                question=a_question(f"Formulation {number} de {group_id}"),
            )
            records.questions.record(question)
        mine = [question for question in office.store.asked_since(None) if question.question_id.startswith(group_id)]
        failures = tuple(Failure(question, FailureKind.ABSTAINED) for question in mine)
        office.store.add_group(QuestionGroup(group_id, canonical, NOW, failures))
    with office.store.changing() as change:
        change.add_draft(a_group_draft(DRAFTED))
