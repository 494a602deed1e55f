"""Running suites from start to end: ask, keep what Noa did, hold the figures against the gates, report."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Column, Table

from evals.metrics.figure import Figure, as_row
from evals.report.reports import write_report
from evals.runner.evaluate import Broken, FigureRow, FigureSection, breakdowns, broken, figures, read_gates, sections
from evals.runner.folders import RESULTS, ROOT
from evals.runner.runs import SETTINGS_FILE, CaseOutcome, read_run, write_outcomes
from evals.suites.cases import Case
from evals.suites.splits import is_withheld
from evals.suites.suite_list import LATENCY, Suite
from noa_rag.answering.pipeline import run
from noa_rag.answering.steps.compose import shown_text
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import Answer, AnswerStatus, Reason
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import InvalidQuestion, NoaError
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask
from noa_rag.retrieval.calibration import Calibration
from noa_rag.service.noa import Noa
from noa_rag.settings import NO_RERANKER

MATCHES_KEPT = 10


def generate(noa: Noa, suites: Sequence[Suite], folder: Path, *, progress: Progress) -> dict[str, list[CaseOutcome]]:
    """Ask every case of the suites and write `settings.json` and one JSONL file a suite into the folder.

    Raises InvalidKnowledge when a suite has mistakes; nothing is asked then.
    """
    if any(folder.glob("*.jsonl")):
        raise NoaError(f"{folder} holds a run already. Choose another name, or delete it.")
    cases = {suite.name: suite.cases(noa) for suite in suites}
    folder.mkdir(parents=True, exist_ok=True)
    settings = run_settings(noa, cases)
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    progress("reading entries ahead", 0, 0)
    noa.read_ahead()  # as a service does once it has started
    outcomes = {}
    for name, suite_cases in cases.items():
        if name == LATENCY:  # other suites asked the same; a visitor's wording is mostly new
            noa.forget_questions()
        outcomes[name] = ask_all(noa, suite_cases, label=f"asking {name}", progress=progress)
        write_outcomes(folder / f"{name}.jsonl", outcomes[name])
    return outcomes


def ask_all(noa: Noa, cases: Sequence[Case], *, label: str, progress: Progress) -> list[CaseOutcome]:
    """Ask each case through the whole answer path, recording nothing in the base."""
    versions = noa.records.in_force(list(noa.index.snapshot.versions), today_in_paris())
    outcomes = []
    for number, case in enumerate(cases):
        progress(label, number, len(cases))
        outcomes.append(_outcome(noa, case, versions))
    progress(label, len(cases), len(cases))
    return outcomes


def _outcome(noa: Noa, case: Case, versions: Mapping[EntryId, EntryVersion]) -> CaseOutcome:
    start = time.perf_counter()
    try:
        turn = run(noa.path(hidden=case.hides), Ask(case.question, region=case.region, audience=case.audience))
    except InvalidQuestion:  # nothing to read: the visitor is told so, which is a refusal
        turn = None
    milliseconds = (time.perf_counter() - start) * 1_000
    answer = turn.answer if turn else None
    judgement = turn.judgement if turn else None
    status, shown, choices = shown_or_offered(answer) if answer else (AnswerStatus.ABSTAINED, (), ())
    if answer and answer.reason is Reason.SITUATION:  # with what a branch that asks again leads to: two taps away
        asked_again = (versions[choice].content.branches for choice in choices if choice in versions)
        choices += tuple(branch.entry for branches in asked_again for branch in branches)
    about = next(iter(case.about), None)
    content = versions[about].content if about and about in versions else None
    return CaseOutcome(
        case=case,
        actual_status=status,
        actual_reason=answer.reason if answer else "unreadable",
        actual_entry=next(iter(shown), None),
        actual_choices=choices,
        actual_matches=_matches(turn) if turn else (),
        actual_text=answer.text if answer else "",
        confidence=judgement.confidence if judgement else 0.0,
        milliseconds=round(milliseconds, 2),
        because={name: round(value, 3) for name, value in judgement.because.items()} if judgement else {},
        theme=content.theme if content else "",
        agency=content.agency_id if content else "",
        is_known=not is_withheld(about) if about and case.expected_entries else None,
        is_verbatim=_is_verbatim(noa, turn) if turn else None,
        actual_missing=_missing(answer) if answer else None,
        actual_parts=tuple(part.entry.id for part in answer.parts if part.entry) if answer else (),
    )


def shown_or_offered(answer: Answer) -> tuple[AnswerStatus, tuple[EntryId, ...], tuple[EntryId, ...]]:
    """Return the status, the entry shown, and the entries offered, as suites count them.

    An entry shown above others that are close counts as the first of a choice: it is not shown alone.
    """
    shown = (answer.entry.id,) if answer.entry else ()
    offered = tuple(choice.entry_id for choice in answer.choices)
    if answer.reason is Reason.SITUATION:
        return answer.status, (), offered
    if answer.is_unsure:
        return AnswerStatus.CLARIFICATION, shown, shown + offered
    return answer.status, shown, offered


def _missing(answer: Answer) -> str | None:
    general = answer.general
    return (general.region or general.audience) if general else None


def _matches(turn: Turn) -> tuple[EntryId, ...]:
    return tuple(candidate.version.id for candidate in turn.candidates[:MATCHES_KEPT])


def _is_verbatim(noa: Noa, turn: Turn) -> bool | None:
    """Compare the text shown with the approved version, read anew from the database."""
    answer = turn.answer
    if answer is None or answer.entry is None:
        return None
    approved = noa.records.in_force([answer.entry.id], today_in_paris())[answer.entry.id]
    section = next((part for part in approved.content.sections if part.key == answer.section_key), None)
    return answer.text.encode() == shown_text(approved, section, answer.language)[0].encode()


def run_settings(noa: Noa, cases: dict[str, list[Case]]) -> dict[str, Any]:
    """Return the settings that made a run: versions and model, with hashes of calibration, base and suites."""
    entries = sorted(noa.index.snapshot.versions.items())
    return {
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "noa": version("noa"),
        "model": noa.index.embedder.fingerprint,
        "reranker": noa.verifier.fingerprint if noa.verifier else NO_RERANKER,
        "calibration": calibration_settings(noa.calibration),
        "base": {
            "entries": len(entries),
            "sha256": _digest(f"{name}:{number}" for name, number in entries),
            "entries_unknown_to_the_calibration": len(noa.calibration.strangers([name for name, _ in entries])),
        },
        "suites": {
            name: {"cases": len(suite_cases), "sha256": _digest(repr(case) for case in suite_cases)}
            for name, suite_cases in cases.items()
        },
    }


def calibration_settings(calibration: Calibration) -> dict[str, Any]:
    """Return the thresholds in use, the bound they promise, and the hash of all that was learned."""
    return {
        "sha256": _digest([repr(calibration)]),
        "answer_from": calibration.answer_from,
        "offer_from": calibration.offer_from,
        "figures": dict(calibration.figures),
    }


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()[:16]


NOT_KEPT = Path()  # in place of a folder, where no case is kept
FIGURES = "figures.json"
BESIDE = "beside.json"
Figures = Mapping[str, Sequence[Figure]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to: its figures beside their gates, and the gates that it broke."""

    folder: Path
    sections: Sequence[FigureSection]
    broken: Sequence[Broken]
    has_report: bool = True
    strangers: int = 0

    def print(self, console: Console) -> None:
        """Print one table, then the broken gates, then where the rest is."""
        console.print(as_table(self.sections))
        if self.strangers:
            console.print(
                f"{self.strangers} entries of this base were not there when the confidence was calibrated: "
                "the bound it promises leaves them out."
            )
        for broken_gate in self.broken:
            console.print(f"[bold]✗ gate broken[/bold]  {broken_gate}")
        watched = sum(row.is_met is not None for section in self.sections for row in section.rows)
        if not self.broken:
            console.print(f"✓ all {watched} gates hold")
        if self.folder != NOT_KEPT:
            contents = "report.html, figures and every case" if self.has_report else "figures and every case"
            console.print(f"{contents}: {_readable(self.folder)}")


def run_suites(
    noa: Noa, suites: Sequence[Suite], folder: Path | None, *, progress: Progress, has_report: bool = True
) -> Result:
    """Ask the cases of suites and judge what came of them.

    Raises NoaError for a folder that holds a run, InvalidKnowledge for a suite with mistakes; nothing is asked then.
    """
    folder = folder or new_folder()
    generate(noa, suites, folder, progress=progress)
    progress("evaluating", 0, 0)
    return evaluated(folder, has_report=has_report)


def keep_beside(folder: Path, measured: Figures) -> None:
    """Keep figures that were measured beside the suites of a run, for `evaluated` to judge with them."""
    _write(folder / BESIDE, measured)


def evaluated(folder: Path, *, has_report: bool = True) -> Result:
    """Judge the outcomes that stand in a folder, and the figures kept beside them. Raises NotARun."""
    run = read_run(folder)
    outcomes = run.outcomes
    beside = folder / BESIDE
    measured = msgspec.json.decode(beside.read_bytes(), type=dict[str, list[Figure]]) if beside.is_file() else {}
    all_figures = {**figures(outcomes), **measured}
    gates = read_gates()
    _write(folder / FIGURES, all_figures)
    listed = sections(all_figures, gates)
    if has_report:
        groups = []
        for key, rows in breakdowns(outcomes).items():
            right = tuple(FigureRow(replace(figure, name=group)) for group, figure, _ in rows)
            shown = tuple(FigureRow(replace(figure, name=group)) for group, _, figure in rows)
            groups.append(FigureSection(f"in-scope questions answered right, by {key}", right))
            groups.append(FigureSection(f"answers shown that are right, by {key}", shown))
        write_report(folder, [*listed, *groups])
    base = run.settings.get("base")
    strangers = base.get("entries_unknown_to_the_calibration", 0) if isinstance(base, dict) else 0
    return Result(folder, listed, broken(all_figures, gates), has_report, strangers)


def as_table(listed: Sequence[FigureSection]) -> Table:
    """Return one table of all figures with their gates; a broken one is marked by a sign, not by colour alone."""
    table = Table(Column("suite", no_wrap=True), "figure", "measured", "cases", "95 % interval", "gate")
    for section in listed:
        for number, row in enumerate(section.rows):
            name, value, count, interval = as_row(row.figure)
            sign = "" if row.is_met is None else ("✓ " if row.is_met else "✗ ")
            is_last = number == len(section.rows) - 1
            suite = "" if number else section.title
            table.add_row(suite, name, value, count, interval, f"{sign}{row.target}", end_section=is_last)
    return table


def new_folder() -> Path:
    """Return the folder of a run that starts now."""
    return RESULTS / datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")


def _write(path: Path, found: Figures) -> None:
    plain = {suite: [asdict(row) for row in listed] for suite, listed in found.items()}
    path.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _readable(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)


def against_gates(figures: Figures, folder: Path = NOT_KEPT) -> Result:
    """Return figures beside the gates on their suites; `folder` is where the cases are kept."""
    gates = read_gates()
    return Result(folder, sections(figures, gates), broken(figures, gates), has_report=False)
