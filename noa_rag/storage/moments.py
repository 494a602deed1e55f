"""Moments as the database gives them back."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """Return a moment read from the database in UTC: SQLite forgets the zone, PostgreSQL may answer in its own."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
