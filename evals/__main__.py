"""`make eval`: the figures of the bundled pack and of the imported fiches, beside their targets."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals import fiche_report, pack_report
from evals.bases import ROOT, opened, shared_is_there
from evals.metrics import Share
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.retrieval.calibration import read_calibration

PACK_TARGETS = {
    "in scope: right entry answered or offered": "at least 93 %",
    "answers shown that are wrong": "at most 4 %",
    "out of scope: refused": "at least 95 %",
}


def main() -> None:
    """Print the tables and keep them with every case in evals/results."""
    console = Console(width=120)
    results: dict[str, object] = {"calibration": read_calibration().figures}
    with reported_errors(), shown_progress() as progress:
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            outcomes = pack_report.ask_suite(noa)
            results["model"] = noa.index.embedder.fingerprint
        _print_pack(console, outcomes)
        results["pack"] = {name: str(one) for name, one in pack_report.figures(outcomes).items()}
        if shared_is_there():
            with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
                rows = fiche_report.retrieval_table(noa)
                judged = fiche_report.outcomes(noa)
            _print_fiches(console, rows, judged)
            results["fiches"] = {row.name: [str(row.hit_at_1), str(row.hit_at_5)] for row in rows}
            results["fiche outcomes"] = judged
        else:
            console.print("The shared French material is absent: the fiches were not measured.")
    folder = _keep(results, outcomes)
    console.print(f"Every case and the settings are kept in {folder.relative_to(ROOT)}.")


def _print_pack(console: Console, outcomes: Sequence[pack_report.Outcome]) -> None:
    table = Table("bundled pack, suite pack_report", "share (count; 95 % interval)", "target")
    for name, one in pack_report.figures(outcomes).items():
        table.add_row(name, str(one), PACK_TARGETS.get(name, ""))
    console.print(table)
    table = Table("register", "in scope: right entry answered or offered", "answers shown that are wrong")
    for register, (right, wrong) in pack_report.by_register(outcomes).items():
        table.add_row(register, str(right), str(wrong))
    console.print(table)


def _print_fiches(console: Console, rows: Sequence[fiche_report.Row], judged: dict[str, object]) -> None:
    table = Table("706 fiches, shared in-scope questions", "hit@1 (target for Noa: 52 %)", "hit@5 (target: 80 %)")
    for row in rows:
        table.add_row(row.name, _plain(row.hit_at_1), _plain(row.hit_at_5))
    console.print(table)
    table = Table("706 fiches, outcomes by cross-validation without shared fiches", "figure", "target")
    targets = {
        "in_scope_offered_or_answered_cross_validated": "at least 0.75",
        "out_of_scope_refused_cross_validated": "at least 0.90",
    }
    for name, figure in judged.items():
        table.add_row(name.replace("_", " "), str(figure), targets.get(name, ""))
    console.print(table)


def _plain(one: Share) -> str:
    return f"{one.rate:.3f} ({one.part}/{one.whole})"


def _keep(results: dict[str, object], outcomes: Sequence[pack_report.Outcome]) -> Path:
    folder = ROOT / "evals" / "results" / datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    folder.mkdir(parents=True)
    (folder / "figures.json").write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")
    lines = (json.dumps(asdict(one), ensure_ascii=False) for one in outcomes)
    (folder / "pack_report.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
