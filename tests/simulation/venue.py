"""A small exchange with OKX's rules for orders that matter to whoever may lose an answer. Pure: time is handed in."""

from collections.abc import Callable
from functools import cache, partial
from random import Random
from typing import Any

import orjson

from tests.simulation.timeline import Timeline

Row = dict[str, str]
Version = tuple[int, bool, bytes]  # since when, whether it can still fill, the row as the exchange writes it

FORGOTTEN_MS = 2 * 3_600_000
FIRING_MS = 3_000


@cache
def lots(text: str) -> int:
    """Read a size in thousandths."""
    return round(float(text) * 1000)


@cache
def size(count: int) -> str:
    """Write it."""
    return f"{count / 1000:.3f}".rstrip("0").rstrip(".") or "0"


class Placed:
    """An order as the exchange has it, with every version of it that was ever true."""

    __slots__ = ("client_id", "filled", "made", "order_id", "request", "row", "size", "state", "versions")

    def __init__(self, order_id: int, row: Row, made: int, request: tuple[int, int]) -> None:
        self.order_id, self.row, self.made, self.request = order_id, row, made, request
        self.client_id = row.get("clOrdId", "")
        self.size, self.filled, self.state = lots(row["sz"]), 0, "live"
        self.versions: list[Version] = []

    @property
    def active(self) -> bool:
        return self.state in {"live", "partially_filled"}

    def note(self, now: int) -> None:
        """Keep how it stands."""
        row = {
            "instType": "SPOT", "instId": self.row["instId"], "ordId": str(self.order_id), "clOrdId": self.client_id,
            "tag": self.row.get("tag", ""), "side": self.row["side"], "ordType": self.row["ordType"],
            "px": self.row.get("px", ""), "sz": size(self.size), "accFillSz": size(self.filled),
            "avgPx": "100" if self.filled else "", "state": self.state, "cTime": str(self.made), "uTime": str(now),
        }  # fmt: skip
        self.versions.append((now, self.active, orjson.dumps(row)))

    def as_of(self, moment: int) -> Version | None:
        """Give the version that was true at a moment."""
        for version in reversed(self.versions):
            if version[0] <= moment:
                return version
        return None


class Refusal(Exception):
    """What the exchange refuses as a whole."""

    def __init__(self, code: str) -> None:
        self.code = code


class Venue:
    """The exchange: its truth is open to the checkers, and to nobody else."""

    def __init__(self, chance: Random, timeline: Timeline) -> None:
        self.orders: dict[int, Placed] = {}
        self.open: dict[int, Placed] = {}
        self.fills: list[tuple[int, Placed, str, int, bytes]] = []  # when, of what, trade id, size, row
        self.amended: set[str] = set()
        self.delisted: set[str] = set()
        self.fires: dict[str, int] = {}  # when everything of a tag is cancelled
        self.fired = 0
        self.tell: Callable[[str, bytes], object] = lambda *_: None
        self.fill_rate = chance.choice((0.0, 0.1, 0.3))
        self._chance, self._timeline = chance, timeline
        timeline.tick = self.tick
        self._next = 1000
        self._request = (0, 0)

    def named(self, client_id: str) -> list[Placed]:
        """Give every order that ever had a client id."""
        return [order for order in self.orders.values() if order.client_id == client_id]

    def tick(self) -> None:
        """Let some of what rests fill."""
        for order in list(self.open.values()):
            if self._chance.random() < self.fill_rate and order.row["ordType"] != "market":
                self._fill(order, min(order.size - order.filled, self._chance.choice((1000, 2000, 3000))))

    def post(self, path: str, rows: list[Row], expires_ms: int, request: tuple[int, int]) -> list[Row]:
        """Do what a request asks, row by row, and give the answer's rows; a request that came too late does nothing."""
        if expires_ms and self._timeline.now > expires_ms:
            raise Refusal("50036")
        self._request = request
        if path == "trade/cancel-all-after":
            return [self._wind_up(rows[0])]
        if rows[0]["instId"] in self.delisted:
            return [_said(row, "51001") for row in rows]
        act = {"trade/batch-orders": self._place, "trade/amend-batch-orders": self._amend}.get(path, self._cancel)
        return [act(row) for row in rows]

    def order(self, params: Row, moment: int) -> list[bytes]:
        """Give one order as it was at a moment; of several with one client id the latest."""
        if params["instId"] in self.delisted:
            raise Refusal("51001")  # such an order is told by the lists alone
        if "ordId" in params:
            found = self.orders.get(int(params["ordId"]))
            named = [found] if found else []
        else:
            named = self.named(params["clOrdId"])
        for order in reversed(named):
            version = order.as_of(moment)
            if version is not None and not self._forgotten(order, version):
                return [version[2]]
        raise Refusal("51603")

    def listed(self, params: Row, moment: int, *, active: bool) -> list[bytes]:
        """Give a page of the open or of the finished orders as they were at a moment, newest first."""
        before, begin = int(params.get("after", 1 << 60)), int(params.get("begin", 0))
        page: list[bytes] = []
        for order in reversed(self.orders.values()):
            other = order.row["instId"] != params.get("instId", order.row["instId"])
            if order.order_id >= before or other or order.made < begin:
                continue
            version = order.as_of(moment)
            if version is not None and version[1] == active and not self._forgotten(order, version):
                page.append(version[2])
                if len(page) == int(params["limit"]):
                    break
        return page

    def executions(self, params: Row, moment: int) -> list[bytes]:
        """Give a page of the executions known at a moment, newest first."""
        upper, lower = int(params.get("after", 1 << 60)), int(params.get("before", 0))
        begin, of = int(params.get("begin", 0)), params.get("ordId")
        page: list[bytes] = []
        for when, order, trade, _, row in reversed(self.fills):
            told = begin <= when <= moment and lower < int(trade) < upper and order.row["instId"] == params["instId"]
            if told and (of is None or of == str(order.order_id)):
                page.append(row)
                if len(page) == int(params["limit"]):
                    break
        return page

    def delist(self, symbol: str) -> None:
        """End the trade in an instrument."""
        self.delisted.add(symbol)
        for order in [order for order in self.open.values() if order.row["instId"] == symbol]:
            self.end(order, "canceled")

    def end(self, order: Placed, state: str) -> None:
        """Take an order off the book."""
        if order.active:
            order.state = state
            self.open.pop(order.order_id, None)
            self._note(order)

    def _note(self, order: Placed) -> None:
        order.note(self._timeline.now)
        self.tell("orders", order.versions[-1][2])

    def _wind_up(self, row: Row) -> Row:
        tag, seconds = row["tag"], int(row["timeOut"])
        moment = self.fires[tag] = self._timeline.now + seconds * 1000 if seconds else 0
        if seconds:
            self._timeline.at(moment, lambda: self._fire(tag, moment))
        return {"triggerTime": str(moment), "tag": tag, "ts": str(self._timeline.now), "sCode": "0"}

    def _fire(self, tag: str, moment: int) -> None:
        """Cancel what carries a tag, one order after the other, unless the switch was wound up again."""
        if self.fires[tag] != moment:
            return
        self.fires[tag], self.fired = 0, self.fired + 1
        for order in [order for order in self.open.values() if order.row.get("tag") == tag]:
            late = self._chance.randint(1, FIRING_MS)
            self._timeline.at(self._timeline.now + late, partial(self.end, order, "canceled"))

    def _forgotten(self, order: Placed, version: Version) -> bool:
        return not version[1] and not order.filled and self._timeline.now - version[0] > FORGOTTEN_MS

    def _place(self, row: Row) -> Row:
        name = row.get("clOrdId", "")
        if name and any(order.client_id == name for order in self.open.values()):
            return _said(row, "51016")
        if self._chance.random() < 0.03:
            return _said(row, "51008")
        self._next += 1
        order = Placed(self._next, row, self._timeline.now, self._request)
        self.orders[order.order_id] = self.open[order.order_id] = order
        self._note(order)
        if row["ordType"] == "market":
            self._at_once(order)
        elif row["ordType"] == "post_only" and self._chance.random() < 0.3:
            self.end(order, "canceled")
        return _said(row, "0", order.order_id)

    def _at_once(self, order: Placed) -> None:
        while order.active:
            self._fill(order, min(order.size - order.filled, self._chance.choice((1000, 2000, 5000))))
            if self._chance.random() < 0.05:
                self.end(order, "canceled")  # nobody was left to trade with

    def _cancel(self, row: Row) -> Row:
        order = self._meant(row)
        if order is None or not order.active:
            return _said(row, "51400" if order else "51603", order.order_id if order else 0)
        if self._chance.random() < 0.3:
            # taken, and done a moment later: meanwhile it may fill
            self._timeline.at(self._timeline.now + self._chance.randint(1, 400), lambda: self.end(order, "canceled"))
        else:
            self.end(order, "canceled")
        return _said(row, "0", order.order_id)

    def _amend(self, row: Row) -> Row:
        order = self._meant(row)
        if order is None or not order.active:
            return _said(row, "51510" if order else "51603", order.order_id if order else 0)
        if self._chance.random() < 0.3:
            self._timeline.at(self._timeline.now + self._chance.randint(1, 400), lambda: self._change(order, row))
        else:
            self._change(order, row)
        return _said(row, "0", order.order_id)

    def _change(self, order: Placed, row: Row) -> None:
        if not order.active or lots(row.get("newSz", "999999")) <= order.filled:
            return
        order.row = order.row | ({"px": row["newPx"]} if "newPx" in row else {})
        order.size = lots(row["newSz"]) if "newSz" in row else order.size
        self.amended.add(row["reqId"])
        self._note(order)

    def _meant(self, row: Row) -> Placed | None:
        if "ordId" in row:
            return self.orders.get(int(row["ordId"]))
        return next((order for order in reversed(self.named(row["clOrdId"]))), None)

    def _fill(self, order: Placed, count: int) -> None:
        now = self._timeline.now
        self._next += 1
        order.filled += count
        trade = str(self._next)
        row: dict[str, Any] = {
            "instId": order.row["instId"], "ordId": str(order.order_id), "clOrdId": order.client_id, "tradeId": trade,
            "billId": trade, "side": order.row["side"], "fillPx": "100", "fillSz": size(count), "fee": "-0.001",
            "feeCcy": "USDT", "execType": "M", "ts": str(now),
        }  # fmt: skip
        self.fills.append((now, order, trade, count, orjson.dumps(row)))
        self.tell("fills", self.fills[-1][4])
        order.state = "filled" if order.filled == order.size else "partially_filled"
        if order.state == "filled":
            self.open.pop(order.order_id, None)
        self._note(order)


def _said(row: Row, code: str, order_id: int = 0) -> Row:
    """Answer one row."""
    names = {key: row[key] for key in ("clOrdId", "reqId") if key in row}
    return names | {"ordId": str(order_id or ""), "sCode": code, "sMsg": "" if code == "0" else "no", "tag": ""}
