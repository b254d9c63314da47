"""Numbers, symbols and instruments: read exactly or refused."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okxlab.errors import InputError, SymbolError
from okxlab.model import Instrument, exact, instrument_id, plain

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=12)


@given(decimals)
def test_number_written_plainly_reads_back_the_same(number):
    """What plain writes, exact reads, without exponent or needless zeros."""
    text = plain(number)

    assert exact(text) == number
    assert "E" not in text
    assert not text.endswith(".")


@given(st.floats(min_value=1e-12, max_value=1e15))
def test_float_means_the_shortest_decimal_that_names_it(number):
    """A float is read as what Python prints, so that it names the same float again."""
    assert float(exact(number)) == number


def test_number_out_of_a_frame_is_read_like_any_other():
    """Integers and floats of numpy are numbers; one of half the digits is refused, for it names no price exactly."""
    assert exact(np.int64(95_000)) == 95_000
    assert exact(np.float64(100.1)) == Decimal("100.1")
    with pytest.raises(InputError, match="not a number read exactly"):
        exact(np.float32(100.1))


@pytest.mark.parametrize("value", ["", " ", "1,5", "0x10", "\u0661", "1e9999", "nan", "-inf", None, True, [], "1 000"])
def test_value_that_is_no_number_is_refused_by_name(value):
    """The error names the argument and shows the value."""
    with pytest.raises(InputError, match="amount is"):
        exact(value, "amount")


@pytest.mark.parametrize("value", ["1e999", "1e-999", "1e31", 1e300])
def test_number_that_no_market_knows_is_refused_in_a_short_sentence(value):
    """A slip of the exponent is an error of one line, not a number of a thousand digits."""
    with pytest.raises(InputError, match="no market knows") as caught:
        exact(value, "high")
    assert len(str(caught.value)) < 100


@given(decimals.filter(lambda number: number > 0), st.sampled_from(["0.1", "0.01", "0.5", "5", "0.00000001"]))
def test_rounding_stays_within_one_step_and_on_it(price, tick):
    """Floor and ceiling lie on the step, on either side, less than one step away."""
    steps = Instrument("BTC-USDT", tick=tick, lot=tick, minimum=tick)
    low, high, size = steps.floor_price(price), steps.ceil_price(price), steps.floor_size(price)

    assert low <= price <= high
    assert high - low in {0, steps.tick}
    assert low % steps.tick == high % steps.tick == 0
    assert size == low


@pytest.mark.parametrize(
    ("ccxt", "okx"),
    [
        ("BTC/USDT", "BTC-USDT"),
        ("BTC/USDT:USDT", "BTC-USDT-SWAP"),
        ("BTC/USD:BTC", "BTC-USD-SWAP"),
        ("BTC/USDT:USDT-271231", "BTC-USDT-271231"),
        ("BTC/USD:BTC-271231-100000-C", "BTC-USD-271231-100000-C"),
        (" eth-usdt ", "ETH-USDT"),
    ],
)
def test_both_spellings_of_a_symbol_give_one_id(ccxt, okx):
    """The spelling of ccxt and OKX's own name the same instrument."""
    assert instrument_id(ccxt) == okx
    assert instrument_id(okx) == okx


@pytest.mark.parametrize(
    "symbol",
    ["", "BTCUSDT", "BTC/USDT/X", "<b>", None, 3, "BTC USDT", "BTC-USDT&x=1", "\u017fol-usdt", "l\u0131t-usdt"],
)
def test_text_that_is_no_symbol_is_refused(symbol):
    """Anything else is refused before it can get into a request."""
    with pytest.raises(SymbolError):
        instrument_id(symbol)


@pytest.mark.parametrize("step", [0, "-0.1", "nan"])
def test_instrument_without_a_positive_step_is_refused(step):
    """An instrument needs steps to round to."""
    with pytest.raises(InputError, match="tick is"):
        Instrument("BTC-USDT", tick=step, lot="1", minimum="1")


def test_instrument_with_a_contract_value_counts_base_currency():
    """Contracts times their value are base currency; a spot size is base currency already."""
    swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01", contract="0.01")
    spot = Instrument("BTC-USDT", tick="0.1", lot="0.01", minimum="0.01")

    assert (swap.base_size("0.5"), spot.base_size("0.5")) == (Decimal("0.005"), Decimal("0.5"))
    assert swap != Instrument("BTC-USDT-SWAP", tick="0.1", lot="0.01", minimum="0.01")


@pytest.mark.parametrize(
    ("symbol", "contract", "words"),
    [
        ("BTC-USDT", "0.01", "no swap or future"),
        ("BTC-USD-SWAP", "100", "is inverse"),
        ("BTC-USD-271231-100000-C", "0.01", "no swap or future"),
        ("BTC-USDT-SWAP", 0, "contract is 0"),
    ],
)
def test_contract_value_that_is_no_amount_of_base_is_refused(symbol, contract, words):
    """Only a linear contract is worth a fixed amount of its base currency."""
    with pytest.raises(InputError, match=words):
        Instrument(symbol, tick="0.1", lot="1", minimum="1", contract=contract)
