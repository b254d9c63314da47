"""The npm package okx-api: REST and streams, and a second one that sends its orders over the WebSocket."""

import queue
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.contract.clients import rows
from tests.contract.clients.kept_book import KeptBook
from tests.contract.clients.node import AnswerError, Node
from tests.contract.clients.rows import MINUTE, OLD
from tests.contract.clients.vocabulary import Bar, Depth, Held, Holding, Market, Quote, RefusedError, Seen, Wanted
from tests.contract.pointing import Place

Row = dict[str, Any]


class OkxApi:
    """`RestClient` for requests, `WebsocketClient` for streams."""

    def __init__(self, place: Place) -> None:
        self._node = Node(place)

    def close(self) -> None:
        self._node.close()

    def _rest(self, method: str, *args: Any) -> Any:
        return self._node.call("rest", method, *args)

    def markets(self) -> dict[str, Market]:
        found = self._rest("getInstruments", {"instType": "SPOT"})
        return {row["instId"]: rows.market(row) for row in found if row["state"] == "live"}

    def ticker(self, inst: str) -> Quote:
        return rows.quote(self._rest("getTicker", {"instId": inst})[0])

    def tickers(self) -> dict[str, Quote]:
        return {row["instId"]: rows.quote(row) for row in self._rest("getTickers", {"instType": "SPOT"})}

    def book(self, inst: str, depth: int) -> Depth:
        return rows.depth(self._rest("getOrderBook", {"instId": inst, "sz": str(depth)})[0])

    def candles(self, inst: str, since: int, count: int) -> list[Bar]:
        method = "getHistoricCandles" if since < time.time() * 1000 - OLD else "getCandles"
        between = {"before": str(since - 1), "after": str(since + count * MINUTE), "bar": "1m", "limit": str(count)}
        return [rows.bar(row) for row in reversed(self._rest(method, {"instId": inst, **between}))]

    def balances(self) -> dict[str, Holding]:
        return rows.holdings(self._rest("getBalance")[0])

    def place(self, wanted: Wanted) -> str:
        return rows.single(self._acted("submitOrder", rows.asked(wanted)))

    def place_all(self, wanted: list[Wanted]) -> list[str | RefusedError]:
        return [rows.outcome(row) for row in self._acted("submitMultipleOrders", [rows.asked(one) for one in wanted])]

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        rows.single(
            self._acted("amendOrder", {**self._named(inst, order), "newSz": f"{size:f}", "newPx": f"{price:f}"})
        )

    def cancel(self, inst: str, order: str) -> None:
        rows.single(self._acted("cancelOrder", self._named(inst, order)))

    def cancel_all(self, inst: str, orders: list[str]) -> list[str]:
        told = self._acted("cancelMultipleOrders", [self._named(inst, order) for order in orders])
        return [row["ordId"] for row in told if row["sCode"] == "0"]

    def order(self, inst: str, order: str) -> Seen:
        return rows.seen(self._rest("getOrderDetails", {"instId": inst, "ordId": order})[0])

    def resting(self, inst: str) -> list[Seen]:
        return [rows.seen(row) for row in self._rest("getOrderList", {"instId": inst})]

    def positions(self) -> list[Held]:
        return [rows.held(row) for row in self._rest("getPositions")]

    def set_leverage(self, inst: str, times: int) -> None:
        self._rest("setLeverage", {"instId": inst, "lever": str(times), "mgnMode": "cross"})

    def leverage(self, inst: str) -> Decimal:
        return Decimal(self._rest("getLeverage", {"instId": inst, "mgnMode": "cross"})[0]["lever"])

    def funding(self, inst: str) -> Decimal:
        return Decimal(self._rest("getFundingRate", {"instId": inst})[0]["fundingRate"])

    def hear_ticker(self, inst: str) -> "Updates":
        return Updates(self._node, {"channel": "tickers", "instId": inst}, lambda push: map(rows.quote, push["data"]))

    def hear_book(self, inst: str) -> "Updates":
        return Updates(self._node, {"channel": "books", "instId": inst}, KeptBook().take)

    def hear_candles(self, inst: str) -> "Updates":
        return Updates(self._node, {"channel": "candle1m", "instId": inst}, lambda push: map(rows.bar, push["data"]))

    def hear_orders(self, inst: str) -> "Updates":
        topic = {"channel": "orders", "instType": "ANY"}
        mine = lambda push: [rows.seen(row) for row in push["data"] if row["instId"] == inst]  # noqa: E731
        return Updates(self._node, topic, mine)

    def hear_balances(self) -> "Updates":
        return Updates(self._node, {"channel": "account"}, lambda push: map(rows.holdings, push["data"]))

    def hear_positions(self) -> "Updates":
        topic = {"channel": "positions", "instType": "ANY"}
        return Updates(self._node, topic, lambda push: [[rows.held(row) for row in push["data"]]])

    def _named(self, inst: str, order: str) -> Row:
        return {"instId": inst, "ordId": order}

    def _acted(self, method: str, asked: Any) -> list[Row]:
        """Give the rows of an answer about orders; the package throws the answer when one of them failed."""
        try:
            told: list[Row] = self._rest(method, asked)
        except AnswerError as error:
            if not error.rows:
                raise
            return error.rows
        return told


class OkxApiWs(OkxApi):
    """The same, with orders sent by `WebsocketAPIClient`; the exchange wants instIdCode there and ignores instId."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        listed = [row for kind in ("SPOT", "SWAP") for row in self._rest("getInstruments", {"instType": kind})]
        self._codes = {row["instId"]: row["instIdCode"] for row in listed}

    def place(self, wanted: Wanted) -> str:
        return rows.single(self._sent("submitNewOrder", self._coded(rows.asked(wanted))))

    def place_all(self, wanted: list[Wanted]) -> list[str | RefusedError]:
        asked = [self._coded(rows.asked(one)) for one in wanted]
        return [rows.outcome(row) for row in self._sent("submitMultipleOrders", asked)]

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        rows.single(self._sent("amendOrder", {**self._named(inst, order), "newSz": f"{size:f}", "newPx": f"{price:f}"}))

    def cancel(self, inst: str, order: str) -> None:
        rows.single(self._sent("cancelOrder", self._named(inst, order)))

    def cancel_all(self, inst: str, orders: list[str]) -> list[str]:
        told = self._sent("cancelMultipleOrders", [self._named(inst, order) for order in orders])
        return [row["ordId"] for row in told if row["sCode"] == "0"]

    def _named(self, inst: str, order: str) -> Row:
        return {"instIdCode": self._codes[inst], "ordId": order}

    def _coded(self, asked: Row) -> Row:
        return {"instIdCode": self._codes[asked.pop("instId")], **asked}

    def _sent(self, method: str, asked: Any) -> list[Row]:
        try:
            told: list[Row] = self._node.call("orders", method, asked)["data"]
        except AnswerError as error:
            if not error.rows:
                raise
            return error.rows
        return told


class Updates:
    """A subscription of the npm package; ``read`` makes pieces of news of one push."""

    def __init__(self, node: Node, topic: Row, read: Callable[[Row], Any]) -> None:
        self._node, self._topic, self._read = node, topic, read
        self._ahead: list[Any] = []
        self._pushes = node.updates[topic["channel"]] = queue.SimpleQueue()
        self._switch("subscribe")

    def next(self, seconds: float = 15) -> Any:
        """Wait for what comes next and give it; TimeoutError when nothing does."""
        deadline = time.monotonic() + seconds
        while not self._ahead:
            try:
                push = self._pushes.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                raise TimeoutError(f"nothing of {self._topic} came in {seconds} s") from None
            self._ahead.extend(self._read(push))
        return self._ahead.pop(0)

    def close(self) -> None:
        """Unsubscribe."""
        self._switch("unsubscribe")

    def _switch(self, method: str) -> None:
        """Subscribe or unsubscribe, and wait until the exchange has said so."""
        replies = self._node.replies[self._topic["channel"]] = queue.SimpleQueue()
        self._node.call("stream", method, self._topic)
        reply = replies.get(timeout=20)
        if reply["event"] != method:
            raise RefusedError(reply.get("code") or "")
