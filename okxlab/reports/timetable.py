"""Due times: when a cron line says a run is due, in a time zone, across its clock changes."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from okxlab.errors import ScheduleError

MOST = 1000


class Timetable:
    """A cron line of five fields read in a time zone.

    A time the spring change skips is due at the change, a time the autumn change repeats is due once; lines with ``*``
    in the minute or hour follow the clock through both.

    Raises
    ------
    ScheduleError
        When the line has not five fields, holds a value out of range or never comes, or the zone is unknown.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> daily = Timetable("30 6 * * *", "UTC")
    >>> daily.after(datetime(2026, 1, 1, 7, tzinfo=timezone.utc)).isoformat()
    '2026-01-02T06:30:00+00:00'
    """

    def __init__(self, cron: str, tz: str = "UTC") -> None:
        self.cron, self.tz = cron, tz
        try:
            self._zone = ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ScheduleError(f"{tz!r} is not a time zone.", "Write one like 'UTC' or 'America/New_York'.") from None
        if len(cron.split()) != 5:
            raise ScheduleError(
                f"The cron line {cron!r} has not five fields.", "Write minute hour day-of-month month day-of-week."
            )
        try:
            self.after(datetime(2024, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ScheduleError(f"The cron line {cron!r} cannot be read: {error}.", "Correct that field.") from None
        except StopIteration:
            raise ScheduleError(f"The cron line {cron!r} never comes.", "Choose a date that exists.") from None

    def times(self, after: datetime) -> Iterator[datetime]:
        """Give the due times later than ``after``, in UTC, without end."""
        for due in CronSim(self.cron, after.astimezone(self._zone)):
            yield due.astimezone(UTC)

    def after(self, moment: datetime) -> datetime:
        """Give the first due time later than ``moment``, in UTC."""
        return next(self.times(moment))

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """Give the due times later than ``after`` and not later than ``until``; of more than 1000 the last 1000."""
        kept: deque[datetime] = deque(maxlen=MOST)
        for due in self.times(after):
            if due > until:
                break
            kept.append(due)
        return list(kept)
