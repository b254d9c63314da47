"""The grid laboratory's notebook over recorded candles, with nothing changed but its parameters."""

import json
import re

import pytest

import okxlab as ox

SPAN = {"start": "2022-01-01", "days": 907}
TRIED = {"below": [5, 10, 20], "above": [5, 10, 20], "counts": [10, 20, 50]}


@pytest.fixture(scope="module")
def minutes(shared):
    return shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet"


@pytest.fixture(scope="module")
def run(minutes, tmp_path_factory):
    """Give the executed report over two and a half years of minutes."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "okxlab.toml").write_text("")
    params = {"candles_file": str(minutes), **SPAN, **TRIED, "stretch": "90d", "paths": 10}
    return ox.run_report("02_grid_lab", params, workspace=folder, progress=False)


def test_grid_lab_over_recorded_minutes_says_what_was_left_out_of_sample(run, minutes):
    """The page's gains are those of a walk forward over the same minutes, and those the README tells."""
    bars = ox.read_candles(minutes)
    btc = ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    tried = {"below": TRIED["below"], "above": TRIED["above"], "grids": TRIED["counts"]}
    tried |= {"spacing": ["arithmetic", "geometric"], "investment": 10_000}
    walked = ox.walk_forward(bars, tried, train="90d", test="90d", instrument=btc, progress=False)

    gains = run.results["mean_gains"]
    assert run.results["windows"] == len(walked) == 9
    assert run.results["trials"] == 54
    assert gains["gain"] == pytest.approx(walked["gain"].mean(), abs=1e-6)
    assert gains["hold_gain"] == pytest.approx(walked["hold_gain"].mean(), abs=1e-6)
    assert [round(gains[name], 3) for name in ("in_sample_gain", "gain", "hold_gain")] == [0.04, -0.023, 0.116]
    assert (walked["hold_gain"] > walked["gain"]).sum() == 3
    assert 0 <= run.results["overfitting"] <= 1


def test_grid_lab_makes_one_page_with_every_figure(run):
    """Ladder, levels, band, heat map, parallel axes, walk forward and audit are on the page, in their order."""
    page = run.html.read_text("utf-8")
    (figures,) = re.findall(r'<script[^>]*id="okxlab-figures"[^>]*>(.*?)</script>', page, re.DOTALL)
    titles = [figure["layout"]["title"]["text"] for figure in json.loads(figures)]

    says = ["20 orders", "round trips", "ends between", "54 of 54 grids", "54 grids, best", "9 windows", "claimed"]
    assert len(titles) == len(says)
    assert [words in title for words, title in zip(says, titles, strict=True)] == [True] * 7
