"""What a fill model is: the rule by which orders meet the market."""

from decimal import Decimal
from typing import Any, Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Order
from okxlab.paper.products.instrument import Instrument

Level = tuple[Decimal, Decimal, int]  # price, size, number of orders
Rung = tuple[Any, Any, int]  # a level in a fill model's own numbers


class Desk(Protocol):
    """What a fill model may do to orders; the venue does it."""

    def fill(self, order: Order, size: Decimal, price: Decimal, *, maker: bool, trade: int = 0) -> None:
        """Trade a size of an order; `trade` is the id of the print it is part of, 0 makes one of its own."""

    def rest(self, order: Order) -> None:
        """Let what is left of an order rest."""

    def end(self, order: Order, source: str) -> None:
        """End an order that stands in no book (any more); `source` is OKX's cancelSource."""

    def withdraw(self, order: Order, source: str) -> None:
        """End an order that rests."""

    def next_trade(self) -> int:
        """Give the id of a new print."""

    def affords(self, order: Order, price: Decimal) -> Decimal:
        """Give how much of what is left of an order can be paid at a price."""


class FillModel(Protocol):
    """How orders meet the market."""

    def priced(self, account: Account, ask: Ask) -> tuple[Decimal, Decimal]:
        """Give an order's size in base currency or contracts, and the price its account must be able to pay.

        Raises
        ------
        Refusal
            51020 when quote currency buys less than the smallest size.
        """

    def arrive(self, order: Order) -> None:
        """Fill, rest or cancel a new order."""

    def leave(self, order: Order) -> None:
        """Forget an order that rested and ended."""

    def restore(self, order: Order) -> None:
        """Let an order rest that rested before, at the end of its queue."""

    def crosses(self, order: Order, price: Decimal) -> bool:
        """Whether an order at a price would trade at once."""

    def moved(self) -> None:
        """Fill what the feed's last step brings."""

    def quiet_ahead(self) -> bool:
        """Whether the whole candle ahead can be passed over without filling anything."""

    def printed(self, name: str, side: str, size: Decimal, price: Decimal) -> None:
        """Let a trade of somebody else fill what rests at its price or better."""

    def levels(self, name: str, depth: int) -> tuple[list[Level], list[Level]]:
        """Give bids and asks, the best first, our own resting orders included."""

    def ladder(self, name: str, depth: int) -> tuple[list[Rung], list[Rung]]:
        """Give the same levels in numbers of its own: quick to make and to compare; nobody may change the lists."""

    def level(self, instrument: Instrument, rung: Rung) -> Level:
        """Turn a rung of an instrument's ladder into price, size and number of orders."""

    def resting(self, name: str) -> int:
        """Count the orders that rest in an instrument."""
