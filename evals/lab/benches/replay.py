"""`make replay-bench`: how long a preview takes, and whether its caches change an outcome.

Twenty changes of the bundled pack: entries that the base lacks, entries with another text, entries withdrawn. Each is
replayed with 1,000 real questions, then judged by the quick gate. Some of the questions are asked again on the plain
trial path, which caches nothing; outcomes must be the same.
"""

import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from evals.lab.benches.served import milliseconds
from evals.runner.bases import keep, opened, shared_is_there
from evals.runner.folders import WORK
from evals.runner.quick_gate import QuickGate
from evals.suites.cases import SUITES, CaseKind, read_suite, shared_questions
from noa_rag.answering.pipeline import Step, run
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import AlternateQuestion, EntryStatus, EntryVersion
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.failure import Asked
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Language
from noa_rag.review.preview import Path, Replaying, Trial
from noa_rag.review.replay import AskedAs, asked_as
from noa_rag.service.noa import Noa

QUESTIONS = 1_000
OF_EACH_KIND = 7  # changes
CHECKED = 60  # unchanged questions of each change that are asked again on the plain path; all changed ones are
SECONDS_TARGET = 5.0
SEED = 0
Shown = tuple[str, str | None, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MeasuredPreview:
    """One change; `differing` questions had another outcome on the plain path, of `checked`."""

    kind: str
    entry: str
    index_seconds: float
    replay_seconds: float
    replay_cpu_seconds: float
    gate_seconds: float
    gate_passes: bool
    changed: int
    newly_answered: int
    left_out: int
    checked: int
    differing: int


@click.command()
@click.option("--fiches", is_flag=True, help="over the pack and the imported fiches, where they are present")
@click.option("--checked", default=CHECKED, show_default=True, help="unchanged questions asked again on the plain path")
def main(fiches: bool, checked: int) -> None:
    """Measure, print one table and keep every figure as JSON."""
    name = "replay-both" if fiches else "replay"
    with (
        reported_errors(),
        shown_progress() as progress,
        opened(name, pack=True, fiches=fiches, progress=progress) as noa,
    ):
        result = _measured(noa, checked, progress)
    path = WORK / f"{name}.json"
    keep(path, result)
    _print(result, Console(width=120))
    Console().print(f"every figure: {path}")


def _measured(noa: Noa, checked: int, progress: Progress) -> dict[str, object]:
    load = os.getloadavg()[0]
    recorded = _recorded()
    chosen = random.Random(SEED).sample(noa.servable(), 3 * OF_EACH_KIND)
    new, edited, withdrawn = (chosen[at::3] for at in range(3))
    _withdraw(noa, new)
    replaying, gate = Replaying(noa), QuickGate(noa)
    progress("asking the base as it is", 0, 0)
    start = time.perf_counter()
    replaying.warm(recorded)
    gate.warm()
    warm_seconds = time.perf_counter() - start
    proposals = [
        *(("new", _again(noa, one)) for one in new),
        *(("edited", _edited(one)) for one in edited),
        *(("withdrawn", replace(one, version=one.version + 1, status=EntryStatus.WITHDRAWN)) for one in withdrawn),
    ]
    measured = []
    for number, (kind, proposed) in enumerate(proposals):
        progress("replaying", number, len(proposals))
        measured.append(
            _measure(noa, replaying, gate, kind=kind, proposed=proposed, recorded=recorded, checked=checked)
        )
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_before": load,
        "cores": os.cpu_count(),
        "entries": len(noa.index.snapshot.versions),
        "texts": len(noa.index.snapshot.texts),
        "questions": len(recorded),
        "distinct": len({asked_as(one) for one in recorded}),
        "warm_seconds": warm_seconds,
        "changes": [_row(one) for one in measured],
    }


def _measure(
    noa: Noa,
    replaying: Replaying,
    gate: QuickGate,
    *,
    kind: str,
    proposed: EntryVersion,
    recorded: Sequence[Asked],
    checked: int,
) -> MeasuredPreview:
    index_seconds = milliseconds(lambda: Trial(noa, [proposed])) / 1_000
    cpu = time.process_time()
    report = replaying.what_would_change([proposed], group=(), recorded=recorded)
    cpu = time.process_time() - cpu
    start = time.perf_counter()
    verdict = gate.verdict([proposed])
    gate_seconds = time.perf_counter() - start
    changed = [change.text for change in report.recorded.changes]
    others = sorted({one.text for one in recorded} - set(changed))
    again = [*changed, *random.Random(proposed.id).sample(others, min(checked, len(others)))]
    plain, kept = Trial(noa, [proposed]).path(), replaying.path_with([proposed])
    differing = sum(_plainly(plain, text) != _kept(replaying, kept, text) for text in again)
    return MeasuredPreview(
        kind=kind,
        entry=proposed.id,
        index_seconds=index_seconds,
        replay_seconds=report.seconds,
        replay_cpu_seconds=cpu,
        gate_seconds=gate_seconds,
        gate_passes=verdict.passes,
        changed=len(changed),
        newly_answered=report.recorded.answered_after - report.recorded.answered_before,
        left_out=report.left_out_count,
        checked=len(again),
        differing=differing,
    )


def _recorded() -> list[Asked]:
    """Return a mix of what is asked: answered by the pack, near misses of it, and other subjects where present."""
    texts = [case.question for name in ("answering", "near_miss") for case in read_suite(SUITES / f"{name}.jsonl")]
    if shared_is_there():
        shared = shared_questions(CaseKind.IN_SCOPE)
        texts += [case.question for case in shared]
    chosen = random.Random(SEED).sample(texts, min(QUESTIONS, len(texts)))
    now = datetime.now(UTC)
    return [Asked(str(at), str(at), now, text, text, Language.FRENCH, "") for at, text in enumerate(chosen)]


def _withdraw(noa: Noa, entries: Sequence[EntryVersion]) -> None:
    """Withdraw entries from the measured base; the next measurement imports them again."""
    for one in entries:
        noa.records.entries.withdraw(one.id, author="replay-bench", note="", at=datetime.now(UTC))
    noa.refresh()


def _again(noa: Noa, one: EntryVersion) -> EntryVersion:
    return replace(one, version=noa.records.current([one.id])[one.id].version + 1)


def _edited(one: EntryVersion) -> EntryVersion:
    """Return a version with half of the alternate questions, another one, and a longer answer."""
    kept = one.content.alternate_questions[::2]
    more = AlternateQuestion(f"Que faut-il savoir : {one.content.question}")
    answer = f"{one.content.answer}\n\nCette règle vaut pour toutes les entreprises."
    return replace(
        one,
        version=one.version + 1,
        content=replace(one.content, answer=answer, alternate_questions=(*kept, more)),
    )


def _plainly(steps: Sequence[Step], text: str) -> Shown:
    try:
        answer = run(steps, AskedAs(text, language=Language.FRENCH).ask).answer
    except InvalidQuestion:
        return ("abstained", None, ())
    assert answer is not None
    return (answer.status, answer.entry.id if answer.entry else None, tuple(one.entry_id for one in answer.choices))


def _kept(replaying: Replaying, path: Path, text: str) -> Shown:
    outcome = replaying.outcome(path, AskedAs(text, language=Language.FRENCH))
    return (outcome.status, outcome.entry_id, outcome.offers)


def _row(one: MeasuredPreview) -> dict[str, object]:
    return {name: getattr(one, name) for name in MeasuredPreview.__slots__}


def _print(result: dict[str, object], console: Console) -> None:
    changes: list[dict[str, float]] = result["changes"]  # type: ignore[assignment]
    table = Table("figure", "median", "max", "target")
    for label, name, target in _figures():
        values = [change[name] for change in changes]
        table.add_row(label, f"{statistics.median(values):.2f}", f"{max(values):.2f}", target)
    console.print(
        f"{result['entries']} entries, {result['questions']} questions ({result['distinct']} distinct),"
        f" {len(changes)} changes, load {result['load_before']:.1f} on {result['cores']} cores"
    )
    console.print(table)
    checked, differing = (int(sum(change[name] for change in changes)) for name in ("checked", "differing"))
    left_out = int(sum(change["left_out"] for change in changes))
    console.print(f"{differing} of {checked} outcomes differ from the plain path; {left_out} questions were left out")


def _figures() -> Iterator[tuple[str, str, str]]:
    yield "replay, seconds", "replay_seconds", f"at most {SECONDS_TARGET:.0f}"
    yield "replay, seconds of processor", "replay_cpu_seconds", ""
    yield "quick gate, seconds", "gate_seconds", f"at most {SECONDS_TARGET:.0f}"
    yield "index as it would be, seconds", "index_seconds", ""
    yield "questions whose outcome changes", "changed", ""


if __name__ == "__main__":
    main()
