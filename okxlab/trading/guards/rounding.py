"""Rounding an order onto its instrument's steps, to the side that costs its owner nothing, and in his sight."""

from dataclasses import replace
from decimal import Decimal

from okxlab.model import Instrument, OrderRequest, plain


class Rounded(UserWarning):
    """An order was placed at a nearby price or size, because the one given lies between two steps."""


def rounded(request: OrderRequest, instrument: Instrument) -> tuple[OrderRequest, str]:
    """Give a request on its instrument's steps, and what was rounded; nothing is said when nothing was.

    The price of a purchase goes down, that of a sale up, a size down: never across what was asked for. What is too
    small after that is left to be refused.

    Examples
    --------
    >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    >>> request, note = rounded(OrderRequest("BTC-USDT", "buy", Decimal("0.01"), Decimal("100.06")), btc)
    >>> request.price, note
    (Decimal('100.0'), 'price 100.06 became 100')
    """
    size, price, notes = instrument.floor_size(request.size), request.price, []
    if price is not None:
        price = instrument.floor_price(price) if request.side == "buy" else instrument.ceil_price(price)
        notes = _note("price", request.price or price, price)
    notes += _note("size", request.size, size)
    return replace(request, size=size, price=price), ", ".join(notes)


def _note(name: str, asked: Decimal, given: Decimal) -> list[str]:
    return [] if asked == given else [f"{name} {plain(asked)} became {plain(given)}"]
