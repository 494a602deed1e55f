"""Measuring the conversations of a file, with every case kept beside the figures."""

import json
from dataclasses import asdict
from pathlib import Path

from evals.conversation.asking import ConversationOutcome, ask_conversations
from evals.conversation.cases import CONVERSATIONS, SUITE, read_conversations
from evals.conversation.figures import figures_of, is_offered, is_right
from evals.gates import broken, read_gates, sections
from evals.metrics import Figure
from evals.running import Result, new_folder
from noa_rag.domain.ports import Progress
from noa_rag.service.noa import Noa

KEPT = "conversation.json"  # no JSONL: the suites of a run are told by that


def run_conversations(noa: Noa, path: Path, folder: Path | None, *, progress: Progress) -> Result:
    """Ask the conversations of a file and hold what came of them against their gates; every case stands in a folder."""
    folder = folder or new_folder()
    found = {SUITE: measured(noa, path=path, folder=folder, progress=progress)[0]}
    gates = read_gates()
    return Result(folder, sections(found, gates), broken(found, gates), has_report=False)


def measured(
    noa: Noa, *, path: Path = CONVERSATIONS, folder: Path | None = None, progress: Progress
) -> tuple[list[Figure], list[ConversationOutcome]]:
    """Ask the conversations of a file, keep every case in `folder`, and return figures and cases."""
    known = noa.index.snapshot.versions
    cases = read_conversations(path, known_entries=known if noa.is_demonstration() else None)
    outcomes = ask_conversations(noa, cases, progress=progress)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [asdict(one) | {"is_right": is_right(one), "is_offered": is_offered(one)} for one in outcomes]
        (folder / KEPT).write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return figures_of(outcomes), outcomes
