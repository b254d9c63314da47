"""The ledger of the engine: what its log did to quote and base, exactly."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import OkxlabError
from okxlab.grid.account import Attribution, Floats, Objects, events_frame, fills_frame
from okxlab.grid.engine.pairs import Pairs, Sheet, Tally, tally
from okxlab.grid.engine.sale import Sale, sale_of
from okxlab.grid.kernels import Ints, layout
from okxlab.grid.ladder import Ladder
from okxlab.grid.ledger import Moves
from okxlab.grid.money import EXACT, floor_step, net, total
from okxlab.model import exact

NAMES = {
    layout.MOVED_UP: "trailing_up",
    layout.MOVED_DOWN: "trailing_down",
    layout.STOPPED: "stop_loss",
    layout.TAKEN: "take_profit",
    layout.TIMED: "time_limit",
}


@dataclass(frozen=True, slots=True, eq=False)
class EngineAccount:
    """The account of a spot grid played by the engine."""

    figures: dict[str, int | Decimal]
    sheet: Sheet
    told: Tally
    sale: Sale

    @property
    def ladder(self) -> Ladder:
        """The ladder that was launched."""
        return self.sheet.made

    @property
    def moves(self) -> Moves:
        """Every resting fill; intervals count from the launch's lowest, so they are negative below it."""
        rows = self._fills()
        return Moves(rows[:, 0].copy(), rows[:, 1] - self.sheet.grid.below, np.asarray(rows[:, 2] == layout.BOUGHT_AT))

    def fills(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Every fill of a resting order, in order; a part of an order is a row of its own."""
        rows, made, ticks = self._fills(), self.sheet.made, self.sheet.grid.ticks
        kinds, kind = np.unique(rows[:, 1:4], axis=0, return_inverse=True)
        price, size, fee, fee_quote = [], [], [], []
        for i, what, lots in kinds.tolist():
            buy = what == layout.BOUGHT_AT
            price.append(self._price(int(ticks[i if buy else i + 1])))
            size.append(self._size(lots))
            value = EXACT.multiply(price[-1], size[-1])
            fee_quote.append(EXACT.multiply(value, made.maker))
            fee.append(EXACT.multiply(size[-1], made.maker) if buy else fee_quote[-1])
        columns = {"price": price, "size": size, "fee": fee, "fee_quote": fee_quote}
        spread: dict[str, Objects] = {
            name: np.array(column, dtype=object)[kind.reshape(-1)] for name, column in columns.items()
        }
        return fills_frame(candles, self.moves, made, whole=rows[:, 4] == 1, **spread)

    def events(self, candles: pd.DataFrame) -> pd.DataFrame:
        """Launch, moves of the range, growth of the unit, and the end."""
        launch, told = self.sheet.launch, list[tuple[int, str, Decimal]]()
        if launch.row is None:
            return events_frame(candles, [])
        told.append((launch.row, "launch", self.sheet.made.paid_price))
        other = self.sheet.log[self.sheet.log[:, 2] > layout.SOLD_AT]
        for row, _, what, _, _, price in other.tolist():
            told.append((row, NAMES[what], self.sale.price if what >= layout.STOPPED else self._price(price // 2)))
        told += [(row, "reinvest", price) for row, price in self.sheet.grown]
        return events_frame(candles, sorted(told, key=lambda one: (one[0], one[1] != "reinvest")))

    def equity(self, closes: Floats) -> Floats:
        """Quote balance plus base balance at each close."""
        quote, base = self._balances(len(closes))
        return quote + base * closes

    def inventory(self, rows: int) -> Floats:
        """Base balance at each close."""
        return self._balances(rows)[1]

    def bounds(self, rows: int) -> tuple[Floats, Floats]:
        """The range at each close, where the grid ran."""
        sheet, log = self.sheet, self.sheet.log
        moved = np.zeros(rows, dtype=np.int64)
        for what, step in ((layout.MOVED_UP, 1), (layout.MOVED_DOWN, -1)):
            np.add.at(moved, log[log[:, 2] == what, 0], step)
        first = sheet.grid.below + np.cumsum(moved)
        levels = np.array([float(self._price(int(level))) for level in sheet.grid.ticks])
        low, high = levels[first], levels[first + len(sheet.made.sizes)]
        if sheet.made.spec.high is None:
            high = np.full(rows, np.inf)
        end = log[log[:, 2] >= layout.STOPPED, 0]
        idle = np.arange(rows) < (rows if sheet.launch.row is None else sheet.launch.row)
        idle[int(end[0]) if end.size else rows :] = True
        return np.where(idle, np.nan, low), np.where(idle, np.nan, high)

    def intervals(self) -> pd.DataFrame:
        """Buys, sells and profit of each interval that was ever part of the range."""
        grid, empty = self.sheet.grid, Pairs()
        moves = self.sheet.log[:, 2]
        path = grid.below + np.cumsum(
            np.concatenate(([0], 1 * (moves == layout.MOVED_UP) - 1 * (moves == layout.MOVED_DOWN)))
        )
        rows = range(int(path.min()), int(path.max()) + len(self.sheet.made.sizes))
        pairs = [self.told.pairs.get(i, empty) for i in rows]
        trips = np.array([one.closed for one in pairs], dtype=np.int64)
        return pd.DataFrame(
            {
                "low": pd.Series([self._price(int(grid.ticks[i])) for i in rows], dtype="object"),
                "high": pd.Series([self._price(int(grid.ticks[i + 1])) for i in rows], dtype="object"),
                "buys": np.array([one.buys for one in pairs], dtype=np.int64),
                "sells": trips,
                "round_trips": trips,
                "grid_profit": pd.Series([profit(self.sheet, one) for one in pairs], dtype="object"),
            }
        ).set_index(pd.RangeIndex(rows.start - grid.below, rows.stop - grid.below, name="level"))

    def attribution(self) -> Attribution:
        """Price differences of what closed pairs sold, fees, remainders below a lot; what is left is floating."""
        sheet, figures = self.sheet, self.figures
        made, ended = sheet.made, bool(self.sale.size)
        worth = self.sale.price if ended else Decimal(figures["mark"])
        pairs = self.told.pairs.values()
        gained = self._value(sum(one.brought - one.cost_of_sold for one in pairs))
        launch_cost = EXACT.multiply(self._size(sum(one.launch_sold for one in pairs)), sheet.opening.unit_price)
        dust = [
            self._dust(lots, count, made.maker, EXACT.subtract(worth, self._price(ticks)))
            for (lots, ticks), count in Counter(self.told.whole_lots).items()
        ]
        if sheet.launched:
            kept = EXACT.add(self._size(sum(sheet.opening.offered)), sheet.opening.beyond)
            left = EXACT.subtract(made.launch_base, kept)
            dust.append(EXACT.multiply(left, EXACT.subtract(worth, sheet.opening.unit_price)))
        change = EXACT.subtract(Decimal(figures["equity_end"]), sheet.money)
        parts = {
            "grid": EXACT.subtract(gained, launch_cost),
            "fee": EXACT.minus(Decimal(figures["fees"])),
            "funding": Decimal(0),
            "dust": total(dust),
        }
        floating = EXACT.subtract(change, total(list(parts.values())))
        return {"grid": parts["grid"], "floating": floating} | parts

    def _dust(self, lots: int, count: int, fee: Decimal, gain: Decimal) -> Decimal:
        kept = net(self._size(lots), fee)
        left = EXACT.subtract(kept, floor_step(kept, self.sheet.made.instrument.lot))
        return EXACT.multiply(EXACT.multiply(left, Decimal(count)), gain)

    def _fills(self) -> Ints:
        return self.sheet.log[self.sheet.log[:, 2] <= layout.SOLD_AT]

    def _price(self, ticks: int) -> Decimal:
        return EXACT.multiply(Decimal(ticks), self.sheet.made.instrument.tick)

    def _size(self, lots: int) -> Decimal:
        return EXACT.multiply(Decimal(lots), self.sheet.made.instrument.lot)

    def _value(self, tick_lots: int) -> Decimal:
        return tick_value(self.sheet, tick_lots)

    def _balances(self, rows: int) -> tuple[Floats, Floats]:
        """Give quote and base, as floats, at each close."""
        sheet, made = self.sheet, self.sheet.made
        tick, lot, maker = (float(value) for value in (made.instrument.tick, made.instrument.lot, made.maker))
        quote, base = np.zeros(rows), np.zeros(rows)
        quote[0], base[0] = float(made.spec.investment), float(made.spec.base)
        log = self._fills()
        size, buy = log[:, 3] * lot, log[:, 2] == layout.BOUGHT_AT
        price = sheet.grid.ticks[log[:, 1] + ~buy] * tick
        np.add.at(quote, log[:, 0], np.where(buy, -price * size, price * size * (1 - maker)))
        np.add.at(base, log[:, 0], np.where(buy, size * (1 - maker), -size))
        if sheet.launch.row is not None:
            quote[sheet.launch.row] += float(EXACT.subtract(made.launch_quote, made.spec.investment))
            base[sheet.launch.row] += float(EXACT.subtract(made.launch_base, made.spec.base))
        for row in sheet.log[sheet.log[:, 2] >= layout.STOPPED, 0].tolist():
            quote[row] += float(net(self.sale.value, made.taker))
            base[row] -= float(self.sale.size)
        return np.cumsum(quote), np.cumsum(base)


def settle_log(sheet: Sheet, candles: pd.DataFrame) -> EngineAccount:
    """Settle a log: counts as int, money as exact Decimals.

    Raises
    ------
    OkxlabError
        When ledger and pairs disagree by any digit, which is a defect of okxlab.
    """
    told, sale, made = tally(sheet), sale_of(sheet, candles), sheet.made
    mark, lot = exact(float(candles["close"].iloc[-1])), made.instrument.lot
    bought, sold = tick_value(sheet, told.bought), tick_value(sheet, told.sold)
    brought = EXACT.add(net(sold, made.maker), net(sale.value, made.taker))
    quote = total([made.launch_quote if sheet.launched else made.spec.investment, EXACT.minus(bought), brought])
    base = total(
        [
            made.launch_base if sheet.launched else made.spec.base,
            net(EXACT.multiply(Decimal(told.bought_lots), lot), made.maker),
            EXACT.minus(EXACT.multiply(Decimal(told.sold_lots), lot)),
            EXACT.minus(sale.size),
        ]
    )
    equity = EXACT.add(quote, EXACT.multiply(base, mark))
    grid_profit = total([profit(sheet, one) for one in told.pairs.values()])
    floating = total([EXACT.multiply(base, mark), net(sale.value, made.taker), EXACT.minus(open_cost(sheet, told))])
    trips = sum(one.closed for one in told.pairs.values())
    traded = EXACT.multiply(EXACT.add(bought, sold), made.maker)
    market = EXACT.multiply(sale.value, made.taker)
    if sheet.launched:
        market = total([market, EXACT.multiply(EXACT.add(made.launch_cost, made.launch_sale), made.taker)])
    figures: dict[str, int | Decimal] = {
        "candles": len(candles),
        "buys": sum(one.buys for one in told.pairs.values()),
        "sells": trips,
        "round_trips": trips,
        "launch_units": sum(lots > 0 for lots in sheet.held),
        "size": made.size,
        "launch_price": made.launch_price,
        "mark": mark,
        "grid_profit": grid_profit,
        "floating_profit": floating,
        "fees": EXACT.add(traded, market),
        "quote_end": quote,
        "base_end": base,
        "equity_end": equity,
        "identity_residual": _identity(sheet.money, equity, grid_profit, floating),
    }
    return EngineAccount(figures, sheet, told, sale)


def profit(sheet: Sheet, pairs: Pairs) -> Decimal:
    """Give the grid profit of closed pairs: what they brought after the fee, less what their units cost."""
    brought = net(tick_value(sheet, pairs.brought), sheet.made.maker)
    launched = EXACT.multiply(Decimal(pairs.launch_lots), sheet.made.instrument.lot)
    paid = EXACT.add(tick_value(sheet, pairs.paid), EXACT.multiply(launched, sheet.opening.unit_price))
    return EXACT.subtract(brought, paid)


def open_cost(sheet: Sheet, told: Tally) -> Decimal:
    """Give what base that no closed pair sold has cost, less what was brought by parts of it and by the launch's sale.

    Base put in counts at the first open.
    """
    made, costs, launched_at = sheet.made, list[Decimal](), sheet.opening.unit_price
    for unit in told.units.values():
        size = EXACT.multiply(Decimal(unit.lots), made.instrument.lot)
        price = launched_at if unit.ticks is None else EXACT.multiply(Decimal(unit.ticks), made.instrument.tick)
        costs += [EXACT.multiply(size, price), EXACT.minus(net(tick_value(sheet, unit.brought), made.maker))]
    units = EXACT.multiply(Decimal(sum(sheet.held)), made.instrument.lot)
    costs += [EXACT.multiply(made.spec.base, sheet.launch.first), EXACT.minus(EXACT.multiply(units, launched_at))]
    if sheet.launched:
        costs += [made.launch_cost, EXACT.minus(made.launch_proceeds)]
    return total(costs)


def tick_value(sheet: Sheet, tick_lots: int) -> Decimal:
    """Give a number of ticks times lots in quote currency."""
    step = EXACT.multiply(sheet.made.instrument.tick, sheet.made.instrument.lot)
    return EXACT.multiply(Decimal(tick_lots), step)


def _identity(investment: Decimal, equity: Decimal, grid: Decimal, floating: Decimal) -> Decimal:
    residual = EXACT.subtract(EXACT.subtract(equity, investment), EXACT.add(grid, floating))
    if residual:
        raise OkxlabError(
            f"The balances and the pairs of this backtest differ by {residual}.",
            "Report it with the grid and the candles.",
        )
    return residual
