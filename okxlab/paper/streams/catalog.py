"""Every channel there is: where it is to be had, what it must be asked with, and what makes its topic."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.parameters import KINDS
from okxlab.paper.streams.account import AccountTopic, GreeksTopic, Kept
from okxlab.paper.streams.balances import BalanceAndPosition
from okxlab.paper.streams.books import Books
from okxlab.paper.streams.candles import Bar, Candles
from okxlab.paper.streams.grids import GridOrdersTopic, GridPositionsTopic, GridsTopic
from okxlab.paper.streams.liquidations import Liquidations, LiquidationWarning
from okxlab.paper.streams.orders import ANY, AlgoNewsTopic, OrderNewsTopic
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.positions import PositionsTopic
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.shown import Listed, Row, Shown, Source, Watched
from okxlab.paper.streams.terms import Terms
from okxlab.paper.streams.topic import Topic
from okxlab.paper.streams.trades import OptionTrades, Trades

Place = Literal["public", "private", "business"]
Arg = dict[str, str]
Shape = Callable[[Arg, Row], Row]


@dataclass(frozen=True)
class Making:
    """What a topic is made of: ``account`` is whose on private channels, ``repeat`` the seconds he asked for."""

    reading: Reading
    outlet: Outlet
    terms: Terms
    account: Account
    repeat: float

    def tried(self, path: str, params: Mapping[str, str]) -> None:
        """Refuse what the endpoint refuses."""
        if not self.reading.knows(path):
            raise Refusal("60018", path)
        self.reading.rows(path, params)


@dataclass(frozen=True)
class Channel:
    """A channel.

    Parameters
    ----------
    make
        Makes its topic.
    place
        The path it is to be had on.
    needs, takes
        The arguments it must and may have.
    private
        Whether one must have logged in.
    refused
        The code everybody is refused with.
    """

    make: Callable[[Making, Arg], Topic]
    place: Place = "public"
    needs: tuple[str, ...] = ("instId",)
    takes: tuple[str, ...] = ()
    private: bool = False
    refused: str = ""


def channel_of(name: str) -> Channel:
    """Give the channel of a name.

    Raises
    ------
    Refusal
        60018 when there is none.
    """
    if found := CHANNELS.get(name):
        return found
    for start, path in _CANDLES.items():
        if name.startswith(start):
            return Channel(_candles(path, name.removeprefix(start)), "business")
    raise Refusal("60018", json.dumps(name))


def arg_of(channel: Channel, asked: Mapping[str, Any], known: Callable[[str], bool]) -> Arg:
    """Give a channel's arguments out of what was asked.

    Raises
    ------
    Refusal
        60018 when one is missing or there is no such instrument or kind.
    """
    arg = {"channel": str(asked["channel"])}
    for name in (*channel.needs, *channel.takes):
        value = asked.get(name)
        if isinstance(value, str) and value:
            arg[name] = value
    wrong = any(name not in arg for name in channel.needs)
    wrong = wrong or arg.get("instType", ANY) not in (ANY, *KINDS)
    if wrong or (channel.private and "instId" in arg and not known(arg["instId"])):
        raise Refusal("60018", json.dumps(dict(asked)))
    return arg


def _shown(
    path: str, every: float = 0.0, shape: Shape | None = None, kind: type[Shown] = Shown, **more: str
) -> Callable[[Making, Arg], Topic]:
    """Make topics that show an endpoint, asked with the channel's arguments and more; 0 looks with every beat."""

    def make(making: Making, arg: Arg) -> Topic:
        params = {name: value for name, value in arg.items() if name != "channel"} | more
        if "instId" in params and "instType" not in params:
            params["instType"] = making.reading.venue.listing.known(params["instId"]).kind
        making.tried(path, params)
        quick = 0 < every < making.terms.beat
        source = Source(path, params, dict if shape is None else partial(shape, arg))
        return kind(arg, making.outlet, making.reading, source, every=every, quick=quick)

    return make


def _candles(path: str, bar: str) -> Callable[[Making, Arg], Topic]:
    def make(making: Making, arg: Arg) -> Topic:
        making.tried(path, {"instId": arg["instId"], "bar": bar, "limit": "1"})
        return Candles(arg, making.outlet, making.reading, Bar(path, bar), every=making.terms.candle)

    return make


def _trades(making: Making, arg: Arg) -> Topic:
    making.tried("market/trades", {"instId": arg["instId"], "limit": "1"})
    return Trades(arg, making.outlet, making.reading, together=arg["channel"] == "trades")


def _option_trades(making: Making, arg: Arg) -> Topic:
    params = {name: value for name, value in arg.items() if name in _FILTERS}
    making.tried("public/option-trades", params)
    return OptionTrades(arg, making.outlet, making.reading, params)


def _books(making: Making, arg: Arg) -> Topic:
    making.tried("market/books", {"instId": arg["instId"]})
    terms = making.terms
    return Books(arg, making.outlet, making.reading, every=terms.beat, keep_alive=terms.keep_alive)


def _silent(making: Making, arg: Arg) -> Topic:
    """Make a topic that has nothing to tell here."""
    return Topic(arg, making.outlet)


def _orders(making: Making, arg: Arg) -> Topic:
    return OrderNewsTopic(arg, making.outlet, making.account, making.reading.venue.listing)


def _algos(making: Making, arg: Arg) -> Topic:
    reading = making.reading if arg["channel"] == "algo-advance" else None
    return AlgoNewsTopic(arg, making.outlet, making.account, making.reading.venue.listing, reading)


def _kept(kind: type[Kept]) -> Callable[[Making, Arg], Topic]:
    """Make topics of a private channel that repeats itself."""

    def make(making: Making, arg: Arg) -> Topic:
        times = {"repeat": making.repeat, "soon": making.terms.soon}
        return kind(arg, making.outlet, making.reading, making.account, **times)

    return make


def _balances(making: Making, arg: Arg) -> Topic:
    return BalanceAndPosition(arg, making.outlet, making.reading, making.account)


def _grid_orders(making: Making, arg: Arg) -> Topic:
    return GridOrdersTopic(arg, making.outlet, making.reading, making.account)


def _liquidations(making: Making, arg: Arg) -> Topic:
    return Liquidations(arg, making.outlet, making.reading.venue.listing)


def _best(_arg: Arg, row: Row) -> Row:
    return {name: row[name] for name in ("asks", "bids", "ts", "seqId")}


def _five(arg: Arg, row: Row) -> Row:
    return {"asks": row["asks"], "bids": row["bids"], "instId": arg["instId"], "ts": row["ts"], "seqId": row["seqId"]}


_CANDLES = {
    "candle": "market/candles",
    "mark-price-candle": "market/mark-price-candles",
    "index-candle": "market/index-candles",
}
_KIND, _FAMILY, _ALGO = ("instType",), ("instFamily",), ("algoId",)
_FILTERS = ("instFamily", "instId")


def _own(make: Callable[[Making, Arg], Topic], *needs: str, takes: tuple[str, ...] = ()) -> Channel:
    return Channel(make, "private", needs, takes, private=True)


def _business(*needs: str, takes: tuple[str, ...] = (), make: Callable[[Making, Arg], Topic] = _silent) -> Channel:
    return Channel(make, "business", needs, takes, private=True)


CHANNELS = {
    "tickers": Channel(_shown("market/ticker")),
    "bbo-tbt": Channel(_shown("market/books", 0.01, _best, sz="1")),
    "books5": Channel(_shown("market/books", 0.0, _five, sz="5")),
    "books": Channel(_books),
    "books-l2-tbt": Channel(_silent, private=True, refused="64003"),
    "books50-l2-tbt": Channel(_silent, private=True, refused="64003"),
    "trades": Channel(_trades),
    "trades-all": Channel(_trades, "business"),
    "mark-price": Channel(_shown("public/mark-price", 0.2)),
    "index-tickers": Channel(_shown("market/index-tickers")),
    "price-limit": Channel(_shown("public/price-limit", 0.2)),
    "funding-rate": Channel(_shown("public/funding-rate", 30.0)),
    "open-interest": Channel(_shown("public/open-interest", 3.0)),
    "opt-summary": Channel(_shown("public/opt-summary", 1.0), needs=_FAMILY),
    "estimated-price": Channel(_shown("public/estimated-price", 0.2), needs=_KIND, takes=_FILTERS),
    "instruments": Channel(_shown("public/instruments", 0.2, kind=Listed), needs=_KIND),
    "status": Channel(_shown("system/status", 1.0, kind=Watched), needs=()),
    "liquidation-orders": Channel(_liquidations, needs=_KIND),
    "adl-warning": Channel(_silent, needs=_KIND, takes=_FAMILY),
    "option-trades": Channel(_option_trades, needs=_KIND, takes=_FILTERS),
    "call-auction-details": Channel(_silent),
    "orders": _own(_orders, "instType", takes=_FILTERS),
    "account": _own(_kept(AccountTopic), takes=("ccy",)),
    "account-greeks": _own(_kept(GreeksTopic), takes=("ccy",)),
    "positions": _own(_kept(PositionsTopic), "instType", takes=_FILTERS),
    "balance_and_position": _own(_balances),
    "liquidation-warning": _own(_kept(LiquidationWarning), "instType", takes=_FILTERS),
    "fills": Channel(_silent, "private", (), ("instId",), private=True, refused="64003"),
    "orders-algo": _business("instType", takes=_FILTERS, make=_algos),
    "algo-advance": _business("instType", takes=("instId", "algoId"), make=_algos),
    "grid-orders-spot": _business("instType", takes=("instId", "algoId"), make=_kept(GridsTopic)),
    "grid-orders-contract": _business("instType", takes=("instId", "algoId"), make=_kept(GridsTopic)),
    "grid-positions": _business(*_ALGO, make=_kept(GridPositionsTopic)),
    "grid-sub-orders": _business(*_ALGO, make=_grid_orders),
    "deposit-info": _business(takes=("ccy",)),
    "withdrawal-info": _business(takes=("ccy",)),
}
