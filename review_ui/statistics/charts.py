"""The three charts of the figures, each with a sentence that sums it up and the table of its numbers.

pygal draws them as SVG, which takes its colours and letters from the page's style sheet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from evals.report.chart import tidied
from noa_rag.domain.agenda import Month
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.web.in_words import month_in_words
from review_ui.statistics.formats import Formats
from review_ui.statistics.tables import FigureTable, growth, points


@dataclass(frozen=True, slots=True)
class FigureChart:
    """A drawing with its words; `keys` are the series in the order of their colours."""

    id: str
    title: str
    drawing: Markup
    keys: tuple[str, ...]
    table: FigureTable


def charts(figures: FollowUp, formats: Formats) -> Iterator[FigureChart]:
    """Return the charts that have something to show."""
    if figures.total.asked:
        yield _outcomes(figures, formats)
    if figures.total.asked or figures.before.asked:
        yield _compared(figures, formats)


def growth_chart(figures: FollowUp, formats: Formats) -> FigureChart | None:
    """Return how the base grew, None for a base without entries."""
    months = figures.base.growth
    if not months:
        return None
    t = formats.translator
    summary = t.gettext(
        "%(count)s fiches en %(month)s, contre %(before)s en %(first)s.",
        count=formats.number(months[-1].entry_count),
        month=_month(formats, months[-1].month),
        before=formats.number(months[0].entry_count),
        first=_month(formats, months[0].month),
    )
    series = Series(t.gettext("Fiches"), tuple(one.entry_count for one in months))
    labels = [
        f"{one.month.number:02d}/{one.month.year % 100:02d}" if place % 3 == 0 else ""
        for place, one in enumerate(months)
    ]
    drawing = stacked_bars(labels, [series], summary, formats.number)
    table = growth(figures, formats, lambda month: _month(formats, month))
    return FigureChart("growth", t.gettext("Croissance de la base"), drawing, (series.label,), table)


def _outcomes(figures: FollowUp, formats: Formats) -> FigureChart:
    t = formats.translator
    series = [
        Series(t.gettext("Répondues"), tuple(one.now.answered for one in figures.points)),
        Series(t.gettext("Choix proposé"), tuple(one.now.clarified for one in figures.points)),
        Series(t.gettext("Refusées"), tuple(one.now.abstained for one in figures.points)),
    ]
    busiest = max(figures.points, key=lambda one: one.now.asked)
    summary = t.gettext(
        "%(asked)s questions ; le plus : %(most)s, %(busiest)s.",
        asked=formats.number(figures.total.asked),
        busiest=formats.bucket(busiest.bucket, figures.period.kind),
        most=formats.number(busiest.now.asked),
    )
    drawing = stacked_bars(_labels(figures, formats), series, summary, formats.number)
    keys = tuple(one.label for one in series)
    return FigureChart(
        "outcomes", t.gettext("Ce que sont devenues les questions"), drawing, keys, points(figures, formats)
    )


def _compared(figures: FollowUp, formats: Formats) -> FigureChart:
    t = formats.translator
    series = [
        Series(t.gettext("Questions"), tuple(one.now.asked if one.has_begun else None for one in figures.points)),
        Series(t.gettext("Avant"), tuple(one.before for one in figures.points)),
    ]
    summary = t.gettext(
        "%(asked)s questions, contre %(before)s dans la période précédente.",
        asked=formats.number(figures.total.asked),
        before=formats.number(figures.before.asked),
    )
    drawing = lines(_labels(figures, formats), series, summary, formats.number)
    table = points(figures, formats)
    first_three = FigureTable("compared", table.caption, table.columns[:3], [row[:3] for row in table.rows])
    return FigureChart(
        "compared",
        t.gettext("Comparaison avec la période précédente"),
        drawing,
        tuple(one.label for one in series),
        first_three,
    )


def _labels(figures: FollowUp, formats: Formats) -> list[str]:
    return [formats.bucket_short(one.bucket, figures.period.kind) for one in figures.points]


def _month(formats: Formats, month: Month) -> str:
    return month_in_words(month.first_day, formats.language)


# As wide as a phone's page, so that letters stay readable there; wider screens enlarge the drawing.
WIDTH, HEIGHT = 320, 200
LETTER_SIZE = 11
# What pygal writes for its own script and tooltips: the page has a table instead, and its policy allows no such script.
WITHOUT = ("defs", "script", "title", "desc")


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, a place for each label; None leaves a gap."""

    label: str
    values: tuple[int | None, ...]


def stacked_bars(labels: Sequence[str], series: Sequence[Series], summary: str, number: Callable[[int], str]) -> Markup:
    """Return bars that stack the series; `summary` says in a sentence what is to be seen."""
    return _drawn("StackedBar", tuple(labels), tuple(series), summary, _marks(series, number, is_stacked=True))


def lines(labels: Sequence[str], series: Sequence[Series], summary: str, number: Callable[[int], str]) -> Markup:
    """Return one line for each series."""
    return _drawn("Line", tuple(labels), tuple(series), summary, _marks(series, number, is_stacked=False))


Ticks = tuple[tuple[int, str], ...]


def _marks(series: Sequence[Series], number: Callable[[int], str], *, is_stacked: bool) -> Ticks:
    """Return three to six round numbers for the axis, with their words: nobody asks half a question."""
    columns = [[value or 0 for value in column] for column in zip(*(one.values for one in series), strict=True)]
    highest = max((sum(column) if is_stacked else max(column) for column in columns), default=0)
    step = next(step for step in _steps() if step * 5 >= highest)
    return tuple((value, number(value)) for value in range(0, max(highest, 1) + step, step))


def _steps() -> Any:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


@lru_cache(maxsize=256)  # a chart takes 20 ms; pages of days that are over are read again and again
def _drawn(kind: str, labels: tuple[str, ...], series: tuple[Series, ...], summary: str, ticks: Ticks) -> Markup:
    import pygal  # a tenth of a second, which the other pages need not wait for
    from pygal.style import Style

    style = Style(label_font_size=LETTER_SIZE, major_label_font_size=LETTER_SIZE)
    chart = getattr(pygal, kind)(
        width=WIDTH,
        height=HEIGHT,
        margin=6,
        spacing=6,
        style=style,
        js=[],
        disable_xml_declaration=True,
        show_legend=False,
        truncate_label=-1,
        show_minor_x_labels=True,
        no_data_text="",
        show_dots=False,
    )
    chart.x_labels = labels
    chart.y_labels = [{"value": value, "label": words} for value, words in ticks]
    for one in series:
        chart.add(one.label, list(one.values))
    return Markup(tidied(chart.render(), summary=summary, without=WITHOUT))
