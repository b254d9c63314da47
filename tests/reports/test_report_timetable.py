from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from okxlab.errors import ScheduleError
from okxlab.reports.timetable import Timetable

NEW_YORK = ZoneInfo("America/New_York")
SPRING = datetime(2026, 3, 7, 12, tzinfo=UTC)  # clocks go forward on 8 March, 2:00 -> 3:00
AUTUMN = datetime(2026, 10, 31, 12, tzinfo=UTC)  # clocks go back on 1 November, 2:00 -> 1:00


def one_by_one(timetable, start, days):
    """Give the due times a scheduler sees that asks anew after each, as one that restarts does."""
    times, moment = [], start
    while (moment := timetable.after(moment)) <= start + timedelta(days=days):
        times.append(moment)
    return times


def local(times):
    return [f"{moment.astimezone(NEW_YORK):%d %H:%M %Z}" for moment in times]


@pytest.mark.parametrize(
    "ask", [one_by_one, lambda table, start, days: table.between(start, start + timedelta(days=days))]
)
@pytest.mark.parametrize(
    ("cron", "start", "expected"),
    [
        ("30 2 * * *", SPRING, ["08 03:00 EDT", "09 02:30 EDT", "10 02:30 EDT"]),
        ("30 1 * * *", SPRING, ["08 01:30 EST", "09 01:30 EDT", "10 01:30 EDT"]),
        ("30 1 * * *", AUTUMN, ["01 01:30 EDT", "02 01:30 EST", "03 01:30 EST"]),
        ("30 2 * * *", AUTUMN, ["01 02:30 EST", "02 02:30 EST", "03 02:30 EST"]),
    ],
)
def test_timetable_when_clocks_change_is_due_once_a_day(ask, cron, start, expected):
    """A daily time comes once a day through both changes, asked at one go or after each run."""
    assert local(ask(Timetable(cron, "America/New_York"), start, 3)) == expected


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 24), (AUTUMN, 24)])
def test_timetable_when_it_follows_every_hour_is_due_every_real_hour(start, hours):
    """An hourly line has 24 due times in 24 real hours whatever the wall clock says, none twice."""
    times = one_by_one(Timetable("0 * * * *", "America/New_York"), start, 1)

    assert times == [start + timedelta(hours=hour) for hour in range(1, hours + 1)]


def test_timetable_when_utc_ignores_clock_changes():
    """UTC has no summer."""
    times = Timetable("30 2 * * *").between(SPRING, SPRING + timedelta(days=3))

    assert [moment.hour for moment in times] == [2, 2, 2]


def test_timetable_when_a_year_of_minutes_passed_gives_the_last_thousand():
    """A scheduler that comes back after long does not drown in old due times."""
    times = Timetable("* * * * *").between(SPRING, SPRING + timedelta(days=2))

    assert len(times) == 1000
    assert times[-1] == SPRING + timedelta(days=2)


@pytest.mark.parametrize(
    ("cron", "tz", "said"),
    [
        ("* * * *", "UTC", "five fields"),
        ("* * * * * *", "UTC", "five fields"),
        ("@daily", "UTC", "five fields"),
        ("61 * * * *", "UTC", "Bad minute"),
        ("0 0 30 2 *", "UTC", "cron line"),
        ("0 0 * * mun", "UTC", "Bad day-of-week"),
        ("0 0 * * *", "Mars/Olympus", "time zone"),
        ("0 0 * * *", "../../etc/passwd", "time zone"),
        ("0 0 * * *", "", "time zone"),
    ],
)
def test_timetable_when_it_cannot_be_read_says_which_part(cron, tz, said):
    """Cron lines and zones are refused in a sentence."""
    with pytest.raises(ScheduleError, match=said):
        Timetable(cron, tz)
