"""The figures as tables: cells in words, with links."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from noa_rag.domain.agenda import Month
from noa_rag.domain.answer import Mark
from noa_rag.domain.figures import EntryFacts, NotableQuestion
from noa_rag.statistics.follow_up import Count, FollowUp
from noa_rag.statistics.period import PeriodKind
from noa_rag.statistics.tally import Rise, Row
from review_ui.shell.charts import Cell, FigureTable
from review_ui.statistics.formats import COLUMNS, NOTES, SECTIONS, Formats

SHOWN_ROWS = 15  # of what may be long; the file has all


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure at the head of the page, with its value in the period before."""

    label: str
    value: str
    note: str


def tiles(figures: FollowUp, formats: Formats) -> tuple[Tile, ...]:
    """Return the figures at the head of the page."""
    t, now, before, speed = formats.translator, figures.total, figures.before, figures.speed
    change = t.gettext(
        "avant\u00a0: %(before)s (%(change)s)",
        before=formats.number(before.asked),
        change=formats.change(now.asked, before.asked),
    )

    def share_before(share: float | None) -> str:
        return t.gettext("avant\u00a0: %(before)s", before=formats.share(share))

    return (
        Tile(t.gettext("Questions posées"), formats.number(now.asked), change),
        Tile(t.gettext("Répondues"), formats.share(now.answered_share), share_before(before.answered_share)),
        Tile(
            t.gettext("Choix proposé"),
            formats.share(now.clarified / now.asked if now.asked else None),
            share_before(before.clarified / before.asked if before.asked else None),
        ),
        Tile(
            t.gettext("Refusées"),
            formats.share(now.abstained / now.asked if now.asked else None),
            share_before(before.abstained / before.asked if before.asked else None),
        ),
        Tile(
            t.gettext("Jugées utiles"),
            formats.share(now.useful_share),
            t.gettext(
                "sur %(count)s avis, avant\u00a0: %(before)s",
                count=formats.number(now.judged),
                before=formats.share(before.useful_share),
            ),
        ),
        *_distress(figures, formats),
        Tile(
            t.gettext("Temps de réponse médian"),
            formats.seconds(speed.p50),
            t.gettext("95 %% en moins de %(p95)s", p95=formats.seconds(speed.p95)),
        ),
    )


def _distress(figures: FollowUp, formats: Formats) -> tuple[Tile, ...]:
    """Return the tile of messages of distress, where there were any now or before."""
    t, count = formats.translator, figures.distress
    if not (count.now or count.before):
        return ()
    before = t.gettext("avant\u00a0: %(before)s", before=formats.number(count.before))
    return (Tile(t.gettext("Messages de détresse, à part"), formats.number(count.now), before),)


def points(figures: FollowUp, formats: Formats) -> FigureTable:
    """Return the hours or days."""
    kind, t = figures.period.kind, formats.translator
    rows = [
        [
            Cell(formats.bucket(point.bucket, kind)),
            *_numbers(
                formats, point.now.asked, point.before, point.now.answered, point.now.clarified, point.now.abstained
            ),
        ]
        for point in figures.points
        if point.has_begun
    ]
    first = t.gettext("Heure") if kind is PeriodKind.DAY else t.gettext("Jour")
    names = ("asked", "before", "answered", "clarified", "abstained")
    return FigureTable(
        "volume",
        t.gettext("Questions au fil du temps"),
        [first, *(t.gettext(COLUMNS[name]) for name in names)],
        rows,
    )


def breakdowns(figures: FollowUp, formats: Formats) -> Iterator[FigureTable]:
    """Return a table for each side of the questions: agency, theme, site, region, audience, language."""
    for section in ("agencies", "themes", "sites", "regions", "audiences", "languages"):
        rows: Sequence[Row] = getattr(figures, section)
        if rows:
            yield _breakdown(section, rows, formats)


def served(figures: FollowUp, formats: Formats) -> FigureTable:
    """Return the entries that answered most."""
    table = _breakdown("served", figures.served[:SHOWN_ROWS], formats, link=lambda key: f"/fiches/{key}")
    return replace(table, left_out=max(0, len(figures.served) - SHOWN_ROWS))


def reasons(figures: FollowUp, formats: Formats) -> Iterator[FigureTable]:
    """Return why questions were refused, and why answers were found useless."""
    yield from _counts("reasons", figures.reasons, formats)
    yield from _counts("complaints", figures.complaints, formats)


def rephrasings(figures: FollowUp, formats: Formats) -> Iterator[FigureTable]:
    """Return the outcomes of rephrasings and the reasons of refusals, nothing where no rephrasing was tried."""
    yield from _counts("rephrasings", figures.rephrasings, formats)
    yield from _counts("rephrasing_reasons", figures.rephrasing_reasons, formats)


def rises(figures: FollowUp, formats: Formats) -> Iterator[FigureTable]:
    """Return the groups of failed questions, the themes and the entries that were asked more often."""
    links: dict[str, Callable[[str], str]] = {"entries": lambda key: f"/fiches/{key}"}
    for section in ("groups", "themes", "entries"):
        all_rises: Sequence[Rise] = getattr(figures.rising, section)
        if all_rises:
            yield _rises(f"rising_{section}", all_rises[:SHOWN_ROWS], formats, links.get(section, lambda _: ""))


def questions(section: str, found: Sequence[NotableQuestion], formats: Formats) -> FigureTable:
    """Return questions to look at: the slowest, or those whose answer was not useful."""
    is_slow = section == "slowest"
    rows = [
        [
            Cell(question.text, f"/qualite/questions/{question.question_id}" if question.question_id else ""),
            Cell(
                formats.seconds(question.duration_seconds) if is_slow else formats.name("complaints", question.reason)
            ),
            Cell(
                formats.name("served", question.entry_id), f"/fiches/{question.entry_id}" if question.entry_id else ""
            ),
            Cell(formats.moment(question.asked_at)),
            *([] if is_slow else [Cell(question.comment)]),
        ]
        for question in found
    ]
    names = ["question", "seconds" if is_slow else "complaint", "entry", "asked_at", *([] if is_slow else ["comment"])]
    return _table(section, names, rows, formats, numbers_from=9)


def marks(figures: FollowUp, formats: Formats) -> FigureTable:
    """Return what QA said of the period's answers."""
    t = formats.translator
    rows = [[Cell(formats.name("marks", mark)), Cell(formats.number(figures.marks[mark]))] for mark in Mark]
    return FigureTable(
        "marks",
        t.gettext("Avis de la qualité sur les réponses"),
        [t.pgettext("one", "Avis"), t.gettext("Réponses")],
        rows,
    )


def entries(section: str, found: Sequence[EntryFacts], formats: Formats) -> FigureTable:
    """Return entries that were never shown, or that are due for review."""
    t, is_due = formats.translator, section == "due"
    rows = [
        [
            Cell(entry.question, f"/fiches/{entry.id}"),
            Cell(formats.names["agencies"].get(entry.agency_id, entry.agency_id)),
            *([Cell(formats.day(entry.review_by))] if is_due else []),
        ]
        for entry in found[:SHOWN_ROWS]
    ]
    columns = [
        t.gettext("Fiche"),
        t.gettext("Agence"),
        *([t.pgettext("column", "À revoir avant le")] if is_due else []),
    ]
    left_out = max(0, len(found) - SHOWN_ROWS)
    return FigureTable(section, t.gettext(SECTIONS[section]), columns, rows, numbers_from=9, left_out=left_out)


def growth(figures: FollowUp, formats: Formats, month_name: Callable[[Month], str]) -> FigureTable:
    """Return the base month by month."""
    t = formats.translator
    rows = [
        [
            Cell(month_name(month.month)),
            *_numbers(formats, month.entry_count, month.new_entry_count, month.changed_count, month.withdrawn_count),
        ]
        for month in figures.base.growth
    ]
    names = ("month", "entry_count", "new_count", "changed_count", "withdrawn_count")
    return FigureTable("growth", t.gettext("Croissance de la base"), [t.gettext(COLUMNS[name]) for name in names], rows)


def _counts(section: str, counts: Sequence[Count], formats: Formats) -> Iterator[FigureTable]:
    rows = [[Cell(formats.name(section, count.key)), *_numbers(formats, count.now, count.before)] for count in counts]
    if rows:
        yield _table(section, [section, "asked", "before"], rows, formats)


def _table(
    section: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], formats: Formats, *, numbers_from: int = 1
) -> FigureTable:
    t = formats.translator
    return FigureTable(
        section,
        t.gettext(SECTIONS[section]),
        [t.gettext(COLUMNS[column]) for column in columns],
        rows,
        t.gettext(NOTES[section]) if section in NOTES else "",
        numbers_from=numbers_from,
    )


def _useful(row: Row, formats: Formats) -> str:
    """Return the share with the number of verdicts, since a share of three says little."""
    share = formats.share(row.now.useful_share)
    return f"{share} ({formats.number(row.now.judged)})" if row.now.judged else share


def _numbers(formats: Formats, *values: int | None) -> list[Cell]:
    return [Cell(formats.number(value)) for value in values]


def _breakdown(
    section: str, rows: Sequence[Row], formats: Formats, link: Callable[[str], str] = lambda _: ""
) -> FigureTable:
    with_outcomes = section not in ("themes", "served")  # of these every question was answered
    columns = [section, "asked", "before", *(["answered_share"] if with_outcomes else []), "useful_share"]
    cells = [
        [
            Cell(formats.name(section, row.key), link(row.key) if row.key else ""),
            *_numbers(formats, row.now.asked, row.before.asked),
            *([Cell(formats.share(row.now.answered_share))] if with_outcomes else []),
            Cell(_useful(row, formats)),
        ]
        for row in rows
    ]
    return _table(section, columns, cells, formats)


def _rises(section: str, found: Sequence[Rise], formats: Formats, link: Callable[[str], str]) -> FigureTable:
    rows = [
        [
            Cell(formats.name(section, rise.key), link(rise.key)),
            *_numbers(formats, rise.now, rise.before),
            Cell(formats.times(rise.doublings)),
            Cell(formats.chance(rise.p_value)),
        ]
        for rise in found
    ]
    return _table(section, ["subject", "asked", "before", "times", "chance"], rows, formats)
