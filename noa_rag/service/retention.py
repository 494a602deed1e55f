"""How long each kind of record is kept, and why; what is older goes, every day and by `noa retention purge`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import monotonic

from noa_rag.domain.sign_in import FORGOTTEN_HOURS
from noa_rag.review.queue import UNDOABLE_FOR
from noa_rag.review.sign_in import ABSOLUTE_LIMIT
from noa_rag.review.sign_in_attempts import KNOWN_FOR
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.retention import PURGES, Cutoffs, Removed, RetentionStore

# Questions with all that hangs on them take the longest; a visitor's write waits a quarter of a second for others.
BATCH = 100
PURGED_BY = "noa"  # the actor of what Noa does by itself
REST = 1.0  # of the time that a batch took, spent asleep


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of record: its tables, for how long it is kept from when on, by which setting, and why."""

    kind: str
    tables: tuple[str, ...]
    period: Callable[[Settings], str]
    why: str
    setting: str = ""


def _for_ever(_: Settings) -> str:
    return "while the base is"


def _days(field: str) -> Callable[[Settings], str]:
    return lambda settings: f"{getattr(settings, field)} days"


KEPT = (
    Kept(
        "questions",
        (
            *("questions", "answers_given", "choices_taken", "feedback", "question_references", "rephrasings"),
            *("answer_marks", "group_members"),
        ),
        _days("keep_questions_days"),
        "to mend what Noa answers badly, and to compare a month with the same one a year before",
        "NOA_KEEP_QUESTIONS_DAYS",
    ),
    Kept(
        "entry_verdicts",
        ("entry_verdicts",),
        lambda settings: f"{settings.keep_questions_days} days; those for a question with it",
        "to mend entries that do not help",
        "NOA_KEEP_QUESTIONS_DAYS",
    ),
    Kept(
        "drafts",
        ("drafts",),
        lambda settings: f"{settings.keep_drafts_days} days if they came to nothing, else as entries",
        "an agency that declined is not asked again; how a published answer came to be",
        "NOA_KEEP_DRAFTS_DAYS",
    ),
    Kept(
        "groups",
        ("question_groups", "agenda_decisions", "queue_items", "queue_comments"),
        lambda settings: f"with their questions and drafts; {settings.keep_drafts_days} days after a decision",
        "the committee's work",
        "NOA_KEEP_DRAFTS_DAYS",
    ),
    Kept(
        "cases",
        ("recorded_cases",),
        lambda settings: f"{settings.keep_cases_days} days if a visitor asked it, else while the base is",
        "tests of quality, on words that people used",
        "NOA_KEEP_CASES_DAYS",
    ),
    Kept(
        "queue_moves",
        ("queue_moves",),
        lambda _: f"{UNDOABLE_FOR // timedelta(hours=1)} hours",
        "splits and merges of groups can be taken back",
    ),
    Kept("sessions", ("sessions",), lambda _: f"{ABSOLUTE_LIMIT // timedelta(hours=1)} hours", "to stay signed in"),
    Kept(
        "waiting_sign_ins",
        ("waiting_sign_ins",),
        lambda _: f"{ABSOLUTE_LIMIT // timedelta(hours=1)} hours at most; five minutes once somebody else signs in",
        "a second factor is asked for",
    ),
    Kept("failed_sign_ins", ("failed_sign_ins",), lambda _: f"{FORGOTTEN_HOURS} hours", "to slow guesses of passwords"),
    Kept(
        "known_sign_ins",
        ("known_sign_ins",),
        lambda _: f"{KNOWN_FOR.days} days",
        "strangers cannot keep somebody from signing in",
    ),
    Kept(
        "limits",
        ("limit_buckets",),
        lambda _: "a minute after the last request, hashed; on PostgreSQL alone",
        "an address asks no more than NOA_RATE_LIMIT over all machines",
    ),
    Kept("counts", ("question_days", "purged_days"), _for_ever, "statistics: no words, no number, no minute"),
    Kept(
        "accounts",
        ("people", "second_factors", "security_keys", "recovery_codes", "identities", "saved_filters", "notices"),
        _for_ever,
        "the audit names them; a closed account opens nothing",
    ),
    Kept(
        "client_keys",
        ("client_keys", "client_key_days"),
        _for_ever,
        "which programs ask, and how much: a hash of each key, no address and no question",
    ),
    Kept("audit", ("audit",), _for_ever, "who approved which answer: a chain, of which nothing can be taken out"),
    Kept(
        "base",
        (
            *("entries", "entry_versions", "agencies", "themes", "facts", "library", "agency_rules", "sites"),
            *("banners", "followed_sources", "base"),
        ),
        _for_ever,
        "what the State answered and when, in its versions; nothing about visitors",
    ),
)


def cutoffs(settings: Settings, now: datetime) -> Cutoffs:
    """Return the moments before which records are too old; periods in days end with a day in UTC."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return Cutoffs(
        questions=today - timedelta(days=settings.keep_questions_days),
        drafts=today - timedelta(days=settings.keep_drafts_days),
        cases=today - timedelta(days=settings.keep_cases_days),
        queue_moves=now - UNDOABLE_FOR,
        sessions=now - ABSOLUTE_LIMIT,
        failed_sign_ins=now - timedelta(hours=FORGOTTEN_HOURS),
        known_sign_ins=now - KNOWN_FOR,
    )


def purge(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    actor: str,
    rest: Callable[[float], bool],
    on_batch: Callable[[str, Removed], None] = lambda kind, removed: None,
) -> Removed:
    """Remove what is too old, batch by batch, and return how many rows went, by table.

    `rest` sleeps for that many seconds and returns whether to stop; what is left is removed the next time.
    """
    store, limits, total = RetentionStore(database), cutoffs(settings, now), dict[str, int]()
    for kind in PURGES:
        while True:
            begun = monotonic()
            removed = store.remove_some(kind, limits, limit=BATCH, actor=actor, at=now)
            if not removed:
                break
            for table, count in removed.items():
                total[table] = total.get(table, 0) + count
            on_batch(kind.kind, removed)
            if rest((monotonic() - begun) * REST):
                return total
    if total:
        database.overwrite_deleted()
    return total
