"""The blotter: every order, execution and open question of one journal, reduced from its records.

Applying the same records in the same order gives the same blotter. A terminal state is left only for an execution.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from okxlab.exchange import Kind, Outcome
from okxlab.model import DONE
from okxlab.trading.records import (
    Answer,
    Difference,
    Ended,
    Fact,
    Filled,
    Foreign,
    Halt,
    Intent,
    Record,
    Seen,
)

State = Literal[
    "unknown", "live", "partially_filled", "filled", "canceled", "mmp_canceled", "rejected", "not_sent", "no_effect"
]
NEVER_THERE = frozenset({"rejected", "not_sent", "no_effect"})
GONE = NEVER_THERE | {"canceled", "mmp_canceled"}
FINAL = DONE | NEVER_THERE

_RANK = {"unknown": 0, "live": 1, "partially_filled": 2}
_LIVE = 1  # and so is an order in a state that is not known here
_KINDS: dict[str, Kind] = {"rejected": "rejected", "not_sent": "not_sent", "unknown": "unknown"}
_ZERO = Decimal(0)


@dataclass(slots=True)
class Entry:
    """One order of ours: what was meant, and how it stands.

    ``state`` unknown counts as live. ``filled`` is the sum of its executions known here, ``parts``, and ``told`` what
    the exchange says has filled: where they differ, executions are still to be read. ``size`` and ``price`` follow
    amendments.
    """

    intent: Intent
    state: str = "unknown"
    order_id: str = ""
    code: str = ""
    message: str = ""
    size: Decimal = _ZERO
    price: Decimal | None = None
    filled: Decimal = _ZERO
    told: Decimal = _ZERO
    update_ms: int = 0
    parts: list[Filled] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it can still fill, as far as is known."""
        return self.state not in FINAL

    @property
    def settled(self) -> bool:
        """Whether nothing about it is left to be read."""
        return self.state in FINAL and self.filled == self.told

    @property
    def side(self) -> str:
        """``buy`` or ``sell``."""
        return self.intent.row["side"]

    @property
    def outcome(self) -> Outcome:
        """What became of its placing: one that exists, or did, was acknowledged."""
        name = self.intent.client_id
        if self.state == "no_effect":
            return Outcome("rejected", name, code=self.code, message="it never reached the exchange")
        kind = _KINDS.get(self.state, "acknowledged")
        return Outcome(kind, name, self.order_id, self.code, self.message)

    @property
    def left(self) -> Decimal:
        """What can still fill."""
        return self.size - max(self.filled, self.told) if self.active else _ZERO


@dataclass(slots=True)
class Blotter:
    """The state of one journal; ``applied`` counts the records that made it.

    ``orders`` by client id; ``changes`` are amendments and cancellations whose end is not known; ``fills`` by
    (symbol, trade id), each counted once; ``newest`` the highest bill id among them and ``position`` in base currency,
    both by symbol; ``foreign`` open orders of others; ``facts`` of the strategy; ``halted`` says why new risk is
    refused.
    """

    orders: dict[str, Entry] = field(default_factory=dict)
    changes: dict[str, Intent] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    fills: dict[tuple[str, str], Filled] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    position: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    foreign: dict[str, Foreign] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    halted: str = ""
    applied: int = field(default=0, compare=False)
    _by_order_id: dict[str, Entry] = field(default_factory=dict)
    _unsettled: dict[str, Entry] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Take one record in."""
        match record:
            case Intent():
                self._intent(record)
            case Answer():
                self._answer(record)
            case Seen():
                self._seen(record)
            case Filled():
                self._filled(record)
            case Ended():
                self._ended(record)
            case Foreign():
                self._foreign(record)
            case Difference():
                self.differences.append(record)
            case Fact():
                self.facts[record.name] = record.value
            case Halt():
                self.halted = record.reason
        self.applied += 1

    def unknown(self) -> list[Entry]:
        """Give the orders of which no evidence says whether they exist, oldest first."""
        return [entry for entry in self.unsettled() if entry.state == "unknown"]

    def unsettled(self) -> list[Entry]:
        """Give the orders that can still fill or of which executions are still to be read, oldest first."""
        return list(self._unsettled.values())  # as they are now: other threads add to them and take away

    def active(self) -> Iterator[Entry]:
        """Give the orders that can still fill, unknown ones included, oldest first."""
        return (entry for entry in self.unsettled() if entry.active)

    def named(self, order_id: str) -> Entry | None:
        """Give the order of ours that has this order id."""
        return self._by_order_id.get(order_id)

    def unused(self, name: Callable[[int], str], ended: Collection[str]) -> str:
        """Give the client id of the next attempt: one whose order ended so, nothing filled, is not used again."""
        attempt = 1
        while (entry := self.orders.get(name(attempt))) and entry.state in ended and not entry.told:
            attempt += 1
        return name(attempt)

    def changing(self, client_id: str) -> bool:
        """Whether an amendment or a cancellation of this order has no known end."""
        return any(change.client_id == client_id for change in list(self.changes.values()))

    def knows(self, symbol: str, trade_id: str) -> bool:
        """Whether an execution was counted."""
        return (symbol, trade_id) in self.fills

    def _intent(self, intent: Intent) -> None:
        if intent.action != "place":
            self.changes[intent.name] = intent
            return
        price = intent.row.get("px")
        entry = Entry(intent, size=Decimal(intent.row["sz"]), price=Decimal(price) if price else None)
        self.orders[intent.name] = self._unsettled[intent.name] = entry

    def _answer(self, answer: Answer) -> None:
        entry = self.orders.get(answer.name)
        if entry is None:
            self._change_answered(answer)
            return
        entry.code, entry.message = answer.code, answer.message
        if answer.outcome == "acknowledged":
            self._identify(entry, answer.order_id)
            self._move(entry, "live")
        elif answer.outcome != "unknown":
            self._move(entry, answer.outcome)

    def _change_answered(self, answer: Answer) -> None:
        change = self.changes.get(answer.name)
        self.answers[answer.name] = answer
        # an acknowledged change may still not have happened: an order of ours is read, one of others is not followed
        if change and (answer.outcome in {"rejected", "not_sent"} or self._foreign_and_taken(change, answer)):
            del self.changes[answer.name]

    def _foreign_and_taken(self, change: Intent, answer: Answer) -> bool:
        return answer.outcome == "acknowledged" and change.client_id not in self.orders

    def _seen(self, seen: Seen) -> None:
        entry = self.orders.get(seen.client_id) or self._by_order_id.get(seen.order_id)
        if entry is None or entry.order_id not in {"", seen.order_id}:  # a second order of one id is not this one
            return
        self._identify(entry, seen.order_id)
        entry.told = max(entry.told, Decimal(seen.filled))
        # two versions may carry one stamp: which is newer shows only while an amendment may still come about
        newer = entry.update_ms < seen.update_ms
        if newer or (entry.update_ms == seen.update_ms and self.changing(entry.intent.client_id)):
            entry.update_ms = seen.update_ms
            entry.size, entry.price = Decimal(seen.size), Decimal(seen.price) if seen.price else None
        self._move(entry, seen.state)
        if not entry.active:
            for name in [n for n, change in self.changes.items() if change.order_id == seen.order_id]:
                del self.changes[name]

    def _filled(self, fill: Filled) -> None:
        key = (fill.symbol, fill.trade_id)
        if key in self.fills:
            return
        self.fills[key] = fill
        if fill.bill_id:
            self.newest[fill.symbol] = max(self.newest.get(fill.symbol, 0), int(fill.bill_id))
        size = Decimal(fill.size)
        self.position[fill.symbol] += size if fill.side == "buy" else -size
        entry = self._by_order_id.get(fill.order_id) or self.orders.get(fill.client_id)
        if entry is None or entry.order_id not in {"", fill.order_id}:  # of another order under this client id
            return
        self._identify(entry, fill.order_id)
        entry.filled += size
        entry.parts.append(fill)
        entry.told = max(entry.told, entry.filled)
        if entry.state in NEVER_THERE:  # it was there after all
            entry.state = "live"
        # while an amendment is open its size is not known: the exchange will tell when it is full
        full = entry.filled >= entry.size and not self.changing(entry.intent.client_id)
        self._move(entry, "filled" if full else "partially_filled")

    def _ended(self, ended: Ended) -> None:
        entry = self.orders.get(ended.name)
        if entry is None:
            self.changes.pop(ended.name, None)
        elif ended.verdict == "no_effect":
            self._move(entry, "no_effect")

    def _foreign(self, order: Foreign) -> None:
        if order.state not in DONE | {"gone"}:
            self.foreign[order.order_id] = order
        else:
            self.foreign.pop(order.order_id, None)

    def _identify(self, entry: Entry, order_id: str) -> None:
        if order_id and not entry.order_id:
            entry.order_id = order_id
            self._by_order_id[order_id] = entry

    def _move(self, entry: Entry, state: str) -> None:
        """Go on to a state; never out of a final one, never back."""
        if entry.state not in FINAL and (state in FINAL or _RANK.get(state, _LIVE) > _RANK.get(entry.state, _LIVE)):
            entry.state = state
        if entry.settled:
            self._unsettled.pop(entry.intent.name, None)
        else:
            self._unsettled[entry.intent.name] = entry
