"""What was shown for each question, so that it can be given again as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers_given",
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name=op.f("fk_answers_given_question_id_questions")),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_answers_given")),
    )


def downgrade() -> None:
    op.drop_table("answers_given")
