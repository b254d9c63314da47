"""Any order of writes leaves the store as a plain table of hours would be: rows, what is covered, what is absent."""

import secrets

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.store import Series, Store

HOURS = Series("okx", "candles", "BTC-USDT", "1h")
BEGIN, COUNT = pd.Timestamp("2024-01-25", tz="UTC"), 14 * 24  # over the end of a month

# start, length, rows to leave out, a number that decides the values, whether the whole span was answered
writes = st.tuples(
    st.integers(0, COUNT - 1), st.integers(0, 100), st.sets(st.integers(0, 99)), st.integers(0, 3), st.booleans()
)


def hour(number: int) -> pd.Timestamp:
    return BEGIN + pd.Timedelta(hours=number)


def frame_of(numbers: list[int], value: int) -> pd.DataFrame:
    """Give bars of some hours; an even hour's bar is the same whatever the value."""
    closes = [number + (value if number % 2 else 0) for number in numbers]
    index = pd.DatetimeIndex([hour(number) for number in numbers], tz="UTC", name="time")
    return pd.DataFrame({name: np.array(closes, float) for name in HOURS.columns}, index=index)


def spans_of(numbers: set[int]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Write hours as the spans they fill."""
    edges = (
        [n for n in sorted(numbers) if n - 1 not in numbers],
        [n + 1 for n in sorted(numbers) if n + 1 not in numbers],
    )
    return [(hour(first), hour(end)) for first, end in zip(*edges, strict=True)]


@settings(max_examples=25, deadline=None)
@given(st.lists(writes, max_size=8))
def test_any_order_of_writes_leaves_what_a_plain_table_would_hold(todo):
    """Rows, counts, covered and absent spans are those of a dictionary and a set, and every file is sound."""
    store = Store(f"memory://{secrets.token_hex(6)}")
    table, covered = {}, set()
    for start, length, left_out, value, whole in todo:
        asked = list(range(start, min(start + length, COUNT)))
        numbers = [number for place, number in enumerate(asked) if place not in left_out]
        frame = frame_of(numbers, value)
        span = (hour(start), hour(start + len(asked))) if whole else None
        written = store.write(HOURS, frame, span=span, source=f"source {value}")

        before = [table.get(number) for number in numbers]
        now = frame["close"].tolist()
        assert written.added == before.count(None)
        assert written.unchanged == sum(old == new for old, new in zip(before, now, strict=True))
        assert written.added + written.unchanged + written.replaced == len(numbers)
        table |= dict(zip(numbers, now, strict=True))
        covered |= set(asked if whole else numbers)

    read, holes = store.read(HOURS), store.absent(HOURS)
    assert read["close"].tolist() == [table[number] for number in sorted(table)]
    assert read.index.tolist() == [hour(number) for number in sorted(table)]
    assert store.missing(HOURS, hour(0), hour(COUNT)) == spans_of(set(range(COUNT)) - covered)
    assert {h for row in holes.itertuples() for h in pd.date_range(row.start, row.end, freq="h", inclusive="left")} == {
        hour(number) for number in covered - set(table)
    }
    assert store.verify().empty
