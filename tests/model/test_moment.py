"""Moments: read as UTC or refused."""

import datetime as dt

import pandas as pd
import pytest

from okxlab.errors import InputError
from okxlab.model import utc_moment


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-31",
        "2024-01-31 08:00+08:00",
        dt.date(2024, 1, 31),
        dt.datetime(2024, 1, 31, tzinfo=dt.UTC),
        pd.Timestamp("2024-01-31"),
        pd.Timestamp("2024-01-31 08:00", tz="Asia/Shanghai"),
    ],
)
def test_moment_in_any_spelling_is_the_same_utc_time(value):
    """Without a zone it is UTC; with one it is converted."""
    assert utc_moment(value) == pd.Timestamp("2024-01-31", tz="UTC")


@pytest.mark.parametrize(
    "value", ["", "now", "today", "5", "NaT", pd.NaT, None, 1704067200, "1969-12-31", "2201-01-01"]
)
def test_value_that_is_no_moment_is_refused_by_name(value):
    """Words, bare numbers and years that no market has are refused, and named."""
    with pytest.raises(InputError, match=r"start is .* not a date"):
        utc_moment(value, "start")
