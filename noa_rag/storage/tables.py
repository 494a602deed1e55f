"""The tables of the database, which alone is the truth."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row: a counter that grows in the same transaction as any change of entries, agencies or themes.
base = Table(
    "base",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
)

agencies = Table(
    "agencies",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("phone", Text),
    Column("hours", Text),
    Column("remit", Text, nullable=False),
)

themes = Table(
    "themes",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("agency_id", ForeignKey("agencies.id"), nullable=False),
    Column("current_version", Integer, nullable=False),
    Column("revision", Integer, nullable=False, index=True),
)

# Rows are only ever added.
entry_versions = Table(
    "entry_versions",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("status", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("approved_at", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False),
)

# Official texts kept as evidence for drafts: in a table of their own, so that they cannot be served.
library = Table(
    "library",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("content", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False),
)

questions = Table(
    "questions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("asked_at", DateTime(timezone=True), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("normalised", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("region", String(10)),
    Column("audience", String(40)),
    Column("site", Text),
    Column("as_of", Date, nullable=False),
    Column("mode", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(40)),
    Column("entry_id", String(100)),
    Column("entry_version", Integer),
    Column("section_key", Text),
    Column("choices", JSON, nullable=False),
    Column("contact_agency_id", String(100)),
    Column("confidence", Float, nullable=False),
    Column("duration_seconds", Float, nullable=False),
    ForeignKeyConstraint(["entry_id", "entry_version"], ["entry_versions.entry_id", "entry_versions.version"]),
)

feedback = Table(
    "feedback",
    metadata,
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("is_useful", Boolean, nullable=False),
    Column("reason", String(40)),
    Column("comment", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
)

Index("ix_entry_versions_approved_at", entry_versions.c.entry_id, entry_versions.c.approved_at)
