"""The command, run as a user runs it."""

import json
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def okxlab(tmp_path):
    """Give a function that runs `okxlab` in a workspace of the test's own."""

    def run(*words):
        command = [sys.executable, "-m", "okxlab", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)

    return run


@pytest.fixture
def minutes(tmp_path):
    """Give a CSV of one day of seeded minutes around 60,000."""
    rng = np.random.default_rng(5)
    close = (60_000 * np.exp(np.cumsum(rng.normal(0, 0.001, 1440)))).round(1)
    open_ = np.concatenate([[60_000.0], close[:-1]])
    frame = pd.DataFrame(
        {
            "ts": pd.date_range("2024-01-01", periods=1440, freq="min", tz="UTC").as_unit("ms").asi8,
            "open": open_,
            "high": np.maximum(open_, close) + 5,
            "low": np.minimum(open_, close) - 5,
            "close": close,
        }
    )
    file = tmp_path / "minutes.csv"
    frame.to_csv(file, index=False)
    return file


def test_demo_measures_one_grid_twice_and_leaves_a_report(okxlab, minutes, tmp_path):
    """The last line is one object in which both sides agree exactly, and the report it names is there."""
    ended = okxlab("demo", "--candles", str(minutes), "--days", "1", "--grids", "20", "--range", "4", "--json")
    told = json.loads(ended.stdout.splitlines()[-1])

    assert ended.returncode == 0, ended.stderr
    assert told["backtest"] == told["paper"]
    assert int(told["backtest"]["buys"]) > 10
    assert Decimal(told["paper"]["identity_residual"]) == 0
    assert set(told["backtest"]) == {"buys", "sells", "fees", "grid_profit", "equity_end", "identity_residual"}
    page = Path(told["report"])
    assert page.is_relative_to(tmp_path / "runs")
    assert "Plotly.newPlot" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--symbol", "NOPE-USDT"), "lists no instrument 'NOPE-USDT'"),
        (("--grids", "1"), "at least 2 intervals"),
        (("--investment", "1"), "Invest at least"),
        (("--range", "0.0001", "--grids", "100"), "fall"),
        (("--grids", "600"), "500"),
        (("--days", "0"), "days is 0"),
        (("--days", "1000000000"), "days is"),
        (("--start", "someday"), "not a date"),
        (("--start", "2150-01-01"), "no candles"),
        (("--range", "100"), "Give less than 100"),
        (("--candles", "nowhere.csv"), "There is no file"),
        (("--start", "someday", "--candles", "broken.csv"), "not a date"),
        (("--candles", "broken.csv"), "row 1 .* repeats"),
        (("--candles", "broken.csv", "--start", "1999-01-01"), "repeats|no candles"),
    ],
)
def test_demo_refuses_bad_input_in_one_sentence(okxlab, tmp_path, options, complaint):
    """Bad input ends with exit code 1 and one line on stderr, and no run is begun."""
    (tmp_path / "broken.csv").write_text("ts,open,high,low,close\n1704067200000,1,1,1,1\n1704067200000,1,1,1,1\n")
    ended = okxlab("demo", *options)

    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert pd.Series([ended.stderr]).str.contains(complaint).all(), ended.stderr
    assert not (tmp_path / "runs").exists()


def test_paper_says_in_one_sentence_that_its_port_is_taken(okxlab):
    """A port in use is named, with the way out."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = okxlab("paper", "--port", str(port))

    assert ended.returncode == 1
    assert str(port) in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_unknown_option_is_bad_usage(okxlab):
    """A misspelt option ends with exit code 2."""
    assert okxlab("demo", "--grid", "3").returncode == 2
