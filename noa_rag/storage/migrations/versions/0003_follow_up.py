"""Indices that the follow-up counts with.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTED_BY = [
    "asked_at",
    "status",
    "reason",
    "entry_id",
    "contact_agency_id",
    "site",
    "region",
    "audience",
    "language",
    "duration_seconds",
    "id",
]


def upgrade() -> None:
    op.create_index("ix_questions_entry_id", "questions", ["entry_id"])
    op.create_index("ix_questions_site", "questions", ["site"])
    op.create_index("ix_questions_follow_up", "questions", COUNTED_BY)
    op.drop_index("ix_questions_asked_at", "questions")  # the one above begins with the same column


def downgrade() -> None:
    op.create_index("ix_questions_asked_at", "questions", ["asked_at"])
    op.drop_index("ix_questions_follow_up", "questions")
    op.drop_index("ix_questions_site", "questions")
    op.drop_index("ix_questions_entry_id", "questions")
