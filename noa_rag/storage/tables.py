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
    LargeBinary,
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

# One row: a counter that grows in the same transaction as any change of entries, agencies, themes or facts.
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
    Column("regions", JSON, nullable=False, server_default="[]"),
    Column("elsewhere", JSON(none_as_null=True)),
    Column("callback_url", Text),
)

themes = Table(
    "themes",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
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
    Column("asked_at", DateTime(timezone=True), nullable=False),
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
    Column("understood_as", Text),
    # The entries of an answer that needs several: need, entry_id, version and section_key of each.
    Column("parts", JSON),
    ForeignKeyConstraint(["entry_id", "entry_version"], ["entry_versions.entry_id", "entry_versions.version"]),
    Index("ix_questions_entry_id", "entry_id"),
    Index("ix_questions_site", "site"),
)

# What was shown for a question beside what its entry's version holds: with both, the answer is given again as it was.
answers_given = Table(
    "answers_given",
    metadata,
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("kept", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

# All that the follow-up counts by, and the id that verdicts and groups refer to: it reads this index and not the
# questions. It also serves whoever looks for questions by their time.
Index(
    "ix_questions_follow_up",
    questions.c.asked_at,
    questions.c.status,
    questions.c.reason,
    questions.c.entry_id,
    questions.c.contact_agency_id,
    questions.c.site,
    questions.c.region,
    questions.c.audience,
    questions.c.language,
    questions.c.duration_seconds,
    questions.c.id,
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

# The offered entries that a visitor opened.
choices_taken = Table(
    "choices_taken",
    metadata,
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("taken_at", DateTime(timezone=True), nullable=False),
)

# Attempts of a language model to say an answer anew, shown or not, with the verdict on each sentence.
rephrasings = Table(
    "rephrasings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question_id", ForeignKey("questions.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("model", Text, nullable=False),
    Column("prompt", String(60), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("generation_seconds", Float, nullable=False),
    Column("verification_seconds", Float, nullable=False),
)

# The questions of a day in UTC, in columns (storage/question_columns.py), kept for the follow-up. Triggers raise the
# revision and empty the columns whenever a row about that day's questions is added, changed or removed.
question_days = Table(
    "question_days",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("layout", Integer),
    Column("names", JSON(none_as_null=True)),
    Column("packed", LargeBinary),
)

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
)

# The token that a browser holds is not here, its SHA-256 is.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
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

question_groups = Table(
    "question_groups",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("canonical", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# A question is in one group at most, and stays there.
group_members = Table(
    "group_members",
    metadata,
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("group_id", ForeignKey("question_groups.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
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
)

# What the committee decided about a group, month by month.
agenda_decisions = Table(
    "agenda_decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("month", String(7), nullable=False, index=True),
    Column("group_id", ForeignKey("question_groups.id"), nullable=False, index=True),
    Column("decision", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
)

# What QA said of an answer, sentence by sentence; the last word on a sentence counts.
answer_marks = Table(
    "answer_marks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("question_id", ForeignKey("questions.id"), index=True),
    Column("entry_id", String(100)),
    Column("entry_version", Integer),
    Column("sentence_number", Integer, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("mark", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("marked_by", Text, nullable=False),
    Column("marked_at", DateTime(timezone=True), nullable=False),
)

# Cases made from recorded questions and from marks.
recorded_cases = Table(
    "recorded_cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("question_id", ForeignKey("questions.id"), unique=True),
    Column("case", JSON, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
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

# The number by which a visitor finds her question again; nothing is known of her.
question_references = Table(
    "question_references",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("question_id", ForeignKey("questions.id"), nullable=False, unique=True),
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
