"""Where an agency serves, whom to ask elsewhere, and where to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("regions", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("agencies", sa.Column("elsewhere", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("agencies", sa.Column("callback_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("agencies", "callback_url")
    op.drop_column("agencies", "elsewhere")
    op.drop_column("agencies", "regions")
