"""A desk that trades contracts over prices a test writes down."""

from decimal import Decimal

import numpy as np
import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.tape import Tape
from okxlab.paper.products.instrument import Contract, Instrument
from okxlab.paper.rest.table import routes
from tests.paper.desk import open_desk

MIDNIGHT = 1_704_067_200_000  # 2024-01-01T00:00Z
HOUR = 3_600_000
SWAP, INVERSE, FUTURE, CALL = "BTC-USDT-SWAP", "BTC-USD-SWAP", "BTC-USDT-240101", "BTC-USD-240101-50000-C"
EXPIRY = MIDNIGHT + 8 * HOUR


def _instrument(name, kind, steps, code, contract):
    tick, lot = steps
    return Instrument(name, Decimal(tick), Decimal(lot), Decimal(lot), kind=kind, code=code, contract=contract)


def contracts():
    """Give four contracts on BTC: a linear and an inverse swap, a linear future and a call."""
    hundredth, hundred = Decimal("0.01"), Decimal(100)
    linear = Contract(hundredth, "BTC", linear=True, settle="USDT", family="BTC-USDT")
    inverse = Contract(hundred, "USD", linear=False, settle="BTC", family="BTC-USD")
    future = Contract(hundredth, "BTC", linear=True, settle="USDT", family="BTC-USDT", expiry=EXPIRY)
    call = Contract(
        hundredth, "BTC", linear=False, settle="BTC", family="BTC-USD", expiry=EXPIRY, strike=Decimal(50000), right="C"
    )
    return [
        _instrument(SWAP, "SWAP", ("0.1", "0.01"), 900_001, linear),
        _instrument(INVERSE, "SWAP", ("0.1", "1"), 900_002, inverse),
        _instrument(FUTURE, "FUTURES", ("0.1", "0.01"), 900_003, future),
        _instrument(CALL, "OPTION", ("0.0001", "1"), 900_004, call),
    ]


def _tape(prices, bar):
    columns = [np.array(prices, dtype=float)] * 4
    stamps = MIDNIGHT + bar * np.arange(len(prices), dtype=np.int64)
    return Tape(Columns(stamps, *columns, np.ones(len(prices))))


def contract_desk(folder, clock, prices, *, premiums=None, bar=60_000, level="2"):
    """Give a desk whose contracts follow ``prices``, one a candle; options follow ``premiums``. It has 1 BTC too."""
    path = folder / "candles.csv"
    lines = [f"{MIDNIGHT + bar * i},{price},{price},{price},{price},1" for i, price in enumerate(prices)]
    path.write_text("\n".join(["ts,open,high,low,close,volume", *lines]) + "\n")
    desk = open_desk(PaperOptions(stepped=True, prices=f"file:{path}"), clock)
    for instrument in contracts():
        own = premiums or [0.01] * len(prices) if instrument.kind == "OPTION" else prices
        desk.feed.sources[instrument.name] = _tape(own, bar)
        desk.instruments.replace(instrument)
    desk.venue.standings.marks = Marks(desk.feed)
    desk.account.level = level
    desk.venue.accounts.deposit(desk.account, "BTC", Decimal(1))
    desk.venue.settle()
    return desk


def ask(name=SWAP, side="buy", size="1", price=None, **more):
    """Give an order's fields: a market buy of one swap contract in cross mode unless told otherwise."""
    kind = {"ordType": "limit", "px": price} if price else {"ordType": "market"}
    return {"instId": name, "tdMode": "cash" if name == "BTC-USDT" else "cross", "side": side, "sz": size} | kind | more


class Marks:
    """Marks that stand on the path, a funding rate of 0.01% and price limits 20% off."""

    def __init__(self, feed):
        self._feed = feed

    def mark_price(self, instrument):
        """Give the path's price."""
        return self._feed.price(instrument.name)

    def index_price(self, _name):
        """Give the path's price of the pair."""
        return self._feed.price("BTC-USDT")

    def delivery_price(self, _instrument):
        """Give the path's price of the pair."""
        return self._feed.price("BTC-USDT")

    def dollars(self, currency):
        """Give the path's price of a coin."""
        return self._feed.price("BTC-USDT") if currency == "BTC" else Decimal(1)

    def funding_rate(self, _instrument, _funding_time):
        """Give a rate that a test can reckon with."""
        return Decimal("0.0001")

    def price_limits(self, instrument):
        """Give limits that a test can reckon with."""
        price = self.mark_price(instrument)
        return price * Decimal("1.2"), price * Decimal("0.8")


def get(desk, path, **params):
    """Ask an endpoint, of the account's unless its family is named."""
    family = "" if path.startswith("trade/") else "account/"
    return routes()[f"/api/v5/{family}{path}"]["GET"].act(desk.call(**params))


def post(desk, path, **params):
    """Set something of the account's; a turn of its own."""
    call = desk.call(**params)
    call.body = params
    try:
        return routes()[f"/api/v5/account/{path}"]["POST"].act(call)
    finally:
        desk.venue.settle()


def refused(act, *arguments, **more):
    """Give the code something is refused with."""
    with pytest.raises(PaperError) as told:
        act(*arguments, **more)
    return told.value.code
