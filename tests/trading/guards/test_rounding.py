"""Rounding onto the steps: to the owner's side, in his sight, and never to something else than he meant."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import InputError
from okxlab.model import Instrument, OrderRequest, exact, plain
from okxlab.trading.guards.rounding import rounded

BTC = Instrument("BTC-USDT", tick="0.1", lot="0.001", minimum="0.001")
NUMBERS = st.decimals("0.0001", "1000000", places=6)


@pytest.mark.parametrize(("side", "price"), [("buy", "100"), ("sell", "100.1")])
def test_price_off_the_tick_goes_to_the_owners_side(side, price):
    """100.06 becomes 100.0 for a buyer, 100.1 for a seller, and both are told."""
    request, note = rounded(OrderRequest("BTC-USDT", side, Decimal("0.5"), Decimal("100.06")), BTC)

    assert request.price == Decimal(price)
    assert note == f"price 100.06 became {price}"


@settings(derandomize=True, deadline=None)
@given(side=st.sampled_from(["buy", "sell"]), size=NUMBERS, price=NUMBERS)
def test_rounding_never_crosses_what_was_asked_for(side, size, price):
    """On the steps, at most as much, no dearer for a buyer, no cheaper for a seller, less than a step away."""
    request, note = rounded(OrderRequest("BTC-USDT", side, size, price), BTC)

    assert request.price % BTC.tick == 0 == request.size % BTC.lot
    assert 0 <= size - request.size < BTC.lot
    assert 0 <= (price - request.price if side == "buy" else request.price - price) < BTC.tick
    assert (note == "") == ((request.size, request.price) == (size, price))


REFUSED = [
    "1,000", "\uff11\uff12", "\uff11.5", "\u0663", "1 000", "1e", "0x10", "1.2.3", "\u00bd", "\u00b2", "--1", "", " ",
    "nan", "inf", "-Infinity",
    "1e308", "1e-308", "1E400", "1O0", "1\u201a5", "$5", "5%", None, True, [1], 1j, float("nan"), float("inf"), 1e308,
]  # fmt: skip


@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_what_is_no_number_of_a_market_is_never_read_as_one(value):
    """Separators, digits of other scripts, infinities and what is no number are refused, not guessed."""
    with pytest.raises(InputError):
        exact(value, "amount")


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=12))
def test_text_is_a_plain_decimal_or_refused(text):
    """Whatever text is handed in: it is the decimal that Python's own parser reads, in plain ASCII, or an error."""
    try:
        number = exact(text)
    except InputError:
        return
    assert text.strip().isascii()
    assert number == Decimal(text.replace("_", ""))


@settings(derandomize=True, deadline=None)
@given(st.decimals(min_value="-1e20", max_value="1e20", allow_nan=False))
def test_what_is_written_is_what_was_read(number):
    """Writing a number and reading it again changes no digit of it, and shows no exponent."""
    try:
        read = exact(number)
    except InputError:
        return
    assert "e" not in plain(read).lower()
    assert exact(plain(read)) == number


def test_the_smallest_size_is_not_written_as_zero():
    """1E-8 goes to the wire as 0.00000001."""
    assert plain(exact("1E-8")) == "0.00000001"
