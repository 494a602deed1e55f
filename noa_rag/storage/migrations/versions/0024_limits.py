"""Buckets of limits that machines over one PostgreSQL share; on SQLite the table stays empty."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "limit_buckets",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("full_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_limit_buckets")),
        # What is counted for minutes need not outlive a crash: no count waits for the disk.
        prefixes=["UNLOGGED"] if is_postgresql else [],
    )


def downgrade() -> None:
    op.drop_table("limit_buckets")
