"""Drafts, groups and rules in the database; groups grow, and never split."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId, DraftState
from noa_rag.domain.entry import EntryId, EntryVersion, NewVersion
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.facts import Fact, FactId, SourceText
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId
from noa_rag.storage.asked import asked, asked_in, asked_since, choices_by_question, questions_with_feedback
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.directory import read_facts
from noa_rag.storage.entries import read_history, read_version, write_versions
from noa_rag.storage.people import read_everyone, read_person, write_confirmed
from noa_rag.storage.question_tables import group_members, question_groups, questions
from noa_rag.storage.stored_text import draft_from_text, draft_to_text
from noa_rag.storage.tables import agencies, agency_rules, drafts, followed_sources, in_utc

_source_decoder = msgspec.json.Decoder(SourceText)
_PENDING = tuple(state.value for state in DraftState if state.is_pending)


class SqlReviewStore:
    """Implements the port `ReviewStore`; `now` dates the audit entries."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    @contextmanager
    def changing(self) -> Iterator["SqlReviewChange"]:
        """Open a transaction once other changes are over; it is committed at the end of the block, or not at all."""
        with self._database.writing() as connection:
            yield SqlReviewChange(connection, self._now)

    def draft(self, draft_id: DraftId) -> Draft:
        with self._database.reading() as connection:
            return _draft(connection, draft_id)

    def drafts(self) -> list[Draft]:
        query = select(drafts.c.draft).order_by(drafts.c.updated_at.desc(), drafts.c.id)
        with self._database.reading() as connection:
            return [draft_from_text(text) for text in connection.execute(query).scalars()]

    def drafted_groups(self) -> Mapping[GroupId, DraftId]:
        query = select(drafts.c.group_id, drafts.c.id).where(drafts.c.group_id.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(drafts.c.updated_at, drafts.c.id))
            return {GroupId(row.group_id): DraftId(row.id) for row in rows}

    def first_failed(self) -> Mapping[GroupId, datetime]:
        """Return when the oldest question of each group that is still kept was asked."""
        query = select(group_members.c.group_id, func.min(questions.c.asked_at).label("first_at"))
        query = query.join(questions, questions.c.id == group_members.c.question_id).group_by(group_members.c.group_id)
        with self._database.reading() as connection:
            return {GroupId(row.group_id): in_utc(row.first_at) for row in connection.execute(query)}

    def group(self, group_id: GroupId) -> QuestionGroup:
        with self._database.reading() as connection:
            return read_group(connection, group_id)

    def groups(self) -> list[QuestionGroup]:
        with self._database.reading() as connection:
            return read_groups(connection)

    def add_group(self, group: QuestionGroup) -> None:
        """Keep a new group. Raises VersionConflict when one of its questions is in a group already."""
        with self._database.writing() as connection:
            write_group(connection, group)

    def join_group(self, group_id: GroupId, failures: Sequence[Failure], *, canonical: str) -> None:
        with self._database.writing() as connection:
            write_joined(connection, group_id, failures, canonical)

    def asked_since(self, moment: datetime | None, *, limit: int | None = None) -> list[Asked]:
        with self._database.reading() as connection:
            return asked_since(connection, moment, limit=limit)

    def asked_in(self, conversation_ids: Collection[str]) -> list[Asked]:
        with self._database.reading() as connection:
            return asked_in(connection, conversation_ids)


class SqlReviewChange:
    """One transaction over the review; implements the port `ReviewChange`."""

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def person(self, person_id: PersonId) -> Person | None:
        return read_person(self._connection, person_id)

    def everyone(self) -> Sequence[Person]:
        return read_everyone(self._connection)

    def confirm_account(self, person_id: PersonId) -> None:
        write_confirmed(self._connection, person_id)

    def draft(self, draft_id: DraftId) -> Draft:
        return _draft(self._connection, draft_id)

    def add_draft(self, draft: Draft) -> None:
        self._connection.execute(insert(drafts).values(id=draft.id, **_columns(draft)))

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        return write_draft(self._connection, draft, expected_revision=expected_revision)

    def pending_drafts_of(self, entry_id: EntryId) -> Sequence[Draft]:
        query = select(drafts.c.draft).where(drafts.c.entry_id == entry_id, drafts.c.state.in_(_PENDING))
        return [draft_from_text(text) for text in self._connection.execute(query.order_by(drafts.c.id)).scalars()]

    def entry(self, entry_id: EntryId) -> EntryVersion | None:
        return read_version(self._connection, entry_id)

    def history(self, entry_id: EntryId) -> Sequence[EntryVersion]:
        return read_history(self._connection, entry_id)

    def add_version(self, version: NewVersion) -> EntryVersion:
        write_versions(self._connection, [version], at=self._now())
        added = read_version(self._connection, version.id)
        assert added is not None, "it was written a moment ago, in this transaction"
        return added

    def followed_sources(self) -> dict[tuple[EntryId, str], SourceText]:
        query = select(followed_sources.c.entry_id, followed_sources.c.source_id, followed_sources.c.source)
        rows = self._connection.execute(query)
        return {(EntryId(row.entry_id), row.source_id): _source_decoder.decode(row.source) for row in rows}

    def follow_source(self, entry_id: EntryId, text: SourceText) -> None:
        row = {"entry_id": entry_id, "source_id": text.id}
        at = (followed_sources.c.entry_id == entry_id, followed_sources.c.source_id == text.id)
        self._connection.execute(delete(followed_sources).where(*at))
        values = {"source": msgspec.json.encode(text).decode(), "compared_at": self._now().astimezone(UTC)}
        self._connection.execute(insert(followed_sources).values(**row, **values))

    def facts(self) -> Mapping[FactId, Fact]:
        return read_facts(self._connection)

    def needs_two_people(self, agency_id: AgencyId) -> bool:
        query = select(agency_rules.c.needs_two_people).where(agency_rules.c.agency_id == agency_id)
        return bool(self._connection.execute(query).scalar())

    def set_needs_two_people(self, agency_id: AgencyId, needs: bool) -> None:
        self._connection.execute(delete(agency_rules).where(agency_rules.c.agency_id == agency_id))
        self._connection.execute(insert(agency_rules).values(agency_id=agency_id, needs_two_people=needs))

    def knows_agency(self, agency_id: AgencyId) -> bool:
        return self._connection.execute(select(agencies.c.id).where(agencies.c.id == agency_id)).first() is not None

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None:
        write_audit(self._connection, actor=actor, action=action, subject=subject, detail=detail, at=self._now())


def _draft(connection: Connection, draft_id: DraftId) -> Draft:
    text = connection.execute(select(drafts.c.draft).where(drafts.c.id == draft_id)).scalar()
    if text is None:
        raise NotFound(f"No draft has the id `{draft_id}`.")
    return draft_from_text(text)


def write_draft(connection: Connection, draft: Draft, *, expected_revision: int) -> Draft:
    """Replace a draft and return it with its new revision. Raises VersionConflict at another revision."""
    saved = replace(draft, revision=expected_revision + 1)
    changed = connection.execute(
        update(drafts).where(drafts.c.id == draft.id, drafts.c.revision == expected_revision).values(**_columns(saved))
    )
    if changed.rowcount != 1:
        now = _draft(connection, draft.id)
        raise VersionConflict(
            f"The draft {draft.id} is at revision {now.revision}, not {expected_revision}; read it again."
        )
    return saved


def _columns(draft: Draft) -> dict[str, object]:
    return {
        "revision": draft.revision,
        "state": draft.state.value,
        "entry_id": draft.entry_id,
        "agency_id": draft.agency_id,
        "group_id": draft.group_id,
        "is_unassigned": draft.is_unassigned,
        "updated_at": draft.updated_at.astimezone(UTC),
        "draft": draft_to_text(draft),
    }


class RuleStore:
    """Reads the rules of all agencies at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def two_people_agencies(self) -> frozenset[AgencyId]:
        """Return the agencies where author and approver must differ."""
        query = select(agency_rules.c.agency_id).where(agency_rules.c.needs_two_people)
        with self._database.reading() as connection:
            return frozenset(AgencyId(agency_id) for agency_id in connection.execute(query).scalars())


def read_groups(connection: Connection) -> list[QuestionGroup]:
    """Return every group with its failures, the largest first; three queries, however many there are."""
    failures = _failures(connection)
    groups = [_group(row, failures[row.id]) for row in connection.execute(select(question_groups))]
    return sorted(groups, key=lambda group: (-group.volume, group.created_at, group.id))


def read_group(connection: Connection, group_id: GroupId) -> QuestionGroup:
    """Return a group with its failures. Raises NotFound."""
    row = connection.execute(select(question_groups).where(question_groups.c.id == group_id)).first()
    if row is None:
        raise NotFound(f"No group of questions has the id `{group_id}`.")
    return _group(row, _failures(connection, group_members.c.group_id == group_id)[group_id])


def write_group(connection: Connection, group: QuestionGroup) -> None:
    """Keep a new group. Raises VersionConflict when one of its questions is in a group already."""
    ids = [failure.asked.question_id for failure in group.failures]
    if _grouped(connection, ids):
        raise VersionConflict("Somebody else grouped these questions in between; group what is left.")
    connection.execute(
        insert(question_groups).values(
            id=group.id, canonical=group.canonical, created_at=group.created_at.astimezone(UTC)
        )
    )
    _add_members(connection, group.id, group.failures)


def write_joined(connection: Connection, group_id: GroupId, failures: Sequence[Failure], canonical: str) -> None:
    """Add failures to a group; a question that is in a group already stays where it is. Raises NotFound."""
    changed = connection.execute(
        update(question_groups).where(question_groups.c.id == group_id).values(canonical=canonical)
    )
    if changed.rowcount != 1:
        raise NotFound(f"No group of questions has the id `{group_id}`.")
    known = _grouped(connection, [failure.asked.question_id for failure in failures])
    _add_members(connection, group_id, [failure for failure in failures if failure.asked.question_id not in known])


def _add_members(connection: Connection, group_id: GroupId, failures: Sequence[Failure]) -> None:
    rows = {
        failure.asked.question_id: {
            "question_id": failure.asked.question_id,
            "group_id": group_id,
            "kind": failure.kind.value,
        }
        for failure in failures
    }
    if rows:
        connection.execute(insert(group_members), list(rows.values()))


def _grouped(connection: Connection, question_ids: Collection[str]) -> set[str]:
    return {
        question_id
        for chunk in chunks(question_ids)
        for question_id in connection.execute(
            select(group_members.c.question_id).where(group_members.c.question_id.in_(chunk))
        ).scalars()
    }


def _failures(connection: Connection, condition: ColumnElement[bool] | None = None) -> dict[str, list[Failure]]:
    """Return the failures of each group in the order they were asked."""
    query = questions_with_feedback(group_members.c.group_id, group_members.c.kind)
    query = query.join(group_members, group_members.c.question_id == questions.c.id)
    if condition is not None:
        query = query.where(condition)
        members = select(group_members.c.question_id).where(condition)
        taken = choices_by_question(connection, questions.c.id.in_(members))
    else:
        taken = choices_by_question(connection)
    failures: dict[str, list[Failure]] = defaultdict(list)
    for row in connection.execute(query):
        failures[row.group_id].append(Failure(asked(row, taken), FailureKind(row.kind)))
    return failures


def _group(row: Any, failures: Sequence[Failure]) -> QuestionGroup:
    return QuestionGroup(GroupId(row.id), row.canonical, in_utc(row.created_at), tuple(failures))
