"""The committee's decisions in the database, and what entries answered since."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import AgendaDecision, CommitteeDecision, EntryAnswer, Month
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person, PersonId
from noa_rag.storage.audit import take_turn, write_audit
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.people import read_person
from noa_rag.storage.question_tables import questions
from noa_rag.storage.stored_text import draft_from_text
from noa_rag.storage.tables import agenda_decisions, drafts, in_utc, question_groups


class SqlAgendaStore:
    """Implements the port of that name; decisions are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def deciding(self) -> Iterator["SqlAgendaChange"]:
        with self._database.writing() as connection:
            take_turn(connection)
            yield SqlAgendaChange(connection)

    def decisions(self) -> list[AgendaDecision]:
        with self._database.reading() as connection:
            return [
                AgendaDecision(
                    month=Month.parse(row.month),
                    group_id=GroupId(row.group_id),
                    decision=CommitteeDecision(row.decision),
                    note=row.note,
                    decided_by=PersonId(row.decided_by),
                    decided_at=in_utc(row.decided_at),
                )
                for row in connection.execute(select(agenda_decisions).order_by(agenda_decisions.c.id))
            ]

    def answers_of(self, entry_ids: Collection[EntryId], *, since: datetime) -> list[EntryAnswer]:
        listed = sorted(set(entry_ids))
        shown = (questions.c.id, questions.c.normalised, questions.c.asked_at, questions.c.entry_id)
        answered = select(*shown).where(
            questions.c.asked_at > since.astimezone(UTC), questions.c.status == AnswerStatus.ANSWERED.value
        )
        found: list[EntryAnswer] = []
        with self._database.reading() as connection:
            for chunk in chunks(listed):
                these = questions.c.entry_id.in_(chunk)
                for row in connection.execute(answered.where(these)):
                    found.append(EntryAnswer(row.id, row.normalised, in_utc(row.asked_at), EntryId(row.entry_id)))
        return sorted(found, key=lambda one: (one.asked_at, one.question_id))


class SqlAgendaChange:
    """One transaction about the agenda; implements the port of that name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def person(self, person_id: PersonId) -> Person | None:
        return read_person(self._connection, person_id)

    def owner_of(self, group_id: GroupId) -> AgencyId | None:
        known = select(question_groups.c.id).where(question_groups.c.id == group_id)
        if self._connection.execute(known).first() is None:
            raise NotFound(f"No group of questions has the id `{group_id}`.")
        texts = self._connection.execute(select(drafts.c.draft).where(drafts.c.group_id == group_id)).scalars()
        newest = max(
            (draft_from_text(text) for text in texts), key=lambda draft: (draft.created_at, draft.id), default=None
        )
        return newest.owner if newest else None

    def add(self, decision: AgendaDecision) -> None:
        self._connection.execute(
            insert(agenda_decisions).values(
                month=str(decision.month),
                group_id=decision.group_id,
                decision=decision.decision.value,
                note=decision.note,
                decided_by=decision.decided_by,
                decided_at=decision.decided_at,
            )
        )
        write_audit(
            self._connection,
            actor=decision.decided_by,
            action="agenda_decided",
            subject=decision.group_id,
            detail={"month": str(decision.month), "decision": decision.decision.value, "note": decision.note},
            at=decision.decided_at,
        )
