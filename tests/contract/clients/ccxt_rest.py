"""ccxt over REST, synchronous and asynchronous: the same words, waited for differently."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import ccxt
import ccxt.async_support

from tests.contract.clients.loop import Loop
from tests.contract.clients.vocabulary import (
    Bar,
    Depth,
    Held,
    Holding,
    Market,
    Quote,
    RefusedError,
    Seen,
    Wanted,
    number,
)
from tests.contract.pointing import Place

STATES = {"open": "open", "closed": "filled", "canceled": "canceled"}


def settings(place: Place) -> dict[str, Any]:
    """Give ccxt's settings for a place; both of its address books are set, as sandbox mode swaps them."""
    told: dict[str, Any] = {
        "apiKey": place.key, "secret": place.secret, "password": place.passphrase, "enableRateLimit": place.demo,
        "options": {"fetchMarkets": {"types": ["spot", "swap"]}, "adjustForTimeDifference": True},
    }  # fmt: skip
    if not place.demo:
        addresses = {"rest": place.rest, "ws": place.ws}
        told["urls"] = {"api": dict(addresses), "test": dict(addresses)}
    return told


class CcxtRest:
    """ccxt in the suite's words; ``wait`` turns what a call gives into what it means."""

    def __init__(self, api: Any, place: Place, wait: Callable[[Any], Any]) -> None:
        self.api, self.wait = api, wait
        if place.demo:
            api.set_sandbox_mode(enable=True)
        wait(api.load_markets())

    def symbol(self, inst: str) -> str:
        """Give ccxt's name of an instrument."""
        name: str = self.api.markets_by_id[inst][0]["symbol"]
        return name

    def markets(self) -> dict[str, Market]:
        found = [row for row in self.wait(self.api.fetch_markets()) if row["spot"]]
        return {
            row["id"]: Market(
                number(row["precision"]["price"]),
                number(row["precision"]["amount"]),
                number(row["limits"]["amount"]["min"]),
            )
            for row in found
        }

    def ticker(self, inst: str) -> Quote:
        return quote(self.wait(self.api.fetch_ticker(self.symbol(inst))))

    def tickers(self) -> dict[str, Quote]:
        return {row["info"]["instId"]: quote(row) for row in self.wait(self.api.fetch_tickers()).values()}

    def book(self, inst: str, depth: int) -> Depth:
        return depth_of(self.wait(self.api.fetch_order_book(self.symbol(inst), depth)))

    def candles(self, inst: str, since: int, count: int) -> list[Bar]:
        return [bar(row) for row in self.wait(self.api.fetch_ohlcv(self.symbol(inst), "1m", since, count))]

    def balances(self) -> dict[str, Holding]:
        return holdings(self.wait(self.api.fetch_balance()))

    def place(self, wanted: Wanted) -> str:
        symbol, more = self.symbol(wanted.inst), params(wanted)
        with refusing():
            if wanted.spend:
                made = self.wait(self.api.create_market_buy_order_with_cost(symbol, float(wanted.size), more))
            else:
                made = self.wait(
                    self.api.create_order(symbol, *shape(wanted), more)
                )  # ccxt truncates to the lot, so sizes must lie on it
        return str(made["id"])

    def place_all(self, wanted: list[Wanted]) -> list[str | RefusedError]:
        asked = [dict(zip(_FIELDS, (self.symbol(one.inst), *shape(one), params(one)), strict=True)) for one in wanted]
        made = self.wait(self.api.create_orders(asked))
        return [row["id"] or RefusedError(row["info"]["sCode"]) for row in made]

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        with refusing():
            self.wait(self.api.edit_order(order, self.symbol(inst), "limit", "buy", float(size), float(price)))

    def cancel(self, inst: str, order: str) -> None:
        with refusing():
            self.wait(self.api.cancel_order(order, self.symbol(inst)))

    def cancel_all(self, inst: str, orders: list[str]) -> list[str]:
        return [row["id"] for row in self.wait(self.api.cancel_orders(orders, self.symbol(inst)))]

    def order(self, inst: str, order: str) -> Seen:
        with refusing():
            return seen(self.wait(self.api.fetch_order(order, self.symbol(inst))))

    def resting(self, inst: str) -> list[Seen]:
        return [seen(row) for row in self.wait(self.api.fetch_open_orders(self.symbol(inst)))]

    def positions(self) -> list[Held]:
        return [held(row) for row in self.wait(self.api.fetch_positions())]

    def set_leverage(self, inst: str, times: int) -> None:
        with refusing():
            self.wait(self.api.set_leverage(times, self.symbol(inst), {"mgnMode": "cross"}))

    def leverage(self, inst: str) -> Decimal:
        return number(self.wait(self.api.fetch_leverage(self.symbol(inst), {"mgnMode": "cross"}))["longLeverage"])

    def funding(self, inst: str) -> Decimal:
        return number(self.wait(self.api.fetch_funding_rate(self.symbol(inst)))["fundingRate"])


class Ccxt(CcxtRest):
    """`ccxt.okx`."""

    def __init__(self, place: Place) -> None:
        super().__init__(ccxt.okx(settings(place)), place, lambda answer: answer)

    def close(self) -> None:
        self.api.session.close()


class CcxtAsync(CcxtRest):
    """`ccxt.async_support.okx`."""

    flavour = ccxt.async_support.okx

    def __init__(self, place: Place) -> None:
        self.loop = Loop()
        super().__init__(self.flavour(settings(place)), place, self.loop.run)

    def close(self) -> None:
        self.loop.run(self.api.close())
        self.loop.close()


_FIELDS = ("symbol", "type", "side", "amount", "price", "params")


@contextmanager
def refusing() -> Iterator[None]:
    """Turn ccxt's exception into OKX's code; it carries OKX's answer in its text."""
    try:
        yield
    except ccxt.ExchangeError as error:
        answer = json.loads(str(error).partition(" ")[2])
        failed = [row["sCode"] for row in answer.get("data", []) if row.get("sCode", "0") != "0"]
        raise RefusedError((failed or [answer["code"]])[0]) from error


def shape(wanted: Wanted) -> tuple[str, str, float, float | None]:
    """Give an order as ccxt takes it: type, side, amount, price."""
    kind = "market" if wanted.kind == "market" else "limit"
    return kind, wanted.side, float(wanted.size), None if wanted.price is None else float(wanted.price)


def params(wanted: Wanted) -> dict[str, Any]:
    """Give the rest of an order."""
    more: dict[str, Any] = {"clientOrderId": wanted.name} if wanted.name else {}
    if wanted.kind == "post_only":
        more["postOnly"] = True
    if wanted.mode != "cash":
        more["tdMode"] = wanted.mode
    return more


def quote(row: dict[str, Any]) -> Quote:
    """Read a ticker."""
    return Quote(number(row["bid"]), number(row["ask"]), number(row["last"]))


def depth_of(row: dict[str, Any]) -> Depth:
    """Read a book."""
    bids, asks = (tuple((number(level[0]), number(level[1])) for level in row[side]) for side in ("bids", "asks"))
    return Depth(bids, asks, row.get("nonce") or 0)


def bar(row: list[Any]) -> Bar:
    """Read a candle."""
    return Bar(int(row[0]), *(number(value) for value in row[1:5]))


def holdings(row: dict[str, Any]) -> dict[str, Holding]:
    """Read a balance."""
    return {name: Holding(number(total), number(row["free"][name])) for name, total in row["total"].items()}


def seen(row: dict[str, Any]) -> Seen:
    """Read an order."""
    return Seen(
        row["id"], row["clientOrderId"] or "", STATES[row["status"]], number(row["amount"]), number(row["price"]),
        number(row["filled"]),
    )  # fmt: skip


def held(row: dict[str, Any]) -> Held:
    """Read a position."""
    size = number(row["contracts"])
    return Held(row["info"]["instId"], -size if row["side"] == "short" else size, row["marginMode"])
