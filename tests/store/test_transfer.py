"""Files into the store and out of it: every bit, every gap, and nothing taken that was not asked for."""

import csv
import re

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CandleError, InputError
from okxlab.store import Series, Store, export_file, import_file, resample_series, series_named

TRADES = ["OKEX_20210722_trades", "OKX_20220227_trades", "OKX_20220513_trades"]


@pytest.fixture
def folder(tmp_path, clock):
    """Give a store in a folder of its own, long after everything recorded."""
    clock.set("2027-01-01")
    return Store(tmp_path / "store", clock)


def listed(shared):
    """Give the manifest's rows of files that are tables of a store's kinds, by name."""
    with (shared / "data" / "MANIFEST.tsv").open() as file:
        rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    return {name: row for name, row in rows.items() if re.search(r"_(\d+[mh]|funding)_.*parquet", name)}


def same_bits(one, other, names):
    """Tell whether columns are equal in each of their 64 bits."""
    return all(
        np.array_equal(one[name].to_numpy().view(np.uint64), other[name].to_numpy().view(np.uint64)) for name in names
    )


def test_every_recorded_file_goes_in_with_its_gaps_and_comes_out_to_the_last_bit(shared, tmp_path, clock):
    """Candles and funding: as many rows and gaps as the manifest lists, no finding, every column equal bit by bit."""
    files = listed(shared)
    clock.set("2027-01-01")
    for name, row in files.items():
        folder, series = Store(tmp_path / "stores" / name, clock), series_named(name)
        original = pd.read_parquet(shared / "data" / name)

        (told,) = import_file(folder, shared / "data" / name, complete=True).itertuples()
        again = pd.read_parquet(export_file(folder, series, tmp_path))
        absent = folder.absent(series)
        gaps = re.match(r"(\d+)(?: \((\d+) candles\))?", row["gaps"])

        assert (told.added, told.dropped, told.left_out) == (int(row["rows"]), 0, ""), name
        assert folder.verify(series).empty, name
        assert (len(absent), absent["bars"].sum()) == (int(gaps[1]), int(gaps[2] or 0)), name
        assert list(again.columns) == list(original.columns), name
        assert same_bits(again, original, original.columns), name
    assert len(files) > 50


@pytest.mark.parametrize("name", TRADES)
def test_recorded_trades_go_in_by_instrument_and_come_out_to_the_last_bit(shared, folder, tmp_path, name):
    """A file of several instruments is several series; the recorder's own clock is left out, and said."""
    original = pd.read_parquet(shared / "data" / f"{name}.parquet")

    told = import_file(folder, shared / "data" / f"{name}.parquet", "okx")

    assert folder.verify().empty
    assert told["added"].sum() == len(original)
    assert set(told["left_out"]) == {"local_ts_ns"}
    for symbol, rows in original.groupby("inst"):
        again = pd.read_parquet(export_file(folder, Series("okx", "trades", symbol), tmp_path))
        assert same_bits(again, rows, ["ts", "price", "size"])
        assert again["side"].tolist() == rows["side"].tolist()
        assert again["id"].astype(str).tolist() == rows["trade_id"].tolist()


def test_changes_of_a_book_are_refused_with_the_reason(shared, folder):
    """They are a stream, and a table of them would be none of the kinds a store keeps."""
    with pytest.raises(InputError, match="changes of an order book"):
        import_file(folder, shared / "data" / "OKX_20220227_book_updates.parquet", "okx")


def test_column_off_every_step_stays_float_and_the_manifest_says_so(folder, tmp_path, bars):
    """A third is no whole number of anything: its column is kept as it is, the others as whole numbers."""
    frame = bars("2024-01-01", 10)
    frame["volume"] = frame["volume"] / 3
    ox.store.write_candles(frame, tmp_path / "BTC-USDT_1m_okx.parquet")

    import_file(folder, tmp_path / "BTC-USDT_1m_okx.parquet")

    (file,) = folder.files(Series("okx", "candles", "BTC-USDT", "1m"))
    assert file.encoding["volume"] is None
    assert file.encoding["open"] == 1
    assert same_bits(folder.read(Series("okx", "candles", "BTC-USDT", "1m")), frame, frame.columns)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather"])
def test_each_kind_of_file_comes_back_to_the_last_bit(folder, tmp_path, bars, series, suffix):
    """What is exported is imported again as it was, thirds included."""
    frame = bars("2024-01-01", 500)
    frame["high"] += 1 / 3
    folder.write(series, frame, source="okx")
    again = Store(tmp_path / "again")

    import_file(again, export_file(folder, series, tmp_path / f"BTC-USDT_1m_okx{suffix}"))

    assert same_bits(again.read(series), frame, frame.columns)


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("BTC_USDT-1m.feather", Series("okx", "candles", "BTC-USDT", "1m")),
        ("BTC_USDT_USDT-1m-futures.feather", Series("okx", "candles", "BTC-USDT-SWAP", "1m")),
        ("BTC_USDT_USDT-1m-mark.feather", Series("okx", "mark", "BTC-USDT-SWAP", "1m")),
    ],
)
def test_freqtrade_files_are_read_and_written_by_their_names(folder, tmp_path, bars, name, series):
    """A file as freqtrade writes it goes in under its pair, and comes out with the same name, columns and types."""
    frame = bars("2024-01-01", 60)
    frame.reset_index(names="date").astype({"date": "datetime64[ms, UTC]"}).to_feather(tmp_path / name)
    import_file(folder, tmp_path / name, "okx")
    (tmp_path / "out").mkdir()
    out = pd.read_feather(export_file(folder, series, tmp_path / "out" / ox.store.file_name(series, ".feather")))

    assert folder.series() == [series]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    assert list(out.columns) == ["date", "open", "high", "low", "close", "volume"]
    assert out["date"].dtype == "datetime64[ms, UTC]"
    assert same_bits(out, frame, frame.columns)


def test_rows_that_go_back_or_repeat_are_refused_or_taken_by_the_rule_asked_for(folder, tmp_path, bars, series):
    """Refused by row; with a rule, sorted, one row a time, and how many were dropped is told."""
    frame = bars("2024-01-01", 6)
    wild = pd.concat([frame.iloc[[0, 2, 1]], frame.iloc[[2]].assign(close=frame["low"].iloc[2]), frame.iloc[3:]])
    file = ox.store.write_candles(wild, tmp_path / "BTC-USDT_1m_okx.parquet")

    with pytest.raises(CandleError, match=r"row 2 .* earlier"):
        import_file(folder, file)
    assert folder.series() == []

    (told,) = import_file(folder, file, order="first").itertuples()
    assert (told.rows, told.added, told.dropped) == (7, 6, 1)
    assert folder.read(series)["close"].tolist() == frame["close"].tolist()

    (told,) = import_file(folder, file, order="last").itertuples()
    assert (told.replaced, told.unchanged) == (1, 5)
    assert folder.read(series)["close"].iloc[2] == frame["low"].iloc[2]


def test_trades_out_of_order_are_sorted_on_request_and_told_apart_by_id(folder, tmp_path):
    """Two trades of one millisecond stay two; one that comes twice is one."""
    rows = {"ts": [1_704_067_200_005, 1_704_067_200_000, 1_704_067_200_000, 1_704_067_200_005]}
    rows |= {"id": [3, 1, 2, 3], "price": [1.0, 2.0, 3.0, 1.0], "size": 1.0, "side": ["buy", "sell", "buy", "buy"]}
    pd.DataFrame(rows).to_csv(tmp_path / "BTC-USDT_trades_okx.csv", index=False)
    series = Series("okx", "trades", "BTC-USDT")

    with pytest.raises(InputError, match="earlier"):
        import_file(folder, tmp_path / "BTC-USDT_trades_okx.csv")
    (told,) = import_file(folder, tmp_path / "BTC-USDT_trades_okx.csv", order="first").itertuples()

    assert told.dropped == 1
    assert folder.read(series)["id"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("ids", [[1.5, 2.0], [2.0**53, 2.0**53 + 2], np.array([1, 2**63 + 1], np.uint64), ["1", "2.5"]])
def test_ids_that_would_become_others_are_refused(folder, tmp_path, ids):
    """No id is cut, rounded or turned around to fit."""
    rows = pd.DataFrame({"ts": [1_704_067_200_000, 1_704_067_200_001], "price": 10.0, "size": 1.0, "side": "buy"})
    rows.assign(trade_id=ids).to_parquet(tmp_path / "BTC-USDT_trades_okx.parquet", index=False)

    with pytest.raises(InputError, match="'id'"):
        import_file(folder, tmp_path / "BTC-USDT_trades_okx.parquet")


@pytest.mark.parametrize(
    ("what", "cell"),
    [
        ("1m", ("volume", -1.0)),
        ("1m", ("volume", np.inf)),
        ("trades", ("price", np.nan)),
        ("trades", ("price", "none")),
        ("trades", ("size", 0.0)),
        ("funding", ("funding_rate", np.inf)),
    ],
)
def test_row_that_no_market_has_is_refused(folder, tmp_path, bars, what, cell):
    """The row and what it has are named, and nothing is in the store."""
    column, value = cell
    rows = bars("2024-01-01", 3).assign(price=1.0, size=1.0, side="buy", funding_rate=0.0)
    rows = rows.assign(ts=rows.index.as_unit("ms").asi8).astype({column: "object"})
    rows.iloc[1, rows.columns.get_loc(column)] = value
    rows.to_csv(tmp_path / f"BTC-USDT_{what}_okx.csv", index=False)

    with pytest.raises(CandleError, match=f"Row 1 .* has the {column}"):
        import_file(folder, tmp_path / f"BTC-USDT_{what}_okx.csv")
    assert folder.series() == []


def test_bars_a_file_lacks_are_missing_unless_it_is_all_there_is(folder, tmp_path, bars, series):
    """A hole is asked for by a backfill, until somebody says that the source has no more."""
    frame = bars("2024-01-01", 10)
    file = ox.store.write_candles(frame.drop(frame.index[4:6]), tmp_path / "BTC-USDT_1m_okx.parquet")

    import_file(folder, file)
    assert [start.minute for start, _ in folder.missing(series, frame.index[0], frame.index[-1])] == [4]
    assert folder.absent(series).empty

    import_file(folder, file, complete=True)
    assert folder.missing(series, frame.index[0], frame.index[-1]) == []
    assert folder.absent(series)["bars"].tolist() == [2]


@pytest.mark.parametrize("longer", ["3m", "5m", "1h", "1d"])
def test_longer_bars_are_refused_with_the_step_the_rows_have(folder, tmp_path, bars, series, longer):
    """Hours in a file of minutes would stand in the store as minutes of an hour's volume."""
    frame = bars("2024-01-01", 9, freq=ox.model.timeframe_length(longer)).iloc[1:]
    file = ox.store.write_candles(frame.drop(frame.index[2:4]), tmp_path / "BTC-USDT_1m_okx.parquet")

    for told in (None, series):
        with pytest.raises(CandleError, match=rf"{file.name} are {longer} apart, and {series} has bars of 1m"):
            import_file(folder, file, told)
    assert folder.series() == []
    assert import_file(folder, file, Series("okx", "candles", "BTC-USDT", longer))["added"].tolist() == [6]


def test_minutes_far_apart_are_minutes(folder, tmp_path, bars, series):
    """A venue that leaves minutes without trades out has bars far from each other, on no longer bar's grid."""
    frame = bars("2024-01-01", 60).iloc[[0, 6, 20, 35, 47]]
    file = ox.store.write_candles(frame, tmp_path / "BTC-USDT_1m_okx.parquet")

    assert import_file(folder, file)["added"].tolist() == [5]
    assert same_bits(folder.read(series), frame, frame.columns)


def test_file_without_volume_leaves_the_volume_that_is_known(folder, tmp_path, bars, series):
    """Prices are taken, the store's volume stays; where the store has no bar it is unknown."""
    frame = bars("2024-01-01", 6)
    folder.write(series, frame.iloc[:4], source="okx")
    prices = frame.iloc[2:].drop(columns="volume") + 1
    file = prices.assign(ts=prices.index.as_unit("ms").asi8)
    file.to_csv(tmp_path / "BTC-USDT_1m_okx.csv", index=False)

    (told,) = import_file(folder, tmp_path / "BTC-USDT_1m_okx.csv").itertuples()
    kept = folder.read(series)

    assert (told.added, told.replaced) == (2, 2)
    assert kept["close"].tolist() == [*frame["close"][:2], *prices["close"]]
    assert kept["volume"].tolist()[:4] == frame["volume"].tolist()[:4]
    assert kept["volume"].isna().tolist() == [False] * 4 + [True] * 2


def test_span_of_a_series_is_exported_alone(folder, tmp_path, bars, series):
    """Start belongs to it, end does not; a span without rows is refused."""
    frame = bars("2024-01-01", 10)
    folder.write(series, frame, source="okx")

    file = export_file(folder, series, tmp_path, start=frame.index[2], end=frame.index[5])

    assert file.name == "BTC-USDT_1m_okx.parquet"
    assert ox.read_candles(file).index.tolist() == frame.index[2:5].tolist()
    with pytest.raises(InputError, match="nothing of okx/candles"):
        export_file(folder, series, tmp_path, start="2025-01-01")


def test_file_whose_name_tells_too_little_is_refused(folder, tmp_path, bars):
    """What is missing is named."""
    for name, exchange, complaint in [
        ("btc.csv", None, "does not tell what is in it"),
        ("BTC_USDT-1m.csv", None, "does not tell its exchange"),
        ("BTC_USDT-1m.csv", "OKX!", "is no name"),
    ]:
        bars("2024-01-01", 3).to_csv(tmp_path / name)

        with pytest.raises(InputError, match=complaint):
            import_file(folder, tmp_path / name, exchange)


def test_ending_that_says_nothing_and_feather_of_trades_are_refused(folder, tmp_path, bars, series):
    """Nothing is written in a shape nobody reads."""
    folder.write(series, bars("2024-01-01", 3), source="okx")
    trades = pd.DataFrame(
        {"price": [1.0], "size": 1.0, "side": "buy"}, index=pd.DatetimeIndex(["2024-01-01"], tz="UTC")
    )
    folder.write(Series("okx", "trades", "BTC-USDT"), trades, source="okx")

    with pytest.raises(InputError, match=r"End it in \.csv"):
        export_file(folder, series, tmp_path / "bars.xlsx")
    with pytest.raises(InputError, match="freqtrade's shape of candles"):
        export_file(folder, Series("okx", "trades", "BTC-USDT"), tmp_path / "trades.feather")
    with pytest.raises(InputError, match="order is 'any'"):
        import_file(folder, tmp_path / "none.csv", order="any")


def test_longer_bars_are_made_where_their_whole_time_is_covered(folder, bars, series):
    """An hour with a minute known to be absent is made, an hour somebody only asked half of is not."""
    frame = bars("2024-01-01 00:30", 240)
    known, unknown = frame.drop(frame.index[100]), frame.index[160]
    folder.write(series, known[known.index < unknown], span=(frame.index[0], unknown), source="okx")
    folder.write(series, known[known.index > unknown], source="okx")
    hours = Series("okx", "candles", "BTC-USDT", "1h")

    written = resample_series(folder, series, "1h")
    kept = folder.read(hours)

    assert written.added == 2
    assert [time.hour for time in kept.index] == [1, 2]
    assert kept.equals(ox.resample(known, "1h").drop(columns="missing").loc[kept.index].set_axis(kept.index))
    assert resample_series(folder, series, "1h").unchanged == 2


def test_hour_known_to_be_absent_is_known_of_the_longer_bars_too(folder, bars, series):
    """What the source does not have in minutes it does not have in hours."""
    frame = bars("2024-01-01", 240)
    folder.write(series, frame.drop(frame.index[60:120]), span=("2024-01-01", "2024-01-01 04:00"), source="okx")

    resample_series(folder, series, "1h")

    assert folder.absent(Series("okx", "candles", "BTC-USDT", "1h"))["bars"].tolist() == [1]
    with pytest.raises(InputError, match="cannot be joined to bars of 1m"):
        resample_series(folder, series, "1m")


def test_minutes_of_two_years_come_to_hours_in_the_store(shared, folder):
    """Recorded minutes, stored and joined in the store, are another recorder's hours: prices to the last bit."""
    name = "BTC-USDT_1m_binance_20220101_20240625.parquet"
    import_file(folder, shared / "data" / name, complete=True)
    theirs = ox.read_candles(shared / "data" / "BTC-USDT_1h_binance_20170817_20240421.parquet", start="2022-01-01")

    resample_series(folder, series_named(name), "1h")
    ours = folder.read(Series("binance", "candles", "BTC-USDT", "1h")).loc[theirs.index]

    assert same_bits(ours, theirs, ["open", "high", "low", "close"])
    assert (np.rint(ours["volume"] * 1e6) == np.rint(theirs["volume"] * 1e6)).all()
