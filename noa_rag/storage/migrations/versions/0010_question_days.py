"""Each day's questions in columns, kept for the follow-up, and the triggers that empty them when something changes.

Days are those of UTC. A later migration that rebuilds one of the counted tables, as Alembic's batch mode does on
SQLite, must create its triggers again; one that counts more of a question raises LAYOUT in storage/question_columns.py.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ABOUT_QUESTIONS = ("feedback", "group_members", "rephrasings")
COUNTED = ("questions", *ABOUT_QUESTIONS)
CHANGED = "revision = question_days.revision + 1, names = NULL, packed = NULL"


def upgrade() -> None:
    op.create_table(
        "question_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=True),
        sa.Column("names", sa.JSON(), nullable=True),
        sa.Column("packed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_question_days")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = _sqlite_day("asked_at") if is_sqlite else _postgresql_day("asked_at")
    op.execute(f"INSERT INTO question_days (day, revision) SELECT DISTINCT {day}, 1 FROM questions")
    if is_sqlite:
        _watch_in_sqlite()
    else:
        _watch_in_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in COUNTED:
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_day_{event}")
    else:
        for function in ("question_days_of_questions", "question_days_about_questions", "question_days_emptied"):
            op.execute(f"DROP FUNCTION {function}() CASCADE")
    op.drop_table("question_days")


def _sqlite_day(moment: str) -> str:
    return f"substr({moment}, 1, 10)"  # moments are kept as text, in UTC


def _postgresql_day(moment: str) -> str:
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


def _watch_in_sqlite() -> None:
    rows = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
    for event, seen in rows.items():
        statements = [
            f"INSERT INTO question_days (day, revision) VALUES ({_sqlite_day(f'{row}.asked_at')}, 1)"
            f" ON CONFLICT (day) DO UPDATE SET {CHANGED};"
            for row in seen
        ]
        _sqlite_trigger("questions", event, statements)
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


def _watch_in_postgresql() -> None:
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
    for table in COUNTED:
        function = f"question_days_{'of' if table == 'questions' else 'about'}_questions"
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
