"""Three runs of the same stream: without the pack, as the agencies lived it, and with the pack's whole history.

As it is lived, what failed during the day is grouped in the evening. Noa prepares drafts from the groups; a referent
puts the pack's text, in its version of that day, in the place of the draft's and approves it through the desk. Until
there is such a version the draft waits. When measures change, the entry is revised on the day on which the pack's was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from evals.lab.crisis.script import (
    About,
    AskedOnce,
    Asker,
    CovidPack,
    CrisisAnswer,
    CrisisCase,
    cases,
    opened_in_2020,
    read_covid_pack,
    stream,
)
from evals.runner.folders import ROOT
from evals.runner.quick_gate import QuickGate
from noa_rag.answering.distress.recognise import may_be_in_distress
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import start_of
from noa_rag.domain.draft import Draft, with_alternates
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryVersion
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.failure import QuestionGroup
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.ports import Progress, RecordedQuestion
from noa_rag.domain.question import Language, Question
from noa_rag.knowledge.pack import read_pack
from noa_rag.review.draft_run import build_drafts
from noa_rag.review.grouping import BaseGrouping, Grouping, group_failures
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office

EVENING = timedelta(hours=23, minutes=40)  # after the last question and the half hour that a choice is given
VERDICT = timedelta(minutes=10)  # after the drafts are there
ALTERNATES_KEPT = 40  # phrasings of visitors that a referent keeps: the desk allows no more than it does anyway
REFERENT = PersonId("referente")


@dataclass(frozen=True, slots=True)
class PublishedEntry:
    """An entry published for a group; `hours` from its first failure, or from the measure's start if later."""

    entry_id: EntryId
    pack_id: EntryId
    day: date
    hours: float
    had_right_agency: bool


class Agencies:
    """Everybody behind the desk: records the day's questions, groups them in the evening, publishes and revises."""

    def __init__(self, noa: Noa, covid: CovidPack, grouping: Grouping) -> None:
        self._noa = noa
        self._covid = covid
        self._grouping = grouping
        self._cases: dict[str, CrisisCase] = {}
        self._moment = start_of(date(2020, 3, 1))
        self._office = Office(noa, QuickGate(noa), now=lambda: self._moment)
        self.published: list[PublishedEntry] = []
        self._standing: dict[EntryId, EntryId] = {}  # the pack's id -> ours
        agencies = frozenset(noa.agencies())
        person = Person(REFERENT, "Référente de toutes les agences", frozenset({Role.REFERENT}), agencies)
        noa.records.people.add_all([(person, "phrase-de-passe-du-rejeu")], actor="replay")

    def pack_id(self, entry_id: EntryId) -> EntryId:
        """Return the pack's entry that a published entry stands for, else the entry itself."""
        return next((pack for pack, ours in self._standing.items() if ours == entry_id), entry_id)

    def is_version_of_day(self, version: EntryVersion, day: date) -> bool:
        """Tell whether what is shown is what the pack said on that day."""
        dated = self._covid.version_on(self.pack_id(version.id), day)
        return dated is None or dated.content.answer == version.content.answer

    def is_published(self, once: AskedOnce) -> bool:
        """Tell whether an entry that answers was there when a question was asked."""
        return (
            any(
                entry_id in self._standing and self._covid.is_served_on(entry_id, once.day)
                for entry_id in once.case.expected
            )
            or once.case.about is About.EVERYDAY
        )

    def record(self, asked: CrisisAnswer, number: int) -> None:
        """Write a question down as the service does; a visitor who is offered the right entry opens it."""
        once, answer = asked.once, asked.answer
        question_id = f"{number:032x}"
        self._cases[question_id] = once.case
        self._noa.records.questions.record(
            RecordedQuestion(
                question_id=question_id,
                conversation_id=question_id,
                asked_at=once.at,
                question=Question(once.case.text, once.case.text, Language.FRENCH, once.day),
                answer=replace(answer, question_id=question_id, conversation_id=question_id),
                duration_seconds=0.0,
            )
        )
        if asked.is_offered:
            right = next(
                choice.entry_id for choice in answer.choices if self.pack_id(choice.entry_id) in once.case.expected
            )
            self._noa.records.questions.record_choice(question_id, right)

    def morning(self, day: date) -> None:
        """Revise the entries whose measure changes on that day, before anybody asks."""
        self._moment = start_of(day) + timedelta(minutes=5)
        for pack_id, entry_id in self._standing.items():
            new, old = self._covid.version_on(pack_id, day), self._covid.version_on(pack_id, day - timedelta(days=1))
            if new is None or new == old:
                continue
            current = self._noa.records.current([entry_id])[entry_id]
            content = replace(new.content, related=(), alternate_questions=_asked_so_far(new.content, current.content))
            draft = self._office.desk.propose(REFERENT, entry_id, content)
            self._office.desk.approve(REFERENT, draft.id, draft.revision)

    def group(self, day: date) -> None:
        """Group the failures; nobody answers them."""
        self._moment = start_of(day) + EVENING
        group_failures(self._noa.records.review, self._grouping, now=lambda: self._moment)

    def evening(self, day: date) -> None:
        """Group what failed, prepare drafts, and give the verdicts that can be given."""
        self._moment = start_of(day) + EVENING
        build_drafts(self._noa, now=lambda: self._moment, grouping=self._grouping)
        self._moment += VERDICT
        groups = {group.id: group for group in self._noa.records.review.groups()}
        for draft in self._noa.records.review.drafts():
            if draft.state.is_pending and draft.group_id in groups:
                self._decide(draft, groups[draft.group_id], day)

    def _decide(self, draft: Draft, group: QuestionGroup, day: date) -> None:
        pack_id = self._asked_for(group)
        if pack_id is None:
            return  # the replay leaves everyday questions and those that nothing answers undecided
        had, draft = draft, self._taken(draft, pack_id)
        if pack_id in self._standing:
            self._attach(draft, self._standing[pack_id])
            return
        dated = self._covid.version_on(pack_id, day)
        if dated is None or not self._covid.is_served_on(pack_id, day):
            return
        content = replace(dated.content, related=(), alternate_questions=_asked_so_far(dated.content, draft.content))
        decided = self._office.desk.approve(REFERENT, draft.id, draft.revision, content=content)
        self._standing[pack_id] = decided.entry_id
        exists = start_of(self._covid.histories[pack_id][0].approved_at.astimezone(self._moment.tzinfo).date())
        since = max(group.first_asked_at, exists)
        self.published.append(
            PublishedEntry(
                decided.entry_id,
                pack_id,
                day,
                (self._moment - since).total_seconds() / 3600,
                had.agency_id == AgencyId(dated.content.agency_id),
            )
        )

    def _taken(self, draft: Draft, pack_id: EntryId) -> Draft:
        """Return the draft; an unassigned one is first handed over to the agency of the pack's entry."""
        if not draft.is_unassigned:
            return draft
        agency_id = AgencyId(self._covid.histories[pack_id][0].content.agency_id)
        return self._office.desk.hand_over(REFERENT, draft.id, draft.revision, agency_id)

    def _attach(self, draft: Draft, entry_id: EntryId) -> None:
        questions = (AlternateQuestion(draft.content.question), *draft.content.alternate_questions)
        try:
            self._office.desk.attach(REFERENT, draft.id, draft.revision, entry_id, questions)
        except NotAllowedNow:  # the entry has them all, from another group
            self._office.desk.decline(REFERENT, draft.id, draft.revision, "La fiche a déjà ces questions.")

    def _asked_for(self, group: QuestionGroup) -> EntryId | None:
        """Return the pack's entry that most questions of a group expect, by their labels; None if most expect none."""
        wanted = Counter(
            case.expected[0] if case.about is About.CRISIS else None
            for failure in group.failures
            if (case := self._cases.get(failure.asked.question_id)) is not None
        )
        return wanted.most_common(1)[0][0] if wanted else None

    def grouped_topics(self) -> Iterator[tuple[CrisisCase, str]]:
        """Yield each failed question that is in a group, with the topic that most of its group is about."""
        for group in self._noa.records.review.groups():
            known = [
                self._cases[failure.asked.question_id]
                for failure in group.failures
                if failure.asked.question_id in self._cases
            ]
            topic = Counter(case.topic for case in known).most_common(1)[0][0]
            yield from ((case, topic) for case in known)

    @property
    def moment(self) -> datetime:
        return self._moment


def _asked_so_far(content: EntryContent, drafted: EntryContent) -> tuple[AlternateQuestion, ...]:
    """Return the questions of the pack's entry and of the draft, but for those that the review refuses."""
    alternates = with_alternates(content, drafted.alternate_questions[:ALTERNATES_KEPT])
    return tuple(alternate for alternate in alternates if not may_be_in_distress(alternate.text))


Days = dict[date, list[CrisisAnswer]]


@dataclass(frozen=True, slots=True)
class ReplayedCrisis:
    """The outcomes of each day in the three runs, with what was published and how well failures were grouped.

    `grouped_right` counts crisis questions that were refused and stand in a group of their own topic, of `crisis_count`
    asked, in the run without the pack.
    """

    without: Days
    lived: Days
    with_pack: Days
    published: Sequence[PublishedEntry] = field(default_factory=tuple)
    grouped_right: int = 0
    crisis_count: int = 0


def replay(progress: Progress, *, last: date | None = None) -> ReplayedCrisis:
    """Play the script until its end, or until `last`."""
    base = read_pack(ROOT / "knowledge")
    covid = read_covid_pack(base)
    days = {day: questions for day, questions in stream(cases()).items() if last is None or day <= last}
    with opened_in_2020(base, progress) as noa:
        watched = Agencies(noa, covid, BaseGrouping(noa))
        report = partial(progress_of, progress, "without the pack", len(days))
        without = _played(days, Asker(noa, is_due=_everyday), report, record=watched.record, evening=watched.group)
        topics = [(case, topic) for case, topic in watched.grouped_topics() if case.about is About.CRISIS]
        grouped_right = sum(case.topic == topic for case, topic in topics)
    with opened_in_2020(base, progress) as noa:
        agencies = Agencies(noa, covid, BaseGrouping(noa))
        asker = Asker(
            noa, is_due=agencies.is_published, pack_id=agencies.pack_id, is_version_of_day=agencies.is_version_of_day
        )
        report = partial(progress_of, progress, "as it is lived", len(days))
        lived = _played(days, asker, report, morning=agencies.morning, record=agencies.record, evening=agencies.evening)
        published = tuple(agencies.published)
    with opened_in_2020(base, progress, covid=covid) as noa:
        report = partial(progress_of, progress, "with the pack", len(days))
        with_pack = _played(days, Asker(noa, is_due=_served(covid)), report)
    crisis_count = sum(answer.about is About.CRISIS for day in without.values() for answer in day)
    return ReplayedCrisis(without, lived, with_pack, published, grouped_right, crisis_count)


def progress_of(progress: Progress, run: str, total: int, day: date, done: int) -> None:
    """Report that one day of a run is over."""
    progress(f"{run}, {day:%d/%m/%Y}", done, total)


def _everyday(once: AskedOnce) -> bool:
    return once.case.about is About.EVERYDAY


def _served(covid: CovidPack) -> Callable[[AskedOnce], bool]:
    def is_due(once: AskedOnce) -> bool:
        return _everyday(once) or any(covid.is_served_on(entry_id, once.day) for entry_id in once.case.expected)

    return is_due


def _nothing(*_: object) -> None:
    """Do nothing."""


def _played(
    days: dict[date, list[AskedOnce]],
    asker: Asker,
    told: Callable[[date, int], None],
    *,
    morning: Callable[[date], None] = _nothing,
    record: Callable[[CrisisAnswer, int], None] = _nothing,
    evening: Callable[[date], None] = _nothing,
) -> Days:
    outcomes: Days = {}
    number = 0
    for done, (day, stream_of_day) in enumerate(days.items(), start=1):
        morning(day)
        outcomes[day] = []
        for once in stream_of_day:
            answer = asker.ask(once)
            outcomes[day].append(answer)
            number += 1
            record(answer, number)
        evening(day)
        told(day, done)
    return outcomes
