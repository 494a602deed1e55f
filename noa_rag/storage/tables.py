"""The tables of the database, which alone is the truth; `question_tables` has those of questions and their groups."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
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

# One row: a counter that grows in the same transaction as any change of entries, agencies, themes or facts.
base = Table("base", metadata, Column("id", Integer, primary_key=True), Column("revision", Integer, nullable=False))
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
    Column("regions", JSON, nullable=False, server_default="[]"),
    Column("elsewhere", JSON(none_as_null=True)),
    Column("callback_url", Text),
    Column("names", JSON, nullable=False, server_default="[]"),
)
themes = Table(
    "themes",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("top", JSON, nullable=False, server_default="[]"),
    Column("start", JSON, nullable=False, server_default="[]"),
    Column("children", JSON, nullable=False, server_default="[]"),
)

# The figures that entries state; `author` is whoever last wrote it, so that an import leaves a person's work alone.
facts = Table(
    "facts",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("fact", Text, nullable=False),
    Column("author", Text, nullable=False),
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
    Column("editors", Text, nullable=False, server_default=""),  # ids with commas between
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

# The official texts that entries cite, as they were when each was last compared: a change opens one draft an entry.
followed_sources = Table(
    "followed_sources",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("source", Text, nullable=False),  # as JSON
    Column("compared_at", DateTime(timezone=True), nullable=False),
)
Index("ix_entry_versions_approved_at", entry_versions.c.entry_id, entry_versions.c.approved_at)
people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("agencies", JSON, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("unconfirmed", JSON, nullable=False, server_default="[]"),  # pairs: who made the change, its audit entry
)

# The token that a browser holds is not here, its SHA-256 is.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("is_strong", Boolean, nullable=False, server_default=false()),
    Column("id_token", Text),  # of a session begun at a provider, which wants it back when it ends
    Column("challenge", String(100)),  # that a security key is asked to sign, once, as it is registered
    Column("challenge_at", DateTime(timezone=True)),
)

# The address of an account; the identity is linked to it by the first sign-in.
identities = Table(
    "identities",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("issuer", String(500)),
    Column("subject", String(255)),
    UniqueConstraint("issuer", "subject"),
)

# Sign-ins whose password was right and that wait for the code of the second factor, by the hash of their token.
waiting_sign_ins = Table(
    "waiting_sign_ins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("id_token", Text),
    Column("challenge", String(100)),
    Column("challenge_at", DateTime(timezone=True)),
)

# Second factors; the secret is sealed where the operator gave a key. Until it is confirmed it is not in use.
second_factors = Table(
    "second_factors",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("secret", Text, nullable=False),
    Column("last_step", Integer, nullable=False),  # the half minute of the last code: none counts twice
    Column("confirmed_at", DateTime(timezone=True)),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)

# Security keys and passkeys, by the id of their credential in base64url (1,023 bytes at most); nothing of it is secret.
security_keys = Table(
    "security_keys",
    metadata,
    Column("id", String(1400), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),  # 32 bits without a sign
    Column("transports", JSON, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

# Failed sign-ins, by the name tried, by the network they came from, and by both; keys are hashed.
failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("failures", Float, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

# Browsers and networks that somebody has signed in from, by hashes.
known_sign_ins = Table(
    "known_sign_ins",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

# Rows are only ever added; triggers refuse anything else.
audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("detail", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

agency_rules = Table(
    "agency_rules",
    metadata,
    Column("agency_id", ForeignKey("agencies.id"), primary_key=True),
    Column("needs_two_people", Boolean, nullable=False),
)
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("entry_id", String(100), nullable=False, index=True),
    Column("agency_id", ForeignKey("agencies.id"), nullable=False, index=True),
    Column("group_id", ForeignKey("question_groups.id"), index=True),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("draft", Text, nullable=False),  # all of it, as JSON; the columns beside repeat what is searched
    Column("is_unassigned", Boolean, nullable=False, server_default=false()),
)

# Sites whose pages carry the widget; `questions.site` holds the key.
sites = Table(
    "sites",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("greeting_fr", Text, nullable=False),
    Column("greeting_en", Text, nullable=False),
    Column("themes", JSON, nullable=False),
    Column("region", String(10)),
    Column("audience", String(40)),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# A row each time the banner is switched on or off; the newest counts. Who did it is in the audit.
banners = Table(
    "banners",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("level", String(20), nullable=False),
    Column("text_fr", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("theme_id", String(100), nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("is_on", Boolean, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
)

# When the bucket of a limit is full again, in seconds of the server's clock; counted here on PostgreSQL alone.
limit_buckets = Table(
    "limit_buckets", metadata, Column("key", LargeBinary, primary_key=True), Column("full_at", Float, nullable=False)
)

# Programs that ask the API under a name, with a limit of their own; a key itself is not kept.
client_keys = Table(
    "client_keys",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)

# How many questions each asked on a day in Paris.
client_key_days = Table(
    "client_key_days",
    metadata,
    Column("key_id", ForeignKey("client_keys.id"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("let_through", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

# What somebody is told without opening the workspace: the weekly digest, and the feed at a secret address (its hash).
notices = Table(
    "notices",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("wants_digest", Boolean, nullable=False),
    Column("feed_hash", String(64), unique=True),
    Column("feed_made_at", DateTime(timezone=True)),
    Column("digest_week", Date),  # the week that the next four are about
    Column("is_settled", Boolean, nullable=False),
    Column("is_refused", Boolean, nullable=False),
    Column("failure_count", Integer, nullable=False),
    Column("not_before", DateTime(timezone=True)),
    Column("digest_sent_at", DateTime(timezone=True)),
)


def in_utc(moment: datetime) -> datetime:
    """Return a moment read from the database in UTC: SQLite forgets the zone, PostgreSQL may answer in its own."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
