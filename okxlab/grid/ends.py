"""Where a grid begins, follows the price and ends: the prices outside its range, held against each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import SpecError
from okxlab.grid.terms import Kind
from okxlab.model import plain


@dataclass(frozen=True, slots=True)
class Ends:
    """The range of a grid (``high`` is None for no upper end) and the prices around it, None for those not given."""

    kind: Kind
    low: Decimal
    high: Decimal | None
    trigger: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    trailing_up: Decimal | None
    trailing_down: Decimal | None

    def check(self) -> None:
        """Raise SpecError for the first price that lies where it means nothing."""
        for wrong, what, fix in (*self._trailing(), *self._stops(), *self._trigger()):
            if wrong:
                raise SpecError(what, fix)

    def _trailing(self) -> Iterator[tuple[bool, str, str]]:
        up, down, low, high = self.trailing_up, self.trailing_down, self.low, self.high
        if high is None:
            given = up is not None or down is not None
            yield given, "An infinity grid has no range that could follow the price.", "Leave trailing out."
            return
        if up is not None:
            says = f"trailing_up is {plain(up)} and high is {plain(high)}."
            yield up <= high, says, "Give the highest price the range may follow to, above high."
        if down is not None:
            says = f"trailing_down is {plain(down)} and low is {plain(low)}."
            yield down >= low, says, "Give the lowest price the range may follow to, below low."

    def _stops(self) -> Iterator[tuple[bool, str, str]]:
        stop, take = self.stop_loss, self.take_profit
        if self.kind == "neutral":
            yield from self._either_side()
            return
        above, below = ("stop_loss", "take_profit") if self.kind == "short" else ("take_profit", "stop_loss")
        over, under = (stop, take) if self.kind == "short" else (take, stop)
        if under is not None:
            yield from self._below(under, below)
        if over is not None:
            yield from self._above(over, above)

    def _either_side(self) -> Iterator[tuple[bool, str, str]]:
        for name, price in (("stop_loss", self.stop_loss), ("take_profit", self.take_profit)):
            if price is not None:
                yield from self._above(price, name) if price > self.low else self._below(price, name)
        stop, take = self.stop_loss, self.take_profit
        if stop is not None and take is not None:
            same = (stop < self.low) == (take < self.low)
            says = f"stop_loss is {plain(stop)} and take_profit is {plain(take)}, on one side of the range."
            yield same, says, "Give one below low and the other above high."

    def _below(self, price: Decimal, name: str) -> Iterator[tuple[bool, str, str]]:
        edge, edge_name = (self.low, "low") if self.trailing_down is None else (self.trailing_down, "trailing_down")
        yield price >= edge, f"{name} is {plain(price)} and {edge_name} is {plain(edge)}.", f"Give a {name} below it."

    def _above(self, price: Decimal, name: str) -> Iterator[tuple[bool, str, str]]:
        edge, edge_name = (self.high, "high") if self.trailing_up is None else (self.trailing_up, "trailing_up")
        if edge is None:
            edge, edge_name = self.low, "low"
        yield price <= edge, f"{name} is {plain(price)} and {edge_name} is {plain(edge)}.", f"Give a {name} above it."

    def _trigger(self) -> Iterator[tuple[bool, str, str]]:
        trigger = self.trigger
        if trigger is None:
            return
        for name, end in (("stop_loss", self.stop_loss), ("take_profit", self.take_profit)):
            if end is not None:
                ended = trigger <= end if end < self.low else trigger >= end
                says = f"trigger is {plain(trigger)} and {name} is {plain(end)}: the grid would end as it starts."
                yield ended, says, "Give a trigger between the prices that end the grid."


def ended_at(price: Decimal, stop: Decimal | None, take: Decimal | None) -> tuple[str, Decimal] | None:
    """Give the name and price of what ends a spot grid at once that starts at ``price``, or None.

    >>> ended_at(Decimal(125), None, Decimal(120))
    ('take_profit', Decimal('120'))
    """
    if stop is not None and price <= stop:
        return "stop_loss", stop
    return ("take_profit", take) if take is not None and price >= take else None
