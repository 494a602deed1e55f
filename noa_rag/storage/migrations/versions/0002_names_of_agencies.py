"""What people call an agency beside its name; a base of an earlier copy has them after `noa knowledge import`."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "names_of_agencies", "first", None, None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("names", sa.JSON(), nullable=False, server_default="[]"))
