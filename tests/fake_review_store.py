"""The review's store in memory: a transaction works on a copy, which takes the place of the state when it ends well."""

import copy
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryId, EntryVersion, NewVersion
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.facts import Fact, FactId, SourceText
from noa_rag.domain.failure import Asked, Failure, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId

Deed = tuple[str, str, str, Mapping[str, str | int | None]]
"""Actor, action, subject and detail, as noted in the audit."""


@dataclass
class FakeReviewState:
    """All that is kept; values are frozen, so that copying the containers is enough."""

    people: dict[PersonId, Person] = field(default_factory=dict)
    agencies: set[AgencyId] = field(default_factory=set)
    drafts: dict[DraftId, Draft] = field(default_factory=dict)
    histories: dict[EntryId, list[EntryVersion]] = field(default_factory=dict)
    rules: dict[AgencyId, bool] = field(default_factory=dict)
    groups: dict[GroupId, QuestionGroup] = field(default_factory=dict)
    followed: dict[tuple[EntryId, str], SourceText] = field(default_factory=dict)
    facts: dict[FactId, Fact] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)

    def copied(self) -> "FakeReviewState":
        state = FakeReviewState(**{name: copy.copy(value) for name, value in vars(self).items()})
        state.histories = {entry_id: list(versions) for entry_id, versions in self.histories.items()}
        return state


class FakeReviewStore:
    """Implements ReviewStore; tests look into `state` and list recorded questions in `asked`."""

    def __init__(self, *, people: Iterable[Person] = (), agencies: Iterable[str] = ()) -> None:
        self.state = FakeReviewState(
            people={person.id: person for person in people}, agencies={AgencyId(agency) for agency in agencies}
        )
        self.asked: list[Asked] = []
        self._turn = threading.Lock()

    @contextmanager
    def changing(self) -> Iterator["FakeReviewChange"]:
        with self._turn:
            state = self.state.copied()
            yield FakeReviewChange(state)
            self.state = state

    def draft(self, draft_id: DraftId) -> Draft:
        return FakeReviewChange(self.state).draft(draft_id)

    def drafts(self) -> list[Draft]:
        listed = sorted(self.state.drafts.values(), key=lambda draft: draft.id)
        return sorted(listed, key=lambda draft: draft.updated_at, reverse=True)

    def drafted_groups(self) -> dict[GroupId, DraftId]:
        oldest_first = sorted(self.state.drafts.values(), key=lambda draft: (draft.updated_at, draft.id))
        return {draft.group_id: draft.id for draft in oldest_first if draft.group_id is not None}

    def group(self, group_id: GroupId) -> QuestionGroup:
        if group_id not in self.state.groups:
            raise NotFound(f"No group has the id `{group_id}`.")
        return self.state.groups[group_id]

    def groups(self) -> list[QuestionGroup]:
        return sorted(self.state.groups.values(), key=lambda group: (-group.volume, group.created_at, group.id))

    def add_group(self, group: QuestionGroup) -> None:
        if self._grouped_question_ids() & {failure.asked.question_id for failure in group.failures}:
            raise VersionConflict("One of these questions is in a group already.")
        self.state.groups[group.id] = replace(group, failures=_in_time(group.failures))

    def join_group(self, group_id: GroupId, failures: Sequence[Failure], *, canonical: str) -> None:
        group, known = self.group(group_id), self._grouped_question_ids()
        added = [failure for failure in failures if failure.asked.question_id not in known]
        self.state.groups[group_id] = replace(group, canonical=canonical, failures=_in_time([*group.failures, *added]))

    def _grouped_question_ids(self) -> set[str]:
        groups = self.state.groups.values()
        return {failure.asked.question_id for group in groups for failure in group.failures}

    def asked_since(self, moment: datetime | None, *, limit: int | None = None) -> list[Asked]:
        questions = sorted(
            (question for question in self.asked if moment is None or question.asked_at > moment),
            key=lambda question: (question.asked_at, question.question_id),
        )
        return questions if limit is None else questions[len(questions) - min(limit, len(questions)) :]

    def asked_in(self, conversation_ids: Collection[str]) -> list[Asked]:
        return [question for question in self.asked_since(None) if question.conversation_id in conversation_ids]


class FakeReviewChange:
    """One transaction over a state that nobody else sees yet."""

    def __init__(self, state: FakeReviewState) -> None:
        self._state = state

    def person(self, person_id: PersonId) -> Person | None:
        return self._state.people.get(person_id)

    def everyone(self) -> list[Person]:
        return [self._state.people[person] for person in sorted(self._state.people)]

    def confirm_account(self, person_id: PersonId) -> None:
        self._state.people[person_id] = replace(self._state.people[person_id], unconfirmed=())

    def draft(self, draft_id: DraftId) -> Draft:
        if draft_id not in self._state.drafts:
            raise NotFound(f"No draft has the id `{draft_id}`.")
        return self._state.drafts[draft_id]

    def add_draft(self, draft: Draft) -> None:
        self._state.drafts[draft.id] = draft

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        if self.draft(draft.id).revision != expected_revision:
            raise VersionConflict(f"The draft {draft.id} has moved on from revision {expected_revision}.")
        saved = replace(draft, revision=expected_revision + 1)
        self._state.drafts[draft.id] = saved
        return saved

    def pending_drafts_of(self, entry_id: EntryId) -> list[Draft]:
        drafts = [
            draft for draft in self._state.drafts.values() if draft.entry_id == entry_id and draft.state.is_pending
        ]
        return sorted(drafts, key=lambda draft: draft.id)

    def entry(self, entry_id: EntryId) -> EntryVersion | None:
        versions = self._state.histories.get(entry_id)
        return versions[-1] if versions else None

    def history(self, entry_id: EntryId) -> list[EntryVersion]:
        return list(self._state.histories.get(entry_id, []))

    def add_version(self, version: NewVersion) -> EntryVersion:
        versions = self._state.histories.setdefault(version.id, [])
        if len(versions) != version.expected_version:
            raise VersionConflict(f"The entry `{version.id}` has changed since version {version.expected_version}.")
        added = EntryVersion(
            id=version.id,
            version=version.expected_version + 1,
            content=version.content,
            status=version.status,
            author=version.author,
            approver=version.approver,
            approved_at=version.approved_at.astimezone(UTC),
            note=version.note,
            editors=version.editors,
        )
        versions.append(added)
        self.audit(version.approver, "version_added", version.id, {"version": added.version})
        return added

    def followed_sources(self) -> dict[tuple[EntryId, str], SourceText]:
        return dict(self._state.followed)

    def follow_source(self, entry_id: EntryId, text: SourceText) -> None:
        self._state.followed[entry_id, text.id] = text

    def facts(self) -> dict[FactId, Fact]:
        return dict(self._state.facts)

    def needs_two_people(self, agency_id: AgencyId) -> bool:
        return self._state.rules.get(agency_id, False)

    def set_needs_two_people(self, agency_id: AgencyId, needs: bool) -> None:
        self._state.rules[agency_id] = needs

    def knows_agency(self, agency_id: AgencyId) -> bool:
        return agency_id in self._state.agencies

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None:
        self._state.deeds.append((actor, action, subject, dict(detail)))


def _in_time(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    return tuple(sorted(failures, key=lambda failure: (failure.asked.asked_at, failure.asked.question_id)))
