"""Security keys and passkeys, and the challenges that they are asked to sign."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sessions", "waiting_sign_ins"):
        op.add_column(table, sa.Column("challenge", sa.String(length=100), nullable=True))
        op.add_column(table, sa.Column("challenge_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "security_keys",
        sa.Column("id", sa.String(length=1400), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_security_keys_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_keys")),
    )
    op.create_index(op.f("ix_security_keys_person_id"), "security_keys", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("security_keys")
    for table in ("waiting_sign_ins", "sessions"):
        op.drop_column(table, "challenge_at")
        op.drop_column(table, "challenge")
