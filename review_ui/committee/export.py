"""The agenda as files: CSV for a spreadsheet, Markdown for minutes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.days import PARIS
from noa_rag.domain.draft import Draft
from noa_rag.review.agenda import AgendaItem, DueEntry
from noa_rag.review.outcomes import DecisionOutcome
from noa_rag.statistics.sheet import Cell, csv_text
from noa_rag.web.dates import day_in_words
from review_ui.committee.views import AgendaSection
from review_ui.shell.rendering import moment_in_words
from review_ui.texts import ReviewTexts

_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!$]|:(?=//))")

COLUMNS = (
    *("section", "agency", "question", "id", "this_month", "month_before", "total", "trend", "draft"),
    *("decision", "note", "decided_by", "decided_at", "review_by", "valid_until"),
    *("published", "recheck", "asked", "answered"),
)
_SHARED_WORDS = {"agency", "this_month", "month_before", "total", "trend", "draft", "decision", "note"}


def agenda_csv(parts: Sequence[AgendaSection], names: Mapping[str, str], texts: ReviewTexts) -> str:
    """Return one table of groups, entries due and last month's decisions; `names` are people's, by id.

    Text that a spreadsheet would read as a formula is led by an apostrophe; days are written as it sorts them.
    """
    words = _Words(names, texts)
    rows = (row for part in parts for row in _rows(part, words))
    cells = ([row.get(column, "") for column in COLUMNS] for row in rows)
    return csv_text([[_heading(column, texts) for column in COLUMNS], *cells])


def agenda_markdown(title: str, parts: Sequence[AgendaSection], names: Mapping[str, str], texts: ReviewTexts) -> str:
    """Return the agenda agency by agency, as tables; nothing written by people acts as Markdown in it."""
    words = _WordsToRead(names, texts)
    lines = [f"# {escaped(title)}"]
    for part in parts:
        lines += ["", f"## {escaped(part.name)}"]
        rows = list(_rows(part, words))
        for section in ("group", "due", "outcome"):
            heading = texts(f"agenda_section_{section}")
            of_section = [row for row in rows if row["section"] == heading]
            if of_section:
                lines += ["", f"### {escaped(texts(_SECTION_HEADINGS[section]))}", "", *_table(of_section, texts)]
    return "\n".join(lines) + "\n"


def escaped(cell: Cell) -> str:
    """Return a text on one line that Markdown shows as it is."""
    text = _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(str(cell).split()))
    text = re.sub(r"\bwww\.", r"www\\.", text)  # would become a link
    return re.sub(r"^([-+=]|\d+(?=[.)]))", _at_start, text)


def _at_start(found: re.Match[str]) -> str:
    """Return a sign that would begin a list or underline a heading, escaped; for `1.` the number is kept in front."""
    return found[0] + "\\" if found[0].isdigit() else "\\" + found[0]


_SECTION_HEADINGS = {"group": "agenda_groups", "due": "agenda_due", "outcome": "agenda_outcomes"}


def _heading(column: str, texts: ReviewTexts) -> str:
    return texts(f"agenda_{column}" if column in _SHARED_WORDS else f"agenda_column_{column}")


@dataclass(frozen=True, slots=True)
class _Words:
    """How cells are written in a spreadsheet."""

    names: Mapping[str, str]
    texts: ReviewTexts

    def day(self, day: date | None) -> str:
        return day.isoformat() if day else ""

    def minute(self, moment: datetime) -> str:
        return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}"

    def name(self, person_id: str) -> str:
        return self.names.get(person_id, person_id)

    def draft(self, draft: Draft | None) -> str:
        return self.texts(f"agenda_draft_{draft.state}") if draft else self.texts("agenda_no_draft")


class _WordsToRead(_Words):
    """How cells are written for readers: days in words."""

    __slots__ = ()

    def day(self, day: date | None) -> str:
        return day_in_words(day, self.texts.language) if day else ""

    def minute(self, moment: datetime) -> str:
        return moment_in_words(moment, self.texts.language)


def _rows(part: AgendaSection, words: _Words) -> Iterator[dict[str, Cell]]:
    for view in part.items:
        yield {"agency": part.name, **_item_row(view.item, words)}
    for due in part.due:
        yield {"agency": part.name, **_due_row(due, words)}
    for outcome in part.outcomes:
        yield {"agency": part.name, **_outcome_row(outcome, words)}


def _item_row(item: AgendaItem, words: _Words) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "section": words.texts("agenda_section_group"),
        "question": item.group.canonical,
        "id": item.group.id,
        "this_month": item.month_volume,
        "month_before": item.before_volume,
        "total": item.volume,
        "trend": words.texts(f"trend_{item.trend}"),
        "draft": words.draft(item.draft),
    }
    if item.decisions:
        last = item.decisions[0]
        row |= {"decision": words.texts(f"decision_{last.decision}"), "note": last.note}
        row |= {"decided_by": words.name(last.decided_by), "decided_at": words.minute(last.decided_at)}
    return row


def _due_row(due: DueEntry, words: _Words) -> dict[str, Cell]:
    return {
        "section": words.texts("agenda_section_due"),
        "question": due.entry.content.question,
        "id": due.entry.id,
        "review_by": words.day(due.review_by),
        "valid_until": words.day(due.expires_on),
    }


def _outcome_row(outcome: DecisionOutcome, words: _Words) -> dict[str, Cell]:
    decision, draft = outcome.decision, outcome.draft
    row: dict[str, Cell] = {
        "section": words.texts("agenda_section_outcome"),
        "question": outcome.group.canonical,
        "id": outcome.group.id,
        "draft": words.draft(draft),
        "decision": words.texts(f"decision_{decision.decision}"),
        "note": decision.note,
        "decided_by": words.name(decision.decided_by),
        "decided_at": words.minute(decision.decided_at),
        "asked": outcome.asked_count,
        "answered": outcome.answered_count,
    }
    if draft and draft.published:
        row["published"] = f"{draft.published.entry_id}, version {draft.published.version}"
    if draft and draft.recheck:
        row["recheck"] = f"{draft.recheck.answered_count}/{draft.recheck.asked_count}"
    return row


def _table(rows: Sequence[Mapping[str, Cell]], texts: ReviewTexts) -> list[str]:
    left_out = {"section", "agency"}
    columns = [
        column for column in COLUMNS if column not in left_out and any(row.get(column, "") != "" for row in rows)
    ]
    lines = ["| " + " | ".join(escaped(_heading(column, texts)) for column in columns) + " |"]
    lines.append("|" + " --- |" * len(columns))
    lines += ["| " + " | ".join(escaped(row.get(column, "")) for column in columns) + " |" for row in rows]
    return lines
