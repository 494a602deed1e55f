"""Rephrasings: what a model makes (`make assisted`); what the gate makes of them is `noa eval run rephrasing`.

The model is given each French question of the suites `assisted` and `answering` with the entry that answers it: what is
measured is the rephrasing, not the search. Facts that a text must keep are labelled in `assisted` alone. The model is
the one that `NOA_LLM` names, else the bundled one.
"""

import json
import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from evals.metrics.figure import share
from evals.runner.folders import RESULTS
from evals.suites.cases import SUITES, rows_of
from noa_rag.answering.shown_again import official_answer
from noa_rag.cli.console import reported_errors
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import Rephrasing, RephrasingOutcome
from noa_rag.environment import read_settings
from noa_rag.rephrasing.steps import rephrase_given
from noa_rag.service.assistant import Assistant, open_assistant
from noa_rag.service.models import open_embedder
from noa_rag.service.records import open_records
from noa_rag.settings import BUNDLED, Settings

KEPT = RESULTS / "assisted.jsonl"
SUITES_READ = ("assisted", "answering")
WARM_UP = 2  # the first calls load the model and read the fixed part of the prompt


@dataclass(frozen=True, slots=True)
class Attempt:
    """One question with what the model proposed for the entry that answers it."""

    id: str
    question: str
    entry: str
    expected_facts: tuple[str, ...]
    rephrasing: Rephrasing

    @property
    def seconds(self) -> float:
        return self.rephrasing.generation_seconds + self.rephrasing.verification_seconds

    @property
    def text(self) -> str:
        """The text that is judged: where the official text is only marked, the sentences that stand out."""
        shown = self.rephrasing.shown
        return " ".join(one.text for one in shown if one.stands_out or not self.rephrasing.is_pointed_out)

    @property
    def keeps_facts(self) -> bool:
        return all(_folded(fact) in _folded(self.text) for fact in self.expected_facts)


def attempts(assistant: Assistant, settings: Settings) -> Iterator[Attempt]:
    """Yield an attempt for each French question of the suite with an entry that answers it."""
    records = open_records(settings)
    try:
        for case in _cases():
            entry_id = EntryId(case["expected_entries"][0])
            version = records.current([entry_id]).get(entry_id)
            if version is None:
                raise NoaError(f"The base has no entry `{entry_id}`; run `noa setup` with the bundled pack.")
            given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=1.0, question_id="")
            answer = rephrase_given(given, asked=case["question"], on=date.today(), assistance=assistant.steps())
            if answer.rephrasing is None:
                raise AssertionError("an answered question is always attempted")
            yield Attempt(
                case["id"], case["question"], entry_id, tuple(case.get("expected_facts", ())), answer.rephrasing
            )
    finally:
        records.close()


def _cases() -> list[dict[str, Any]]:
    rows = [row for name in SUITES_READ for row in rows_of(SUITES / f"{name}.jsonl")]
    return [case for case in rows if case["kind"] == "in_scope" and case["language"] == "fr"]


def _folded(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum() or char in "€%,.")


@click.command()
def main() -> None:
    """Print how often a model's rephrasing is shown, why not and how long it takes; write every attempt down."""
    settings = read_settings()
    if not settings.llm:
        settings = replace(settings, llm=BUNDLED)
    if os.environ.get("NOA_LLM_DEADLINE_SECONDS") is None:
        settings = replace(settings, llm_deadline_seconds=60)  # slow attempts are measured, not cut
    records = open_records(settings)
    assistant = open_assistant(settings, records, open_embedder(settings))
    if assistant is None:
        raise NoaError("No language model: set NOA_LLM, or install the extra `assistant`.")
    try:
        for _, _ in zip(range(WARM_UP), attempts(assistant, settings), strict=False):
            pass
        done = list(track(attempts(assistant, settings), total=len(_cases()), console=Console(stderr=True)))
    finally:
        assistant.close()
        records.close()
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with KEPT.open("w", encoding="utf-8") as file:
        for one in done:
            file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
    Console(width=110).print(_table(done, assistant.model.name))


def _table(done: Sequence[Attempt], model: str) -> Table:
    tried = [one for one in done if one.rephrasing.outcome is not RephrasingOutcome.SKIPPED]
    shown = [one for one in tried if one.rephrasing.outcome is RephrasingOutcome.SHOWN]
    table = Table("figure", "measured", title=f"assisted, {model}")
    told = [one for one in shown if one.expected_facts]
    table.add_row("pairs, of these put to the model", f"{len(done)}, {len(tried)}")
    table.add_row("rephrasing shown, of all pairs", str(share(one in shown for one in done)))
    table.add_row("rephrasing shown, where the model was asked", str(share(one in shown for one in tried)))
    table.add_row(
        "expected facts in the text shown, or in what stands out", str(share(one.keeps_facts for one in told))
    )
    seconds = sorted(one.seconds for one in tried)
    table.add_row("seconds, median", f"{statistics.median(seconds):.2f}")
    table.add_row("seconds, p95", f"{seconds[round(0.95 * (len(seconds) - 1))]:.2f}")
    lengths = [len(one.text) for one in shown]
    table.add_row("characters of it, median", f"{statistics.median(lengths):.0f}" if lengths else "-")
    for outcome, count in Counter(one.rephrasing.outcome.value for one in done).most_common():
        table.add_row(f"outcome: {outcome}", str(count))
    for reason, count in Counter(one.rephrasing.reason for one in done if one not in shown).most_common():
        table.add_row(f"not shown: {reason}", str(count))
    checks = Counter(f.check for one in tried for sentence in one.rephrasing.sentences for f in sentence.findings)
    for check, count in checks.most_common():
        table.add_row(f"found: {check}", str(count))
    return table


if __name__ == "__main__":
    with reported_errors():
        main()
