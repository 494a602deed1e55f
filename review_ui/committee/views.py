"""The committee's agenda as the page shows it: its parts, one an agency, their forms, and the rows of the chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.failure import GroupId, QuestionGroup, counted
from noa_rag.domain.people import Person
from noa_rag.review.agenda import Agenda, AgendaItem, DecisionOutcome, DueEntry
from noa_rag.review.committee import NO_AGENCY
from noa_rag.review.rights import Action, may
from noa_rag.translation import Translator

NONE = "-"  # stands for "no agency" in addresses; no agency can be called so
SHOWN_PHRASINGS = 6
ROW_HEIGHT = 62  # pixels: a name and two bars
WIDEST = 85  # percent: the figure stands beside the bar


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A decision that could not be recorded, to be shown again with its problems by field."""

    group_id: GroupId
    decision: str
    note: str
    problems: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ItemView:
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
    items: tuple[ItemView, ...]
    due: tuple[DueEntry, ...]
    outcomes: tuple[DecisionOutcome, ...]
    month_volume: int
    before_volume: int

    def has_group(self, group_id: str) -> bool:
        """Whether a group is among the items: its part is shown unfolded after a decision about it."""
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
    translator: Translator,
    takes_decisions: bool = True,
    form: DecisionForm | None = None,
) -> tuple[AgendaSection, ...]:
    """Return the agenda agency by agency; a form that was sent is put back with its group."""
    return tuple(
        AgendaSection(
            id=part.agency_id or NONE,
            name=_name(part.agency_id, agencies, translator),
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
) -> ItemView:
    """Return one group with its form; one that was sent for this group is filled in and always shown."""
    sent = form if form and form.group_id == item.group.id else None
    may_decide = takes_decisions and may(person, Action.DECIDE_AGENDA, item.agency_id or NO_AGENCY)
    return ItemView(
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


def _name(agency_id: AgencyId | None, agencies: Mapping[AgencyId, Agency], translator: Translator) -> str:
    if agency_id is None:
        return translator.gettext("Sans agence")
    return agencies[agency_id].name if agency_id in agencies else agency_id


def _phrasings(group: QuestionGroup) -> list[tuple[str, int]]:
    return list(counted([failure.asked.text for failure in group.failures]).items())[:SHOWN_PHRASINGS]
