"""The backtest of a contract grid.

The path, and when orders fill, are those of `backtest`. A fill pays the maker fee, the launch and the closing at an end
pay the taker fee, both on the value traded, in quote currency.

*Funding* is paid where a candle opens, the first at or after its time, before the move to that open: the position held
there times the mark at the open times the rate. What is due at the launch or before, or after the last open, is not.

*Liquidation*: all the grid's equity stands behind its position, and nothing else does. When equity at the mark is at or
below the position's value there times the maintenance rate of its tier and the taker fee, the orders are cancelled and
OKX's engine takes the position over at its bankruptcy price, so nothing is left: ``liquidation`` in the summary is what
that took beyond closing at the mark. The mark is the path itself unless one is given: it moves tick by tick and stands
at the candles' own prices, and is held against the position at each of them, after the orders that fill there and after
each payment. A mark that is given is looked at at the four points of a candle, after the fills on the way there.

*Stops* close at their own price, or at the open when the move to it met them; a time limit closes at the first open at
or after it. At one price orders fill first, then liquidation is looked at, then stops. A loss beyond the investment is
forgiven.
"""

from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.conditions import CROSSINGS, Conditions, FillModel, check_fill
from okxlab.grid.contract.account import ContractAccount
from okxlab.grid.contract.book import Book, grid_book
from okxlab.grid.contract.hold import Hold, hold
from okxlab.grid.contract.ladder import ContractLadder, contract_ladder
from okxlab.grid.contract.launch import Begin, begin, limit_of, stops_of
from okxlab.grid.contract.ledger import idle, settle
from okxlab.grid.contract.margin import margin_frame
from okxlab.grid.contract.market import Market
from okxlab.grid.contract.play import play, untouched
from okxlab.grid.contract.result import ContractResult
from okxlab.grid.contract.road import Course, Marks, course
from okxlab.grid.contract.tiers import TierList, read_tiers
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Number, check_candles

# What a contract grid does beyond a plain one.
DOES = ("kind", "leverage", "sizes", "trigger", "stop_loss", "take_profit", "time_limit")


def play_contract(spec: GridSpec, candles: pd.DataFrame, market: Market, conditions: Conditions) -> ContractResult:
    """Play a contract grid for `okxlab.grid.backtest`, or raise InputError for conditions it does not know."""
    if not conditions.ideal:
        raise InputError(
            "A contract grid fills whole and at once, on the nearest way, and its markets cost no slippage.",
            "Use fill='touch' or 'through' and leave path, latency and slippage out.",
        )
    return backtest_contract(
        spec,
        candles,
        instrument=market.instrument,
        maker=market.maker,
        taker=market.taker,
        fill=conditions.fill,
        mark=market.mark,
        funding=market.funding,
        tiers=market.tiers,
    )


def backtest_contract(  # noqa: PLR0913  the market, the fees and the marks, all but two by name
    spec: GridSpec,
    candles: pd.DataFrame,
    *,
    instrument: Instrument,
    maker: Number = "0.0002",
    taker: Number = "0.0005",
    fill: FillModel = "touch",
    mark: Marks | None = None,
    funding: "pd.Series[float] | None" = None,
    tiers: TierList | None = None,
) -> ContractResult:
    """Play a long, short or neutral grid of a linear swap or future over candles; `backtest` calls it by the kind.

    Fees are fractions of the value traded. The text of `okxlab.grid.contract.backtest` says when funding is paid, when
    a position is liquidated and what stops close at; `contract_ladder` says what is launched.

    Parameters
    ----------
    spec
        A grid of kind long, short or neutral.
    candles
        Candles of the contract.
    instrument
        Its steps, with ``contract``.
    mark
        Mark prices: a candle frame that has every candle's time and moves with the candles, or a Series by time, each
        price of which holds until the next. None: the path itself.
    funding
        Rates by UTC time of payment, positive when longs pay. None: no funding, as for futures.
    tiers
        A frame as ``ox.position_tiers`` gives it, or pairs of largest position and maintenance rate; see `read_tiers`.

    Raises
    ------
    SpecError
        When the grid cannot be made, or the tiers do not allow it.
    InputError, CandleError
        When the fill model is another, or candles, marks, funding or tiers cannot be used.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0], "high": [110.0], "low": [60.0], "close": [60.0]},
    ...     index=pd.DatetimeIndex(["2024-01-01"], tz="UTC"))
    >>> swap = Instrument("AAA-USDT-SWAP", tick="0.1", lot=1, minimum=1, contract="0.1")
    >>> spec = GridSpec(swap.symbol, low=100, high=120, grids=4, investment=100, kind="long", leverage=5)
    >>> backtest_contract(spec, bars, instrument=swap).events[["event", "price"]].values.tolist()
    [['launch', Decimal('105.0')], ['liquidation', Decimal('82.0')]]
    """
    spec.require("The backtest of a contract grid", *DOES)
    check_fill(fill, CROSSINGS)
    check_candles(candles)
    way = course(candles, instrument.tick, mark=mark, funding=funding)
    start = begin(way, spec.trigger, instrument.tick)
    price = start.price if start else way.price(0, 0)
    made = contract_ladder(spec, instrument, price, maker=maker, taker=taker)
    rungs = read_tiers(tiers)
    holds = tuple(hold(made, rungs, way, share) for share in (Decimal(1), Decimal("0.5")))
    account = _played(made, grid_book(made, rungs), way, start, index=candles.index, through=fill == "through")
    return _result(account, candles, fill, holds)


def _played(
    made: ContractLadder, book: Book, way: Course, start: Begin | None, *, index: pd.Index, through: bool
) -> ContractAccount:
    spec = made.spec
    if start is None:
        return ContractAccount(made, book, way, None, untouched(book), idle(spec.grids, way.last_mark))
    own = way.after(start.row)
    stops, limit = stops_of(spec, made.instrument.tick), limit_of(index, start.row, spec.time_limit)
    played = play(book, own, start, through=through, stops=stops, limit=limit)
    return ContractAccount(made, book, own, start, played, settle(made, book, own, played))


def _result(
    account: ContractAccount, candles: pd.DataFrame, fill: FillModel, holds: tuple[Hold, ...]
) -> ContractResult:
    ending, index = account.played.ending, candles.index
    equity = account.equity(candles["close"].to_numpy(dtype=np.float64))
    return ContractResult(
        spec=account.ladder.spec,
        ladder=account.ladder,
        candles=candles.copy(deep=False),
        fill=fill,
        path="nearest",
        account=account,
        funding=pd.Series(account.funded, index=index, name="funding"),
        margin=margin_frame(account, equity, index),
        liquidated=index[ending.row] if ending and ending.reason == "liquidation" else None,
        holds=holds,
    )
