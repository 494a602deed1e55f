"""The tables of recorded questions: their answers, what was said of them, what is counted of them, and their groups."""

from sqlalchemy import (
    JSON,
    BigInteger,
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
    String,
    Table,
    Text,
    false,
)

from noa_rag.storage.tables import metadata

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

# A covering index for the follow-up: all that it counts by, and the id that verdicts and groups refer to. It also
# serves queries by time.
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

# What an answer showed besides the content of its entry's version: with both, the answer can be shown again as it was.
answers_given = Table(
    "answers_given",
    metadata,
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("kept", Text, nullable=False),
    Column("hash", String(64), nullable=False),
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

# Verdicts on entries: on the page of one, without a question, or on one that was chosen among several for a question.
entry_verdicts = Table(
    "entry_verdicts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entry_id", ForeignKey("entries.id"), nullable=False),
    Column("question_id", ForeignKey("questions.id"), index=True),
    Column("site", Text),
    Column("is_useful", Boolean, nullable=False),
    Column("reason", String(40)),
    Column("comment", Text, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False, index=True),
)

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

# What is counted of questions and verdicts that are purged or erased: moments are cut to the hour, and ids are random,
# so that neither leads to a question or tells in which order people asked. A verdict on an entry has no status.
purged_questions = Table(
    "purged_questions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, index=True),
    Column("duration_seconds", Float, nullable=False),
    Column("status", String(20)),
    Column("reason", String(40)),
    Column("entry_id", String(100), index=True),
    Column("contact_agency_id", String(100)),
    Column("site", Text),
    Column("region", String(10)),
    Column("audience", String(40)),
    Column("language", String(2)),
    Column("is_useful", Boolean),
    Column("complaint", String(40)),
    Column("group_id", String(32)),
    Column("rephrasing", String(20)),
    Column("rephrasing_reason", Text),
    Column("mark", String(20)),
    sqlite_with_rowid=False,
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
    # Whether a visitor asked it: its words are hers, also when her question is gone.
    Column("was_asked", Boolean, nullable=False, server_default=false()),
    Column("case", JSON, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

# The number by which a visitor finds her question again; nothing is known of her.
question_references = Table(
    "question_references",
    metadata,
    Column("reference", String(12), primary_key=True),
    Column("question_id", ForeignKey("questions.id"), nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# Questions that mean the same.
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

# Lines of the queue, by the id of their group, of their draft where they have none.
queue_items = Table(
    "queue_items",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("pile", String(20), nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("agency_id", String(100)),
    Column("owner_reason", Text, nullable=False),
    Column("judged_volume", Integer, nullable=False),
    Column("snoozed_until", DateTime(timezone=True)),
    Column("assignee", String(40)),
    Column("likely", JSON, nullable=False, server_default="[]"),
    Column("given_by", Text),
)
queue_comments = Table(
    "queue_comments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", String(32), nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("text", Text, nullable=False),
)

# What was done to groups by hand, while it can be taken back: as JSON, ids and no words.
queue_moves = Table(
    "queue_moves",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
    Column("move", Text, nullable=False),
    Column("undone_at", DateTime(timezone=True)),
)
saved_filters = Table(
    "saved_filters",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("query", Text, nullable=False),
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
