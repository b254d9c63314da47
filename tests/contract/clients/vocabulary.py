"""What the suite asks of every client, whatever its own words are: OKX's ids, exact numbers, plain sentences."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol


class RefusedError(Exception):
    """The exchange said no; ``code`` is OKX's, the row's own where there is one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def number(value: object) -> Decimal:
    """Give a client's number exactly as it is written; what is absent is zero."""
    return Decimal(str(value)) if value not in {None, ""} else Decimal(0)


@dataclass(frozen=True)
class Market:
    """The steps of an instrument."""

    tick: Decimal
    lot: Decimal
    minimum: Decimal


@dataclass(frozen=True)
class Quote:
    """A ticker."""

    bid: Decimal
    ask: Decimal
    last: Decimal


@dataclass(frozen=True)
class Depth:
    """A book: (price, size), the best first; ``seq`` is OKX's seqId, 0 where a client hides it."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    seq: int = 0

    def top(self, depth: int) -> "Depth":
        """Give the best levels only."""
        return Depth(self.bids[:depth], self.asks[:depth], self.seq)


@dataclass(frozen=True)
class Bar:
    """A candle; ``ts`` is its start in ms UTC."""

    ts: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True)
class Holding:
    """A balance: all of it, and what a new order may use."""

    total: Decimal
    free: Decimal


@dataclass(frozen=True)
class Wanted:
    """An order to place; ``spend`` says that the size of a market buy is in quote currency."""

    inst: str
    side: str
    size: Decimal
    price: Decimal | None = None
    kind: str = "limit"
    name: str = ""
    spend: bool = False
    mode: str = "cash"


@dataclass(frozen=True)
class Seen:
    """An order as the exchange tells of it; ``state`` is open, filled or canceled."""

    id: str
    name: str
    state: str
    size: Decimal
    price: Decimal
    filled: Decimal


@dataclass(frozen=True)
class Held:
    """A position: contracts, negative when short."""

    inst: str
    size: Decimal
    mode: str


class Listening(Protocol):
    """An open subscription."""

    def next(self, seconds: float = 15) -> Any:
        """Wait for what comes next and give it; TimeoutError when nothing does."""

    def close(self) -> None:
        """Unsubscribe."""


class Client(Protocol):
    """Every ability there is. A client that lacks one stands in the table of divergences."""

    def close(self) -> None:
        """Let connections go."""

    def markets(self) -> dict[str, Market]:
        """Give every spot market."""

    def ticker(self, inst: str) -> Quote:
        """Give one ticker."""

    def tickers(self) -> dict[str, Quote]:
        """Give every spot ticker."""

    def book(self, inst: str, depth: int) -> Depth:
        """Give a book."""

    def candles(self, inst: str, since: int, count: int) -> list[Bar]:
        """Give one-minute candles, oldest first, from the first at or after a moment on."""

    def balances(self) -> dict[str, Holding]:
        """Give the trading account."""

    def place(self, wanted: Wanted) -> str:
        """Place an order and give its id; RefusedError."""

    def place_all(self, wanted: list[Wanted]) -> list[str | RefusedError]:
        """Place a batch and give an id or a refusal for each."""

    def amend(self, inst: str, order: str, size: Decimal, price: Decimal) -> None:
        """Change a resting order; RefusedError."""

    def cancel(self, inst: str, order: str) -> None:
        """Cancel an order; RefusedError."""

    def cancel_all(self, inst: str, orders: list[str]) -> list[str]:
        """Cancel a batch and give the ids that were canceled."""

    def order(self, inst: str, order: str) -> Seen:
        """Look an order up; RefusedError."""

    def resting(self, inst: str) -> list[Seen]:
        """Give the resting orders."""

    def positions(self) -> list[Held]:
        """Give the open positions."""

    def set_leverage(self, inst: str, times: int) -> None:
        """Set the leverage of cross positions."""

    def leverage(self, inst: str) -> Decimal:
        """Give the leverage of cross positions."""

    def funding(self, inst: str) -> Decimal:
        """Give the funding rate."""

    def hear_ticker(self, inst: str) -> Listening:
        """Listen to a ticker: Quote."""

    def hear_book(self, inst: str) -> Listening:
        """Listen to a book, kept by the client or its adapter from a snapshot and updates: Depth."""

    def hear_candles(self, inst: str) -> Listening:
        """Listen to one-minute candles: Bar."""

    def hear_orders(self, inst: str) -> Listening:
        """Listen to the account's orders: Seen."""

    def hear_balances(self) -> Listening:
        """Listen to the account: dict of Holding."""

    def hear_positions(self) -> Listening:
        """Listen to the positions: list of Held."""


ABILITIES = tuple(name for name in vars(Client) if not name.startswith("_"))
STATES = {"live": "open", "partially_filled": "open", "filled": "filled", "canceled": "canceled"}
