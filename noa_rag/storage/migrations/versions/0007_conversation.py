"""How a question was understood with the one before, and the entries of an answer that needs several."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("understood_as", sa.Text(), nullable=True))
    op.add_column("questions", sa.Column("parts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("questions", "parts")
    op.drop_column("questions", "understood_as")
