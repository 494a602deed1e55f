"""The queue: where a group lies and who has it in hand, comments, moves that can be taken back, saved filters."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_items",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("pile", sa.String(length=20), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.String(length=100), nullable=True),
        sa.Column("owner_reason", sa.Text(), nullable=False),
        sa.Column("judged_volume", sa.Integer(), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assignee", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_items")),
    )
    op.create_table(
        "queue_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=32), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_comments")),
    )
    op.create_index(op.f("ix_queue_comments_item_id"), "queue_comments", ["item_id"])
    op.create_table(
        "queue_moves",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("move", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_moves")),
    )
    op.create_index(op.f("ix_queue_moves_at"), "queue_moves", ["at"])
    op.create_table(
        "saved_filters",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_filters_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "name", name=op.f("pk_saved_filters")),
    )
    op.add_column("drafts", sa.Column("is_unassigned", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("drafts", "is_unassigned")
    op.drop_table("saved_filters")
    op.drop_index(op.f("ix_queue_moves_at"), table_name="queue_moves")
    op.drop_table("queue_moves")
    op.drop_index(op.f("ix_queue_comments_item_id"), table_name="queue_comments")
    op.drop_table("queue_comments")
    op.drop_table("queue_items")
