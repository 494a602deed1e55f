"""The tree of errors that Noa raises; each message says what was seen and what to do.

NoaError
├── InvalidQuestion      the visitor's question cannot be read
├── InvalidRequest       an option beside the question (region, date, audience, mode…) is wrong
│   └── DayOutOfRange    the base knows nothing of that day
├── InvalidContent       what a referent wrote cannot be an entry; carries one problem a field
├── InvalidKnowledge     a knowledge file is wrong; carries one complaint a line
├── UnsafeArchive        an archive is truncated, or would write outside its folder
├── ModelUnavailable     a model is missing, corrupt or cannot run
├── StaleIndex           the index does not match the database, and could not be rebuilt
├── StorageUnavailable   the data folder or database cannot be read or written
│   ├── NotRecorded      what a visitor did could not be written down; answers go on
│   └── MigrationPending the database is an earlier release's, and was opened to be read only
├── VersionConflict      somebody else changed the entry or draft in between
├── NotFound             no such entry, draft, question or agency
├── NotReproducible      an answer that was given cannot be given again as it was
├── Forbidden            the person has no right to do that
├── NotAllowedNow        the right is there, the moment is wrong: decided already, second person missing…
├── SignInFailed         wrong name or password, or too many attempts
├── MailFailed           the mail server did not take a message; it is sent again
├── GenerationFailed     a language model gave nothing that can be used; lives in domain/rephrasing.py
└── InvalidSetting       an environment variable cannot be understood
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

NOT_A_FILE = "is a folder, a pipe or a device, not a file"

Value = str | int


class NoaError(Exception):
    """Anything that Noa's code could not foresee, told in words for its reader."""


class InvalidQuestion(NoaError):
    """The question is empty, too long, or not text."""


class InvalidRequest(NoaError):
    """An option beside the question is unknown or malformed; `field` names it.

    `kind` is a short word that pages translate, empty where the field says enough; `seen` is what was wrong in it.
    """

    def __init__(self, message: str, *, field: str, kind: str = "", seen: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.kind = kind
        self.seen = seen


class DayOutOfRange(InvalidRequest):
    """The base knows nothing of that day: it may be asked of the days from `first` to `last`."""

    def __init__(self, day: date, *, first: date, last: date, field: str) -> None:
        super().__init__(f"The base can be asked of the days from {first} to {last}, and not of {day}.", field=field)
        self.first = first
        self.last = last


@dataclass(frozen=True, slots=True)
class ContentProblem:
    """One thing wrong in what somebody wrote: where, a short word that pages translate, and what was seen."""

    field: str
    kind: str
    seen: str = ""


class InvalidContent(NoaError):
    """What somebody wrote cannot be an entry; nothing was kept of it, and the page keeps her text."""

    def __init__(self, problems: Sequence[ContentProblem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.kind} {problem.seen}".strip() for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong in a knowledge file; lines are counted from 1, 0 when unknown."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class InvalidKnowledge(NoaError):
    """A knowledge file or folder has mistakes; nothing of it was imported."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("\n".join(str(complaint) for complaint in complaints))
        self.complaints = tuple(complaints)


def wrong(path: Path | str, message: str, *, line: int = 0) -> InvalidKnowledge:
    """Return the error that has this one complaint."""
    return InvalidKnowledge([Complaint(str(path), line, message)])


class UnsafeArchive(NoaError):
    """An archive cannot be trusted: truncated, too large, or climbing out of its folder."""


class ModelUnavailable(NoaError):
    """A model cannot be prepared or loaded."""


class StaleIndex(NoaError):
    """The index lags behind the database and could not catch up."""


class StorageUnavailable(NoaError):
    """The data folder or the database cannot be read or written."""


class NotRecorded(StorageUnavailable):
    """What a visitor did could not be written down now; the database can be read, and answers go on."""


class MigrationPending(StorageUnavailable):
    """The tables are those of an earlier release; whoever opens the database to write brings them up to date."""


class VersionConflict(NoaError):
    """The entry or draft has a newer version than the one this change started from."""


class NotFound(NoaError):
    """Nothing bears that id."""


class NotReproducible(NoaError):
    """What is kept of an answer does not give the bytes that were shown."""


class Forbidden(NoaError):
    """The person has no right to do that; `action` names the right, `agency_id` the agency it was wanted for."""

    def __init__(self, message: str, *, action: str, agency_id: str | None = None) -> None:
        super().__init__(message)
        self.action = action
        self.agency_id = agency_id


class NotAllowedNow(NoaError):
    """The right is there, but the state of things forbids it; `reason` is a short word for pages to translate."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class SignInFailed(NoaError):
    """The name or the password is wrong, or there were too many attempts; `retry_seconds` says when to come back."""

    def __init__(self, message: str, *, retry_seconds: int = 0) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class SignInOver(NoaError):
    """A sign-in no longer waits for its second step, and must begin again."""


class InvalidSetting(NoaError):
    """A `NOA_*` environment variable cannot be understood."""


class Worded(str):
    """An English sentence that still knows its template and what stands in it."""

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, **values: Value) -> "Worded":
        worded = super().__new__(cls, template.format(**values))
        worded.template, worded.values = template, values
        return worded


class MailFailed(NoaError):
    """The mail server could not be reached, or did not take a message.

    `is_refused` where it never will: the address is wrong.
    """

    def __init__(self, message: str, *, is_refused: bool = False) -> None:
        super().__init__(message)
        self.is_refused = is_refused
