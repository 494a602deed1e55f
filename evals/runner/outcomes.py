"""Outcomes: cases with what Noa did, written and read as JSONL."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from evals.suites.cases import Case
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case with what Noa did.

    `actual_matches` are retrieved entries, best first, whatever was then decided; `because` names what weighed most
    in the decision, in log-odds. `theme` and `agency` are those of the expected entry, else of the tempting one.
    `is_known` says whether calibration or training had labels for the expected entry, `is_verbatim` whether the text
    shown is byte for byte the approved one; both are None where there is no such entry. `actual_missing` is the region
    or audience for which the page says that there is no variant; `actual_parts` are the entries of an answer that
    needs several.
    """

    case: Case
    actual_status: AnswerStatus
    actual_reason: str | None
    actual_entry: EntryId | None
    actual_choices: tuple[EntryId, ...]
    actual_matches: tuple[EntryId, ...]
    actual_text: str
    confidence: float
    milliseconds: float
    because: dict[str, float]
    theme: str = ""
    agency: str = ""
    is_known: bool | None = None
    is_verbatim: bool | None = None
    actual_missing: str | None = None
    actual_parts: tuple[EntryId, ...] = ()

    @property
    def is_answered(self) -> bool:
        return self.actual_status is AnswerStatus.ANSWERED

    @property
    def is_combined(self) -> bool:
        """Whether several entries were shown together: those of a whole field, or one for each half."""
        return self.is_answered and len(self.actual_parts) > 1

    @property
    def is_right(self) -> bool:
        return self.is_answered and self.actual_entry in self.case.expected_entries

    @property
    def is_wrong(self) -> bool:
        return self.is_answered and self.actual_entry not in self.case.expected_entries

    @property
    def offers_right(self) -> bool:
        is_offer = self.actual_status is AnswerStatus.CLARIFICATION
        return is_offer and any(one in self.case.expected_entries for one in self.actual_choices)

    @property
    def is_refused(self) -> bool:
        return self.actual_status is AnswerStatus.ABSTAINED

    @property
    def first_is_right(self) -> bool:
        return bool(self.actual_matches) and self.actual_matches[0] in self.case.expected_entries


def write_outcomes(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write one outcome a line."""
    lines = (json.dumps(asdict(one), ensure_ascii=False) for one in outcomes)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_outcomes(path: Path) -> list[Outcome]:
    """Return the outcomes of a suite. Raises InvalidKnowledge with the line of every mistake."""
    outcomes, complaints = [], []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            outcomes.append(msgspec.json.decode(line, type=Outcome))
        except msgspec.MsgspecError as error:
            complaints.append(Complaint(path.name, number, f"not an outcome: {error}"))
    if complaints:
        raise InvalidKnowledge(complaints)
    return outcomes
