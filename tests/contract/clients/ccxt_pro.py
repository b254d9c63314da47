"""ccxt.pro: streams, and orders sent over the WebSocket."""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import ccxt.pro

from tests.contract.clients import rows
from tests.contract.clients.ccxt_rest import (
    CcxtAsync,
    bar,
    depth_of,
    held,
    holdings,
    params,
    quote,
    refusing,
    seen,
    shape,
)
from tests.contract.clients.loop import Heard
from tests.contract.clients.vocabulary import Depth, Wanted


class CcxtPro(CcxtAsync):
    """`ccxt.pro.okx`; what it does not do over the WebSocket it does as `ccxt.async_support.okx` does."""

    flavour = ccxt.pro.okx
    _sure = False

    def book(self, inst: str, depth: int) -> Depth:
        """Give a book with its seqId, which ccxt's unified call leaves out."""
        answer = self.wait(self.api.public_get_market_books({"instId": inst, "sz": str(depth)}))
        return rows.depth(answer["data"][0])

    def place(self, wanted: Wanted) -> str:
        more = params(wanted) | ({"tgtCcy": "quote_ccy"} if wanted.spend else {})
        with refusing():
            return str(self.wait(self.api.create_order_ws(self.symbol(wanted.inst), *shape(wanted), more))["id"])

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        with refusing():
            self.wait(self.api.edit_order_ws(order, self.symbol(inst), "limit", "buy", float(size), float(price)))

    def cancel(self, inst: str, order: str) -> None:
        with refusing():
            self.wait(self.api.cancel_order_ws(order, self.symbol(inst)))

    def hear_ticker(self, inst: str) -> Heard:
        symbol = self.symbol(inst)
        return self._heard(
            lambda: self.api.watch_ticker(symbol), lambda row: [quote(row)], lambda: self.api.un_watch_ticker(symbol)
        )

    def hear_book(self, inst: str) -> Heard:
        symbol = self.symbol(inst)
        return self._heard(
            lambda: self.api.watch_order_book(symbol),
            lambda row: [depth_of(row)],
            lambda: self.api.un_watch_order_book(symbol),
        )

    def hear_candles(self, inst: str) -> Heard:
        symbol = self.symbol(inst)
        return self._heard(
            lambda: self.api.watch_ohlcv(symbol),
            lambda found: [bar(row) for row in found],
            lambda: self.api.un_watch_ohlcv(symbol),
        )

    def hear_orders(self, inst: str) -> Heard:
        symbol = self.symbol(inst)
        heard = self._heard(lambda: self.api.watch_orders(symbol), lambda found: [seen(row) for row in found])
        if not self._sure:  # subscribed for certain: the snapshot of what is asked for after it is there
            self.wait(self.api.watch_balance())
            self._sure = True
        return heard

    def hear_balances(self) -> Heard:
        return self._heard(self.api.watch_balance, lambda row: [holdings(row)])

    def hear_positions(self) -> Heard:
        return self._heard(self.api.watch_positions, lambda found: [[held(row) for row in found]])

    def _heard(
        self,
        watch: Callable[[], Coroutine[Any, Any, Any]],
        read: Callable[[Any], list[Any]],
        leave: Callable[[], Coroutine[Any, Any, Any]] | None = None,
    ) -> Heard:
        async def hear() -> list[Any]:
            try:
                return read(await watch())
            except (ccxt.NetworkError, ConnectionError):  # broken off, or just being so: ask again, after a breath
                await asyncio.sleep(0.5)
                return []

        return Heard(self.loop, hear, leave)
