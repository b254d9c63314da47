"""What a grid specification keeps and refuses."""

import pickle
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import numpy as np
import pytest

from okxlab.errors import InputError, SpecError, SymbolError
from okxlab.grid import GridSpec

GOOD = {"symbol": "BTC-USDT", "low": 85_000, "high": 95_000, "grids": 10, "investment": 1_000}


def make(**changes):
    return GridSpec(**{**GOOD, **changes})


def test_spec_when_symbol_is_ccxts_keeps_okx_spelling():
    """Both spellings of a symbol make the same grid."""
    assert make(symbol="btc/usdt") == make()


@pytest.mark.parametrize("low", ["85_000", 85_000.0, Decimal("85000.00"), 85_000])
def test_spec_when_low_is_any_number_is_equal(low):
    """Text, float, Decimal and int of one value make equal, equally hashed grids."""
    assert make(low=low) == make()
    assert hash(make(low=low)) == hash(make())


def test_spec_when_low_is_a_float_means_its_shortest_decimal():
    """A float is read as people wrote it."""
    assert make(low=0.1, high=0.3).low == Decimal("0.1")


def test_spec_when_printed_can_be_read_back():
    """The short repr is the call that makes the same grid."""
    spec = make(low="0.1", high="0.35", spacing="geometric")

    assert repr(spec) == "GridSpec('BTC-USDT', low=0.1, high=0.35, grids=10, investment=1000, spacing='geometric')"
    assert eval(repr(spec)) == spec  # noqa: S307  the text was made two lines above


def test_spec_when_arithmetic_leaves_spacing_out_of_its_repr():
    """The default spacing is not repeated."""
    assert repr(make()) == "GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000)"


def test_spec_when_replaced_is_checked_again():
    """dataclasses.replace goes through the same checks."""
    assert replace(make(), grids=20).grids == 20
    with pytest.raises(SpecError):
        replace(make(), grids=1)


def test_spec_when_assigned_to_is_frozen():
    """Nobody changes a grid under way."""
    with pytest.raises(FrozenInstanceError):
        make().grids = 3


def test_spec_when_pickled_comes_back_equal():
    """A grid can travel to another process."""
    assert pickle.loads(pickle.dumps(make())) == make()  # noqa: S301  made on the same line


def test_spec_when_grids_is_a_numpy_integer_keeps_an_int():
    """A number out of an array is an int like any other."""
    assert type(make(grids=np.int64(7)).grids) is int


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"low": 95_000}, "low is 95000 and high is 95000"),
        ({"low": 96_000}, "low that is below high"),
        ({"low": 0}, "low is 0, which is not positive"),
        ({"high": -1}, "high is -1, which is not positive"),
        ({"investment": 0}, "investment is 0, which is not positive"),
        ({"grids": 1}, "at least 2 intervals"),
        ({"grids": 0}, "at least 2 intervals"),
        ({"grids": -1}, "at least 2 intervals"),
        ({"grids": 1001}, "Use 1000 or fewer"),
        ({"grids": 10.0}, "not a whole number"),
        ({"grids": "10"}, "not a whole number"),
        ({"grids": True}, "not a whole number"),
        ({"spacing": "geometrical"}, "Did you mean 'geometric'?"),
        ({"spacing": "Arithmetic"}, "Did you mean 'arithmetic'?"),
        ({"spacing": 7}, "Use 'arithmetic' or 'geometric'"),
    ],
)
def test_spec_when_no_grid_can_be_made_says_why(changes, words):
    """Each impossible value is named, with what to do."""
    with pytest.raises(SpecError, match=words.replace("?", r"\?")):
        make(**changes)


@pytest.mark.parametrize("changes", [{"low": "abc"}, {"high": float("nan")}, {"investment": None}, {"low": True}])
def test_spec_when_a_value_is_not_a_number_raises_input_error(changes):
    """What is no number is refused by name."""
    with pytest.raises(InputError, match=next(iter(changes))):
        make(**changes)


def test_spec_when_symbol_cannot_be_read_raises_symbol_error():
    """A symbol in no known spelling is refused."""
    with pytest.raises(SymbolError):
        make(symbol="bitcoin")
