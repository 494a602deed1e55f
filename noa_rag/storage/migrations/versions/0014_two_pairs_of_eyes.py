"""Who wrote in a version, and which changes of an account wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: that would make the table anew, without the triggers that keep its rows.
    op.add_column("entry_versions", sa.Column("editors", sa.Text(), nullable=False, server_default=""))
    op.add_column("people", sa.Column("unconfirmed", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("people", "unconfirmed")
    op.drop_column("entry_versions", "editors")
