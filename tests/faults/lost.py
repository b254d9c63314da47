"""Ways in which the answer to an order is lost, and what three clients make of each: the order is always accepted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ccxt
import requests

import okxlab as ox
from okxlab.errors import OrderError
from okxlab.exchange import Session, read_address
from okxlab.model import Order
from okxlab.trading.enquiry import finished_since, pending
from okxlab.trading.venue import SessionVenue

SYMBOL = "BTC-USDT"
MODES: Mapping[str, Mapping[str, Any]] = {
    "no answer": {"fault": "hang"},
    "reset": {"fault": "drop"},
    "502 page": {"fault": "status", "status": 502},
    "503 page": {"fault": "status", "status": 503},
    "504 page": {"fault": "status", "status": 504},
    "520 page": {"fault": "status", "status": 520},
    "50001": {"fault": "code", "code": "50001"},
    "50004": {"fault": "code", "code": "50004"},
    "50026": {"fault": "code", "code": "50026"},
    "200, a page": {"fault": "status", "status": 200, "body": "html"},
    "200, empty": {"fault": "status", "status": 200, "body": "empty"},
    "200, cut": {"fault": "cut", "bytes": 40},
    "200, no rows": {"fault": "lose_rows", "rows": [0]},
}
TYPES = ("limit", "post_only", "market")
SIZE, FAR = "0.001", 0.8
TRIES, TIMEOUT_MS = 3, 1_500


@dataclass(frozen=True)
class Told:
    """What a client said of its order: its id, or ``failed``, or that it does not know."""

    kind: str
    order_id: str = ""

    def true_of(self, made: list[Order]) -> bool:
        """Whether it is so: an order that is said to exist does, and one that is said not to does not."""
        if self.kind == "placed":
            return any(order.order_id == self.order_id for order in made)
        return self.kind == "failed" and not made


@dataclass(frozen=True)
class Trial:
    """One order under one fault: how many the exchange made of it, and whether the client told the truth."""

    orders: int
    told: str
    true: bool


class Bench:
    """One paper exchange, and the clients that order there."""

    def __init__(self, session: Session) -> None:
        self.session = session
        state = (session.workspace.state / "paper.json").read_bytes()
        self._address = read_address(state)
        self._seen: set[str] = set()
        self.price = ox.instrument(session, SYMBOL).floor_price(ox.tickers(session).loc[SYMBOL, "last"] * FAR)
        self.clients: Mapping[str, Callable[[str], Told]] = {
            "ccxt, tried again": retrying(self._ccxt(0)),
            "ccxt, its own retries": once(self._ccxt(TRIES)),
            "okxlab": self._okxlab,
        }

    def trial(self, client: str, mode: str, kind: str, *, accepted: bool = True) -> Trial:
        """Place one order whose answer is lost, and look at what became of it."""
        session, begin = self.session, ox.server_time(self.session)
        rule = dict(MODES[mode]) | {"endpoint": "trade/*", "method": "POST"}
        if mode not in {"200, cut", "200, no rows"}:
            rule["accepted"] = accepted
        self._control("POST", rule)
        try:
            told = self.clients[client](kind)
        finally:
            self._control("DELETE", {})
        venue, begin_ms = SessionVenue(session), int(begin.timestamp() * 1000) - 5
        made = {o.order_id: o for o in [*pending(venue, SYMBOL), *finished_since(venue, SYMBOL, begin_ms)]}
        ox.cancel_all(session, SYMBOL)
        # by what was seen before and not by time: the trial before may have ended in the same millisecond
        orders = [order for order in made.values() if order.order_id not in self._seen]
        self._seen |= made.keys()
        return Trial(len(orders), told.kind, told.true_of(orders))

    def _okxlab(self, kind: str) -> Told:
        price = None if kind == "market" else self.price
        try:
            order = ox.place(self.session, "buy", SYMBOL, amount=SIZE, price=price, post_only=kind == "post_only")
        except OrderError as error:
            return Told("failed" if type(error).__name__ in {"OrderRejected", "OrderNotSent"} else "unknown")
        return Told("placed", order.order_id)

    def _ccxt(self, retries: int) -> Callable[[str], Any]:
        keys = self._address.credentials
        urls = {"rest": self._address.rest, "ws": self._address.ws}
        api = ccxt.okx(
            {
                "apiKey": keys.key.reveal(),
                "secret": keys.secret.reveal(),
                "password": keys.passphrase.reveal(),
                "urls": {"api": dict(urls), "test": dict(urls)},
                "timeout": TIMEOUT_MS,
                "enableRateLimit": False,
                "options": {"maxRetriesOnFailure": retries, "fetchMarkets": {"types": ["spot"]}},
            }
        )
        api.load_markets()

        def place(kind: str) -> Any:
            price = None if kind == "market" else float(self.price)
            params = {"postOnly": True} if kind == "post_only" else {"tgtCcy": "base_ccy"} if price is None else {}
            if retries:
                params["clOrdId"] = f"r{api.milliseconds()}"
            return api.create_order("BTC/USDT", "limit" if price else "market", "buy", float(SIZE), price, params)

        return place

    def _control(self, method: str, body: dict[str, Any]) -> None:
        headers = {"X-Okxlab-Token": self._address.control.reveal()}
        answer = requests.request(method, f"{self._address.rest}/okxlab/faults", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text


def once(place: Callable[[str], Any]) -> Callable[[str], Told]:
    """Believe what ccxt says, the first time."""

    def act(kind: str) -> Told:
        try:
            order = place(kind)
        except ccxt.BaseError:
            return Told("failed")
        return Told("placed", order["id"] or "") if order["id"] else Told("placed, without an id")

    return act


def retrying(place: Callable[[str], Any]) -> Callable[[str], Told]:
    """Try again after a network error, as tutorials do."""

    def act(kind: str) -> Told:
        for _ in range(TRIES):
            try:
                order = place(kind)
            except ccxt.NetworkError:
                continue
            except ccxt.BaseError:
                return Told("failed")
            return Told("placed", order["id"]) if order["id"] else Told("placed, without an id")
        return Told("failed")

    return act
