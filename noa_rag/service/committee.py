"""The committee's table over the records."""

from collections.abc import Callable
from datetime import UTC, datetime

from noa_rag.review.committee import Committee
from noa_rag.service.records import Records
from noa_rag.storage.agenda import AgendaStore


def open_committee(records: Records, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Committee:
    """Return the committee over these records."""
    return Committee(records.review, AgendaStore(records.database), lambda: records.changed_since(-1)[1], now)
