"""Verdicts on entries: on the page of one, or on one that was chosen among several for a question."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry_verdicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=100), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("is_useful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_entry_verdicts_entry_id_entries")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_entry_verdicts_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_verdicts")),
    )
    with op.batch_alter_table("entry_verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_verdicts_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entry_verdicts_given_at"), ["given_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("entry_verdicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_verdicts_given_at"))
        batch_op.drop_index(batch_op.f("ix_entry_verdicts_question_id"))

    op.drop_table("entry_verdicts")
