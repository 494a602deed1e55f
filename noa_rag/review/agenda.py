"""The agenda of one month's committee: what nobody could answer, which entries are due, and what came of last month."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import AgendaDecision, CommitteeDecision, EntryAnswer, Month
from noa_rag.domain.days import end_of, paris_day
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import EntryStatus, EntryVersion
from noa_rag.domain.facts import FactBook, OutdatedFact
from noa_rag.domain.failure import Failure, GroupId, QuestionGroup

RETURN_FACTOR = 2  # What was set aside comes back once twice as many have asked: the committee may have been wrong.
EXPIRY_DAYS = 45  # A month's notice and a fortnight to write: the next committee would be too late.
FACT_NOTICE = timedelta(weeks=4)  # before a figure ends: what falls due each year is known by then, or soon will be


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """A decision with the group's draft as it stands now, and the group's questions asked since.

    `asked_count` counts those that failed again and those that the published entry answered. Where
    the entry existed before, only questions in one of the group's own wordings count as the group's.
    """

    decision: AgendaDecision
    group: QuestionGroup
    draft: Draft | None
    asked_count: int
    answered_count: int

    @property
    def agency_id(self) -> AgencyId | None:
        return self.draft.owner if self.draft else None

    @property
    def answered_percent(self) -> int:
        """The percentage answered of the questions asked since, rounded; 0 when there were none."""
        return round(100 * self.answered_count / self.asked_count) if self.asked_count else 0


def _outcomes_of(
    month: Month,
    groups: Mapping[GroupId, QuestionGroup],
    drafts: Mapping[GroupId, Draft],
    decisions: Sequence[AgendaDecision],
    answers: Sequence[EntryAnswer],
) -> tuple[DecisionOutcome, ...]:
    """Return the outcomes of a month's last decisions, most asked since first; `decisions` are oldest first."""
    last = {decision.group_id: decision for decision in decisions if decision.month == month}
    outcomes = [
        _outcome(decision, groups[group_id], drafts.get(group_id), answers)
        for group_id, decision in last.items()
        if group_id in groups
    ]
    return tuple(sorted(outcomes, key=lambda outcome: (-outcome.asked_count, outcome.group.id)))


def _outcome(
    decision: AgendaDecision, group: QuestionGroup, draft: Draft | None, answers: Sequence[EntryAnswer]
) -> DecisionOutcome:
    failed = {failure.asked.question_id for failure in group.failures}
    failed_since = sum(failure.asked.asked_at > decision.decided_at for failure in group.failures)
    answered = sum(
        _is_answered(answer, group, draft)
        for answer in answers
        if answer.asked_at > decision.decided_at and answer.question_id not in failed
    )
    return DecisionOutcome(decision, group, draft, failed_since + answered, answered)


def _is_answered(answer: EntryAnswer, group: QuestionGroup, draft: Draft | None) -> bool:
    if draft is None or draft.published is None or answer.entry_id != draft.published.entry_id:
        return False
    if draft.published.before == 0:
        return True  # the entry was written for this group
    return any(failure.asked.normalised == answer.normalised for failure in group.failures)


class Trend(StrEnum):
    """How a month's volume compares with the month before."""

    NEW = "new"
    """First asked this month."""
    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """A group of questions on the agenda, as it stood at the end of the month, or stands today.

    `draft` is the group's newest, in its present state; `decisions` are the committee's up to this
    month, the newest month's last word first. `is_open` is false for a group settled after this
    month's decision, and for one that is listed although it is not on the agenda.
    """

    group: QuestionGroup
    agency_id: AgencyId | None
    month_volume: int
    before_volume: int
    volume: int
    trend: Trend
    draft: Draft | None
    decisions: tuple[AgendaDecision, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An entry with what makes it due: days, None where they do not, and figures it states that end soon or ended."""

    entry: EntryVersion
    review_by: date | None
    expires_on: date | None
    has_expired: bool
    facts: tuple[OutdatedFact, ...] = ()

    @property
    def agency_id(self) -> AgencyId:
        return self.entry.content.agency_id

    @property
    def first_day(self) -> date:
        days = (self.review_by, self.expires_on, *(fact.ended_on for fact in self.facts))
        return min(day for day in days if day is not None)


def due_entries(entries: Iterable[EntryVersion], month: Month, until: date, facts: FactBook) -> tuple[DueEntry, ...]:
    """Return the approved entries to review by the end of the month, or whose window ends near `until`.

    Those that expired in the last 45 days are named too: the public has lost them since. So are those that state a
    figure which ended, or of which no later value is in their text four weeks before its end.
    """
    due: list[DueEntry] = []
    for entry in entries:
        if entry.status is not EntryStatus.APPROVED:
            continue
        review_by, ends = entry.content.review_by, entry.content.window.valid_until
        is_review_due = review_by is not None and review_by <= month.last_day
        is_near_end = ends is not None and abs((ends - until).days) <= EXPIRY_DAYS
        has_ended = ends is not None and ends < until
        ending = () if has_ended else facts.outdated(entry.id, entry.content, until + FACT_NOTICE)
        if is_review_due or is_near_end or ending:
            due.append(
                DueEntry(
                    entry,
                    review_by=review_by if is_review_due else None,
                    expires_on=ends if is_near_end else None,
                    has_expired=is_near_end and has_ended,
                    facts=ending,
                )
            )
    return tuple(sorted(due, key=lambda due_entry: (due_entry.first_day, due_entry.entry.id)))


@dataclass(frozen=True, slots=True)
class AgencyPart:
    """One agency's part of the agenda; `agency_id` is None for groups without an agency."""

    agency_id: AgencyId | None
    items: tuple[AgendaItem, ...]
    due: tuple[DueEntry, ...]
    outcomes: tuple[DecisionOutcome, ...]

    @property
    def month_volume(self) -> int:
        return sum(item.month_volume for item in self.items)

    @property
    def before_volume(self) -> int:
        return sum(item.before_volume for item in self.items)


@dataclass(frozen=True, slots=True)
class Agenda:
    """A month's agenda. While the month runs, `until` is today and it is compared with the same days before."""

    month: Month
    until: date
    compared_until: date
    items: tuple[AgendaItem, ...]
    due: tuple[DueEntry, ...]
    outcomes: tuple[DecisionOutcome, ...]

    @property
    def is_running(self) -> bool:
        return self.until < self.month.last_day

    def parts(self) -> tuple[AgencyPart, ...]:
        """Return the agenda agency by agency, the most asked first, what has no agency last."""
        agencies: set[AgencyId | None] = {item.agency_id for item in self.items}
        agencies |= {entry.agency_id for entry in self.due} | {outcome.agency_id for outcome in self.outcomes}
        parts = [self._part(agency_id) for agency_id in agencies]
        return tuple(sorted(parts, key=lambda part: (part.agency_id is None, -part.month_volume, part.agency_id or "")))

    def _part(self, agency_id: AgencyId | None) -> AgencyPart:
        return AgencyPart(
            agency_id,
            tuple(item for item in self.items if item.agency_id == agency_id),
            tuple(entry for entry in self.due if entry.agency_id == agency_id),
            tuple(outcome for outcome in self.outcomes if outcome.agency_id == agency_id),
        )


def agenda(
    month: Month,
    *,
    groups: Iterable[QuestionGroup],
    drafts: Iterable[Draft],
    entries: Iterable[EntryVersion],
    decisions: Sequence[AgendaDecision],
    answers: Iterable[EntryAnswer],
    today: date,
    facts: FactBook | None = None,
    aside: Collection[GroupId] = (),
    also: GroupId | None = None,
) -> Agenda:
    """Return a month's agenda; `decisions` are oldest first, `answers` are those of last month's published entries.

    Groups put `aside` as out of scope have no place on it unless the committee decided about them that month;
    `also` is a group that is listed all the same.
    """
    until = max(month.first_day, min(today, month.last_day))
    frame = _Frame(month, until, _compared_until(month, until), frozenset(aside))
    known = {group.id: group for group in groups}
    newest = newest_drafts(drafts)
    by_group: dict[GroupId, list[AgendaDecision]] = defaultdict(list)
    for decision in sorted(
        decisions, key=lambda earlier_decision: earlier_decision.month
    ):  # one may be recorded after the next month's
        by_group[decision.group_id].insert(0, decision)
    items = [
        frame.item(group, newest.get(group.id), by_group[group.id], is_wanted=group.id == also)
        for group in known.values()
    ]
    listed = [item for item in items if item is not None]
    return Agenda(
        month=month,
        until=until,
        compared_until=frame.compared_until,
        items=tuple(sorted(listed, key=lambda item: (-item.month_volume, -item.volume, item.group.id))),
        due=due_entries(entries, month, until, facts or FactBook()),
        outcomes=_outcomes_of(month.before(), known, newest, decisions, list(answers)),
    )


def newest_drafts(drafts: Iterable[Draft]) -> dict[GroupId, Draft]:
    """Return the draft of each group that was started last."""
    newest: dict[GroupId, Draft] = {}
    for draft in sorted(drafts, key=lambda draft: (draft.created_at, draft.id)):
        if draft.group_id is not None:
            newest[draft.group_id] = draft
    return newest


@dataclass(frozen=True, slots=True)
class _Frame:
    month: Month
    until: date
    compared_until: date
    aside: frozenset[GroupId]

    def item(
        self, group: QuestionGroup, draft: Draft | None, decisions: Sequence[AgendaDecision], *, is_wanted: bool
    ) -> AgendaItem | None:
        """Return the group's item on the agenda; None when it has no place there and `is_wanted` is false."""
        volume = _asked_by(group, self.until)
        known = tuple(decision for decision in decisions if decision.month <= self.month)
        is_done = self._is_settled(group, draft) or self._is_set_aside(group, known)
        is_open = volume > 0 and group.id not in self.aside and not is_done
        if not (is_open or is_wanted or any(decision.month == self.month for decision in known)):
            return None
        month_volume = volume - _asked_by(group, self.month.before().last_day)
        two_before = self.month.before().before()
        before_volume = _asked_by(group, self.compared_until) - _asked_by(group, two_before.last_day)
        return AgendaItem(
            group=group,
            agency_id=draft.owner if draft else None,
            month_volume=month_volume,
            before_volume=before_volume,
            volume=volume,
            trend=self._trend(group, month_volume, before_volume),
            draft=draft,
            decisions=known,
            is_open=is_open,
        )

    def _is_settled(self, group: QuestionGroup, draft: Draft | None) -> bool:
        """Return whether a verdict settled the group; questions that failed after it open the group again."""
        if draft is None or draft.decided_at is None or paris_day(draft.decided_at) > self.until:
            return False
        if draft.state is DraftState.DECLINED:
            return not self._has_doubled(group, _volume_at(group, draft.decided_at))
        return _asked_by(group, self.until) <= _volume_at(group, draft.decided_at)

    def _is_set_aside(self, group: QuestionGroup, known: Sequence[AgendaDecision]) -> bool:
        earlier = [decision for decision in known if decision.month < self.month]
        if not earlier or earlier[0].decision is not CommitteeDecision.OUT_OF_REMIT:
            return False
        return not self._has_doubled(group, _volume_at(group, earlier[0].decided_at))

    def _has_doubled(self, group: QuestionGroup, volume: int) -> bool:
        return _asked_by(group, self.until) >= RETURN_FACTOR * max(1, volume)

    def _trend(self, group: QuestionGroup, month_volume: int, before_volume: int) -> Trend:
        if not group.failures:  # all purged by now
            return Trend.STEADY
        if paris_day(group.first_asked_at) >= self.month.first_day:
            return Trend.NEW
        if month_volume == before_volume:
            return Trend.STEADY
        return Trend.RISING if month_volume > before_volume else Trend.FALLING


def _compared_until(month: Month, until: date) -> date:
    """Return the last day counted of the previous month: its end once this month is over, else the same day."""
    before = month.before()
    if until == month.last_day:
        return before.last_day
    return min(before.last_day, before.first_day + timedelta(days=(until - month.first_day).days))


def _volume_at(group: QuestionGroup, moment: datetime) -> int:
    return bisect_right(group.failures, moment, key=_asked_at)


def _asked_by(group: QuestionGroup, day: date) -> int:
    """Return how many were asked by the end of a day in Paris; failures are in the order they were asked."""
    return bisect_left(group.failures, end_of(day), key=_asked_at)


def _asked_at(failure: Failure) -> datetime:
    return failure.asked.asked_at
