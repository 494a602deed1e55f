"""The charts of the figures: outcomes of the questions, growth of the base, the referents' work week by week."""

from collections.abc import Iterator, Sequence

from noa_rag.domain.agenda import Month
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.statistics.tally import WeekOfWork
from noa_rag.web.in_words import decimal_in_words, month_in_words
from review_ui.shell.charts import Cell, FigureChart, FigureTable, Series, lines, stacked_bars
from review_ui.statistics.formats import Formats
from review_ui.statistics.tables import growth, points

LABELLED = 3  # every third week has its date below the drawing


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
    series = Series(t.gettext("Fiches"), tuple(month.entry_count for month in months))
    labels = [
        f"{month.month.number:02d}/{month.month.year % 100:02d}" if place % 3 == 0 else ""
        for place, month in enumerate(months)
    ]
    drawing = stacked_bars(labels, [series], summary, formats.number)
    table = growth(figures, formats, lambda month: _month(formats, month))
    return FigureChart("growth", t.gettext("Croissance de la base"), drawing, (series.label,), table)


def _outcomes(figures: FollowUp, formats: Formats) -> FigureChart:
    t = formats.translator
    series = [
        Series(t.gettext("Répondues"), tuple(point.now.answered for point in figures.points)),
        Series(t.gettext("Choix proposé"), tuple(point.now.clarified for point in figures.points)),
        Series(t.gettext("Refusées"), tuple(point.now.abstained for point in figures.points)),
    ]
    busiest = max(figures.points, key=lambda point: point.now.asked)
    summary = t.gettext(
        "%(asked)s questions ; le plus : %(most)s, %(busiest)s.",
        asked=formats.number(figures.total.asked),
        busiest=formats.bucket(busiest.bucket, figures.period.kind),
        most=formats.number(busiest.now.asked),
    )
    drawing = stacked_bars(_labels(figures, formats), series, summary, formats.number)
    keys = tuple(curve.label for curve in series)
    return FigureChart(
        "outcomes", t.gettext("Ce que sont devenues les questions"), drawing, keys, points(figures, formats)
    )


def _compared(figures: FollowUp, formats: Formats) -> FigureChart:
    t = formats.translator
    series = [
        Series(t.gettext("Questions"), tuple(point.now.asked if point.has_begun else None for point in figures.points)),
        Series(t.gettext("Avant"), tuple(point.before for point in figures.points)),
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
        tuple(curve.label for curve in series),
        first_three,
    )


def _labels(figures: FollowUp, formats: Formats) -> list[str]:
    return [formats.bucket_short(point.bucket, figures.period.kind) for point in figures.points]


def _month(formats: Formats, month: Month) -> str:
    return month_in_words(month.first_day, formats.language)


def work_charts(weeks: Sequence[WeekOfWork], formats: Formats) -> Iterator[FigureChart]:
    """Return the charts that have something to show."""
    if weeks:
        yield _backlog(weeks, formats)
    if any(week.delays for week in weeks):
        yield _delays(weeks, formats)


def _backlog(weeks: Sequence[WeekOfWork], formats: Formats) -> FigureChart:
    t = formats.translator
    title = t.gettext("Brouillons en attente")
    series = Series(title, tuple(week.waiting_count for week in weeks))
    summary = t.gettext(
        "Brouillons qui attendent\u00a0: %(count)s, contre %(before)s il y a treize semaines.",
        count=formats.number(weeks[-1].waiting_count),
        before=formats.number(weeks[0].waiting_count),
    )
    columns = [t.gettext("Semaine"), t.gettext("En attente à la fin"), t.gettext("Préparés"), t.gettext("Décidés")]
    rows = [
        [
            Cell(formats.period(week.week)),
            *(Cell(formats.number(count)) for count in (week.waiting_count, week.prepared_count, week.decided_count)),
        ]
        for week in reversed(weeks)
    ]
    drawing = stacked_bars(_weeks(weeks), [series], summary, formats.number)
    return FigureChart("backlog", title, drawing, (title,), FigureTable("backlog", title, columns, rows))


def _delays(weeks: Sequence[WeekOfWork], formats: Formats) -> FigureChart:
    t = formats.translator
    title = t.gettext("Jours de la première question sans réponse à la publication")
    median, longest = t.gettext("Médiane"), t.gettext("Le plus long")
    series = [
        Series(median, tuple(_whole(week.median_days) for week in weeks)),
        Series(longest, tuple(_whole(week.longest_days) for week in weeks)),
    ]
    last = next(week for week in reversed(weeks) if week.delays)
    summary = t.gettext(
        "%(days)s jours en médiane, %(week)s.", days=_days(last.median_days, formats), week=formats.period(last.week)
    )
    columns = [t.gettext("Semaine"), t.gettext("Publications"), median, longest]
    rows = [
        [
            Cell(formats.period(week.week)),
            Cell(formats.number(len(week.delays))),
            Cell(_days(week.median_days, formats)),
            Cell(_days(week.longest_days, formats)),
        ]
        for week in reversed(weeks)
    ]
    drawing = lines(_weeks(weeks), series, summary, formats.number)
    return FigureChart("delays", title, drawing, (median, longest), FigureTable("delays", title, columns, rows))


def _weeks(weeks: Sequence[WeekOfWork]) -> list[str]:
    return [f"{week.week.first_day:%d/%m}" if place % LABELLED == 0 else "" for place, week in enumerate(weeks)]


def _whole(days: float | None) -> int | None:
    return None if days is None else round(days)


def _days(days: float | None, formats: Formats) -> str:
    return "–" if days is None else decimal_in_words(days, formats.language)
