"""The market as the guard sees it through a session: read again when it is old, and shared by all of its strategies."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from weakref import WeakKeyDictionary

from okxlab.clock import Clock, SystemClock
from okxlab.exchange import Session
from okxlab.market import last_price, rules
from okxlab.model import Rules, exact, instrument_id
from okxlab.trading.account import fee_rates
from okxlab.trading.guards.limits import WIDE, Limits

T = TypeVar("T")

_FEES_AGE = 3600.0
_SETTLED_MS = 5_000  # so long after a change the exchange's list surely shows it


@dataclass(slots=True)
class _Seen:
    """What was read of the market through one session; each value with the monotonic second it was asked for."""

    rules: dict[str, tuple[Rules, float]] = field(default_factory=dict)
    prices: dict[str, tuple[Decimal, float]] = field(default_factory=dict)
    fees: dict[str, tuple[Decimal, float]] = field(default_factory=dict)
    turn: threading.RLock = field(default_factory=threading.RLock)


_seen: "WeakKeyDictionary[Session, _Seen]" = WeakKeyDictionary()


def rules_now(session: Session, symbol: str) -> Rules:
    """Give the rules of an instrument as they were within half a minute; the guard will look at them again."""
    name = instrument_id(symbol)
    return SessionMarket(session, lambda: WIDE, SystemClock()).rules(name)[0]


class SessionMarket:
    """Reads rules, prices and fees through a session, anew at half of the age that the limits allow."""

    def __init__(self, session: Session, limits: Callable[[], Limits], clock: Clock) -> None:
        self._session = session
        self._limits = limits
        self._clock = clock
        self._seen = _seen.setdefault(session, _Seen())

    def rules(self, symbol: str) -> tuple[Rules, float]:
        """Give the rules of an instrument, and their age in seconds; past a change of them they are read anew."""
        known = self._seen.rules.get(symbol)
        if known is not None:
            read_ms = self.now_ms() - round(self._age(known[1]) * 1000)
            if any(read_ms < change.at_ms + _SETTLED_MS <= self.now_ms() for change in known[0].changes):
                self._seen.rules.pop(symbol, None)
        found, at = self._kept(self._seen.rules, symbol, self._limits().rules_age / 2, self._read_rules)
        return found, self._age(at)

    def price(self, symbol: str) -> tuple[Decimal, float]:
        """Give the last price of an instrument, in quote currency, and its age in seconds."""
        found, at = self._kept(self._seen.prices, symbol, self._limits().reference_age / 2, self._read_price)
        return found, self._age(at)

    def taker(self, symbol: str) -> Decimal:
        """Give the account's taker fee in an instrument, as a fraction."""
        return self._kept(self._seen.fees, symbol, _FEES_AGE, self._read_fee)[0]

    def now_ms(self) -> int:
        """Give the exchange's clock."""
        return self._session.transport.now_ms()

    def forget(self) -> None:
        """Read everything anew: the exchange refused an order that was right by what is known."""
        self._seen.rules.clear()
        self._seen.prices.clear()

    def _read_rules(self, symbol: str) -> Rules:
        return rules(self._session, symbol)

    def _read_price(self, symbol: str) -> Decimal:
        return exact(last_price(self._session, symbol), "last")

    def _read_fee(self, symbol: str) -> Decimal:
        return fee_rates(self._session, symbol).taker

    def _age(self, at: float) -> float:
        return self._clock.monotonic() - at

    def _kept(
        self, kept: dict[str, tuple[T, float]], symbol: str, oldest: float, read: Callable[[str], T]
    ) -> tuple[T, float]:
        known = kept.get(symbol)
        if known is None or not 0 <= self._age(known[1]) <= oldest:
            with self._seen.turn:
                asked = self._clock.monotonic()
                known = kept[symbol] = read(symbol), asked
        return known
