"""Grids as TOML and JSON, to the last digit and back."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError, SpecError
from okxlab.grid import GridSpec

prices = st.decimals("0.0000000001", "1e15", places=10)


@st.composite
def specs(draw):
    """Give a grid of any kind with any fields that go together."""
    grids = draw(st.integers(2, 12))
    low, width = draw(prices), draw(prices)
    high = low + width
    kind = draw(st.sampled_from(["spot", "long", "short"]))
    below, above = low * draw(st.decimals("0.01", "0.99", places=2)), high * draw(st.decimals("1.01", "9", places=2))
    ends = ("take_profit", "stop_loss") if kind == "short" else ("stop_loss", "take_profit")
    spot = {"base": draw(st.decimals("0", "1e9", places=8))}
    contract = {"leverage": draw(st.decimals("1", "125", places=2)), "kind": kind}
    names = ["equal_quote", "mountain", "valley", "slope_up", "slope_down", "equal_base"]
    weights = st.lists(prices, min_size=grids, max_size=grids)
    extras = {
        **dict(zip(ends, (below, above), strict=True)),
        "trigger": (low + high) / 2,
        "sizes": draw(st.sampled_from(names) | weights),
        "time_limit": timedelta(microseconds=draw(st.integers(1, 10**17))),
        "reinvest": draw(st.booleans()),
    }
    chosen = {name: extras[name] for name in draw(st.sets(st.sampled_from(list(extras))))}
    symbol = "BTC-USDT" if kind == "spot" else "BTC-USDT-SWAP"
    chosen |= spot if kind == "spot" else contract
    if kind == "spot" and draw(st.booleans()):
        chosen.pop("sizes", None)
        return GridSpec.infinity(
            symbol, low=low, step=draw(st.decimals("0.001", "0.9", places=6)), investment=1, **chosen
        )
    spacing = draw(st.sampled_from(["arithmetic", "geometric"]))
    return GridSpec(symbol, low=low, high=high, grids=grids, investment=draw(prices), spacing=spacing, **chosen)


@settings(deadline=None)
@given(specs())
def test_every_grid_comes_back_equal_from_both_files(spec):
    """Whatever a grid is, its TOML and its JSON make the same one again."""
    assert GridSpec.from_toml(spec.to_toml()) == spec
    assert GridSpec.from_json(spec.to_json()) == spec


def test_numbers_of_a_file_keep_every_digit():
    """Nothing goes through a float."""
    digits = Decimal("0.1000000000000000055511151231257827")
    spec = GridSpec("BTC-USDT", low=digits, high=1, grids=2, investment=1)

    assert GridSpec.from_toml(spec.to_toml()).low == digits
    assert json.loads(spec.to_json())["low"] == str(digits)


def test_file_written_by_hand_is_read():
    """Comments, texts for numbers and underscores are fine, as anywhere in okxlab."""
    rest = 'low = "85_000"\nhigh = 95_000.5\ngrids = 10\ninvestment = 1e3\ntime_limit = 86400\n'
    text = 'symbol = "BTC/USDT"  # spot\n' + rest
    made = GridSpec("BTC-USDT", low=85000, high="95000.5", grids=10, investment=1000, time_limit=timedelta(days=1))

    assert GridSpec.from_toml(text) == made


def test_file_of_a_plain_grid_is_five_lines():
    """What is as it would be if left out is left out."""
    spec = GridSpec("BTC-USDT", low=1, high=2, grids=3, investment=4)

    assert spec.to_toml() == 'symbol = "BTC-USDT"\nlow = 1\nhigh = 2\ngrids = 3\ninvestment = 4\n'


GOOD = 'symbol = "BTC-USDT"\nlow = 1\nhigh = 2\ngrids = 3\ninvestment = 4\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("low = ", "This is no TOML"),
        (GOOD + "gird = 3", "A grid has no field 'gird'. Did you mean 'grids'?"),
        (GOOD + "zzz = 3", "It has symbol, low, high"),
        ("low = 1", "does not say its symbol and investment and high and grids"),
        ("step = 0.1", "does not say its symbol and low and investment."),
        (GOOD + "low = 3", "This is no TOML"),
        (GOOD + "time_limit = 0.0000001", "whole microseconds"),
        (GOOD + "time_limit = 1e20", "fewer than"),
        (GOOD + "reinvest = 'yes'", "Give True or False"),
        (GOOD + "sizes = [1, 2]", "sizes holds 2 weights"),
        (GOOD + "step = 0.1", "high and grids say it already"),
        (GOOD + "trigger = nan", "not finite"),
        (GOOD + "trigger = 2024-01-01", "not a number read exactly"),
    ],
)
def test_toml_that_is_no_grid_is_refused(text, words):
    """What is wrong with a file is said in a sentence."""
    with pytest.raises(InputError, match=re.escape(words)):
        GridSpec.from_toml(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This is no JSON"),
        ("[]", "This JSON is a list"),
        ('{"low": 1, "low": 2}', "twice"),
        ('{"symbol": "BTC-USDT", "low": 1, "high": NaN, "grids": 3, "investment": 4}', "high is nan"),
        ('{"symbol": "BTC-USDT", "low": 1, "high": 2, "grids": "3", "investment": 4}', "not a whole number"),
    ],
)
def test_json_that_is_no_grid_is_refused(text, words):
    """What is wrong with a file is said in a sentence."""
    with pytest.raises(SpecError if "NaN" not in text else InputError, match=re.escape(words)):
        GridSpec.from_json(text)
