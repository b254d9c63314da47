"""When dated contracts end: at 08:00 UTC, on Fridays, the last ones of months and quarters among them."""

from datetime import UTC, date, datetime, timedelta

DAY = 86_400_000
HOUR = 3_600_000
MOMENT = 8 * HOUR  # of a day
FUTURES, OPTIONS, OPTION_DAYS = 2, 3, 3  # so many weeks, months and quarters ahead, and days
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
    ends = [*_fridays(now, FUTURES), *_months(now, FUTURES), *_quarters(now, FUTURES)]
    found: dict[int, str] = {}
    for expiry, alias in zip(ends, _ALIASES, strict=True):
        found.setdefault(expiry, alias)
    return dict(sorted(found.items()))


def option_expiries(now: int) -> list[int]:
    """Give the expiries after a time at which options end, in order: three days, weeks, months and quarters."""
    first = next_moment(now)
    days = [first + place * DAY for place in range(OPTION_DAYS)]
    return sorted({*days, *_fridays(now, OPTIONS), *_months(now, OPTIONS), *_quarters(now, OPTIONS)})


def listed_from(expiry: int, ahead: int) -> int:
    """Give since when an expiry is among those listed, where so many weeks, months and quarters ahead are."""
    day = _EPOCH + timedelta(days=expiry // DAY)
    month = day.year * 12 + day.month - 1
    if expiry == _last_friday(month):
        return _last_friday(month - ahead * (3 if day.month % 3 == 0 else 1))
    return expiry - (ahead * 7 if day.weekday() == _FRIDAY else OPTION_DAYS) * DAY


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
