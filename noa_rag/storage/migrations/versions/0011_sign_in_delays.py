"""Failed sign-ins as one count a key, and where each person has signed in before.

The counts of the last quarter of an hour are not carried over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("failed_sign_ins")
    op.create_table(
        "failed_sign_ins",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index(op.f("ix_failed_sign_ins_at"), "failed_sign_ins", ["at"], unique=False)
    op.create_table(
        "known_sign_ins",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_known_sign_ins_person_id_people")),
        sa.PrimaryKeyConstraint("key", "person_id", name=op.f("pk_known_sign_ins")),
    )


def downgrade() -> None:
    op.drop_table("known_sign_ins")
    op.drop_table("failed_sign_ins")
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index(op.f("ix_failed_sign_ins_key"), "failed_sign_ins", ["key"], unique=False)
