"""Days as people in France count them: moments are kept in UTC, a day begins at midnight in Paris."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
    if day == date.max:  # no day follows it
        return datetime.max.replace(tzinfo=UTC)
    return start_of(day + timedelta(days=1))


def today_in_paris() -> date:
    """Return the day in Europe/Paris, on which validity windows are read."""
    return datetime.now(PARIS).date()


@dataclass(frozen=True, slots=True)
class WeeklyMoment:
    """A moment that comes back every week, in Paris; `weekday` counts from Monday, 0."""

    weekday: int
    at: time

    def last_before(self, moment: datetime) -> datetime:
        """Return when it was last, at this moment or before."""
        today = paris_day(moment)
        last = datetime.combine(today - timedelta(days=(today.weekday() - self.weekday) % 7), self.at, PARIS)
        return last if last <= moment else datetime.combine(last.date() - timedelta(days=7), self.at, PARIS)
