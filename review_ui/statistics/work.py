"""The charts of the referents' work: what waits for them, and how long visitors waited for an answer."""

from collections.abc import Iterator, Sequence

from noa_rag.statistics.tally import WeekOfWork
from noa_rag.web.in_words import decimal_in_words
from review_ui.shell.charts import Cell, FigureChart, FigureTable, Series, lines, stacked_bars
from review_ui.statistics.formats import Formats

LABELLED = 3  # every third week has its date below the drawing


def work_charts(weeks: Sequence[WeekOfWork], formats: Formats) -> Iterator[FigureChart]:
    """Return the charts that have something to show."""
    if weeks:
        yield _backlog(weeks, formats)
    if any(one.delays for one in weeks):
        yield _delays(weeks, formats)


def _backlog(weeks: Sequence[WeekOfWork], formats: Formats) -> FigureChart:
    t = formats.translator
    title = t.gettext("Brouillons en attente")
    series = Series(title, tuple(one.waiting_count for one in weeks))
    summary = t.gettext(
        "Brouillons qui attendent\u00a0: %(count)s, contre %(before)s il y a treize semaines.",
        count=formats.number(weeks[-1].waiting_count),
        before=formats.number(weeks[0].waiting_count),
    )
    columns = [t.gettext("Semaine"), t.gettext("En attente à la fin"), t.gettext("Préparés"), t.gettext("Décidés")]
    rows = [
        [
            Cell(formats.period(one.week)),
            *(Cell(formats.number(count)) for count in (one.waiting_count, one.prepared_count, one.decided_count)),
        ]
        for one in reversed(weeks)
    ]
    drawing = stacked_bars(_labels(weeks), [series], summary, formats.number)
    return FigureChart("backlog", title, drawing, (title,), FigureTable("backlog", title, columns, rows))


def _delays(weeks: Sequence[WeekOfWork], formats: Formats) -> FigureChart:
    t = formats.translator
    title = t.gettext("Jours de la première question sans réponse à la publication")
    median, longest = t.gettext("Médiane"), t.gettext("Le plus long")
    series = [
        Series(median, tuple(_whole(one.median_days) for one in weeks)),
        Series(longest, tuple(_whole(one.longest_days) for one in weeks)),
    ]
    last = next(one for one in reversed(weeks) if one.delays)
    summary = t.gettext(
        "%(days)s jours en médiane, %(week)s.", days=_days(last.median_days, formats), week=formats.period(last.week)
    )
    columns = [t.gettext("Semaine"), t.gettext("Publications"), median, longest]
    rows = [
        [
            Cell(formats.period(one.week)),
            Cell(formats.number(len(one.delays))),
            Cell(_days(one.median_days, formats)),
            Cell(_days(one.longest_days, formats)),
        ]
        for one in reversed(weeks)
    ]
    drawing = lines(_labels(weeks), series, summary, formats.number)
    return FigureChart("delays", title, drawing, (median, longest), FigureTable("delays", title, columns, rows))


def _labels(weeks: Sequence[WeekOfWork]) -> list[str]:
    return [f"{one.week.first_day:%d/%m}" if place % LABELLED == 0 else "" for place, one in enumerate(weeks)]


def _whole(days: float | None) -> int | None:
    return None if days is None else round(days)


def _days(days: float | None, formats: Formats) -> str:
    return "–" if days is None else decimal_in_words(days, formats.language)
