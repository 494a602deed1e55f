"""Attempts of a language model to say an answer anew."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rephrasings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sentences", sa.JSON(), nullable=False),
        sa.Column("generation_seconds", sa.Float(), nullable=False),
        sa.Column("verification_seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_rephrasings_question_id_questions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rephrasings")),
    )
    with op.batch_alter_table("rephrasings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rephrasings_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rephrasings_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("rephrasings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rephrasings_at"))
        batch_op.drop_index(batch_op.f("ix_rephrasings_question_id"))

    op.drop_table("rephrasings")
