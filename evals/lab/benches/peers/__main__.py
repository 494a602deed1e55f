"""`make bench PART=peers`: the same questions asked of Noa and of retrievers in an environment of their own."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from evals.metrics.answering import hit_at
from evals.metrics.figure import as_row, share
from evals.runner.bases import opened
from evals.runner.folders import ROOT, WORK
from evals.runner.running import ask_all
from evals.suites.splits import sentences_to_learn_from
from evals.suites.suite_list import SUITE_LIST
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.service.noa import Noa

SUITES, LIMITS = ("sentences", "head"), {1: "first", 5: "in five"}
PYTHON, FOLDER = ROOT / "build" / "peers" / "bin" / "python", WORK / "peers"


def main() -> None:
    """Print a row a system, with 95 % intervals; every ranking stays in the folder that the last line names."""
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        asked = {name: [case for case in SUITE_LIST[name].cases(noa) if case.expected_entries] for name in SUITES}
        cases = [case for group in asked.values() for case in group]
        hand_over(noa, [case.question for case in cases])
        outcomes = ask_all(noa, cases, label="Noa", progress=progress)
    subprocess.run([PYTHON, Path(__file__).with_name("rankings.py"), FOLDER], check=True)
    ranked = json.loads((FOLDER / "ranked.json").read_text(encoding="utf-8"))
    ranked["Noa, the first entries read"] = [outcome.actual_matches for outcome in outcomes]
    table = Table(
        "system", *(f"{name} ({len(group)}): {at}" for name, group in asked.items() for at in LIMITS.values())
    )
    for system, rankings in ranked.items():
        cells, start = [], 0
        for group in asked.values():
            pairs = list(zip(rankings[start : start + len(group)], group, strict=True))
            start += len(group)
            for limit in LIMITS:
                rate = share(hit_at(ids, case.expected_entries, limit) for ids, case in pairs)
                _, value, _, interval = as_row(rate.as_figure(""))
                cells.append(f"{value} ({interval})")
        table.add_row(system, *cells)
    console = Console(width=180)
    console.print(table)
    console.print(f"Each question's entries: {FOLDER / 'ranked.json'}")


def hand_over(noa: Noa, questions: Sequence[str]) -> None:
    """Write the texts, the messages that Noa learned from and the questions, with their vectors, for the peers."""
    snapshot = noa.index.snapshot
    lessons = [case for case in sentences_to_learn_from(noa) if case.expected_entries]
    FOLDER.mkdir(parents=True, exist_ok=True)
    asked = {
        "texts": [text.embedded_text for text in snapshot.texts],
        "owners": [text.entry_id for text in snapshot.texts],
        "is_question": [text.kind is Kind.QUESTION for text in snapshot.texts],
        "taught": [case.expected_entries[0] for case in lessons],
        "questions": questions,
    }
    (FOLDER / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    np.savez(
        FOLDER / "vectors.npz",
        vectors=snapshot.vectors,
        taught_vectors=_embedded(noa, [case.question for case in lessons]),
        question_vectors=_embedded(noa, questions),
    )


def _embedded(noa: Noa, questions: Sequence[str]) -> NDArray[np.float32]:
    texts = [SearchedText(EntryId("asked"), 1, 0, Kind.QUESTION, question) for question in questions]
    return noa.index.vectors_of(texts)


if __name__ == "__main__":
    main()
