"""The committee's agenda as the page shows it, one part an agency, and as files to download (CSV and Markdown)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import PARIS
from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import GroupId, QuestionGroup, counted
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.agenda import Agenda, AgendaItem, DecisionOutcome, DueEntry
from noa_rag.review.committee import NO_AGENCY
from noa_rag.review.rights import Action, may
from noa_rag.statistics.sheet import Cell, csv_text
from noa_rag.web.in_words import day_in_words
from review_ui.shell.lookups import WORDS
from review_ui.shell.rendering import moment_in_words

NONE = "-"  # stands for "no agency" in addresses; no agency can be called so
SHOWN_PHRASINGS = 6
ROW_HEIGHT = 62  # pixels: a name and two bars
WIDEST = 85  # percent: the figure stands beside the bar
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&!$]|:(?=//))")

COLUMNS = (
    *("section", "agency", "question", "id", "this_month", "month_before", "total", "trend", "draft"),
    *("decision", "note", "decided_by", "decided_at", "review_by", "valid_until", "facts"),
    *("published", "recheck", "asked", "answered"),
)
SECTIONS = {"group": "Sujet ouvert", "due": "Fiche à revoir", "outcome": "Décision du mois dernier"}


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A decision that could not be recorded, to be shown again with its problems by field."""

    group_id: GroupId
    decision: str
    note: str
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AgendaItemView:
    item: AgendaItem
    anchor: str
    may_decide: bool
    phrasings: Sequence[tuple[str, int]]
    form: DecisionForm | None = None


@dataclass(frozen=True, slots=True)
class AgendaSection:
    """One agency's part of the page."""

    id: str
    name: str
    items: tuple[AgendaItemView, ...]
    due: tuple[DueEntry, ...]
    outcomes: tuple[DecisionOutcome, ...]
    month_volume: int
    before_volume: int

    def has_group(self, group_id: str) -> bool:
        """Whether a group is among the items; its section is then shown unfolded after a decision about the group."""
        return any(view.item.group.id == group_id for view in self.items)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the chart: two bars, in percent of the widest, and where the row begins in pixels."""

    name: str
    month_volume: int
    before_volume: int
    month_width: float
    before_width: float
    top: int


def part_views(
    made: Agenda,
    *,
    person: Person,
    agencies: Mapping[AgencyId, Agency],
    takes_decisions: bool = True,
    form: DecisionForm | None = None,
) -> tuple[AgendaSection, ...]:
    """Return the agenda agency by agency; a decision that could not be recorded is shown again in its group."""
    return tuple(
        AgendaSection(
            id=part.agency_id or NONE,
            name=_name(part.agency_id, agencies),
            items=tuple(item_view(item, person, takes_decisions=takes_decisions, form=form) for item in part.items),
            due=part.due,
            outcomes=part.outcomes,
            month_volume=part.month_volume,
            before_volume=part.before_volume,
        )
        for part in made.parts()
    )


def item_view(
    item: AgendaItem, person: Person, *, takes_decisions: bool = True, form: DecisionForm | None = None
) -> AgendaItemView:
    """Return one group with its form; a form sent for this group comes back filled in, and is always shown."""
    sent = form if form and form.group_id == item.group.id else None
    may_decide = takes_decisions and may(person, Action.DECIDE_AGENDA, item.agency_id or NO_AGENCY)
    return AgendaItemView(
        item=item,
        anchor=f"sujet-{item.group.id}",
        may_decide=may_decide or sent is not None,
        phrasings=_phrasings(item.group),
        form=sent,
    )


def bars(parts: Sequence[AgendaSection]) -> tuple[Bar, ...]:
    """Return the rows of the chart, for agencies with questions in either month."""
    shown = [part for part in parts if part.month_volume or part.before_volume]
    widest = max((max(part.month_volume, part.before_volume) for part in shown), default=1)
    return tuple(
        Bar(
            part.name,
            part.month_volume,
            part.before_volume,
            month_width=round(WIDEST * part.month_volume / widest, 2),
            before_width=round(WIDEST * part.before_volume / widest, 2),
            top=row * ROW_HEIGHT,
        )
        for row, part in enumerate(shown)
    )


def _name(agency_id: AgencyId | None, agencies: Mapping[AgencyId, Agency]) -> str:
    if agency_id is None:
        return "Sans agence"
    return agencies[agency_id].name if agency_id in agencies else agency_id


def _phrasings(group: QuestionGroup) -> list[tuple[str, int]]:
    return list(counted([failure.asked.text for failure in group.failures]).items())[:SHOWN_PHRASINGS]


def agenda_csv(parts: Sequence[AgendaSection], names: Mapping[str, str]) -> str:
    """Return one table of groups, entries due and last month's decisions; `names` are people's, by id.

    Text that a spreadsheet would read as a formula is led by an apostrophe; days are written as it sorts them.
    """
    words = _Words(names)
    rows = (row for part in parts for row in _rows(part, words))
    cells = ([row.get(column, "") for column in COLUMNS] for row in rows)
    return csv_text([[WORDS["agenda_columns"][column] for column in COLUMNS], *cells])


def agenda_markdown(title: str, parts: Sequence[AgendaSection], names: Mapping[str, str]) -> str:
    """Return the agenda agency by agency, as tables; nothing written by people acts as Markdown in it."""
    words = _WordsToRead(names)
    lines = [f"# {escaped(title)}"]
    for part in parts:
        lines += ["", f"## {escaped(part.name)}"]
        rows = list(_rows(part, words))
        for section in ("group", "due", "outcome"):
            heading = SECTIONS[section]
            of_section = [row for row in rows if row["section"] == heading]
            if of_section:
                lines += ["", f"### {escaped(_SECTION_HEADINGS[section])}", "", *_table(of_section)]
    return "\n".join(lines) + "\n"


def escaped(cell: Cell) -> str:
    """Return a text on one line that Markdown shows as it is."""
    text = _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(str(cell).split()))
    text = re.sub(r"\bwww\.", r"www\\.", text)  # would become a link
    return re.sub(r"^([-+=]|\d+(?=[.)]))", _at_start, text)


def _at_start(found: re.Match[str]) -> str:
    """Return a sign that would begin a list or underline a heading, escaped; `1.` is escaped behind its number."""
    return found[0] + "\\" if found[0].isdigit() else "\\" + found[0]


_SECTION_HEADINGS = {
    "group": "Sujets sans réponse",
    "due": "Fiches à revoir ou bientôt périmées",
    "outcome": "Décisions du mois dernier et leurs suites",
}


@dataclass(frozen=True, slots=True)
class _Words:
    """How cells are written in a spreadsheet."""

    names: Mapping[str, str]

    def day(self, day: date | None) -> str:
        return day.isoformat() if day else ""

    def minute(self, moment: datetime) -> str:
        return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}"

    def name(self, person_id: str) -> str:
        return self.names.get(person_id, person_id)

    def draft(self, draft: Draft | None) -> str:
        return WORDS["agenda_drafts"][draft.state] if draft else "Pas de brouillon"


class _WordsToRead(_Words):
    """How cells are written for readers: days in words."""

    __slots__ = ()

    def day(self, day: date | None) -> str:
        return day_in_words(day, Language.FRENCH) if day else ""

    def minute(self, moment: datetime) -> str:
        return moment_in_words(moment)


def _rows(part: AgendaSection, words: _Words) -> Iterator[dict[str, Cell]]:
    for view in part.items:
        yield {"agency": part.name, **_item_row(view.item, words)}
    for due in part.due:
        yield {"agency": part.name, **_due_row(due, words)}
    for outcome in part.outcomes:
        yield {"agency": part.name, **_outcome_row(outcome, words)}


def _item_row(item: AgendaItem, words: _Words) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "section": "Sujet ouvert",
        "question": item.group.canonical,
        "id": item.group.id,
        "this_month": item.month_volume,
        "month_before": item.before_volume,
        "total": item.volume,
        "trend": WORDS["trends"][item.trend],
        "draft": words.draft(item.draft),
    }
    if item.decisions:
        last = item.decisions[0]
        row |= {"decision": WORDS["decisions"][last.decision], "note": last.note}
        row |= {"decided_by": words.name(last.decided_by), "decided_at": words.minute(last.decided_at)}
    return row


def _due_row(due: DueEntry, words: _Words) -> dict[str, Cell]:
    return {
        "section": "Fiche à revoir",
        "question": due.entry.content.question,
        "id": due.entry.id,
        "review_by": words.day(due.review_by),
        "valid_until": words.day(due.expires_on),
        "facts": ", ".join(f"{fact.label} ({words.day(fact.ended_on)})" for fact in due.facts),
    }


def _outcome_row(outcome: DecisionOutcome, words: _Words) -> dict[str, Cell]:
    decision, draft = outcome.decision, outcome.draft
    row: dict[str, Cell] = {
        "section": "Décision du mois dernier",
        "question": outcome.group.canonical,
        "id": outcome.group.id,
        "draft": words.draft(draft),
        "decision": WORDS["decisions"][decision.decision],
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


def _table(rows: Sequence[Mapping[str, Cell]]) -> list[str]:
    left_out = {"section", "agency"}
    columns = [
        column for column in COLUMNS if column not in left_out and any(row.get(column, "") != "" for row in rows)
    ]
    lines = ["| " + " | ".join(escaped(WORDS["agenda_columns"][column]) for column in columns) + " |"]
    lines.append("|" + " --- |" * len(columns))
    lines += ["| " + " | ".join(escaped(row.get(column, "")) for column in columns) + " |" for row in rows]
    return lines
