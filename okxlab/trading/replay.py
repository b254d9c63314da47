"""Replay: a grid placed as real orders over HTTP, on a paper exchange that steps through given candles."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

from okxlab.config import find_workspace
from okxlab.errors import InputError
from okxlab.exchange import Control, Session, paper_session, start
from okxlab.grid import GridSpec
from okxlab.model import Fill, Instrument, check_candles, plain
from okxlab.store import write_candles
from okxlab.trading.account import holdings
from okxlab.trading.bot import GridBot
from okxlab.trading.enquiry import fills_from
from okxlab.trading.launch import check_ladder_fits
from okxlab.trading.naming import parse
from okxlab.trading.tally import EXACT, Tally, tally
from okxlab.trading.venue import SessionVenue

_FUNDS = Decimal(100_000)


@dataclass(frozen=True, slots=True, repr=False)
class Replay:
    """What the exchange reports of a replayed grid.

    ``summary`` has the names of a backtest's; its profits come from fills read over HTTP, its balances and equity from
    account/balance before and after, all exact. ``fills`` is a frame with one row a fill in the order of filling, the
    launch purchase left out: ``candle`` (row, from 0), ``side``, ``level`` (the interval), ``price`` (quote), ``size``
    (base), ``fee`` in ``fee_currency``.
    """

    spec: GridSpec
    summary: Mapping[str, int | Decimal]
    fills: pd.DataFrame

    def __repr__(self) -> str:
        return f"Replay({self.spec!r}, buys={self.summary['buys']}, sells={self.summary['sells']})"


def replay(
    spec: GridSpec, candles: pd.DataFrame, *, instrument: Instrument | None = None, progress: bool = True
) -> Replay:
    """Place a grid on a fresh paper exchange, step it through the candles, and let the bot rotate every fill.

    Orders go over HTTP through ccxt, signed; the exchange runs as a process of its own and ends with the replay.

    Parameters
    ----------
    candles
        A candle frame; the grid launches at the first open.
    instrument
        Its steps; taken from ``candles.attrs["instrument"]`` when left out.
    progress
        Whether to show a bar while it runs.

    Raises
    ------
    CandleError, InputError
        When the candles cannot be used or their instrument is not known; nothing was started.
    OrderDenied
        When the grid has more orders than OKX lets rest on one instrument; nothing was started.
    SpecError
        When the grid cannot be made.
    """
    spec.require("The replay")
    check_candles(candles)
    steps = instrument or candles.attrs.get("instrument")
    if not isinstance(steps, Instrument):
        raise InputError("The replay does not know the instrument's steps.", "Give instrument=ox.Instrument(…).")
    check_ladder_fits(spec)
    with _venue(spec, candles, steps) as (session, control):
        venue = SessionVenue(session)
        before, since = holdings(session), venue.now_ms()
        bot = GridBot(session, spec, losing_steps="accept")
        _drive(bot, control, candles.index, progress=progress)
        # every fill as the exchange tells it, none from the bot's own journal
        fills, after = fills_from(venue, spec.symbol, since), holdings(session)
        figures = tally(bot.run, bot.ladder, fills)
        moved = {name: after.get(name, Decimal(0)) - before.get(name, Decimal(0)) for name in {*before, *after}}
        mark = Decimal(repr(float(candles["close"].iloc[-1])))
        summary = _summary(bot, figures, moved, mark) | {"candles": len(candles)}
        frame = _frame(bot.run, fills, candles.index)
        bot.stop()
    return Replay(spec, summary, frame)


@contextmanager
def _venue(spec: GridSpec, candles: pd.DataFrame, steps: Instrument) -> Iterator[tuple[Session, Control]]:
    with tempfile.TemporaryDirectory(prefix="okxlab-replay-") as folder:
        home = Path(folder)
        file = write_candles(candles, home / "candles.parquet")
        numbers = {
            "tick": steps.tick,
            "lot": steps.lot,
            "minimum": steps.minimum,
            "quote": max(_FUNDS, 2 * spec.investment),
        }
        options = ["--prices", f"file:{file}", "--symbol", steps.symbol, "--stepped"]
        options += [word for name, number in numbers.items() for word in (f"--{name}", plain(number))]
        address, lease = start(options, log=home / "paper.log")
        control = Control(address)
        with paper_session(address, lease, find_workspace(home)) as session:
            yield session, control
        control.close()


def _drive(bot: GridBot, control: Control, index: pd.Index, *, progress: bool) -> None:
    rows = {int(stamp): row for row, stamp in enumerate(pd.DatetimeIndex(index).as_unit("ms").asi8)}
    with tqdm(total=len(index), unit="candle", desc="replay", disable=not progress) as shown:
        done = False
        while not done:
            step = control.until_fill()
            if step.fills:
                bot.sync()
            done = step.done
            shown.update(rows[step.candle_ms] + 1 - shown.n)


def _summary(bot: GridBot, figures: Tally, moved: Mapping[str, Decimal], mark: Decimal) -> dict[str, int | Decimal]:
    made = bot.ladder
    with localcontext(EXACT):
        base, quote = moved.get(made.instrument.base, Decimal(0)), moved.get(made.instrument.quote, Decimal(0))
        floating = base * mark - figures.open_cost
        equity = made.spec.investment + quote + base * mark
        return {
            "buys": figures.buys,
            "sells": figures.sells,
            "round_trips": figures.round_trips,
            "launch_units": made.launch_units,
            "size": made.size,
            "launch_price": made.launch_price,
            "mark": mark,
            "grid_profit": figures.grid_profit,
            "floating_profit": floating,
            "fees": figures.fees,
            "quote_end": made.spec.investment + quote,
            "base_end": base,
            "equity_end": equity,
            "identity_residual": equity - made.spec.investment - figures.grid_profit - floating,
        }


def _frame(run: str, fills: Sequence[Fill], index: pd.Index) -> pd.DataFrame:
    rows = {int(stamp): row for row, stamp in enumerate(pd.DatetimeIndex(index).as_unit("ms").asi8)}
    named = [(fill, name) for fill in fills if (name := parse(run, fill.client_id))]
    columns = {
        "candle": pd.Series([rows[fill.candle_ms] for fill, _ in named if fill.candle_ms is not None], dtype="int64"),
        "side": pd.Series([fill.side for fill, _ in named], dtype="str"),
        "level": pd.Series([name.interval for _, name in named], dtype="int64"),
        "price": pd.Series([fill.price for fill, _ in named], dtype="object"),
        "size": pd.Series([fill.size for fill, _ in named], dtype="object"),
        "fee": pd.Series([fill.fee for fill, _ in named], dtype="object"),
        "fee_currency": pd.Series([fill.fee_currency for fill, _ in named], dtype="str"),
    }
    return pd.DataFrame(columns)
