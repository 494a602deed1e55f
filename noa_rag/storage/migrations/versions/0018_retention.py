"""Counts of questions that are purged, entries that were served by then, and cases whose words are a visitor's."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "purged_days",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("layout", sa.Integer(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_purged_days")),
    )
    op.add_column("entries", sa.Column("was_served", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("recorded_cases", sa.Column("was_asked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE recorded_cases SET was_asked = TRUE WHERE question_id IS NOT NULL")


def downgrade() -> None:
    op.drop_column("recorded_cases", "was_asked")
    op.drop_column("entries", "was_served")
    op.drop_table("purged_days")
