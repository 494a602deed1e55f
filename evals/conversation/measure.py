"""Measuring the conversations of a file, with every case kept beside the figures."""

import json
from dataclasses import asdict
from pathlib import Path

from evals.conversation.asking import ConversationOutcome, ask_conversations
from evals.conversation.cases import CONVERSATIONS, read_conversations
from evals.conversation.figures import figures_of, is_offered, is_right
from evals.metrics import Figure
from noa_rag.assembly.service import Noa
from noa_rag.domain.ports import Progress

KEPT = "conversation.json"  # no JSONL: the suites of a run are told by that


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
