"""The algo orders of a venue: those that wait, what they set aside, and what becomes of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import orjson

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, minus, plain
from okxlab.paper.orders.algo import CANCELED, EFFECTIVE, FAILED, Algo, write_algo
from okxlab.paper.orders.ask import text
from okxlab.paper.orders.attached import algo_of
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.rows.algo import algo_row

MOST_STOPS, MOST_TRAILS, MOST_TRIGGERS, MOST_ICEBERGS, MOST_TWAPS = 100, 50, 500, 100, 20
_TOO_MANY = {"conditional": "51261", "oco": "51261", "move_order_stop": "51260", "trigger": "51025"} | {
    "iceberg": "51262",
    "twap": "51263",
    "chase": "51025",
}
_MOST = {"conditional": MOST_STOPS, "oco": MOST_STOPS, "move_order_stop": MOST_TRAILS, "trigger": MOST_TRIGGERS} | {
    "iceberg": MOST_ICEBERGS,
    "twap": MOST_TWAPS,
    "chase": MOST_TWAPS,
}


class Desk(Protocol):
    """What algo orders need of the venue."""

    ledger: Ledger
    clock: Clock
    changes: Changes
    feed: Feed
    next_order: int

    def note_feed(self, event: str, **fields: str) -> None:
        """Log what happened."""


class Algos:
    """Algo orders by id, oldest first; only those that wait.

    Parameters
    ----------
    desk
        The venue.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.live: dict[int, Algo] = {}
        self.children: dict[int, Order] = {}
        """The newest slice of each that is worked off in slices."""
        self.seen: dict[str, Decimal] = {}
        """The price of each instrument when it was looked at last."""

    def add(self, algo: Algo) -> None:
        """Let an algo order wait, with the next id; one that has failed already is only noted.

        Raises
        ------
        Refusal
            51008 when what it sells is not there, 51065 when its client id is in use, or it is one too many.
        """
        desk, now = self._desk, self._desk.clock.now_ms()
        if algo.open:
            self._check(algo)
            self.require(algo)
        algo.id, algo.created, algo.updated = desk.next_order, now, now
        desk.next_order += 1
        desk.note_feed("algo", algoId=str(algo.id), instId=algo.instrument.name, ordType=algo.kind, state=algo.state)
        if algo.open:
            self.wait(algo)
        self.tell(algo)

    def wait(self, algo: Algo) -> None:
        """Let an algo order wait that has its id."""
        self.live[algo.id] = algo
        self.seen.setdefault(algo.instrument.name, self._desk.feed.price(algo.instrument.name))
        self.reserve(algo)

    def attach(self, order: Order) -> None:
        """Let what was attached to an order wait, now that it is done."""
        for spec in order.attached:
            algo = algo_of(order, spec)
            try:
                self.add(algo)
            except Refusal as refusal:
                algo.state, algo.fail = FAILED, refusal.code
                self.add(algo)

    def done(self, algo: Algo, order: Order) -> None:
        """End an algo order that has placed its order."""
        algo.orders.append(order.id)
        average = divided_freely(order.cost, order.filled) if order.filled else order.price
        algo.size, algo.price = plain(order.filled or order.size), plain(average) if average else ""
        self.end(algo, EFFECTIVE)

    def end(self, algo: Algo, state: str = CANCELED, fail: str = "") -> None:
        """End an algo order."""
        del self.live[algo.id]
        self.children.pop(algo.id, None)
        name = algo.instrument.name
        if not any(other.instrument.name == name for other in self.live.values()):
            del self.seen[name]
        algo.state, algo.fail = state, fail
        self.reserve(algo)
        self._desk.note_feed("algo", algoId=str(algo.id), instId=name, ordType=algo.kind, state=state, leg=algo.leg)
        self.tell(algo)

    def tell(self, algo: Algo, **more: str) -> None:
        """Save how an algo order stands, and tell those who watch its account; ``more`` are fields of the push."""
        algo.updated = self._desk.clock.now_ms()
        self.save(algo)
        if algo.account.watched:
            row: dict[str, Any] = algo_row(algo, self.seen.get(algo.instrument.name))
            self._desk.changes.algo_news.append((algo.account, row | more))

    def save(self, algo: Algo) -> None:
        """Save how an algo order stands."""
        values = (
            algo.id, algo.account.uid, algo.instrument.name, algo.instrument.kind, algo.kind, algo.client_id or None,
            algo.state, algo.updated, orjson.dumps(write_algo(algo)),
        )  # fmt: skip
        self._desk.changes.records.append(("algos", *values))

    def quiet_ahead(self) -> bool:
        """Whether the whole candle ahead reaches no trigger; those that go by other prices always may be reached."""
        for algo in self.live.values():
            if algo.trail or algo.kind in {"iceberg", "chase"} or algo.order.get("cxlOnClosePos"):
                return False
            points = self._desk.feed.points_ahead(algo.instrument.name)
            for leg in algo.legs.values():
                if leg.kind != "last" or leg.met(max(points) if leg.rising else min(points)):
                    return False
        return True

    def require(self, algo: Algo) -> None:
        """Refuse with 51008 when an algo order sells more than there is."""
        more = minus(algo.holds, algo.held)
        if more > 0:
            self._desk.ledger.require(algo.account.uid, algo.instrument.base, more)

    def reserve(self, algo: Algo) -> None:
        """Set aside what an algo order sells, and give back what it does not any more."""
        needed = algo.holds
        if needed != algo.held:
            uid, currency = algo.account.uid, algo.instrument.base
            self._desk.ledger.hold(uid, currency, minus(needed, algo.held))
            algo.held = needed
            self._desk.changes.balances[uid, currency] = algo.account

    def find(self, account: Account, fields: Mapping[str, object]) -> Algo | None:
        """Give the waiting algo order named by `algoId` or, failing that, by `algoClOrdId`."""
        number, client_id = text(fields, "algoId"), text(fields, "algoClOrdId")
        if not number and not client_id:
            raise Refusal("50014", "algoId")
        for algo in self.live.values():
            if algo.account is account and (str(algo.id) == number if number else algo.client_id == client_id):
                return algo
        return None

    def of(self, account: Account) -> list[Algo]:
        """Give the waiting algo orders of an account, newest first."""
        return [algo for algo in reversed(self.live.values()) if algo.account is account]

    def _check(self, algo: Algo) -> None:
        own = [other for other in self.live.values() if other.account is algo.account]
        if algo.client_id and any(other.client_id == algo.client_id for other in own):
            raise Refusal("51065")
        code = _TOO_MANY[algo.kind]
        same = [row for row in own if row.instrument.name == algo.instrument.name and _TOO_MANY[row.kind] == code]
        if len(same) >= _MOST[algo.kind]:
            raise Refusal(code)
