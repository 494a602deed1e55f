"""People, drafts, groups and the audit, in which every version that exists already gets its entry.

Triggers keep `audit` and `entry_versions` append-only. A later migration that rebuilds one of these
tables, as Alembic's batch mode does on SQLite, must create the triggers again.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from noa_rag.storage.audit import FIRST_HASH, audit_hash

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "failed_sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_ins")),
    )
    with op.batch_alter_table("failed_sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failed_sign_ins_key"), ["key"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("agencies", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "question_groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_groups")),
    )
    op.create_table(
        "agency_rules",
        sa.Column("agency_id", sa.String(length=100), nullable=False),
        sa.Column("needs_two_people", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_agency_rules_agency_id_agencies")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency_rules")),
    )
    op.create_table(
        "agenda_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_groups.id"], name=op.f("fk_agenda_decisions_group_id_question_groups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_decisions")),
    )
    with op.batch_alter_table("agenda_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_decisions_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agenda_decisions_month"), ["month"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.String(length=100), nullable=False),
        sa.Column("agency_id", sa.String(length=100), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_drafts_agency_id_agencies")),
        sa.ForeignKeyConstraint(["group_id"], ["question_groups.id"], name=op.f("fk_drafts_group_id_question_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_drafts_state"), ["state"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id_people")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "answer_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=True),
        sa.Column("entry_id", sa.String(length=100), nullable=True),
        sa.Column("entry_version", sa.Integer(), nullable=True),
        sa.Column("sentence_number", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answer_marks_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_marks")),
    )
    with op.batch_alter_table("answer_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_marks_question_id"), ["question_id"], unique=False)

    op.create_table(
        "choices_taken",
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=100), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_choices_taken_entry_id_entries")),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_choices_taken_question_id_questions")),
        sa.PrimaryKeyConstraint("question_id", "entry_id", name=op.f("pk_choices_taken")),
    )
    op.create_table(
        "group_members",
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["question_groups.id"], name=op.f("fk_group_members_group_id_question_groups")
        ),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_group_members_question_id_questions")),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_group_members")),
    )
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_members_group_id"), ["group_id"], unique=False)

    op.create_table(
        "recorded_cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=True),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_recorded_cases_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_cases")),
        sa.UniqueConstraint("question_id", name=op.f("uq_recorded_cases_question_id")),
    )
    _audit_the_versions()
    for table, keys in APPEND_ONLY.items():
        _make_append_only(table, keys)


APPEND_ONLY = {"audit": ("number",), "entry_versions": ("entry_id", "version")}
# What the backfill reads and writes, as these tables are at this revision.
_VERSIONS = sa.table(
    "entry_versions",
    *(sa.column(name) for name in ("entry_id", "version", "status", "content_hash", "author", "approver", "note")),
    sa.column("approved_at", sa.DateTime(timezone=True)),
)
_AUDIT = sa.table(
    "audit",
    *(sa.column(name) for name in ("number", "actor", "action", "subject", "previous_hash", "hash")),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("detail", sa.JSON),
)


def _audit_the_versions() -> None:
    """Begin the chain with the versions that were approved before there was one; `backfilled` says so."""
    order = (_VERSIONS.c.approved_at, _VERSIONS.c.entry_id, _VERSIONS.c.version)
    at, previous_hash = datetime.now(UTC), FIRST_HASH
    rows: list[dict[str, Any]] = []
    for number, version in enumerate(op.get_bind().execute(sa.select(_VERSIONS).order_by(*order)).all(), start=1):
        approved_at = version.approved_at
        approved_at = approved_at.replace(tzinfo=UTC) if approved_at.tzinfo is None else approved_at.astimezone(UTC)
        row: dict[str, Any] = {
            "number": number,
            "at": at,
            "actor": version.approver,
            "action": "version_added",
            "subject": version.entry_id,
            "detail": {
                "version": version.version,
                "status": version.status,
                "author": version.author,
                "content_hash": version.content_hash,
                "note": version.note,
                "approved_at": approved_at.isoformat(timespec="microseconds"),
                "backfilled": 1,
            },
            "previous_hash": previous_hash,
        }
        previous_hash = audit_hash(**row)
        rows.append({**row, "hash": previous_hash})
    op.bulk_insert(_AUDIT, rows)


def _make_append_only(table: str, keys: tuple[str, ...]) -> None:
    refusal = f"rows of {table} are only ever added"
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        op.execute(  # INSERT OR REPLACE deletes without asking the trigger above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower().replace(' ', '_')} BEFORE {event} ON {table}"
            f" FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )


def _allow_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for ending in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{ending}")
        return
    op.execute(f"DROP FUNCTION {table}_refuse() CASCADE")


def downgrade() -> None:
    for table in APPEND_ONLY:
        _allow_changes(table)
    op.drop_table("recorded_cases")
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_group_members_group_id"))

    op.drop_table("group_members")
    op.drop_table("choices_taken")
    with op.batch_alter_table("answer_marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_marks_question_id"))

    op.drop_table("answer_marks")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_person_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_drafts_state"))
        batch_op.drop_index(batch_op.f("ix_drafts_group_id"))
        batch_op.drop_index(batch_op.f("ix_drafts_entry_id"))
        batch_op.drop_index(batch_op.f("ix_drafts_agency_id"))

    op.drop_table("drafts")
    with op.batch_alter_table("agenda_decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_decisions_month"))
        batch_op.drop_index(batch_op.f("ix_agenda_decisions_group_id"))

    op.drop_table("agenda_decisions")
    op.drop_table("agency_rules")
    op.drop_table("question_groups")
    op.drop_table("people")
    with op.batch_alter_table("failed_sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_sign_ins_key"))

    op.drop_table("failed_sign_ins")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_subject"))

    op.drop_table("audit")
