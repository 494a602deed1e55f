"""A recorded question with the text that its visitor was shown, and the case that it makes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from evals.cases import CaseKind
from noa_rag.answering.steps.compose import official_text_of
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.mark import MarkedAnswer
from noa_rag.domain.people import PersonId
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import CaseFields, RecordedCase, RecordedCaseStore
from noa_rag.storage.recorded_questions import Recorded, RecordedQuestions


@dataclass(frozen=True, slots=True)
class Shown:
    """`text` is the approved text of the version that was shown, byte for byte; empty when none was."""

    recorded: Recorded
    text: str
    answer: MarkedAnswer | None
    case: RecordedCase | None


@dataclass(frozen=True, slots=True)
class CaseForm:
    """What the form of a case is filled with; `other` is an id that was typed."""

    kind: CaseKind
    entry: EntryId | None
    other: str = ""


def shown_for(noa: Noa, question_id: str) -> Shown:
    """Return a recorded question with what was shown for it. Raises NotFound."""
    recorded = RecordedQuestions(noa.records.database).get(question_id)
    case = RecordedCaseStore(noa.records.database).get(question_id)
    if recorded.entry_id is None:
        return Shown(recorded, "", None, case)
    history = noa.records.entries.history(recorded.entry_id)
    version = next((one for one in history if one.version == recorded.entry_version), None)
    if version is None:
        return Shown(recorded, "", None, case)
    section = next((one for one in version.content.sections if one.key == recorded.section_key), None)
    answer = MarkedAnswer(recorded.text, recorded.entry_id, recorded.entry_version, question_id)
    return Shown(recorded, official_text_of(version, section), answer, case)


def prefilled(noa: Noa, shown: Shown) -> CaseForm:
    """Return the likeliest case: the one kept already, else what was shown, unless the visitor found it useless."""
    if shown.case is not None:
        fields = shown.case.fields
        entry = next(iter(fields.get("expected_entries", ())), fields.get("tempting_entry"))
        return CaseForm(CaseKind(fields["kind"]), entry)
    recorded = shown.recorded
    if recorded.status is AnswerStatus.ANSWERED:
        kind = CaseKind.NEAR_MISS if recorded.is_useful is False else CaseKind.IN_SCOPE
        return CaseForm(kind, recorded.entry_id)
    if recorded.status is AnswerStatus.CLARIFICATION:
        return CaseForm(CaseKind.IN_SCOPE, next(iter(recorded.choices), None))
    if recorded.reason == Reason.NOTHING_CLOSE:
        return CaseForm(CaseKind.OUT_OF_SCOPE, None)
    return CaseForm(CaseKind.NEAR_MISS, next(iter(recorded.choices), None))


def keep_case(noa: Noa, question_id: str, fields: CaseFields, *, by: PersonId) -> None:
    """Keep the case of a recorded question, in place of an earlier one."""
    RecordedCaseStore(noa.records.database).keep(fields, question_id=question_id, by=by, at=datetime.now(UTC))
