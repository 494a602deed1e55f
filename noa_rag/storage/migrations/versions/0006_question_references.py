"""Reference numbers that visitors note down."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question_references",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("question_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_references_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_question_references")),
        sa.UniqueConstraint("question_id", name=op.f("uq_question_references_question_id")),
    )


def downgrade() -> None:
    op.drop_table("question_references")
