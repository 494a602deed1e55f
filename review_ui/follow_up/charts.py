"""The three charts of the follow-up, each with what it says in a sentence and the table of its numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from noa_rag.domain.agenda import Month
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.web.dates import month_in_words
from review_ui.follow_up.drawing import Series, lines, stacked_bars
from review_ui.follow_up.formats import Formats
from review_ui.follow_up.views import Table, growth, points


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words; `keys` are the series in the order of their colours."""

    id: str
    title: str
    drawing: Markup
    keys: tuple[str, ...]
    table: Table


def charts(figures: FollowUp, formats: Formats) -> Iterator[Chart]:
    """Return the charts that have something to show."""
    if figures.total.asked:
        yield _outcomes(figures, formats)
    if figures.total.asked or figures.before.asked:
        yield _compared(figures, formats)


def growth_chart(figures: FollowUp, formats: Formats) -> Chart | None:
    """Return how the base grew, None for a base without entries."""
    months = figures.base.growth
    if not months:
        return None
    t = formats.texts
    summary = t(
        "follow_growth_said",
        count=formats.number(months[-1].entry_count),
        month=_month(formats, months[-1].month),
        before=formats.number(months[0].entry_count),
        first=_month(formats, months[0].month),
    )
    series = Series(t("follow_column_entry_count"), tuple(one.entry_count for one in months))
    labels = [
        f"{one.month.number:02d}/{one.month.year % 100:02d}" if place % 3 == 0 else ""
        for place, one in enumerate(months)
    ]
    drawing = stacked_bars(labels, [series], summary, formats.number)
    table = growth(figures, formats, lambda month: _month(formats, month))
    return Chart("growth", t("follow_growth"), drawing, (series.label,), table)


def _outcomes(figures: FollowUp, formats: Formats) -> Chart:
    t = formats.texts
    series = [
        Series(t("follow_column_answered"), tuple(one.now.answered for one in figures.points)),
        Series(t("follow_column_clarified"), tuple(one.now.clarified for one in figures.points)),
        Series(t("follow_column_abstained"), tuple(one.now.abstained for one in figures.points)),
    ]
    busiest = max(figures.points, key=lambda one: one.now.asked)
    summary = t(
        "follow_outcomes_said",
        asked=formats.number(figures.total.asked),
        busiest=formats.bucket(busiest.bucket, figures.period.kind),
        most=formats.number(busiest.now.asked),
    )
    drawing = stacked_bars(_labels(figures, formats), series, summary, formats.number)
    keys = tuple(one.label for one in series)
    return Chart("outcomes", t("follow_outcomes"), drawing, keys, points(figures, formats))


def _compared(figures: FollowUp, formats: Formats) -> Chart:
    t = formats.texts
    series = [
        Series(t("follow_column_asked"), tuple(one.now.asked if one.has_begun else None for one in figures.points)),
        Series(t("follow_column_before"), tuple(one.before for one in figures.points)),
    ]
    summary = t(
        "follow_compared_said", asked=formats.number(figures.total.asked), before=formats.number(figures.before.asked)
    )
    drawing = lines(_labels(figures, formats), series, summary, formats.number)
    table = points(figures, formats)
    first_three = Table("compared", table.caption, table.columns[:3], [row[:3] for row in table.rows])
    return Chart("compared", t("follow_compared"), drawing, tuple(one.label for one in series), first_three)


def _labels(figures: FollowUp, formats: Formats) -> list[str]:
    return [formats.bucket_short(one.bucket, figures.period.kind) for one in figures.points]


def _month(formats: Formats, month: Month) -> str:
    return month_in_words(month.first_day, formats.language)
