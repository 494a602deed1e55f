"""`noa replay`: past days replayed. A plug-in of the command line, found by its entry point."""

from pathlib import Path

import click
from rich.console import Console

from noa_rag.cli.console import shown_progress
from noa_rag.domain.errors import InvalidRequest

WIDTH = 130
CHART = Path("crise-2020.svg")


@click.group("replay")
def replay_group() -> None:
    """Play again what the service once lived through."""


@replay_group.command("crisis")
@click.option("--until", help="Last day to play (YYYY-MM-DD), at the latest 2020-04-12; the whole script by default.")
@click.option(
    "--chart", type=click.Path(path_type=Path), default=CHART, show_default=True, help="Where the chart goes."
)
def crisis(until: str | None, chart: Path) -> None:
    """Play March and April 2020: questions, failures, drafts, verdicts; print each day and draw the chart.

    Nothing of your own base is read or changed. The same command gives the same table.
    """
    from evals.lab.crisis.playing import replay
    from evals.lab.crisis.report import draw_replay, print_replay
    from evals.lab.crisis.script import FIRST_DAY, LAST_DAY
    from noa_rag.answering.reading import read_day

    last = read_day(until, field="until") or LAST_DAY
    if not FIRST_DAY <= last <= LAST_DAY:
        raise InvalidRequest(f"The script goes from {FIRST_DAY} to {LAST_DAY}.", field="until")
    if chart.suffix not in (".svg", ".png"):
        raise click.UsageError(f"--chart {chart}: give a name that ends in .svg or .png.")
    with shown_progress() as progress:
        replayed = replay(progress, last=last)
    draw_replay(replayed, chart)
    print_replay(replayed, Console(width=WIDTH))
    click.echo(f"Le graphique est dans {chart}.")
