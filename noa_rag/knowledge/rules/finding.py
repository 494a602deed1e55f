"""What a rule finds in an entry's file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Complaint
from noa_rag.domain.facts import FactBook
from noa_rag.knowledge.entry_file import EntryFile


class Level(StrEnum):
    """Whether a finding keeps a pack from passing."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule, known by its name, found at a line."""

    rule: str
    complaint: Complaint


@dataclass(frozen=True, slots=True)
class Checked:
    """All that the rules look at: the entries as read, the facts, and the day on which they are to be sound."""

    files: Mapping[EntryId, EntryFile]
    facts: FactBook
    today: date
    year: int = field(init=False)
    """The year that the entries are written for: that of the newest validation, else the day's own."""

    def __post_init__(self) -> None:
        days = (file.content.validated_on for file in self.files.values())
        object.__setattr__(self, "year", max((day.year for day in days if day), default=self.today.year))

    def family(self, entry_id: EntryId) -> EntryId:
        """Return the general entry of an entry's family: itself, where it is no variant."""
        file = self.files.get(entry_id)
        return (file.content.variant_of if file else None) or entry_id


def texts(content: EntryContent) -> Iterator[tuple[str, str]]:
    """Yield the texts that the public reads of an entry, each with the field that it stands in."""
    yield "answer", content.answer
    for number, step in enumerate(content.steps):
        yield f"steps[{number}]", step.text
    for section in content.sections:
        yield "sections", section.text


def found(rule: str, file: EntryFile, field: str, message: str, *, below: int = 0) -> Finding:
    """Return a finding at a field, or `below` lines further down in a text of several lines."""
    start = file.lines.get(field, file.lines.get(field.partition("[")[0], 1))
    return Finding(rule, Complaint(file.path, start + below, message))


def line_below(text: str, at: int) -> int:
    """Return how many lines below its field a place of a text stands: a text of several lines begins on the next."""
    return text.count("\n", 0, at) + 1 if "\n" in text else 0


def by_place(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(
        set(findings),
        key=lambda finding: (finding.complaint.path, finding.complaint.line, finding.rule, finding.complaint.message),
    )
