"""When dated contracts end: at 08:00 UTC, on Fridays, the last ones of months and quarters among them."""

from datetime import UTC, date, datetime, timedelta

DAY = 86_400_000
HOUR = 3_600_000
MOMENT = 8 * HOUR  # of a day
_EPOCH = date(1970, 1, 1)
_FRIDAY = 4
_ALIASES = ("this_week", "next_week", "this_month", "next_month", "quarter", "next_quarter")


def written(expiry: int) -> str:
    """Give the date of an expiry as ids have it.

    >>> written(1_706_860_800_000)
    '240202'
    """
    return f"{_EPOCH + timedelta(days=expiry // DAY):%y%m%d}"


def read_expiry(text: str) -> int | None:
    """Give the expiry (ms UTC) a date of an id stands for, None when it is none."""
    if len(text) != 6 or not text.isdecimal():
        return None
    try:
        day = datetime.strptime(text, "%y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(day.timestamp()) * 1000 + MOMENT


def next_moment(now: int) -> int:
    """Give the first 08:00 UTC after a time."""
    return (now - MOMENT) // DAY * DAY + DAY + MOMENT


def futures_expiries(now: int) -> dict[int, str]:
    """Give the expiries after a time at which futures end, in order, with OKX's alias: two weeks, months, quarters."""
    ends = [*_fridays(now, 2), *_months(now, 2), *_quarters(now, 2)]
    found: dict[int, str] = {}
    for expiry, alias in zip(ends, _ALIASES, strict=True):
        found.setdefault(expiry, alias)
    return dict(sorted(found.items()))


def option_expiries(now: int) -> list[int]:
    """Give the expiries after a time at which options end, in order: three days, weeks, months and quarters."""
    first = next_moment(now)
    days = [first + place * DAY for place in range(3)]
    return sorted({*days, *_fridays(now, 3), *_months(now, 3), *_quarters(now, 3)})


def _fridays(now: int, count: int) -> list[int]:
    first = next_moment(now)
    weekday = (_EPOCH + timedelta(days=first // DAY)).weekday()
    first += (_FRIDAY - weekday) % 7 * DAY
    return [first + place * 7 * DAY for place in range(count)]


def _months(now: int, count: int) -> list[int]:
    today = _EPOCH + timedelta(days=now // DAY)
    places = range(today.year * 12 + today.month - 1, today.year * 12 + today.month + count + 1)
    return [end for end in map(_last_friday, places) if end > now][:count]


def _quarters(now: int, count: int) -> list[int]:
    today = _EPOCH + timedelta(days=now // DAY)
    first = today.year * 12 + (today.month - 1) // 3 * 3 + 2
    return [end for end in map(_last_friday, range(first, first + 3 * count + 3, 3)) if end > now][:count]


def _last_friday(month: int) -> int:
    """Give the expiry of a month, counted from January of the year 0."""
    last = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    friday = last - timedelta(days=(last.weekday() - _FRIDAY) % 7)
    return (friday - _EPOCH).days * DAY + MOMENT
