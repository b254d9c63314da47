"""Joining: what the state file names is an exchange only when it holds the lease and serves."""

import json

import pandas as pd
import pytest
import requests

import okxlab as ox


@pytest.mark.parametrize(
    "answers",
    [
        {"/okxlab/lease": (200, {}, "leased\n"), "/api/v5/public/time": (0, {}, "")},
        {"/okxlab/lease": (200, {}, "leased\n"), "/api/v5/public/time": (503, {}, "")},
        {"/okxlab/lease": (200, {"Connection": "close"}, "leased\n")},
        {"/okxlab/lease": (0, {}, "")},
    ],
    ids=["granted and gone", "granted and closing", "granted and cut off", "refused"],
)
def test_connect_when_the_exchange_is_ending_starts_a_new_one(stranger, tmp_path, answers):
    """A lease on an exchange that is ending is worth nothing, and is never handed out."""
    going = stranger()
    going.answers |= answers
    names = ("api_key", "api_secret", "passphrase", "control")
    (tmp_path / ".okxlab").mkdir()
    (tmp_path / ".okxlab" / "paper.json").write_text(
        json.dumps({"rest": going.url, "ws": going.url, **dict.fromkeys(names, "x")})
    )
    with ox.connect(workspace=tmp_path) as session:
        assert session.profile.rest != going.url
        assert not ox.tickers(session).empty


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "3"])
def test_connect_when_the_state_file_is_torn_starts_a_new_one(tmp_path, text):
    """A file that names no exchange does not stop the next one."""
    (tmp_path / ".okxlab").mkdir()
    (tmp_path / ".okxlab" / "paper.json").write_text(text)
    with ox.connect(workspace=tmp_path) as session:
        assert session.profile.keys


@pytest.mark.parametrize(
    ("lines", "model"), [("", "touch"), ('fills = "book"', "book"), ('prices = "file:p.csv"\nfills = "book"', "book")]
)
def test_fill_model_of_the_settings_is_the_exchanges(tmp_path, lines, model):
    """A workspace that wants a living book gets it, for the walk and for a file."""
    stamps = pd.date_range("2024-01-01", periods=3, freq="min", tz="UTC").as_unit("ms").asi8
    pd.DataFrame({"ts": stamps, "open": 7.0, "high": 7.0, "low": 7.0, "close": 7.0}).to_csv(tmp_path / "p.csv")
    (tmp_path / "okxlab.toml").write_text(f"[paper]\n{lines}\n")
    with ox.connect(workspace=tmp_path) as session:
        told = json.loads((tmp_path / ".okxlab" / "paper.json").read_text())
        headers = {"X-Okxlab-Token": told["control"]}
        assert session.profile.keys
        assert requests.get(f"{told['rest']}/okxlab/feed", headers=headers, timeout=10).json()["fills"] == model


def test_price_file_of_the_settings_is_found_from_the_workspace(tmp_path):
    """A relative path in okxlab.toml means the workspace, wherever the program runs; symbol says what it is of."""
    stamps = pd.date_range("2024-01-01", periods=3, freq="min", tz="UTC").as_unit("ms").asi8
    pd.DataFrame({"ts": stamps, "open": 7.0, "high": 7.0, "low": 7.0, "close": 7.0}).to_csv(tmp_path / "p.csv")
    (tmp_path / "okxlab.toml").write_text('[paper]\nprices = "file:p.csv"\nsymbol = "ETH-USDT"\n')
    with ox.connect(workspace=tmp_path) as session:
        assert ox.tickers(session)["last"].to_dict() == {"ETH-USDT": 7.0}
