"""What each part of the answer path adds: suites asked with all of them, then with each left out.

Usage: python -m evals.lab.parts [SUITE…]. Nothing is learned anew without a part: the confidence was fitted with all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import click
from rich.console import Console
from rich.table import Table

from evals.runner.bases import opened
from evals.runner.running import ask_all
from evals.runner.runs import CaseOutcome
from evals.suites.suite_list import SUITE_LIST
from noa_rag.answering.steps.divide import Divide
from noa_rag.answering.steps.gather import Gather
from noa_rag.answering.steps.weigh import LeaveOutPlaces, NationalFirst, Weigh
from noa_rag.answering.turn import Step
from noa_rag.cli.console import shown_progress
from noa_rag.retrieval.confidence import CalibratedJudge
from noa_rag.service.noa import Noa

ASKED = (
    "sentences",
    "head",
    "answering",
    "retrieval",
    "near_miss",
    "out_of_scope",
    "multilingual",
    "noisy",
    "variants",
)
Path = tuple[Step, ...]
Change = Callable[[Noa, Path], Path]


def without(kind: type[Step]) -> Change:
    """Return the change that takes the steps of a kind out of the path."""
    return lambda noa, path: tuple(step for step in path if not isinstance(step, kind))


def unread(noa: Noa, path: Path) -> Path:
    """Return the path with a judge that reads nothing: the scores alone decide."""
    return tuple(_unread(step, CalibratedJudge(noa.calibration)) for step in path)


def _unread(step: Step, judge: CalibratedJudge) -> Step:
    """Return a step with another judge, in the searches that it makes too."""
    if isinstance(step, Weigh | NationalFirst):
        return replace(step, judge=judge)
    if isinstance(step, partial):
        return partial(step.func, tuple(_unread(argument, judge) for argument in step.args[0]))
    if isinstance(step, LeaveOutPlaces | Divide):
        return replace(step, search=_unread(step.search, judge))
    return step


PARTS: Mapping[str, Change] = {
    "all": lambda noa, path: path,
    "without leaving out places": without(LeaveOutPlaces),
    "without dividing": without(Divide),
    "without gathering": without(Gather),
    "without the verifier": unread,
}


def counted(outcomes: Sequence[CaseOutcome]) -> list[str]:
    """Return the shares, in percent: right, wrong, offered with and without the right entry, refused."""
    right = sum(outcome.is_right for outcome in outcomes)
    wrong = sum(outcome.is_wrong for outcome in outcomes)
    offered = sum(outcome.offers_right for outcome in outcomes)
    refused = sum(outcome.is_refused for outcome in outcomes)
    rest = len(outcomes) - right - wrong - offered - refused
    return [f"{100 * count / max(1, len(outcomes)):.1f}" for count in (right, wrong, offered, rest, refused)]


@click.command(help="Ask suites with all parts of the answer path, then with each left out; print one table a suite.")
@click.argument("names", metavar="[SUITE]...", nargs=-1, type=click.Choice(list(SUITE_LIST)))
def main(names: Sequence[str]) -> None:
    console = Console()
    with shown_progress() as progress, opened("pack", pack=True, fiches=False, progress=progress) as noa:
        whole = noa.path
        if noa.verifier is not None:
            noa.verifier.warm()
        for name in names or ASKED:
            cases = SUITE_LIST[name].cases(noa)
            table = Table(
                "part",
                "right",
                "wrong",
                "offered",
                "offered without it",
                "refused",
                title=f"{name}, {len(cases)} questions, %",
            )
            for part, change in PARTS.items():
                noa.path = lambda change=change, **told: change(noa, whole(**told))  # type: ignore[method-assign]
                table.add_row(part, *counted(ask_all(noa, cases, label=f"{name}, {part}", progress=progress)))
            console.print(table)


if __name__ == "__main__":
    main()
