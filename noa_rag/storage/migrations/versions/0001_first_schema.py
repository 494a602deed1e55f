"""The first schema: every table, with the triggers that keep two of them append-only.

A later migration that rebuilds `audit` or `entry_versions`, as Alembic's batch mode does on SQLite, must create their
triggers again.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None
branch_labels = None
depends_on = None

TEXT, JSON, INTEGER, FLOAT, BOOLEAN = sa.Text(), sa.JSON(), sa.Integer(), sa.Float(), sa.Boolean()
ABOUT_QUESTIONS = ("feedback", "group_members", "rephrasings")  # by their question_id
WITH_MOMENTS = ("questions", "purged_questions")
CHANGED = "revision = question_days.revision + 1, names = NULL, packed = NULL"
BYTES, DATE, MOMENT = sa.LargeBinary(), sa.Date(), sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_base()
    _create_people()
    _create_questions()
    _create_groups()
    _create_others()
    op.execute("INSERT INTO base (id, revision) VALUES (1, 0)")
    _make_append_only("audit", ("number",))
    _make_append_only("entry_versions", ("entry_id", "version"))
    if _is_postgresql():
        _watch_days_in_postgresql()
    else:
        _watch_days_in_sqlite()


def _create_base() -> None:
    # fmt: off
    _table("agencies", {sa.String(100): "id!", TEXT: "name short_name url phone? hours? remit callback_url?",
           JSON: "regions elsewhere?"}, defaults={"regions": "[]"})
    _table("audit", {MOMENT: "at", TEXT: "actor subject", sa.String(40): "action", JSON: "detail",
           sa.String(64): "previous_hash hash"}, _own_number("number", INTEGER), indexed="subject")
    _table("base", {INTEGER: "id! revision"})
    _table("facts", {sa.String(100): "id!", TEXT: "fact author"})
    _table("library", {sa.String(100): "id!", TEXT: "content", sa.String(64): "content_hash", MOMENT: "imported_at"})
    _table("themes", {sa.String(100): "id!", TEXT: "title title_en", INTEGER: "position"})
    _table("agency_rules", {sa.String(100): "agency_id!", BOOLEAN: "needs_two_people"},
           to={"agency_id": "agencies.id"})
    _table("entries", {sa.String(100): "id! agency_id", INTEGER: "current_version revision"},
           to={"agency_id": "agencies.id"}, indexed="revision")
    _table("entry_versions", {sa.String(100): "entry_id!", INTEGER: "version!", sa.String(20): "status",
           TEXT: "content author approver note editors", sa.String(64): "content_hash", MOMENT: "approved_at"},
           to={"entry_id": "entries.id"}, defaults={"editors": ""})
    op.create_index("ix_entry_versions_approved_at", "entry_versions", ["entry_id", "approved_at"])
    _table("followed_sources", {sa.String(100): "entry_id!", sa.String(40): "source_id!", TEXT: "source",
           MOMENT: "compared_at"}, to={"entry_id": "entries.id"})
    # fmt: on


def _create_people() -> None:
    # fmt: off
    _table("failed_sign_ins", {sa.String(120): "key!", FLOAT: "failures", MOMENT: "at"}, indexed="at")
    _table("people", {sa.String(40): "id!", TEXT: "name password_hash", JSON: "roles agencies unconfirmed",
           BOOLEAN: "is_active", MOMENT: "created_at"}, defaults={"unconfirmed": "[]"})
    _table("identities", {sa.String(40): "person_id!", sa.String(254): "email", sa.String(500): "issuer?",
           sa.String(255): "subject?"}, sa.UniqueConstraint("issuer", "subject"), to={"person_id": "people.id"},
           unique="email")
    _table("known_sign_ins", {sa.String(120): "key!", sa.String(40): "person_id!", MOMENT: "seen_at"},
           to={"person_id": "people.id"})
    _table("notices", {sa.String(40): "person_id!", BOOLEAN: "wants_digest is_settled is_refused",
           sa.String(64): "feed_hash?", MOMENT: "feed_made_at? not_before? digest_sent_at?", DATE: "digest_week?",
           INTEGER: "failure_count"}, to={"person_id": "people.id"}, unique="feed_hash")
    _table("recovery_codes", {sa.String(40): "person_id!", sa.String(64): "code_hash!"}, to={"person_id": "people.id"})
    _table("saved_filters", {sa.String(40): "person_id!", sa.String(60): "name!", TEXT: "query"},
           to={"person_id": "people.id"})
    _table("second_factors", {sa.String(40): "person_id!", TEXT: "secret", INTEGER: "last_step",
           MOMENT: "confirmed_at?"}, to={"person_id": "people.id"})
    _table("security_keys", {sa.String(1400): "id!", sa.String(40): "person_id", sa.String(60): "name",
           BYTES: "public_key", sa.BigInteger(): "sign_count", JSON: "transports", MOMENT: "added_at used_at?"},
           to={"person_id": "people.id"}, indexed="person_id")
    _table("sessions", {sa.String(64): "token_hash!", sa.String(40): "person_id",
           MOMENT: "started_at seen_at challenge_at?", BOOLEAN: "is_strong", TEXT: "id_token?",
           sa.String(100): "challenge?"}, to={"person_id": "people.id"}, indexed="person_id",
           defaults={"is_strong": sa.false()})
    _table("waiting_sign_ins", {sa.String(64): "token_hash!", sa.String(40): "person_id", MOMENT: "at challenge_at?",
           TEXT: "id_token?", sa.String(100): "challenge?"}, to={"person_id": "people.id"}, indexed="person_id")
    # fmt: on


def _create_questions() -> None:
    # fmt: off
    _table("purged_questions", {MOMENT: "asked_at", FLOAT: "duration_seconds",
           sa.String(20): "status? rephrasing? mark?", sa.String(40): "reason? audience? complaint?",
           sa.String(100): "entry_id? contact_agency_id?", TEXT: "site? rephrasing_reason?", sa.String(10): "region?",
           sa.String(2): "language?", BOOLEAN: "is_useful?", sa.String(32): "group_id?"}, _own_number("id", sa.BigInteger()),
           indexed="asked_at entry_id", sqlite_with_rowid=False)
    _table("questions", {sa.String(32): "id!", sa.String(64): "conversation_id", MOMENT: "asked_at",
           TEXT: "text normalised site? section_key? understood_as?", sa.String(2): "language",
           sa.String(10): "region?", sa.String(40): "audience? reason?", DATE: "as_of", sa.String(20): "mode status",
           sa.String(100): "entry_id? contact_agency_id?", INTEGER: "entry_version?", JSON: "choices parts?",
           FLOAT: "confidence duration_seconds"},
           sa.ForeignKeyConstraint(["entry_id", "entry_version"], ["entry_versions.entry_id", "entry_versions.version"]),
           indexed="conversation_id")
    op.create_index("ix_questions_entry_id", "questions", ["entry_id"])
    op.create_index("ix_questions_follow_up", "questions", ["asked_at", "status", "reason", "entry_id",
                    "contact_agency_id", "site", "region", "audience", "language", "duration_seconds", "id"])
    op.create_index("ix_questions_site", "questions", ["site"])
    _table("question_days", {sa.String(10): "day!", INTEGER: "revision layout?", JSON: "names?", BYTES: "packed?"})
    _table("answer_marks", {INTEGER: "id! entry_version? sentence_number", TEXT: "question sentence note marked_by",
           sa.String(32): "question_id?", sa.String(100): "entry_id?", sa.String(20): "mark", MOMENT: "marked_at"},
           to={"question_id": "questions.id"}, indexed="question_id")
    _table("answers_given", {sa.String(32): "question_id!", TEXT: "kept", sa.String(64): "hash"},
           to={"question_id": "questions.id"})
    _table("choices_taken", {sa.String(32): "question_id!", sa.String(100): "entry_id!", MOMENT: "taken_at"},
           to={"question_id": "questions.id", "entry_id": "entries.id"})
    _table("entry_verdicts", {INTEGER: "id!", sa.String(100): "entry_id", sa.String(32): "question_id?",
           TEXT: "site? comment", BOOLEAN: "is_useful", sa.String(40): "reason?", MOMENT: "given_at"},
           to={"entry_id": "entries.id", "question_id": "questions.id"}, indexed="question_id given_at")
    _table("feedback", {sa.String(32): "question_id!", BOOLEAN: "is_useful", sa.String(40): "reason?", TEXT: "comment",
           MOMENT: "given_at"}, to={"question_id": "questions.id"})
    _table("question_references", {sa.String(12): "reference!", sa.String(32): "question_id", MOMENT: "created_at"},
           to={"question_id": "questions.id"}, unique="question_id")
    _table("recorded_cases", {sa.String(32): "id! question_id?", BOOLEAN: "was_asked", JSON: "case", TEXT: "made_by",
           MOMENT: "made_at"}, to={"question_id": "questions.id"}, unique="question_id",
           defaults={"was_asked": sa.false()})
    _table("rephrasings", {INTEGER: "id!", sa.String(32): "question_id", MOMENT: "at", TEXT: "model reason",
           sa.String(60): "prompt", sa.String(20): "outcome", JSON: "sentences",
           FLOAT: "generation_seconds verification_seconds"}, to={"question_id": "questions.id"},
           indexed="question_id at")
    # fmt: on


def _create_groups() -> None:
    # fmt: off
    _table("question_groups", {sa.String(32): "id!", TEXT: "canonical", MOMENT: "created_at"})
    _table("queue_comments", {INTEGER: "id!", sa.String(32): "item_id", TEXT: "author text", MOMENT: "at"},
           indexed="item_id")
    _table("queue_items", {sa.String(32): "id!", sa.String(20): "pile", TEXT: "placed_by owner_reason",
           sa.String(100): "agency_id?", INTEGER: "judged_volume", MOMENT: "snoozed_until?",
           sa.String(40): "assignee?"})
    _table("queue_moves", {sa.String(32): "id!", MOMENT: "at undone_at?", TEXT: "move"}, indexed="at")
    _table("agenda_decisions", {INTEGER: "id!", sa.String(7): "month", sa.String(32): "group_id",
           sa.String(20): "decision", TEXT: "note decided_by", MOMENT: "decided_at"},
           to={"group_id": "question_groups.id"}, indexed="month group_id")
    _table("drafts", {sa.String(32): "id! group_id?", INTEGER: "revision", sa.String(20): "state",
           sa.String(100): "entry_id agency_id", MOMENT: "updated_at", TEXT: "draft", BOOLEAN: "is_unassigned"},
           to={"agency_id": "agencies.id", "group_id": "question_groups.id"},
           indexed="state entry_id agency_id group_id", defaults={"is_unassigned": sa.false()})
    _table("group_members", {sa.String(32): "question_id! group_id", sa.String(20): "kind"},
           to={"question_id": "questions.id", "group_id": "question_groups.id"}, indexed="group_id")
    # fmt: on


def _create_others() -> None:
    # fmt: off
    _table("banners", {INTEGER: "id!", sa.String(20): "level", TEXT: "text_fr text_en url", sa.String(100): "theme_id",
           MOMENT: "starts_at ends_at set_at", BOOLEAN: "is_on"})
    _table("client_keys", {sa.String(20): "id!", TEXT: "name", sa.String(64): "key_hash", INTEGER: "per_minute",
           MOMENT: "created_at revoked_at?"}, unique="key_hash")
    _table("limit_buckets", {BYTES: "key!", FLOAT: "full_at"}, prefixes=["UNLOGGED"] if _is_postgresql() else [])
    _table("sites", {sa.String(40): "key! audience?", TEXT: "name greeting_fr greeting_en", JSON: "origins themes",
           sa.String(10): "region?", BOOLEAN: "is_active", MOMENT: "created_at"})
    _table("client_key_days", {sa.String(20): "key_id!", sa.String(10): "day!", INTEGER: "let_through refused"},
           to={"key_id": "client_keys.id"})
    # fmt: on


def _table(
    name: str,
    columns: Mapping[Any, str],
    *further: sa.Column[Any] | sa.Constraint,
    to: Mapping[str, str] | None = None,
    indexed: str = "",
    unique: str = "",
    defaults: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Create a table from the names of its columns by type: "?" ends a nullable one, "!" a part of the primary key.

    `to` says which columns refer to which others.
    """
    made = []
    for kind, names in columns.items():
        for written in names.split():
            column = written.rstrip("!?")
            made.append(
                sa.Column(
                    column,
                    kind,
                    *([sa.ForeignKey(to[column])] if to and column in to else []),
                    primary_key=written.endswith("!"),
                    nullable=written.endswith("?"),
                    index=column in indexed.split() or None,
                    unique=column in unique.split() or None,
                    server_default=(defaults or {}).get(column),
                )
            )
    op.create_table(name, *made, *further, **options)


def _own_number(name: str, kind: Any) -> sa.Column[Any]:
    """Return a primary key that the code numbers, not the database."""
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _make_append_only(table: str, keys: tuple[str, ...]) -> None:
    refusal = f"rows of {table} are only ever added"
    if not _is_postgresql():
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


def _sqlite_day(moment: str) -> str:
    return f"substr({moment}, 1, 10)"  # moments are kept as text, in UTC


def _postgresql_day(moment: str) -> str:
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


def _watch_days_in_sqlite() -> None:
    rows = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
    for event, seen in rows.items():
        statements = [
            f"INSERT INTO question_days (day, revision) VALUES ({_sqlite_day(f'{row}.asked_at')}, 1)"
            f" ON CONFLICT (day) DO UPDATE SET {CHANGED};"
            for row in seen
        ]
        for table in WITH_MOMENTS:
            _sqlite_trigger(table, event, statements)
        for table in ABOUT_QUESTIONS:
            statements = [
                f"UPDATE question_days SET {CHANGED} WHERE day ="
                f" (SELECT {_sqlite_day('asked_at')} FROM questions WHERE id = {row}.question_id);"
                for row in seen
            ]
            _sqlite_trigger(table, event, statements)


def _sqlite_trigger(table: str, event: str, statements: list[str]) -> None:
    body = " ".join(statements)
    op.execute(f"CREATE TRIGGER {table}_day_{event} AFTER {event.upper()} ON {table} BEGIN {body} END")


def _watch_days_in_postgresql() -> None:
    # Once a statement, not once a row: to change the same row of question_days thousands of times in one transaction
    # takes time that grows with the square of it.
    days = f"SELECT DISTINCT {_postgresql_day('asked_at')}, 1 FROM changed ORDER BY 1"
    about = f"SELECT {_postgresql_day('asked_at')} FROM questions JOIN changed ON changed.question_id = questions.id"
    _postgresql_function(
        "question_days_of_questions",
        f"INSERT INTO question_days (day, revision) {days} ON CONFLICT (day) DO UPDATE SET {CHANGED};",
    )
    _postgresql_function("question_days_about_questions", f"UPDATE question_days SET {CHANGED} WHERE day IN ({about});")
    _postgresql_function("question_days_emptied", f"UPDATE question_days SET {CHANGED};")
    tables = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
    for table in (*WITH_MOMENTS, *ABOUT_QUESTIONS):
        function = f"question_days_{'of' if table in WITH_MOMENTS else 'about'}_questions"
        for event, seen in tables.items():
            for rows in seen:
                op.execute(
                    f"CREATE TRIGGER {table}_day_{event}_{rows.lower()} AFTER {event.upper()} ON {table}"
                    f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
                )
        op.execute(
            f"CREATE TRIGGER {table}_day_truncate AFTER TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION question_days_emptied()"
        )


def _postgresql_function(name: str, statement: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement} RETURN NULL; END $$")


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
