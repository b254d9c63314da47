"""SQL over the store: every bit, only what manifests name, and no way out of the views."""

import threading

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import InputError, StoreError
from okxlab.store import Series, Store, import_file, series_named, sql

TRADES = Series("okx", "trades", "BTC-USDT")


def trades(count):
    """Give trades, two in each millisecond."""
    index = pd.to_datetime(1_704_067_200_000 + np.arange(count) // 2, unit="ms", utc=True)
    sides = np.where(np.arange(count) % 2, "buy", "sell")
    return pd.DataFrame({"price": 100.5, "size": 0.01, "side": sides, "id": np.arange(count)}, index=index)


def test_every_row_and_bit_of_a_series_is_in_its_view(store, series, bars):
    """In a folder, in memory and on S3 the view gives what reading gives, whole numbers and floats alike."""
    frame = bars("2024-01-31", 2 * 1440)
    frame.loc[frame.index < "2024-02-01", "volume"] /= 3  # a month of floats, a month of whole numbers
    store.write(series, frame, source="okx")

    asked = sql("select * from candles where symbol = 'BTC-USDT' order by time", store)

    assert list(asked.columns[:4]) == ["exchange", "symbol", "timeframe", "time"]
    assert asked["time"].tolist() == frame.index.tolist()
    for name in frame.columns:
        assert np.array_equal(asked[name].to_numpy().view(np.uint64), frame[name].to_numpy().view(np.uint64))


def test_each_kind_has_its_view_with_its_types(store, series, bars):
    """Mark prices without volume, trades with side and id, funding; a kind nobody wrote is an empty view."""
    mark = Series("okx", "mark", "BTC-USDT-SWAP", "1m")
    store.write(mark, bars("2024-01-01", 3).drop(columns="volume"), source="okx")
    store.write(TRADES, trades(6), source="okx")

    counted = sql("select side, count(*) as n, max(id) as newest from trades group by side order by side", store)

    assert counted.to_dict("list") == {"side": ["buy", "sell"], "n": [3, 3], "newest": [5, 4]}
    assert sql("select count(volume) as known, count(*) as n from mark", store).to_dict("records") == [
        {"known": 0, "n": 3}
    ]
    assert sql('select close from "index"', store).empty
    assert sql("select typeof(funding_rate), time from funding", store).dtypes["time"] == "datetime64[us, UTC]"


def test_unknown_values_are_null_however_they_are_kept(store, series, bars):
    """NaN among whole numbers and NaN among floats are both left out of a sum."""
    frame = bars("2024-01-31 23:00", 120)
    frame.iloc[[0, 100], 4] = np.nan
    frame.iloc[1, 4] = 1 / 3
    store.write(series, frame, source="okx")

    asked = sql("select sum(volume) as total, count(volume) as known from candles", store)

    assert asked["known"].tolist() == [118]
    assert asked["total"].iloc[0] == pytest.approx(frame["volume"].sum())


def test_span_shows_its_rows_and_no_others(store, series, bars):
    """Start belongs to it, end does not; a parameter is a value, never SQL."""
    frame = bars("2024-01-30", 4 * 1440)
    store.write(series, frame, source="okx")

    within = sql("select min(time) as a, max(time) as b from candles", store, start="2024-01-31", end="2024-02-02")
    above = sql("select count(*) as n from candles where close > $price and symbol = $symbol", store,
                params={"price": 60_000.0, "symbol": "BTC-USDT' or 1=1 --"})  # fmt: skip

    assert within.iloc[0].tolist() == [pd.Timestamp("2024-01-31", tz="UTC"), pd.Timestamp("2024-02-01 23:59", tz="UTC")]
    assert above["n"].tolist() == [0]


def test_file_no_manifest_names_is_not_read(tmp_path, series, bars, clock):
    """What a killed writer left beside the series is in no answer, even when it is no Parquet at all."""
    store = Store(tmp_path, clock)
    store.write(series, bars("2024-01-01", 5), source="okx")
    (tmp_path / series.folder / "2024-02.0123456789ab.parquet").write_bytes(b"PAR1 half")

    assert sql("select count(*) as n from candles", store)["n"].tolist() == [5]


def test_query_under_a_writer_sees_one_state_or_the_next(tmp_path, series, bars, clock):
    """While a month is written again and again, each answer is whole: as many rows as some state had."""
    store = Store(tmp_path, clock)
    frame = bars("2024-01-01", 400)
    store.write(series, frame.iloc[:100], source="okx")
    writer = threading.Thread(
        target=lambda: [store.write(series, frame.iloc[at : at + 10], source="okx") for at in range(100, 400, 10)]
    )
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append(int(sql("select count(*) as n from candles", store)["n"].iloc[0]))
    writer.join()

    assert seen == sorted(seen)
    assert {count % 10 for count in seen} == {0}


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select content from read_text('{file}')",
        "select * from frame",
        "select nothing from candles",
    ],
)
def test_query_that_reaches_outside_the_views_is_refused(tmp_path, series, bars, clock, query):
    """No file, no folder, no variable of the program, no column that is not there."""
    store = Store(tmp_path, clock)
    frame = bars("2024-01-01", 5)
    store.write(series, frame, source="okx")
    (tmp_path / "secret.txt").write_text("secret")

    with pytest.raises(InputError, match="The query failed"):
        sql(query.format(file=tmp_path / "secret.txt"), store)


@pytest.mark.parametrize(
    "query",
    [
        "copy (select 1) to '{file}'",
        "copy (select 1 as ts) to '{data}' (use_tmp_file false)",
        "select 1; select 2",
        "create table a as select 1",
        "set enable_external_access = true",
        "attach '{file}'",
        "select",
        "",
        None,
    ],
)
def test_what_is_no_single_select_is_refused(tmp_path, series, bars, clock, query):
    """Nothing is written from SQL, not even over a file of the store."""
    store = Store(tmp_path / "store", clock)
    store.write(series, bars("2024-01-01", 5), source="okx")
    words = query and query.format(file=tmp_path / "out.csv", data=store.files(series)[0].path)

    with pytest.raises(InputError, match=r"no single SELECT|is no SQL"):
        sql(words, store)

    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    assert store.verify().empty


def test_file_that_is_gone_is_told(tmp_path, series, bars, clock):
    """A file the manifest names and nobody finds is an error of the store, not an empty answer."""
    store = Store(tmp_path, clock)
    store.write(series, bars("2024-01-01", 5), source="okx")
    next((tmp_path / series.folder).glob("*.parquet")).unlink()

    with pytest.raises(StoreError, match="cannot be read"):
        sql("select count(*) from candles", store)


def test_workspace_store_is_asked_by_default(tmp_path, monkeypatch, series, bars):
    """Without a store it is the one of the current folder."""
    monkeypatch.chdir(tmp_path)
    ox.open_store().write(series, bars("2024-01-01", 5), source="okx")

    assert ox.sql("select count(*) as n from candles")["n"].tolist() == [5]


def test_hours_asked_of_recorded_minutes_are_the_recorded_hours(shared, tmp_path, clock):
    """SQL's own hours of a recorded year are another recorder's: prices to the last bit."""
    clock.set("2027-01-01")
    store, hours = Store(tmp_path, clock), "BTC-USDT_1h_binance_20170817_20240421.parquet"
    import_file(store, shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet")
    import_file(store, shared / "data" / hours)
    query = """
        with ours as (
            select date_trunc('hour', time) as hour, arg_min(open, time) as open, max(high) as high, min(low) as low,
                   arg_max(close, time) as close
            from candles where timeframe = '1m' group by hour
        )
        select count(*) as n, count(*) filter (
            where o.open = c.open and o.high = c.high and o.low = c.low and o.close = c.close
        ) as same
        from ours as o join candles as c on c.time = o.hour and c.timeframe = '1h'
    """

    assert sql(query, store, start="2023-01-01", end="2024-01-01").to_dict("records") == [{"n": 8759, "same": 8759}]
    assert len(store.read(series_named(hours), "2023-01-01", "2024-01-01")) == 8759
