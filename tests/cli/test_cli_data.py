"""okxlab data, run as a user runs it."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.store import Series, Store

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")


@pytest.fixture
def data(tmp_path):
    """Give a function that runs `okxlab data` in a workspace of the test's own."""

    def run(*words):
        command = [sys.executable, "-m", "okxlab", "data", *map(str, words)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def feather(tmp_path):
    """Give a freqtrade file of two hours of minutes with a hole of three."""
    times = pd.date_range("2024-01-01", periods=120, freq="min", tz="UTC", unit="ms")
    close = 100 + np.random.default_rng(3).integers(-9, 9, 120) / 10
    frame = pd.DataFrame({"date": times, "open": 100.0, "high": 101.0, "low": 99.0, "close": close, "volume": 1 / 3})
    file = tmp_path / "BTC_USDT-1m.feather"
    frame.drop(index=[30, 31, 32]).reset_index(drop=True).to_feather(file)
    return file


def test_file_goes_in_is_listed_verified_joined_and_comes_out(data, feather, tmp_path):
    """A freqtrade file is imported by its name, and each command says what it did."""
    imported = data("import", feather, "--exchange", "okx", "--complete")
    joined = data("resample", MINUTES, "1h")
    listed, verified = data("list"), data("verify")
    exported = data("export", MINUTES, "minutes.csv", "--start", "2024-01-01 01:00")

    assert imported.stdout == "okx/candles/BTC-USDT/1m: rows 117 added, 0 replaced, 0 unchanged, 0 dropped\n"
    assert joined.stdout == "2 bars added, 0 replaced, 0 there already.\n"
    assert "okx/candles/BTC-USDT/1m" in listed.stdout
    assert "okx/candles/BTC-USDT/1m: 117 rows, 3 bars absent, holes: 1" in verified.stdout
    assert exported.stdout.strip() == "minutes.csv"
    assert len(ox.read_candles(tmp_path / "minutes.csv")) == 60


def test_pull_takes_what_the_store_lacks_and_nothing_twice(data, tmp_path):
    """A day of the paper exchange's hours is pulled once; asked again, all of it is there."""
    first = data("pull", "BTC-USDT", "--timeframe", "1h", "--start", "2026-01-01", "--end", "2026-01-02")
    again = data("pull", "BTC-USDT", "--timeframe", "1h", "--start", "2026-01-01", "--end", "2026-01-02")
    (series,) = Store(tmp_path / ".okxlab" / "data").series()

    assert (series.kind, series.symbol, series.timeframe) == ("candles", "BTC-USDT", "1h")
    assert len(Store(tmp_path / ".okxlab" / "data").read(series)) == 24
    assert "asked" in first.stdout
    assert again.stdout.split("BTC-USDT")[1].split()[:3] == ["24", "0", "24"]


def test_rows_out_of_order_are_taken_by_the_rule_named(data, feather):
    """Refused with the row in one sentence; with --order first, sorted and counted."""
    frame = pd.read_feather(feather)
    pd.concat([frame.iloc[[1, 0, 0]], frame.iloc[2:]]).reset_index(drop=True).to_feather(feather)

    refused = data("import", feather, "--exchange", "okx")
    taken = data("import", feather, "--exchange", "okx", "--order", "first")

    assert refused.returncode == 1
    assert "earlier than the row before it" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert "117 added" in taken.stdout
    assert "1 dropped" in taken.stdout


def test_instrument_no_name_tells_is_named_by_options(data, feather, tmp_path):
    """A file of any name goes in where the options say, into a store of any place."""
    file = feather.rename(tmp_path / "mine.feather")

    data(
        "import", file, "--exchange", "okx", "--symbol", "BTC-USDT", "--timeframe", "1m", "--store", tmp_path / "other"
    )

    assert Store(tmp_path / "other").series() == [MINUTES]
    assert "mine.feather does not tell" in data("import", file).stderr
    assert "exchange '' is no name" in data("import", file, "--symbol", "BTC-USDT", "--timeframe", "1m").stderr


def test_sql_prints_a_table_or_csv(data, feather):
    """Every digit is in the CSV; what is no SELECT is one sentence."""
    data("import", feather, "--exchange", "okx")

    table = data("sql", "select symbol, count(*) as n from candles group by symbol")
    csv = data("sql", "select volume from candles limit 1", "--csv")
    refused = data("sql", "drop table candles")

    assert table.stdout.split() == ["symbol", "n", "0", "BTC-USDT", "117"]
    assert float(csv.stdout.splitlines()[1]) == 1 / 3
    assert (refused.returncode, "no single SELECT" in refused.stderr) == (1, True)


def test_damage_is_told_by_file_and_ends_with_an_error(data, feather, tmp_path):
    """One byte that changed on disk is found by verify."""
    data("import", feather, "--exchange", "okx")
    (file,) = (tmp_path / ".okxlab" / "data" / MINUTES.folder).glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    verified = data("verify")

    assert verified.returncode == 1
    assert f"{MINUTES.folder}/{file.name} is not what was written" in verified.stdout
    assert "1 findings" in verified.stderr


def test_empty_store_and_two_places_are_told(data, tmp_path):
    """Nothing is nothing, and two places are one too many."""
    assert data("list").stdout == "There is nothing.\n"
    assert "Give one of them" in data("list", "--store", tmp_path / "a", "--workspace", tmp_path).stderr


def test_text_that_a_spreadsheet_would_run_is_only_text_in_csv(data, feather):
    """A formula gets an apostrophe before it, a number is left as it is."""
    data("import", feather, "--exchange", "okx")
    texts = ("=HYPERLINK(0)", "+1+cmd|x", "-2+3+cmd|x", "@SUM(A1)", "-1.5", "-1e-7", "BTC-USDT")
    query = " union all ".join(f"select {n} as n, '{text}' as said" for n, text in enumerate(texts)) + " order by n"

    rows = data("sql", query, "--csv").stdout.splitlines()[1:]

    assert [row.partition(",")[2] for row in rows] == [f"'{text}" for text in texts[:4]] + list(texts[4:])
