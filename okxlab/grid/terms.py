"""The terms of a grid: what each field of a specification may be, alone and beside the others."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from operator import index
from typing import Literal, cast

from okxlab.errors import SpecError
from okxlab.model import Number, exact, plain

Spacing = Literal["arithmetic", "geometric"]
Kind = Literal["spot", "long", "short", "neutral"]

SPACINGS = ("arithmetic", "geometric")
KINDS = ("spot", "long", "short", "neutral")

# An interval is one resting order; OKX rests 500 of one account on an instrument, and twice that is room to study.
MOST_GRIDS = 1000


def positive(value: Number, name: str) -> Decimal:
    """Give a number above zero, or raise SpecError."""
    number = exact(value, name)
    if number <= 0:
        raise SpecError(f"{name} is {value!r}, which is not positive.", f"Give a {name} above zero.")
    return number


def optional_price(value: Number | None, name: str) -> Decimal | None:
    """Give a price that may be left out, or raise SpecError."""
    return None if value is None else positive(value, name)


def check_grids(grids: int) -> int:
    """Give the number of intervals as an int, or raise SpecError."""
    try:
        number = None if isinstance(grids, bool) else index(grids)
    except TypeError:
        number = None
    if number is None:
        raise SpecError(f"grids is {grids!r}, which is not a whole number.", "Give the number of intervals as an int.")
    if number < 2:
        raise SpecError(f"grids is {number}, and a grid has at least 2 intervals.", "Raise grids.")
    if number > MOST_GRIDS:
        raise SpecError(
            f"grids is {number}, more than twice the 500 orders OKX rests on one instrument.",
            f"Use {MOST_GRIDS} or fewer.",
        )
    return number


def check_spacing(spacing: str) -> Spacing:
    """Give the spacing, or raise SpecError with the nearest name there is."""
    return cast("Spacing", _one_of(spacing, "spacing", SPACINGS))


def check_range(low: Decimal, high: Decimal) -> None:
    """Raise SpecError unless ``low`` is below ``high``."""
    if low >= high:
        raise SpecError(f"low is {plain(low)} and high is {plain(high)}.", "Give a low that is below high.")


def check_shape(
    low: Decimal, high: Decimal | None, grids: int, spacing: str, step: Number | None
) -> Mapping[str, int | str | Decimal | None]:
    """Give grids, spacing and step as they belong together, or raise SpecError."""
    if high is not None:
        if step is not None:
            raise SpecError(f"step is {step!r}, and high and grids say it already.", "Leave it out.")
        number, kind = check_grids(grids), check_spacing(spacing)
        check_range(low, high)
        return {"grids": number, "spacing": kind, "step": None}
    if step is None:
        raise SpecError("This grid has no high.", "Give a high, or make a GridSpec.infinity.")
    share = positive(step, "step")
    if share >= 1:
        raise SpecError(f"step is {step!r}, and a step of 1 doubles the price.", "Write 1 % as '0.01'.")
    if grids or check_spacing(spacing) != "geometric":
        raise SpecError("A grid without a high has no number of grids, and geometric steps.", "Use GridSpec.infinity.")
    return {"grids": 0, "spacing": spacing, "step": share}


def check_kind(kind: str, symbol: str, high: Decimal | None) -> Kind:
    """Give the kind of grid, or raise SpecError when symbol or range are not for it."""
    known = cast("Kind", _one_of(kind, "kind", KINDS))
    parts = symbol.split("-")
    if known == "spot":
        return known
    if high is None:
        raise SpecError(f"A {known} grid needs both ends of its range.", "Give high and grids, or kind='spot'.")
    if len(parts) != 3:
        raise SpecError(
            f"A {known} grid trades contracts, and {symbol} has none.",
            f"Use a swap or future such as {parts[0]}-USDT-SWAP.",
        )
    if parts[1] == "USD":
        raise SpecError(
            f"{symbol} is settled in {parts[0]}, and okxlab's contract grids are settled in their quote currency.",
            f"Use {parts[0]}-USDT-SWAP or another linear contract.",
        )
    return known


def check_leverage(leverage: Number, kind: Kind) -> Decimal:
    """Give the leverage, 1 or more and 1 for spot, or raise SpecError."""
    number = exact(leverage, "leverage")
    if number < 1:
        raise SpecError(f"leverage is {leverage!r}, and a grid has 1 at least.", "Give 1 or more.")
    if kind == "spot" and number != 1:
        raise SpecError(f"leverage is {leverage!r}, and a spot grid borrows nothing.", "Give kind='long' on a swap.")
    return number


def check_money(investment: Number, base: Number, kind: Kind) -> tuple[Decimal, Decimal]:
    """Give quote and base currency put in, of which there is something, or raise SpecError."""
    extra = exact(base, "base")
    if extra < 0:
        raise SpecError(f"base is {base!r}, which is negative.", "Give the base currency put in, or leave it out.")
    if extra and kind != "spot":
        raise SpecError(f"base is {base!r}, and a {kind} grid takes its margin in quote.", "Give investment alone.")
    quote = exact(investment, "investment")
    if quote == 0 and extra:
        return Decimal(0), extra
    return positive(investment, "investment"), extra or Decimal(0)


def check_time_limit(limit: timedelta | None) -> timedelta | None:
    """Give a time limit as a plain timedelta, or raise SpecError."""
    if limit is None:
        return None
    if not isinstance(limit, timedelta):
        raise SpecError(f"time_limit is {limit!r}, which is no length of time.", "Give a datetime.timedelta.")
    if limit <= timedelta(0):
        raise SpecError(f"time_limit is {limit}, which is over at once.", "Give a time after the launch.")
    return timedelta(days=limit.days, seconds=limit.seconds, microseconds=limit.microseconds)


def check_flag(value: bool, name: str) -> bool:  # noqa: FBT001  the value that is checked
    """Give True or False, or raise SpecError for anything else."""
    if not isinstance(value, bool):
        raise SpecError(f"{name} is {value!r}.", "Give True or False.")
    return value


def _one_of(value: str, name: str, known: Sequence[str]) -> str:
    if value in known:
        return value
    near = get_close_matches(str(value).lower(), known, n=1, cutoff=0.4)
    choices = f"{', '.join(map(repr, known[:-1]))} or {known[-1]!r}"
    raise SpecError(
        f"{name} is {value!r}, which okxlab does not know.", f"Did you mean {near[0]!r}?" if near else f"Use {choices}."
    )
