"""Runs of suites over time: for each suite that ran more than once, its shares from run to run."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from evals.metrics.figure import Figure
from evals.runner.service_runs import RunSummary, ServiceRuns, read_figures
from noa_rag.translation import Translator
from noa_rag.web.in_words import number_in_words, share_in_words
from review_ui.quality.labels import SUITES
from review_ui.shell.charts import Cell, FigureChart, FigureTable, Series, lines
from review_ui.shell.labels import named, said

SHOWN_RUNS = 20  # the newest: more labels than that find no room below the drawing
# What is drawn of a suite: the first of these that it has. The whole list stands on the run's page.
DRAWN = (
    "in scope: answered with the right entry",
    "answers shown that are right",
    "near miss: refused or asked back",
    "out of scope: refused",
    "invariance: changes of form, same outcome",
    "distress: recognised",
)
SERIES_AT_MOST = 2  # told apart by colour and by dashes
Measured = Sequence[tuple[RunSummary, Mapping[str, Figure]]]


def run_charts(runs: ServiceRuns, listed: Sequence[RunSummary], translator: Translator) -> Iterator[FigureChart]:
    """Yield a chart for each suite that was measured in two runs or more, the suites run most often first."""
    kept = [(run, read_figures(runs.folder(run.name))) for run in reversed(listed[:SHOWN_RUNS])]
    suites = {name: sum(name in figures for _, figures in kept) for _, figures in kept for name in figures}
    for name in sorted(suites, key=lambda one: (-suites[one], one)):
        measured = [
            (run, {one.name: one for one in figures[name] if one.count and one.unit == "share"})
            for run, figures in kept
            if name in figures
        ]
        drawn = [one for one in DRAWN if any(one in figures for _, figures in measured)][:SERIES_AT_MOST]
        if len(measured) > 1 and drawn:
            yield _chart(name, measured, drawn, translator)


def _chart(suite: str, measured: Measured, drawn: Sequence[str], translator: Translator) -> FigureChart:
    language = translator.language
    series = [
        Series(said(language, name), tuple(_percent(figures.get(name)) for _, figures in measured)) for name in drawn
    ]
    title = translator.gettext("Série « %(suite)s », d'une exécution à l'autre", suite=named(translator, SUITES, suite))
    last_run, last = measured[-1]
    summary = translator.gettext(
        "%(count)s exécutions ; la dernière, %(run)s : %(figures)s.",
        count=len(measured),
        run=last_run.name,
        figures=", ".join(
            f"{said(language, name)} {share_in_words(last[name].value, language)}" for name in drawn if name in last
        ),
    )
    columns = [translator.gettext("Exécution"), *(one.label for one in series)]
    rows = [
        [
            Cell(run.name, link=f"/qualite/executions/{run.name}"),
            *(Cell(share_in_words(figures[name].value if name in figures else None, language)) for name in drawn),
        ]
        for run, figures in reversed(measured)
    ]
    drawing = lines(_labels(measured), series, summary, partial(number_in_words, language=language))
    table = FigureTable(f"runs-{suite}", title, columns, rows)
    return FigureChart(f"runs-{suite}", title, drawing, tuple(one.label for one in series), table)


def _labels(measured: Measured) -> list[str]:
    """Return the days of the first and the last run, and of one in between where there is room."""
    marked = {0, len(measured) // 2, len(measured) - 1}
    return [f"{run.name[8:10]}/{run.name[5:7]}" if at in marked else "" for at, (run, _) in enumerate(measured)]


def _percent(figure: Figure | None) -> int | None:
    return None if figure is None else round(100 * figure.value)
