"""Days as people in France count them: moments are kept in UTC, a day begins at midnight in Paris."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def paris_day(moment: datetime) -> date:
    """Return the day that a calendar on a wall in Paris shows at this moment."""
    return moment.astimezone(PARIS).date()


def start_of(day: date) -> datetime:
    """Return the first moment of a day in Paris."""
    return datetime.combine(day, time.min, PARIS)


def end_of(day: date) -> datetime:
    """Return the moment at which a day in Paris is over: the first of the next one."""
    return start_of(day + timedelta(days=1))


def today_in_paris() -> date:
    """Return the day in Europe/Paris, on which validity windows are read."""
    return datetime.now(PARIS).date()
