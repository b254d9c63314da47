"""The ledger: what the fills of a ladder did to quote and base, exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from okxlab.errors import OkxlabError
from okxlab.grid.kernels import Flags, Ints
from okxlab.grid.ladder import Ladder
from okxlab.grid.money import EXACT, net, total

Summary = Mapping[str, int | Decimal]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Every resting fill in order, three arrays of one length: ``candle``, ``level`` (int64) and ``buy`` (bool)."""

    candle: Ints
    level: Ints
    buy: Flags

    def kinds(self, ladder: Ladder) -> Ints:
        """Give each fill's row in the tables of `Tariff`: n of buys, n of rotated sells, n of sells of launch units."""
        grids = ladder.spec.grids
        kind = np.where(self.buy, 0, grids)
        sells = np.flatnonzero(~self.buy)
        levels, first = np.unique(self.level[sells], return_index=True)
        # A unit of the launch purchase is what an interval that held one at launch sells first.
        kind[sells[first[levels >= grids - ladder.launch_units]]] = 2 * grids
        return np.asarray(kind + self.level, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Tariff:
    """What one fill of each kind and interval is and does; lists of 3n exact Decimals, in the order of `Moves.kinds`.

    ``price`` and ``quote`` (change of the quote balance, after the fee) and ``fee_quote`` are in quote currency,
    ``size`` and ``base`` (change of the base balance, after the fee) in base, ``fee`` in what is received.
    """

    price: list[Decimal]
    size: list[Decimal]
    fee: list[Decimal]
    fee_quote: list[Decimal]
    quote: list[Decimal]
    base: list[Decimal]


def tariff(ladder: Ladder) -> Tariff:
    """Give the tables of one fill of each kind and interval."""
    grids, lower, upper = ladder.spec.grids, list(ladder.levels[:-1]), list(ladder.levels[1:])
    price = lower + upper + upper
    size = [ladder.buy_size] * grids + [ladder.rotated_sell_size] * grids + [ladder.launch_sell_size] * grids
    value = [EXACT.multiply(one, other) for one, other in zip(price, size, strict=True)]
    received = size[:grids] + value[grids:]
    return Tariff(
        price=price,
        size=size,
        fee=[EXACT.multiply(amount, ladder.maker) for amount in received],
        fee_quote=[EXACT.multiply(amount, ladder.maker) for amount in value],
        quote=[EXACT.minus(paid) for paid in value[:grids]] + [net(amount, ladder.maker) for amount in value[grids:]],
        base=[net(amount, ladder.maker) for amount in size[:grids]] + [EXACT.minus(sold) for sold in size[grids:]],
    )


def settle(ladder: Ladder, moves: Moves, mark: Decimal, candles: int) -> dict[str, int | Decimal]:
    """Give the summary of a backtest: counts as int, money as exact Decimals.

    Raises
    ------
    OkxlabError
        When ledger and pairs disagree by any digit, which is a defect of okxlab.
    """
    grids, prices = ladder.spec.grids, tariff(ladder)
    times = np.bincount(moves.kinds(ladder), minlength=3 * grids).tolist()
    launch = EXACT.multiply(ladder.size, Decimal(ladder.launch_units))
    quote = EXACT.add(EXACT.subtract(ladder.spec.investment, ladder.launch_cost), _weigh(prices.quote, times))
    base = EXACT.add(net(launch, ladder.taker), _weigh(prices.base, times))
    equity = EXACT.add(quote, EXACT.multiply(base, mark))
    profit, open_cost = _pairs(ladder, prices, times)
    floating = EXACT.subtract(EXACT.multiply(base, mark), open_cost)
    return {
        "candles": candles,
        "buys": sum(times[:grids]),
        "sells": sum(times[grids:]),
        "round_trips": sum(times[grids:]),
        "launch_units": ladder.launch_units,
        "size": ladder.size,
        "launch_price": ladder.launch_price,
        "mark": mark,
        "grid_profit": profit,
        "floating_profit": floating,
        "fees": EXACT.add(EXACT.multiply(ladder.launch_cost, ladder.taker), _weigh(prices.fee_quote, times)),
        "quote_end": quote,
        "base_end": base,
        "equity_end": equity,
        "identity_residual": _identity(ladder.spec.investment, equity, profit, floating),
    }


def _weigh(amounts: list[Decimal], times: list[int]) -> Decimal:
    return total(
        [EXACT.multiply(amount, Decimal(count)) for amount, count in zip(amounts, times, strict=True) if count]
    )


def _pairs(ladder: Ladder, prices: Tariff, times: list[int]) -> tuple[Decimal, Decimal]:
    """Give the profit of closed pairs and the cost of open units, unit by unit and apart from the balances."""
    grids, closed, open_cost = ladder.spec.grids, [], []
    launch_paid = EXACT.multiply(ladder.size, ladder.launch_price)
    for i in range(grids):
        bought, rotated, launched = times[i], times[grids + i], times[2 * grids + i]
        paid = EXACT.multiply(ladder.size, ladder.levels[i])
        closed.append(EXACT.multiply(Decimal(rotated), EXACT.subtract(prices.quote[grids + i], paid)))
        closed.append(EXACT.multiply(Decimal(launched), EXACT.subtract(prices.quote[2 * grids + i], launch_paid)))
        open_cost.append(EXACT.multiply(Decimal(bought - rotated), paid))
        open_cost.append(EXACT.multiply(Decimal(ladder.holds(i) - launched), launch_paid))
    return total(closed), total(open_cost)


def _identity(investment: Decimal, equity: Decimal, profit: Decimal, floating: Decimal) -> Decimal:
    residual = EXACT.subtract(EXACT.subtract(equity, investment), EXACT.add(profit, floating))
    if residual:
        raise OkxlabError(
            f"The balances and the pairs of this backtest differ by {residual}.",
            "Report it with the grid and the candles.",
        )
    return residual
