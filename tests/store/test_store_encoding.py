"""How numbers are kept: as small as their digits allow, and to the last bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.store import Series, Store

FUNDING = Series("okx", "funding", "BTC-USDT-SWAP")
PAYLOAD = np.array([0x7FF8_0000_0000_0001], dtype=np.uint64).view(np.float64)[0]


def column(values):
    index = pd.date_range("2024-01-01", periods=len(values), freq="8h", tz="UTC", name="time")
    return pd.DataFrame({"funding_rate": np.asarray(values, dtype=np.float64)}, index=index)


def kept(store, values):
    """Write one column, and give what is read back and how it was encoded."""
    frame = column(values)
    store.write(FUNDING, frame, source="test")
    return store.read(FUNDING)["funding_rate"].to_numpy(), store.files(FUNDING)[0].encoding["funding_rate"]


def same_bits(left, right):
    return np.array_equal(np.asarray(left, np.float64).view(np.uint64), np.asarray(right, np.float64).view(np.uint64))


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([1.0, 200.0], 0),
        ([0.1, 61816.4], 1),
        ([0.00012345, 1.0], 8),
        ([1e-12], 12),
        ([1e-13], None),
        ([2.0**53 - 1], 0),
        ([2.0**53], None),
        ([1 / 3], None),
        ([-0.25, 0.0], 2),
        ([-0.0, 1.0], None),
        ([np.nan, 0.5], 1),
        ([np.nan, np.nan], 0),
        ([PAYLOAD, 0.5], None),
        ([np.inf, 0.5], None),
        ([-np.inf], None),
        ([5e-324, 1.0], None),
        ([1.7e308, 1.0], None),
    ],
)
def test_digits_are_the_fewest_that_restore_every_bit(tmp_path, values, digits):
    """A column is whole numbers of 10**-digits exactly when that gives each value back; else it stays as it is."""
    read, encoding = kept(Store(tmp_path), values)

    assert encoding == digits
    assert same_bits(read, values)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(width=64), min_size=1, max_size=40))
def test_any_float_comes_back_bit_for_bit(tmp_path_factory, values):
    """Whatever sixty-four bits are put in come out."""
    read, _ = kept(Store(tmp_path_factory.mktemp("store")), values)

    assert same_bits(read, values)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 12), st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=40))
def test_any_decimal_is_kept_as_a_whole_number(tmp_path_factory, decimals, wholes):
    """Values on a tick of a power of ten never need a float, and come back bit for bit."""
    values = [float(f"{whole}e-{decimals}") + 0.0 for whole in wholes]

    read, digits = kept(Store(tmp_path_factory.mktemp("store")), values)

    assert digits is not None
    assert digits <= decimals
    assert same_bits(read, values)


def test_one_value_between_ticks_late_in_a_month_is_not_lost(tmp_path):
    """A single odd value among thousands makes its column a float, wherever it stands."""
    values = np.arange(40_000) / 10
    values[31_415] = 1 / 3
    hours = pd.date_range("2024-01-01", periods=len(values), freq="min", tz="UTC", name="time")
    store = Store(tmp_path)
    store.write(FUNDING, pd.DataFrame({"funding_rate": values}, index=hours), source="test")

    assert same_bits(store.read(FUNDING)["funding_rate"], values)
    assert store.files(FUNDING)[0].encoding["funding_rate"] is None


def test_whole_ticks_take_less_than_half_of_floats(tmp_path, bars):
    """A month of minutes on a tick takes at most half of what pandas' own Parquet with zstd takes."""
    frame = bars("2024-01-01", 31 * 1440)
    store = Store(tmp_path / "data")
    store.write(Series("okx", "candles", "BTC-USDT", "1m"), frame, source="test")
    frame.to_parquet(tmp_path / "plain.parquet", compression="zstd")

    assert store.coverage()["bytes"].sum() < 0.5 * (tmp_path / "plain.parquet").stat().st_size
