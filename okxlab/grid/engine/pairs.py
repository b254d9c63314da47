"""Pairs: every sell of a log held against the buy it follows, in whole numbers of lots and tick lots."""

from dataclasses import dataclass, field
from decimal import Decimal

from okxlab.grid.conditions import Conditions
from okxlab.grid.engine.lattice import Lattice
from okxlab.grid.engine.launch import Launch
from okxlab.grid.engine.opening import Opening
from okxlab.grid.kernels import Ints, layout
from okxlab.grid.ladder import Ladder
from okxlab.grid.money import EXACT


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What was played: opening, lattice and launch, the log, and when units grew."""

    opening: Opening
    grid: Lattice
    launch: Launch
    conditions: Conditions
    log: Ints
    grown: list[tuple[int, Decimal]]

    @property
    def made(self) -> Ladder:
        """The ladder."""
        return self.opening.made

    @property
    def money(self) -> Decimal:
        """What was put in, in quote currency: the investment, and the base at the first open."""
        return EXACT.add(self.made.spec.investment, EXACT.multiply(self.made.spec.base, self.launch.first))

    @property
    def launched(self) -> bool:
        """Whether the trigger was touched, or there was none."""
        return self.launch.row is not None

    @property
    def held(self) -> tuple[int, ...]:
        """Lots each interval held right after launch."""
        return self.opening.held if self.launched else (0,) * len(self.opening.held)


@dataclass(slots=True)
class Unit:
    """A unit an interval holds or gathers, in lots and tick lots: where it was bought and what of it was sold.

    ``ticks`` is None for a unit of the launch.
    """

    ticks: int | None
    lots: int = 0
    sold: int = 0
    brought: int = 0


@dataclass(slots=True)
class Pairs:
    """Sums over closed pairs of one interval, and how many: lots and tick lots; launch units are apart."""

    buys: int = 0
    closed: int = 0
    paid: int = 0
    launch_lots: int = 0
    brought: int = 0
    cost_of_sold: int = 0
    launch_sold: int = 0


@dataclass(slots=True)
class Tally:
    """Everything counted in one pass over a log."""

    pairs: dict[int, Pairs] = field(default_factory=dict)
    units: dict[int, Unit] = field(default_factory=dict)
    bought: int = 0
    bought_lots: int = 0
    sold: int = 0
    sold_lots: int = 0
    whole_lots: list[tuple[int, int]] = field(default_factory=list)


def tally(sheet: Sheet) -> Tally:
    """Go through the log once: pair every sell with its buy, interval by interval."""
    ticks, below, grids = sheet.grid.ticks.tolist(), sheet.grid.below, len(sheet.made.sizes)
    told = Tally(units={below + i: Unit(None, lots) for i, lots in enumerate(sheet.held) if lots})
    for _, i, what, lots, whole, _ in sheet.log.tolist():
        if what == layout.BOUGHT_AT:
            unit = told.units.setdefault(i, Unit(ticks[i]))
            unit.lots += lots
            told.bought += lots * ticks[i]
            told.bought_lots += lots
            if whole:
                told.pairs.setdefault(i, Pairs()).buys += 1
                told.whole_lots.append((unit.lots, ticks[i]))
        elif what == layout.SOLD_AT:
            unit, value = told.units[i], lots * ticks[i + 1]
            unit.sold += lots
            unit.brought += value
            told.sold += value
            told.sold_lots += lots
            if whole:
                _close_pair(told.pairs.setdefault(i, Pairs()), told.units.pop(i))
        elif what == layout.MOVED_DOWN:
            told.units[i] = told.units.pop(i + grids)
    return told


def _close_pair(pairs: Pairs, unit: Unit) -> None:
    pairs.closed += 1
    pairs.brought += unit.brought
    if unit.ticks is None:
        pairs.launch_lots += unit.lots
        pairs.launch_sold += unit.sold
    else:
        pairs.paid += unit.lots * unit.ticks
        pairs.cost_of_sold += unit.sold * unit.ticks
