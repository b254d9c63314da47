"""A plan as a sheet: its facts in a table, its notes below."""

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from okxlab.grid.spec import GridSpec
from okxlab.model import plain

Facts = list[tuple[str, str]]

# What OKX rests of one account on one instrument (error 51174 beyond it).
MOST_ORDERS = 500


def sheet(facts: Facts, notes: Iterable[str]) -> str:
    """Give HTML of facts and notes, everything escaped."""
    rows = "".join(f"<tr><th style='text-align:left'>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in facts)
    return f"<table>{rows}</table>" + "".join(f"<p><b>Note:</b> {escape(note)}</p>" for note in notes)


def percent(rate: Decimal) -> str:
    """Write a fraction as a percentage with four decimals.

    >>> percent(Decimal("0.00160192"))
    '0.1602%'
    """
    return f"{rate:.4%}"


def course(spec: GridSpec, quote: str) -> Facts:
    """Give the facts of what starts, moves and ends a grid, those in use.

    >>> course(GridSpec("BTC-USDT", low=1, high=2, grids=2, investment=10, stop_loss="0.5", reinvest=True), "USDT")
    [('Stop loss', '0.5 USDT'), ('Grid profit', 'enlarges the unit')]
    """
    prices = {
        "Waits for": spec.trigger,
        "Stop loss": spec.stop_loss,
        "Take profit": spec.take_profit,
        "Follows up to": spec.trailing_up,
        "Follows down to": spec.trailing_down,
    }
    facts = [(name, f"{plain(price)} {quote}") for name, price in prices.items() if price is not None]
    if spec.time_limit is not None:
        facts.append(("Time limit", str(spec.time_limit)))
    if spec.reinvest:
        facts.append(("Grid profit", "enlarges the unit"))
    return facts


def narrow(losing: int, grids: int, break_even: Decimal) -> list[str]:
    """Give the note about intervals that lose to their fees, if there are any."""
    if not losing:
        return []
    many = f"{losing} of {grids} intervals are narrower than the fees' break-even ({percent(break_even - 1)})"
    return [f"{many}, so each of their round trips loses money."]


def crowded(grids: int) -> list[str]:
    """Give the note about more orders than the exchange rests, if there are."""
    return [f"OKX rests at most {MOST_ORDERS} orders of one account on an instrument."] if grids > MOST_ORDERS else []
