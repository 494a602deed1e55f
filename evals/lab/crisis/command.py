"""`noa replay`: past days replayed, and told day by day, in figures and in a chart. Found by its entry point."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from evals.lab.crisis.playing import Days, ReplayedCrisis
from evals.lab.crisis.script import About, CrisisAnswer
from evals.metrics.figure import Share, share
from noa_rag.cli.console import shown_progress
from noa_rag.domain.errors import InvalidRequest

WEEKDAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
INK, BAR, ANSWERED, RIGHT = "#1d2524", "#cfd8d6", "#0072b2", "#d55e00"  # hues of Okabe and Ito (2008)
INCHES = (9.0, 5.2)
WIDTH = 130
CHART = Path("crise-2020.svg")


def print_replay(replayed: ReplayedCrisis, console: Console) -> None:
    """Print the table and the figures."""
    table = Table(title="Mars et avril 2020, jour par jour")
    for heading in (
        "jour", "questions", "crise", "sans le pack : crise refusée", "vécu : répondu", "vécu : juste",
        "publiées", "avec le pack : crise juste", "juste ou proposée",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "jour" else "right")
    for day, answers in replayed.lived.items():
        crisis = [answer for answer in replayed.without[day] if answer.about is About.CRISIS]
        due = due_crisis(replayed.with_pack[day])
        table.add_row(
            f"{WEEKDAYS[day.weekday()]} {day:%d/%m}",
            str(len(answers)),
            str(len(crisis)),
            _percent(crisis, lambda answer: not answer.is_answered),
            _percent(answers, lambda answer: answer.is_answered),
            _percent([answer for answer in answers if answer.about is not About.NOTHING], is_well_done),
            str(sum(entry.day == day for entry in replayed.published)) or "",
            _percent(due, lambda answer: answer.is_right),
            _percent(due, lambda answer: answer.is_right or answer.is_offered),
        )
    console.print(table)
    for name, figure in figures(replayed):
        console.print(f"{name} : {figure}")


def figures(replayed: ReplayedCrisis) -> list[tuple[str, str]]:
    """Return the figures of the whole period, each with its count."""
    crisis = [answer for answer in _all(replayed.without) if answer.about is About.CRISIS]
    due = due_crisis(_all(replayed.with_pack))
    lived = [answer for answer in due_crisis(_all(replayed.lived)) if answer.is_due]
    answered = [answer for answer in due if answer.is_answered]
    hours = [entry.hours for entry in replayed.published]
    return [
        (
            "sans le pack, questions de crise refusées ou renvoyées à un choix",
            str(share(not answer.is_answered for answer in crisis)),
        ),
        ("… et rangées dans le bon sujet", str(Share(replayed.grouped_right, replayed.crisis_count))),
        (
            "avec le pack, répondues par la bonne fiche dans la version du jour",
            str(share(answer.is_right for answer in due)),
        ),
        ("… ou proposée parmi deux ou trois", str(share(answer.is_right or answer.is_offered for answer in due))),
        (
            "avec le pack, réponses de crise justes parmi celles montrées",
            str(share(answer.is_right for answer in answered)),
        ),
        ("vécu, questions de crise justes une fois la fiche publiée", str(share(answer.is_right for answer in lived))),
        ("… ou proposée", str(share(answer.is_right or answer.is_offered for answer in lived))),
        ("fiches publiées", str(len(replayed.published))),
        ("heures entre le premier échec et la fiche, médiane", f"{median(hours):.1f}" if hours else "-"),
        (
            "brouillons préparés pour la bonne agence",
            str(share(entry.had_right_agency for entry in replayed.published)),
        ),
    ]


def due_crisis(asked: Iterable[CrisisAnswer]) -> list[CrisisAnswer]:
    """Return the crisis questions for which an entry was in force."""
    return [answer for answer in asked if answer.about is About.CRISIS and answer.is_due]


def is_well_done(asked: CrisisAnswer) -> bool:
    """Tell whether a question was answered rightly, or its entry offered."""
    return (asked.is_due and asked.is_right) or asked.is_offered


def _all(days: Days) -> list[CrisisAnswer]:
    return [answer for answers in days.values() for answer in answers]


def _percent(asked: Sequence[CrisisAnswer], holds: Callable[[CrisisAnswer], bool]) -> str:
    return f"{round(100 * sum(map(holds, asked)) / len(asked))} %" if asked else ""


def draw_replay(replayed: ReplayedCrisis, path: Path) -> None:
    """Write the chart as SVG or PNG, by the name's ending; what it shows stands in the table too."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    days = list(replayed.lived)
    volumes = [len(replayed.lived[day]) for day in days]
    answered = [
        100 * sum(answer.is_answered for answer in replayed.lived[day]) / len(replayed.lived[day]) for day in days
    ]
    right = []
    for day in days:
        answers = [answer for answer in replayed.lived[day] if answer.about is not About.NOTHING]
        right.append(100 * sum(map(is_well_done, answers)) / len(answers) if answers else 0.0)
    with rc_context({"font.size": 11, "svg.hashsalt": "crisis", "axes.edgecolor": INK}):
        figure = Figure(figsize=INCHES, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        above.bar(range(len(days)), volumes, color=BAR, edgecolor=INK, linewidth=0.5)
        peak = max(range(len(days)), key=lambda place: volumes[place])
        above.annotate(
            f"{volumes[peak]} questions le {days[peak]:%d/%m}", (peak, volumes[peak]), ha="center", va="bottom"
        )
        above.set_ylabel("Questions par jour")
        above.set_ylim(0, max(volumes) * 1.15)
        below.plot(answered, color=ANSWERED, marker="o", markersize=3, label="répondues")
        below.plot(right, color=RIGHT, marker="s", markersize=3, linestyle="--", label="justes, ou proposées")
        below.set_ylim(0, 100)
        below.set_ylabel("% du jour")
        below.legend(loc="lower right", frameon=False)
        published = [place for place, day in enumerate(days) if any(entry.day == day for entry in replayed.published)]
        for place in published:
            below.axvline(place + 0.5, color=BAR, linewidth=1, zorder=0)
        ticks = range(0, len(days), 7)
        below.set_xticks(list(ticks), [f"{days[place]:%d/%m}" for place in ticks])
        below.set_xlabel("2020 (traits gris : soirs où des fiches sont publiées)")
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


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
