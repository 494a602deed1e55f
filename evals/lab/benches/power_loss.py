"""`make power-loss`: what it costs that no approval and no question is lost when the power fails.

SQLite's `synchronous = FULL` has each transaction reach the disk before it counts as written; `NORMAL` leaves the last
ones to the system for some seconds. Both are measured in turns, in one run, over two bases with the bundled pack, which
lie on the disk of the evaluations' folder.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import event

from evals.runner.folders import WORK
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.answer import Answer, AnswerStatus, GivenAnswer
from noa_rag.domain.entry import EntryVersion, NewVersion
from noa_rag.domain.ports import RecordedQuestion
from noa_rag.domain.question import Language, Mode, Question
from noa_rag.service.records import Records, fill_empty_base, open_records
from noa_rag.settings import Settings

MODES = ("NORMAL", "FULL")
ROUNDS = 5
WRITES_A_ROUND = 100
KEPT = '{"text": "' + "Ce que la visiteuse a lu. " * 40 + '"}'  # 1 KB beside the entry's version, as for a usual answer


def main() -> None:
    """Print how many approvals and recorded questions a second one process writes, with either setting."""
    WORK.mkdir(parents=True, exist_ok=True)
    seconds: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory(dir=WORK) as folder, shown_progress() as progress:
        bases = {mode: _base(Path(folder) / mode, mode) for mode in MODES}
        for number in range(ROUNDS):
            progress("writing (rounds)", number, ROUNDS)
            for mode, records in bases.items():
                for what, write in (("approvals", _approve), ("recorded questions", _record)):
                    start = time.perf_counter()
                    write(records)
                    seconds.setdefault((what, mode), []).append(time.perf_counter() - start)
        for records in bases.values():
            records.close()
    for what in ("approvals", "recorded questions"):
        rates = {mode: WRITES_A_ROUND / statistics.median(seconds[what, mode]) for mode in MODES}
        told = ", ".join(f"{rate:.0f} a second with {mode}" for mode, rate in rates.items())
        more = 1_000 / rates["FULL"] - 1_000 / rates["NORMAL"]
        Console(width=110).print(f"{what}: {told}; {more:.1f} ms more each ({ROUNDS} rounds of {WRITES_A_ROUND})")


def _base(data_dir: Path, mode: str) -> Records:
    """Return a filled base whose connections all write in this mode."""
    settings = Settings(data_dir=data_dir)
    records = open_records(settings)
    fill_empty_base(settings, records)
    records.database.engine.dispose()
    event.listen(records.database.engine, "connect", _setting(mode))
    return records


def _setting(mode: str) -> Callable[[Any, Any], None]:
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {mode}")

    return prepare


def _approve(records: Records) -> None:
    """Approve a new version of each of many entries, one transaction each."""
    for version in _versions(records):
        content = replace(version.content, answer=f"{version.content.answer}\n\nVersion {version.version + 1}.")
        records.entries.add_versions(
            [NewVersion(version.id, content, version.version, author="a", approver="b", approved_at=datetime.now(UTC))]
        )


def _record(records: Records) -> None:
    """Write down as many questions with their answers, one transaction each."""
    for number, version in enumerate(_versions(records)):
        now = datetime.now(UTC)
        asked_id = f"{time.time_ns():x}-{number}"
        text = version.content.question
        records.questions.record(
            RecordedQuestion(
                question_id=asked_id,
                conversation_id=asked_id,
                asked_at=now,
                question=Question(text, text.lower(), Language.FRENCH, now.date()),
                answer=Answer(
                    AnswerStatus.ANSWERED, Mode.STRICT, Language.FRENCH, version.content.answer, 0.9, entry=version
                ),
                duration_seconds=0.05,
                given=GivenAnswer(KEPT, "0" * 64),
            )
        )


def _versions(records: Records) -> list[EntryVersion]:
    return sorted(records.changed_since(-1)[1], key=lambda one: one.id)[:WRITES_A_ROUND]


if __name__ == "__main__":
    with reported_errors():
        main()
