"""`make extracts`: learn which passage of an entry answers a message, and report on entries apart.

The labels (`evals/suites/extracts/labels.jsonl`) name a shared message by the first digits of its hash, and the
passages that answer it by those of theirs: a passage that was changed since teaches nothing.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.lab.conditional_logit import Choices, fitted
from evals.metrics.figure import Share, share
from evals.runner.bases import opened
from evals.suites.cases import SUITES, digest_of, rows_of
from evals.suites.splits import SENTENCES, is_apart, judged_as
from noa_rag.answering.pipeline import run
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryId, official_text
from noa_rag.domain.question import Ask
from noa_rag.retrieval.extracts import LEARNED_PATH, Compared, Learned, chances_of, read_learned
from noa_rag.retrieval.model_loading import model_of
from noa_rag.service.noa import Noa

LABELS = SUITES / "extracts" / "labels.jsonl"
PENALTY = 0.003  # on the squared weights, of figures of like spread; 0.001 gives the same result
SILENT = 0.8  # share of the messages that no passage answers for which nothing is shown, on what teaches
UNDERSTAND = 2  # steps of the answer path that settle how a question is searched


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message compared with the passages of an entry; `right` are the places of those that answer."""

    compared: Compared
    right: tuple[int, ...]
    is_apart: bool


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Learn with `--learn`, else report on the weights in use."""
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        lessons = list(lessons_of(noa))
        model = model_of(noa.index.embedder.fingerprint)
    if "--learn" in arguments:
        learned = learn([lesson for lesson in lessons if not lesson.is_apart], model)
        settings = asdict(learned) | {"command": "make extracts", "data_sha256": digest_of((LABELS, SENTENCES))}
        LEARNED_PATH.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    Console().print(report([lesson for lesson in lessons if lesson.is_apart], read_learned()))
    return 0


def lessons_of(noa: Noa) -> Iterator[Lesson]:
    """Yield the labelled messages with what is compared for them; none without the shared material."""
    labels = {row["message"]: row["answers"] for row in rows_of(LABELS)}
    path = noa.path()[:UNDERSTAND]
    for row in rows_of(SENTENCES):
        answers, entry_id = labels.get(judged_as(row)), EntryId(row["entry"])
        version = noa.records.current([entry_id]).get(entry_id) if answers is not None else None
        if answers is None or version is None:
            continue
        question = run(path, Ask(row["q"])).understood.normalised
        compared = noa.extracts.compared(question, version.content, official_text(version.content))
        hashes = [named(passage.quote) for passage in compared.passages]
        if compared.passages and set(answers) <= set(hashes):
            right = tuple(hashes.index(answer) for answer in answers)
            yield Lesson(compared, right, is_apart(version.content.variant_of or version.id))


def named(quote: str) -> str:
    """Return the name of a passage in the labels."""
    return hashlib.sha256(quote.encode()).hexdigest()[:12]


def learn(lessons: Sequence[Lesson], model: str) -> Learned:
    """Return the weights, and the threshold that is silent often enough on messages that nothing answers."""
    choices = [Choices(lesson.compared.figures, lesson.compared.nothing, lesson.right) for lesson in lessons]
    passage, nothing = fitted(choices, penalty=PENALTY)
    learned = Learned(passage, nothing, 1.0, model)
    unanswered = [float(chances_of(lesson.compared, learned).max()) for lesson in lessons if not lesson.right]
    return Learned(passage, nothing, round(float(np.quantile(unanswered, SILENT)), 4), model)


def report(lessons: Sequence[Lesson], learned: Learned) -> Table:
    """Return the figures on messages about entries that taught nothing."""
    ranked = [(lesson, chances_of(lesson.compared, learned)) for lesson in lessons]
    answered = [(lesson, np.argsort(-chances), float(chances.max())) for lesson, chances in ranked if lesson.right]
    silent = [float(chances.max()) < learned.show_from for lesson, chances in ranked if not lesson.right]
    shown = [(lesson, order) for lesson, order, chance in answered if chance >= learned.show_from]
    table = Table("of messages about entries apart", "")
    for name, outcomes in (
        ("a passage answers: it comes first", [int(order[0]) in lesson.right for lesson, order, _ in answered]),
        ("the same, among three", [bool({*order[:3].tolist()} & {*lesson.right}) for lesson, order, _ in answered]),
        ("the same, shown", [chance >= learned.show_from for _, _, chance in answered]),
        ("of these right", [int(order[0]) in lesson.right for lesson, order in shown]),
        ("no passage answers: nothing shown", silent),
    ):
        table.add_row(name, _in_percent(share(outcomes)))
    return table


def _in_percent(found: Share) -> str:
    low, high = found.interval
    return f"{found.rate:.1%} of {found.whole} ({low:.1%} to {high:.1%})"


if __name__ == "__main__":
    sys.exit(main())
