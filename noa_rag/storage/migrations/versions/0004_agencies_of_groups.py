"""The likeliest agencies of a group of questions, and who gave it to one."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "agencies_of_groups", "parts_of_themes", None, None


def upgrade() -> None:
    op.add_column("queue_items", sa.Column("likely", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("queue_items", sa.Column("given_by", sa.Text()))
