"""The figures as one long table, and tables as files in which nothing acts as a formula for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict

from noa_rag.domain.days import PARIS
from noa_rag.domain.figures import EntryFacts, Key, NotableQuestion, Tally
from noa_rag.statistics.follow_up import Count, FollowUp
from noa_rag.statistics.period import PeriodKind
from noa_rag.statistics.tally import Rise, Row

# A spreadsheet set to French opens semicolons as columns, and reads UTF-8 when a byte order mark says so.
SEPARATOR, BYTE_ORDER_MARK = ";", "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULA_SIGNS = tuple("=+-@＝＋－＠")  # the wide ones count as formulas in some spreadsheets

Cell = str | int | float | None

Line = dict[str, Cell]
Names = Callable[[str, Key], str]
"""Given a section and a key in it, says how people call that."""

COLUMNS = (
    *("section", "key", "name", "asked", "before", "answered", "clarified", "abstained", "judged", "useful"),
    *(
        "doublings",
        "chance",
        "seconds",
        "reason",
        "day",
        "entry_count",
        "new_entry_count",
        "changed_count",
        "withdrawn_count",
    ),
)
BREAKDOWNS = ("agencies", "themes", "sites", "regions", "audiences", "languages", "served")


def lines(figures: FollowUp, names: Names) -> Iterator[Line]:
    """Yield every figure as a line, which holds only the columns that apply to its section."""
    yield {"section": "total", "key": str(figures.period), "before": figures.before.asked, **_tally(figures.total)}
    if figures.distress.now or figures.distress.before:
        yield {"section": "distress", "asked": figures.distress.now, "before": figures.distress.before}
    yield from _points(figures)
    for section in ("reasons", "complaints", "rephrasings", "rephrasing_reasons"):
        counts: Sequence[Count] = getattr(figures, section)
        for figure in counts:
            yield {**_named(section, figure.key, names), "asked": figure.now, "before": figure.before}
    for section in BREAKDOWNS:
        rows: Sequence[Row] = getattr(figures, section)
        for row in rows:
            yield {**_named(section, row.key, names), "before": row.before.asked, **_tally(row.now)}
    for section in ("groups", "themes", "entries"):
        rises: Sequence[Rise] = getattr(figures.rising, section)
        for rise in rises:
            yield {
                **_named(f"rising_{section}", rise.key, names),
                "asked": rise.now,
                "before": rise.before,
                "doublings": rise.doublings,
                "chance": rise.p_value,
            }
    for name, seconds in asdict(figures.speed).items():
        yield {"section": "speed", "key": name, "seconds": seconds}
    yield from (_question("slowest", question) for question in figures.slowest)
    yield from (_question("not_useful", question) for question in figures.not_useful)
    for mark, count in figures.marks.items():
        yield {**_named("marks", mark.value, names), "judged": count}
    yield {"section": "base", "key": "entries", "entry_count": figures.base.entry_count}
    yield from (_entry("never_served", entry) for entry in figures.base.never_served)
    yield from (_entry("due", entry) for entry in figures.base.due)
    for month in figures.base.growth:
        counted = {name: value for name, value in asdict(month).items() if name != "month"}
        yield {"section": "growth", "key": str(month.month), **counted}


def table(figures: FollowUp, names: Names, words: Callable[[str], str]) -> Iterator[list[Cell]]:
    """Yield the headings, then rows of cells; `words` names columns (`column_asked`) and sections (`section_total`)."""
    yield [words(f"column_{column}") for column in COLUMNS]
    for line in lines(figures, names):
        words_of_line = {**line, "section": words(f"section_{line['section']}")}
        yield [words_of_line.get(column) for column in COLUMNS]


def _points(figures: FollowUp) -> Iterator[Line]:
    is_day = figures.period.kind is PeriodKind.DAY
    for point in figures.points:
        there = point.bucket.begins_at.astimezone(PARIS)
        key = there.isoformat(timespec="minutes") if is_day else there.date().isoformat()
        yield {"section": "points", "key": key, "before": point.before, **_tally(point.now)}


def _tally(tally: Tally) -> Line:
    return {"asked": tally.asked, **asdict(tally)}


def _named(section: str, key: Key, names: Names) -> Line:
    return {"section": section, "key": key, "name": names(section, key)}


def _question(section: str, question: NotableQuestion) -> Line:
    asked_on = question.asked_at.astimezone(PARIS).isoformat(timespec="minutes")
    line: Line = {
        "section": section,
        "key": question.question_id,
        "name": question.text,
        "day": asked_on,
        "reason": question.reason,
    }
    return line | {"seconds": question.duration_seconds}


def _entry(section: str, entry: EntryFacts) -> Line:
    return {
        "section": section,
        "key": entry.id,
        "name": entry.question,
        "day": entry.review_by.isoformat() if entry.review_by else None,
    }


def csv_text(rows: Iterable[Iterable[Cell]], *, decimal_mark: str = ".") -> str:
    """Return the rows as a file's text; text that a spreadsheet would read as a formula is led by an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=SEPARATOR, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_written(cell, decimal_mark) for cell in row])
    return BYTE_ORDER_MARK + written.getvalue()


def guarded(text: str) -> str:
    """Return a text on one line that no spreadsheet takes for a formula."""
    line = " ".join(text.split())
    return "'" + line if line.startswith(_FORMULA_SIGNS) else line


def _written(cell: Cell, decimal_mark: str) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}".replace(".", decimal_mark)
    return cell if isinstance(cell, int) else guarded(cell)
