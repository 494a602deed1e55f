"""What themes begin with and are divided into; a base of an earlier copy has them after `noa knowledge import`."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "parts_of_themes", "names_of_agencies", None, None


def upgrade() -> None:
    for name in ("top", "start", "children"):
        op.add_column("themes", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
