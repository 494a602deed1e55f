"""`make evidence`: do drafts quote a fiche that answers, and do they say when they do not?

The shared questions are asked of the library of all fiches: as they are, with their own fiches hidden, and those that
no fiche answers.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.metrics.confidence import auroc
from evals.metrics.figure import Share, share
from evals.runner.bases import FICHES, RESULTS, SHARED, keep, opened
from evals.suites.cases import Case, CaseKind, read_shared_questions
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryContent, EntryId, Source
from noa_rag.domain.ports import Progress
from noa_rag.knowledge.vosdroits.reading import read_vosdroits
from noa_rag.review.base_knowledge import LibraryIndex
from noa_rag.review.evidence import FoundPassage, chosen_passages
from noa_rag.review.thresholds import QUESTIONS_ASKED, THIN_BELOW
from noa_rag.service.noa import Noa

KEPT = RESULTS / "evidence.json"
PROBE = EntryContent(AgencyId("a"), "Question ?", "Réponse.", "theme", (Source("Source", "https://example.fr"),))
STATISTICS: dict[str, Callable[[FoundPassage], float]] = {
    "bearing": lambda one: one.bearing,
    "cosine": lambda one: one.score,
    "worth": lambda one: one.worth,
}


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a draft would quote for some questions."""

    expected: frozenset[EntryId]
    passages: tuple[FoundPassage, ...]

    @property
    def is_right(self) -> bool:
        return any(one.source_id in self.expected for one in self.passages)

    @property
    def is_right_first(self) -> bool:
        return bool(self.passages) and self.passages[0].source_id in self.expected

    def statistic(self, name: str) -> float:
        return STATISTICS[name](self.passages[0]) if self.passages else 0.0


def library_of_fiches(noa: Noa, progress: Progress) -> LibraryIndex:
    """Return the library that drafts quote, over all fiches of the shared material."""
    return LibraryIndex(noa, dict(read_vosdroits(FICHES, progress=lambda _, __: None).entries), progress)


def quoted(
    library: LibraryIndex, groups: Sequence[tuple[list[str], frozenset[EntryId]]], progress: Progress, *, hides: bool
) -> list[Quoted]:
    """Return what is quoted for each group of questions; with `hides`, their own fiches are left out."""
    found = []
    for done, (questions, expected) in enumerate(groups, start=1):
        passages = library.passages(questions, hidden=expected if hides else ())
        found.append(Quoted(expected, chosen_passages(passages, probe=PROBE)))
        progress("looking for evidence", done, len(groups))
    return found


def alone(cases: Sequence[Case]) -> list[tuple[list[str], frozenset[EntryId]]]:
    """Return each question as a group of its own."""
    return [([case.question], frozenset(case.expected_entries)) for case in cases]


def by_meaning(rows: Sequence[dict[str, object]]) -> list[tuple[list[str], frozenset[EntryId]]]:
    """Return the editors' clusters as groups, at most eight phrasings each."""
    clusters: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        clusters[str(row["cluster"])].append(row)
    return [
        ([str(one["question"]) for one in members[:QUESTIONS_ASKED]], frozenset(map(EntryId, members[0]["expected"])))  # type: ignore[call-overload]
        for _, members in sorted(clusters.items())
    ]


def main() -> int:
    """Print the figures and keep them as JSON."""
    in_scope = read_shared_questions(SHARED / "questions" / "in_scope.jsonl", CaseKind.IN_SCOPE)
    out_of_scope = read_shared_questions(SHARED / "questions" / "out_of_scope.jsonl", CaseKind.OUT_OF_SCOPE)
    rows = [json.loads(line) for line in (SHARED / "questions" / "in_scope.jsonl").read_text().splitlines()]
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("drafting", pack=True, fiches=False, progress=progress) as noa,
    ):
        library = library_of_fiches(noa, progress)
        found = {
            "in scope": quoted(library, alone(in_scope), progress, hides=False),
            "own fiches hidden": quoted(library, alone(in_scope), progress, hides=True),
            "out of scope": quoted(library, alone(out_of_scope), progress, hides=False),
            "clusters": quoted(library, by_meaning(rows), progress, hides=False),
        }
    console = Console(width=120)
    figures = _figures(found)
    table = Table("what", "share", title="Evidence of drafts")
    for name, figure in figures.items():
        table.add_row(name, str(figure))
    console.print(table)
    telling = {
        f"{name}: {first} against {second}": auroc(
            [one.statistic(name) for one in (*found[first], *found[second])],
            [True] * len(found[first]) + [False] * len(found[second]),
        )
        for name in STATISTICS
        for first, second in (("in scope", "own fiches hidden"), ("in scope", "out of scope"))
    }
    for name, value in telling.items():
        console.print(f"AUROC of {name}: {value:.3f}")
    for at in np.arange(0.1, 0.95, 0.1):
        below = {name: share(one.statistic("bearing") < at for one in every) for name, every in found.items()}
        console.print(
            f"called thin below {at:.1f}: " + ", ".join(f"{name} {one.rate:.3f}" for name, one in below.items())
        )
    kept = {name: [one.part, one.whole, *one.interval] for name, one in figures.items()}
    keep(KEPT, {"shares": kept, "auroc": telling})
    return 0


def _figures(found: dict[str, list[Quoted]]) -> dict[str, Share]:
    right = {name: share(one.is_right for one in found[name]) for name in ("in scope", "clusters")}
    first = {name: share(one.is_right_first for one in found[name]) for name in ("in scope", "clusters")}
    thin = {name: share(one.statistic("bearing") < THIN_BELOW for one in every) for name, every in found.items()}
    return {
        **{f"{name}: a fiche quoted that answers": one for name, one in right.items()},
        **{f"{name}: the fiche quoted first answers": one for name, one in first.items()},
        **{f"{name}: called thin": one for name, one in thin.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
