"""Rows after those that are there: put behind them as the file holds them, which nobody can tell from a whole write."""

import json
import secrets
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from okxlab.errors import StoreError
from okxlab.store import Series, Store, Written

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")
PROGRAM = Path(__file__).parent / "writing.py"
BEGIN, COUNT = pd.Timestamp("2024-01-01", tz="UTC"), 60
PAYLOAD = np.array([0x7FF8_0000_0000_0001], dtype=np.uint64).view(np.float64)[0]
# whole numbers, ticks coarse and fine, none at all, and what no tick keeps
VALUES = [0.0, 7.0, 61816.4, 0.25, 1e-8, 12.00000001, 1e-12, 2.0**53 - 1, np.nan, -0.0, 1 / 3, 1e300, np.inf, PAYLOAD]
column = st.lists(st.sampled_from(VALUES[:4]), min_size=COUNT, max_size=COUNT) | st.lists(
    st.sampled_from(VALUES), min_size=COUNT, max_size=COUNT
)
# start, length, each how many rows, values of close and volume and, or not, of the volume in quote
writes = st.tuples(
    st.integers(0, COUNT - 1), st.integers(1, COUNT), st.integers(1, 3), column, column, st.none() | column
)


def frame_of(write: tuple) -> pd.DataFrame:
    """Give some of an hour's minutes."""
    start, length, every, close, volume, quote = write
    rows = np.arange(start, min(start + length, COUNT), every)
    index = (BEGIN + pd.to_timedelta(rows, unit="min")).rename("time")
    columns = {"open": 1.5, "high": 2.5, "low": 0.5, "close": np.array(close)[rows], "volume": np.array(volume)[rows]}
    if quote is not None:
        columns["volume_quote"] = np.array(quote)[rows]
    return pd.DataFrame(columns, index=index)


def laid_over(table: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a table with a frame's rows in place of its own, in the columns that the frame has."""
    both = table.reindex(index=table.index.union(frame.index), columns=table.columns.union(frame.columns, sort=False))
    both.loc[frame.index, list(frame.columns)] = frame
    return both


def only_file(store: Store) -> bytes:
    (file,) = store.files(MINUTES)
    return store.filesystem.cat_file(file.path)


@settings(max_examples=60, deadline=None)
@given(st.lists(writes, min_size=1, max_size=5))
def test_any_order_of_writes_leaves_the_file_that_one_write_would(todo):
    """After rows behind, between, before and over others the file is, byte by byte, that of the whole table at once."""
    name, table = secrets.token_hex(6), None
    store, once = Store(f"memory://{name}/a"), Store(f"memory://{name}/b")
    for one in todo:
        frame = frame_of(one)
        store.write(MINUTES, frame, source="okx")
        table = frame if table is None else laid_over(table, frame)
    once.write(MINUTES, table, source="okx")

    assert only_file(store) == only_file(once)
    assert store.files(MINUTES)[0].encoding == once.files(MINUTES)[0].encoding
    assert (store.read(MINUTES).to_numpy().view(np.uint64) == table.to_numpy().view(np.uint64)).all()
    assert store.missing(MINUTES, BEGIN, "2024-01-02") == once.missing(MINUTES, BEGIN, "2024-01-02")
    assert store.verify().empty


@pytest.mark.parametrize("value", VALUES)
def test_value_that_comes_later_is_kept_whatever_digits_were_enough_before(store, series, bars, value):
    """The month so far is on a tick of 0.1; a day follows with one value that fits it, or does not."""
    frame = bars("2024-01-01", 3 * 1440)
    frame.iloc[-700, 3] = value
    written = [store.write(series, part, source="okx") for _, part in frame.groupby(frame.index.date)]

    assert written == [Written(added=1440)] * 3
    assert (store.read(series).to_numpy().view(np.uint64) == frame.to_numpy().view(np.uint64)).all()
    assert [file.rows for file in store.files(series)] == [len(frame)]
    assert store.verify().empty


@pytest.mark.parametrize(("first", "added"), [(9, 8), (10, 9), (11, 10)])
def test_rows_that_begin_with_the_last_one_replace_it(store, series, bars, first, added):
    """A bar before, at and after the end of what is there: no time comes twice, and none is lost."""
    old, new = bars("2024-01-01", 11), bars("2024-01-01", 21, seed=2).iloc[first : first + 10]
    store.write(series, old, source="okx")

    assert store.write(series, new, source="okx") == Written(added=added, replaced=10 - added)
    assert_frame_equal(store.read(series), pd.concat([old.iloc[:first], new]), check_freq=False)


def test_hole_before_what_follows_is_known_as_absent(store, series, bars):
    """Between what was there and what came after it both sources had nothing."""
    frame = bars("2024-01-01", 120)
    store.write(series, frame.iloc[:50], span=(frame.index[0], frame.index[60]), source="okx")
    store.write(series, frame.iloc[70:], span=(frame.index[60], frame.index[-1]), source="file")

    assert store.absent(series)[["start", "bars", "source"]].to_numpy().tolist() == [
        [frame.index[50], 10, "okx"],
        [frame.index[60], 10, "file"],
    ]
    assert store.verify().empty


@pytest.mark.parametrize("ids", [True, False])
def test_trades_that_follow_keep_side_and_id(store, ids):
    """Trades come second by second; sides stay text, ids whole, and what is told of them is the same."""
    trades = Series("okx", "trades", "BTC-USDT")
    index = pd.date_range("2024-01-01", periods=90, freq="s", tz="UTC", name="time", unit="us").repeat(2)
    random = np.random.default_rng(4)
    frame = pd.DataFrame({"price": random.integers(1, 999, 180) / 10, "size": 1 / 3}, index=index)
    frame = frame.assign(side=random.choice(["buy", "sell"], 180)).astype({"side": "str"})
    frame = frame.assign(id=np.arange(180) + 2**60) if ids else frame

    for at in range(0, 180, 30):
        assert store.write(trades, frame.iloc[at : at + 30], source="okx") == Written(added=30)

    assert_frame_equal(store.read(trades), frame, check_freq=False)
    assert store.verify().empty


def test_rows_after_a_damaged_file_are_refused_in_words(tmp_path, series, bars):
    """Nothing is put behind what cannot be read, and the file is left for `verify` to name."""
    store = Store(tmp_path)
    store.write(series, bars("2024-01-01", 100), source="okx")
    file = Path(store.files(series)[0].path)
    file.write_bytes(file.read_bytes()[:-50])

    with pytest.raises(StoreError, match=rf"{file.name} is damaged"):
        store.write(series, bars("2024-01-02", 1), source="okx")
    assert store.verify()["file"].tolist() == [file.name]


def test_process_forked_from_a_writer_writes_too(tmp_path, clock):
    """The threads that bring files to disk stay behind at a fork, and the child does without them."""
    command = [sys.executable, "-W", "ignore", str(PROGRAM), str(tmp_path), json.dumps({}), str(clock.ms), "fork"]
    subprocess.run(command, check=True, timeout=30, capture_output=True)

    assert Store(tmp_path).coverage()["rows"].tolist() == [2]
