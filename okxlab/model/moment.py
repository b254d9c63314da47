"""Moments as people write them, read as UTC or refused."""

import re
from datetime import date

import numpy as np
import pandas as pd

from okxlab.errors import InputError

# pandas would read "now" on the machine's own clock and zone, and "5" as a day of this month
_YEAR = re.compile(r"\s*\d{4}")

Moment = str | date | np.datetime64 | pd.Timestamp


def utc_moment(value: Moment, name: str = "time") -> pd.Timestamp:
    """Read a date or time; without a zone it is UTC.

    Raises
    ------
    InputError
        When the value is no date or time from 1970 to 2200. A bare number is refused: it does not say its unit.

    Examples
    --------
    >>> utc_moment("2024-01-31 08:00+08:00").isoformat()
    '2024-01-31T00:00:00+00:00'
    """
    moment = _read(value)
    if moment is None:
        raise InputError(f"{name} is {value!r}, which is not a date from 1970 to 2200.", "Write it as 2024-01-31.")
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def _read(value: object) -> pd.Timestamp | None:
    if isinstance(value, str) and not _YEAR.match(value):
        return None
    if not isinstance(value, str | date | np.datetime64):
        return None
    try:
        moment = pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError):
        return None
    # NaT has no year in that span either
    return moment if 1970 <= moment.year <= 2200 else None
