"""The official texts that entries cite, as they were when each was last compared with a newer publication."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followed_sources",
        sa.Column("entry_id", sa.String(length=100), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_followed_sources_entry_id_entries")),
        sa.PrimaryKeyConstraint("entry_id", "source_id", name=op.f("pk_followed_sources")),
    )


def downgrade() -> None:
    op.drop_table("followed_sources")
