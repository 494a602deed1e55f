"""The monthly committee: reading its agenda, and recording its decisions."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import AgendaDecision, AgendaStore, CommitteeDecision, Month
from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.errors import ContentProblem, Forbidden, InvalidContent, NotFound
from noa_rag.domain.facts import FactBook
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import ReviewStore
from noa_rag.review.agenda import Agenda, agenda, newest_drafts
from noa_rag.review.rights import Action, require

MAX_NOTE_LENGTH = 1000  # A few sentences: what needs more belongs into the draft.
NO_AGENCY = AgencyId("")  # Nobody is a referent of it: only who decides everywhere decides on groups without agency.


class Committee:
    """Agendas of past months and of the running one; months to come have none."""

    def __init__(
        self,
        review: ReviewStore,
        store: AgendaStore,
        entries: Callable[[], Iterable[EntryVersion]],
        aside: Callable[[], Collection[GroupId]],
        *,
        now: Callable[[], datetime],
        facts: Callable[[], FactBook] = FactBook,
    ) -> None:
        self._review = review
        self._store = store
        self._entries = entries
        self._aside = aside
        self._now = now
        self._facts = facts

    def this_month(self) -> Month:
        return Month.of(paris_day(self._now()))

    def decides_for(self, month: Month) -> bool:
        """Return whether decisions are still recorded for a month: the running one, and the one before for minutes."""
        return self.this_month().before() <= month <= self.this_month()

    def agenda(self, month: Month, *, also: GroupId | None = None) -> Agenda:
        """Return a month's agenda as it stands now, with the group `also` even where it is not on it.

        Raises NotFound for a month to come.
        """
        self._begun(month)
        drafts, decisions = self._review.drafts(), self._store.decisions()
        decided = {decision.group_id for decision in decisions if decision.month == month.before()}
        published = [
            draft.published.entry_id
            for group_id, draft in newest_drafts(drafts).items()
            if group_id in decided and draft.published is not None
        ]
        return agenda(
            month,
            groups=self._review.groups(),
            drafts=drafts,
            entries=self._entries(),
            decisions=decisions,
            answers=self._store.answers_of(published, since=start_of(month.before().first_day)) if published else (),
            today=paris_day(self._now()),
            facts=self._facts(),
            aside=self._aside(),
            also=also,
        )

    def decide(
        self, person_id: PersonId, month: Month, group_id: GroupId, decision: str, note: str = ""
    ) -> AgendaDecision:
        """Record a decision with its audit entry, beside the earlier ones.

        Raises Forbidden, NotFound, and InvalidContent naming the field that is wrong.
        """
        self._begun(month)
        problems = _problems(decision, note.strip())
        if not self.decides_for(month):
            problems.insert(0, ContentProblem("decision", "month_over", str(month)))
        with self._store.deciding() as change:
            person = change.person(person_id)
            if person is None:
                raise Forbidden(f"Nobody is called {person_id}.", action=Action.DECIDE_AGENDA.value)
            require(person, Action.DECIDE_AGENDA, change.owner_of(group_id) or NO_AGENCY)
            if problems:
                raise InvalidContent(problems)
            taken = AgendaDecision(
                month, group_id, CommitteeDecision(decision), note.strip(), person_id, self._now().astimezone(UTC)
            )
            change.add(taken)
            return taken

    def _begun(self, month: Month) -> None:
        if month > self.this_month():
            raise NotFound(f"The month {month} has not begun.")


def _problems(decision: str, note: str) -> list[ContentProblem]:
    problems: list[ContentProblem] = []
    if decision not in tuple(CommitteeDecision):
        problems.append(ContentProblem("decision", "unknown", decision))
    if len(note) > MAX_NOTE_LENGTH:
        problems.append(ContentProblem("note", "too_long", str(len(note))))
    if decision == CommitteeDecision.OUT_OF_REMIT and not note:
        problems.append(ContentProblem("note", "missing"))
    return problems
