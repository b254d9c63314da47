"""What a strategy has at stake, as its blotter knows it; executions are counted once, as they come."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from okxlab.trading.blotter import Blotter
from okxlab.trading.guards.exposure import ZERO, Exposure, Resting
from okxlab.trading.records import Filled

_DAY_MS = 86_400_000
_MINUTE_MS = 60_000

Price = Callable[[str], Decimal]


class _Order(NamedTuple):
    """An order that may still fill: how much of it, at what price (None: the market's)."""

    symbol: str
    side: str
    left: Decimal
    price: Decimal | None


class Stakes:
    """Counts what is at stake in one blotter.

    Spot: what was bought of a pair is held at its mean price, and a sale of it gains or loses against that. What was
    sold without having been bought here gains and loses nothing.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._held: dict[str, Decimal] = defaultdict(Decimal)
        self._cost: dict[str, Decimal] = defaultdict(Decimal)
        self._begin(0)

    def exposure(
        self, blotter: Blotter, now_ms: int, price: Price, rate: Price, *, without: Collection[str] = ()
    ) -> Exposure:
        """Give what is at stake now.

        Parameters
        ----------
        price, rate
            Give the market's price of an instrument (quote currency), and what a currency is worth in USDT.
        without
            Client ids of orders that are left out: they are about to be changed.
        """
        self._count(blotter, now_ms)
        sides: dict[str, dict[str, Decimal]] = {}
        quoted: dict[str, Decimal] = defaultdict(Decimal)
        number = 0
        for order in _open(blotter, without):
            number += 1
            there = sides.setdefault(order.symbol, {"buy": ZERO, "sell": ZERO})
            there[order.side] += order.left
            quoted[order.symbol] += order.left * (price(order.symbol) if order.price is None else order.price)
        resting = {symbol: Resting(there["buy"], there["sell"]) for symbol, there in sides.items()}
        worth = sum((amount * rate(_quote(symbol)) for symbol, amount in quoted.items()), ZERO)
        position, unread = dict(blotter.position), ZERO
        for entry in blotter.unsettled():  # what has filled, as the exchange tells, and was not read yet
            amount, symbol = entry.told - entry.filled, entry.intent.symbol
            if amount:
                each = price(symbol) if entry.price is None else entry.price
                unread += amount * each * rate(_quote(symbol))
                position[symbol] = position.get(symbol, ZERO) + (amount if entry.side == "buy" else -amount)
        return Exposure(
            resting=resting,
            position=position,
            open=worth,
            traded=_total(self._traded, rate) + unread,
            fees=_total(self._fees, rate),
            lost=_total(self._lost, rate),
            sent=_sent(blotter, now_ms),
            open_orders=number,
        )

    def _begin(self, day: int) -> None:
        self._day = day
        self._traded: dict[str, Decimal] = defaultdict(Decimal)  # by currency, as are fees and losses
        self._fees: dict[str, Decimal] = defaultdict(Decimal)
        self._lost: dict[str, Decimal] = defaultdict(Decimal)

    def _count(self, blotter: Blotter, now_ms: int) -> None:
        if now_ms // _DAY_MS > self._day:
            self._begin(now_ms // _DAY_MS)
        for fill in islice(blotter.fills.values(), self._seen, None):
            self._fill(fill)
        self._seen = len(blotter.fills)

    def _fill(self, fill: Filled) -> None:
        size, price, quote = Decimal(fill.size), Decimal(fill.price), _quote(fill.symbol)
        currency, fee = fill.fee_currency, Decimal(fill.fee or "0")
        if currency == fill.symbol.partition("-")[0]:
            currency, fee = quote, fee * price
        lost = self._moved(fill.symbol, fill.side, size, price)
        if fill.time_ms // _DAY_MS == self._day:
            self._traded[quote] += size * price
            self._fees[currency] += fee
            self._lost[quote] += lost
            self._lost[currency] += fee

    def _moved(self, symbol: str, side: str, size: Decimal, price: Decimal) -> Decimal:
        """Move what is held, and give what a sale of it lost against its mean cost."""
        held = self._held[symbol]
        if side == "buy":
            self._held[symbol], self._cost[symbol] = held + size, self._cost[symbol] + size * price
            return ZERO
        sold = min(size, held)
        if not sold:
            return ZERO
        cost = self._cost[symbol] * sold / held
        self._held[symbol], self._cost[symbol] = held - sold, self._cost[symbol] - cost
        return cost - sold * price


def _open(blotter: Blotter, without: Collection[str]) -> Iterable[_Order]:
    """Walk what may still fill, ours and others', each at the larger of what it is and what it may have become."""
    changed = {change.client_id: change.row for change in blotter.changes.values() if change.action == "amend"}
    for entry in blotter.active():
        name = entry.intent.client_id
        if name in without:
            continue
        left, price = entry.left, entry.price
        if name in changed:
            row = changed[name]
            left = max(left, left + Decimal(row.get("newSz", entry.size)) - entry.size)
            price = max(price or ZERO, Decimal(row["newPx"])) if "newPx" in row else price
        yield _Order(entry.intent.symbol, entry.side, left, price)
    for order in blotter.foreign.values():
        yield _Order(order.symbol, order.side, Decimal(order.size), Decimal(order.price) if order.price else None)


def _sent(blotter: Blotter, now_ms: int) -> int:
    number = 0
    for entry in reversed(blotter.orders.values()):
        if entry.intent.sent_ms <= now_ms - _MINUTE_MS:
            break
        number += 1
    return number


def _quote(symbol: str) -> str:
    return symbol.split("-")[1]


def _total(by_currency: dict[str, Decimal], rate: Price) -> Decimal:
    return sum((amount * rate(currency) for currency, amount in by_currency.items() if amount), ZERO)
