"""What somebody of the workspace is told without opening it: a weekly digest by e-mail, and a feed of her queue."""

from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.people import Person


@dataclass(frozen=True, slots=True)
class Notices:
    """What somebody chose, and what came of the last digest."""

    wants_digest: bool = True
    feed_made_at: datetime | None = None
    """When her feed got its present address, None where it has none."""
    digest_sent_at: datetime | None = None
    is_refused: bool = False
    """Whether the mail server refused her address the last time."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who wants the digest and has an address, with what came of this week's so far."""

    person: Person
    email: str
    is_settled: bool = False
    """Whether she has this week's digest, or her address was refused."""
    is_refused: bool = False
    failure_count: int = 0
    not_before: datetime | None = None
    """Until then an attempt is under way, or waits for its turn."""


Week = date
"""The day on which a week's digest is due, which names that week."""
