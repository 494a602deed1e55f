"""`make search`: what the search finds for the most frequent questions and shows for unrelated ones, and how fast."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import click
import numpy as np

from evals.runner.bases import opened
from evals.suites.cases import SUITES, Case, read_suite
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.question import Language
from noa_rag.service.noa import Noa

SHOWN = 10  # quotes that a page makes
FIRST = 5
# Bounds of `make search` on the questions of `head`; what was measured last stands in docs/measures.md. Most of what is
# shown for other matters holds the very word ("passeport"); without a threshold something is shown for all of them.
MISSED_AT_MOST = 0.1
SHOWN_FOR_OTHERS_AT_MOST = 0.4
OTHER_MATTERS = (
    "zzzz", "mon chat a faim", "azerty", "recette de lasagnes", "quel temps fait-il demain", "blabla", "pokemon",
    "qui a gagné la coupe du monde", "lorem ipsum dolor", "je t'aime", "horaires piscine municipale",
    "symptômes grippe",
    "film netflix ce soir", "mon chien est malade", "blague de toto", "comment perdre du ventre", "score psg om",
    "prénom bébé fille", "vélo électrique pas cher", "jouer aux échecs", "météo paris", "comment cuire un oeuf",
    "cours de guitare", "divorce", "my cat is hungry", "football scores", "hggfd jkl",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """Results of searches for labelled and for unrelated questions; times in milliseconds."""

    missed: Sequence[str]
    asked_count: int
    shown_for_others: Sequence[str]
    others_count: int
    found_counts: Sequence[int]
    milliseconds: Sequence[float]

    def broken(self) -> list[str]:
        """Return in words which of the two bounds does not hold."""
        missed = f"{len(self.missed)} of {self.asked_count} missed, at most {MISSED_AT_MOST:.0%} may be: {self.missed}"
        shown = f"something shown for {len(self.shown_for_others)} of {self.others_count} other matters, at most "
        shown += f"{SHOWN_FOR_OTHERS_AT_MOST:.0%} may be: {self.shown_for_others}"
        return [
            *([missed] if len(self.missed) > MISSED_AT_MOST * self.asked_count else []),
            *([shown] if len(self.shown_for_others) > SHOWN_FOR_OTHERS_AT_MOST * self.others_count else []),
        ]


def search_figures(noa: Noa, cases: Sequence[Case]) -> SearchFigures:
    """Search for every case and for unrelated words. A case whose entries are not among the first five is missed."""
    missed: list[str] = []
    counts: list[int] = []
    times: list[float] = []
    others = [*(case.question for case in cases if not case.expected_entries), *OTHER_MATTERS]
    asked = [case for case in cases if case.expected_entries]
    for case in asked:
        language = Language.ENGLISH if case.language == "en" else None
        start = time.perf_counter()
        hits = noa.search(case.question, region=None, language=language).hits
        for hit in hits[:SHOWN]:
            hit.quote(language or Language.FRENCH)
        times.append(1000 * (time.perf_counter() - start))
        counts.append(len(hits))
        if not {hit.version.id for hit in hits[:FIRST]} & set(case.expected_entries):
            missed.append(case.question)
    shown = [text for text in others if noa.search(text, region=None, language=None).hits]
    return SearchFigures(missed, len(asked), shown, len(others), counts, times)


@click.command()
def main() -> None:
    """Print the figures of the most frequent questions, and of the English ones; fail where the first break a bound."""
    broken: list[str] = []
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("pack", pack=True, fiches=False, progress=progress) as noa,
    ):
        for name in ("head", "multilingual"):
            told = search_figures(noa, read_suite(SUITES / f"{name}.jsonl"))
            found = told.asked_count - len(told.missed)
            click.echo(f"{name}: right entry among the first {FIRST}: {found} of {told.asked_count}")
            click.echo(f"  entries shown, median and 90th percentile: {np.percentile(told.found_counts, [50, 90])}")
            click.echo(
                f"  milliseconds with {SHOWN} quotes, median and p95: {np.percentile(told.milliseconds, [50, 95])}"
            )
            click.echo(
                f"  other matters for which something is shown: {len(told.shown_for_others)} of {told.others_count}"
            )
            click.echo(f"  missed: {told.missed}\n  shown: {told.shown_for_others}")
            broken += told.broken() if name == "head" else []
    if broken:
        raise SystemExit("\n".join(broken))


if __name__ == "__main__":
    main()
