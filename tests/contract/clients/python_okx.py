"""OKX's own Python SDK, over REST."""

import time
from decimal import Decimal
from typing import Any

from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI

from tests.contract.clients import rows
from tests.contract.clients.rows import MINUTE, OLD
from tests.contract.clients.vocabulary import Bar, Depth, Held, Holding, Market, Quote, RefusedError, Seen, Wanted
from tests.contract.pointing import Place


class PythonOkx:
    """`python-okx`: one class a family, each with ``domain`` set; it never raises, so the codes are read here."""

    def __init__(self, place: Place) -> None:
        told = {"domain": place.rest or "https://www.okx.com", "flag": "1" if place.demo else "0"}
        keys = place.key, place.secret, place.passphrase
        self._public = PublicAPI(*keys, **told)
        self._market = MarketAPI(*keys, **told)
        self._account = AccountAPI(*keys, **told)
        self._trade = TradeAPI(*keys, **told)

    def close(self) -> None:
        for api in (self._public, self._market, self._account, self._trade):
            api.close()

    def markets(self) -> dict[str, Market]:
        found = _rows(self._public.get_instruments("SPOT"))
        return {row["instId"]: rows.market(row) for row in found if row["state"] == "live"}

    def ticker(self, inst: str) -> Quote:
        return rows.quote(_rows(self._market.get_ticker(inst))[0])

    def tickers(self) -> dict[str, Quote]:
        return {row["instId"]: rows.quote(row) for row in _rows(self._market.get_tickers("SPOT"))}

    def book(self, inst: str, depth: int) -> Depth:
        return rows.depth(_rows(self._market.get_orderbook(inst, sz=str(depth)))[0])

    def candles(self, inst: str, since: int, count: int) -> list[Bar]:
        old = since < time.time() * 1000 - OLD
        ask = self._market.get_history_candlesticks if old else self._market.get_candlesticks
        between = {"before": str(since - 1), "after": str(since + count * MINUTE), "bar": "1m", "limit": str(count)}
        return [rows.bar(row) for row in reversed(_rows(ask(inst, **between)))]

    def balances(self) -> dict[str, Holding]:
        return rows.holdings(_rows(self._account.get_account_balance())[0])

    def place(self, wanted: Wanted) -> str:
        return rows.single(_told(self._trade.place_order(**rows.asked(wanted))))

    def place_all(self, wanted: list[Wanted]) -> list[str | RefusedError]:
        told = _told(self._trade.place_multiple_orders([rows.asked(one) for one in wanted]))
        return [rows.outcome(row) for row in told]

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        rows.single(_told(self._trade.amend_order(inst, ordId=order, newSz=f"{size:f}", newPx=f"{price:f}")))

    def cancel(self, inst: str, order: str) -> None:
        rows.single(_told(self._trade.cancel_order(inst, ordId=order)))

    def cancel_all(self, inst: str, orders: list[str]) -> list[str]:
        told = _told(self._trade.cancel_multiple_orders([{"instId": inst, "ordId": order} for order in orders]))
        return [row["ordId"] for row in told if row["sCode"] == "0"]

    def order(self, inst: str, order: str) -> Seen:
        return rows.seen(_rows(self._trade.get_order(inst, ordId=order))[0])

    def resting(self, inst: str) -> list[Seen]:
        return [rows.seen(row) for row in _rows(self._trade.get_order_list(instId=inst))]

    def positions(self) -> list[Held]:
        return [rows.held(row) for row in _rows(self._account.get_positions())]

    def set_leverage(self, inst: str, times: int) -> None:
        _rows(self._account.set_leverage(str(times), "cross", instId=inst))

    def leverage(self, inst: str) -> Decimal:
        return Decimal(_rows(self._account.get_leverage("cross", instId=inst))[0]["lever"])

    def funding(self, inst: str) -> Decimal:
        return Decimal(_rows(self._public.get_funding_rate(inst))[0]["fundingRate"])


def _rows(answer: dict[str, Any]) -> list[Any]:
    """Give the rows of a good answer."""
    if answer["code"] != "0":
        raise RefusedError(answer["code"])
    return answer["data"]


def _told(answer: dict[str, Any]) -> list[Any]:
    """Give the rows of an answer about orders: code 1 or 2 says that rows of it failed."""
    if answer["code"] in {"0", "1", "2"} and answer["data"]:
        return answer["data"]
    raise RefusedError(answer["code"])
