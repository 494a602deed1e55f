"""Runs: folders with the settings of one evaluation and its outcomes, and what came of each case."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from evals.runner.folders import RESULTS
from evals.suites.cases import Case, CaseKind, decoded, parsed_lines
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError

SETTINGS_FILE = "settings.json"
HOW_TO_MAKE_ONE = f"Runs are made by `noa eval run` and stand in {RESULTS}."


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One case with what Noa did.

    `actual_matches` are retrieved entries, best first, whatever was then decided; `because` names what weighed most
    in the decision, in log-odds. `theme` and `agency` are those of the expected entry, else of the tempting one.
    `is_known` says whether calibration or training had labels for the expected entry, `is_verbatim` whether the text
    shown is byte for byte the approved one; both are None where there is no such entry. `actual_missing` is the region
    or audience for which the page says that there is no variant; `actual_parts` are the entries of an answer that
    needs several. A choice with an `actual_entry` was shown with that entry whole above the others.
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
        return is_offer and any(choice in self.case.expected_entries for choice in self.actual_choices)

    @property
    def is_opened(self) -> bool:
        """Whether an entry was shown above others that are close."""
        return self.actual_status is AnswerStatus.CLARIFICATION and self.actual_entry is not None

    @property
    def is_refused(self) -> bool:
        return self.actual_status is AnswerStatus.ABSTAINED

    @property
    def first_is_right(self) -> bool:
        return bool(self.actual_matches) and self.actual_matches[0] in self.case.expected_entries


def write_outcomes(path: Path, outcomes: Iterable[CaseOutcome]) -> None:
    """Write one outcome a line."""
    lines = (json.dumps(asdict(outcome), ensure_ascii=False) for outcome in outcomes)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class NotARun(NoaError):
    """The folder holds no run, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one evaluation found: the settings that made it, and its outcomes by suite."""

    folder: Path
    settings: Mapping[str, object]
    outcomes: Mapping[str, Sequence[CaseOutcome]]

    @property
    def name(self) -> str:
        return self.folder.name


def read_run(folder: Path) -> Run:
    """Return the run that a folder holds. Raises NotARun with what is missing or wrong."""
    if not folder.is_dir():
        raise NotARun(f"{folder} is not a folder. {HOW_TO_MAKE_ONE}")
    settings = _settings(folder)
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise NotARun(f"{folder} has no outcomes (<suite>.jsonl). {HOW_TO_MAKE_ONE}")
    return Run(folder.resolve(), settings, {path.stem: _outcomes(path) for path in paths})


def _settings(folder: Path) -> dict[str, object]:
    try:
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotARun(f"{folder} has no {SETTINGS_FILE}. {HOW_TO_MAKE_ONE}") from error
    except ValueError as error:
        raise NotARun(f"{folder / SETTINGS_FILE} is not JSON: {error}. Make the run again.") from error
    if not isinstance(settings, dict):
        raise NotARun(f"{folder / SETTINGS_FILE} is not a JSON object. Make the run again.")
    return settings


def _outcomes(path: Path) -> tuple[CaseOutcome, ...]:
    rows, complaints = parsed_lines(path, partial(decoded, kind=CaseOutcome, called="an outcome"))
    if complaints:
        first, *others = complaints
        more = f" (and {len(others)} more)" if others else ""
        raise NotARun(f"{path.parent.name}/{first}{more}. Make the run again with this version.")
    outcomes = tuple(outcome for _, outcome in rows)
    counts = Counter(outcome.case.id for outcome in outcomes)
    if twice := sorted(case_id for case_id, count in counts.items() if count > 1):
        raise NotARun(f"{path} holds the case `{twice[0]}` {counts[twice[0]]} times. Make the run again.")
    return outcomes


class Judged(StrEnum):
    """The possible outcomes of a case, the most urgent to look at first."""

    WRONG = "wrong entry shown"
    REFUSED_ANSWERABLE = "refused, though an entry answers"
    ASKED_WITHOUT = "asked back without the right entry"
    OFFERED = "right entry among those offered"
    ASKED_BACK = "asked back, as nothing answers"
    REFUSED = "refused, as nothing answers"
    RIGHT = "right entry shown"


def judged(outcome: CaseOutcome) -> Judged:
    """Return which of these outcomes a case had."""
    if outcome.is_answered:
        return Judged.RIGHT if outcome.is_right else Judged.WRONG
    if outcome.case.kind is not CaseKind.IN_SCOPE:
        return Judged.REFUSED if outcome.is_refused else Judged.ASKED_BACK
    if outcome.is_refused:
        return Judged.REFUSED_ANSWERABLE
    return Judged.OFFERED if outcome.offers_right else Judged.ASKED_WITHOUT


def came_out_right(outcome: CaseOutcome) -> bool:
    """Return whether an in-scope question was answered with an expected entry, and any other was not answered."""
    return outcome.is_right if outcome.case.kind is CaseKind.IN_SCOPE else not outcome.is_answered


class Key(StrEnum):
    """What outcomes may be grouped by."""

    THEME = "theme"
    AGENCY = "agency"
    LANGUAGE = "language"
    REGISTER = "register"
    CONTRAST = "contrast"
    KNOWN = "known"
    """Whether labels for the expected entry were learned from: "known" or "unknown"."""


def by(outcomes: Iterable[CaseOutcome], key: Key) -> dict[str, list[CaseOutcome]]:
    """Return the outcomes of each group, groups by name, outcomes as ordered; those in no group are left out."""
    groups: dict[str, list[CaseOutcome]] = defaultdict(list)
    for outcome in outcomes:
        if name := NAMES[key](outcome):
            groups[name].append(outcome)
    return dict(sorted(groups.items()))


def _known(outcome: CaseOutcome) -> str:
    if outcome.is_known is None:
        return ""
    return "known" if outcome.is_known else "unknown"


NAMES: dict[Key, Callable[[CaseOutcome], str]] = {
    Key.THEME: lambda outcome: outcome.theme,
    Key.AGENCY: lambda outcome: outcome.agency,
    Key.LANGUAGE: lambda outcome: outcome.case.language,
    Key.REGISTER: lambda outcome: outcome.case.register,
    Key.CONTRAST: lambda outcome: outcome.case.contrast,
    Key.KNOWN: _known,
}
