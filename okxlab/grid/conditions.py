"""The conditions of a backtest: how orders fill, which way candles go, how late orders are, what markets cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from operator import index
from typing import Literal, SupportsIndex, cast

from okxlab.errors import InputError
from okxlab.model import Number, exact

FillModel = Literal["touch", "through", "volume"]
PathModel = Literal["nearest", "optimistic", "pessimistic", "given"]

FILLS = ("touch", "through", "volume")
CROSSINGS = ("touch", "through")
PATHS = ("nearest", "optimistic", "pessimistic")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What `okxlab.grid.backtest` was told beside grid, candles and fees.

    Attributes
    ----------
    fill
        ``"touch"``: an order fills whole when the path touches its price. ``"through"``: only when it goes beyond.
        ``"volume"``: it gets a share of the volume, in parts; its opposite follows when it is whole.
    path
        ``"nearest"``: a candle goes to its nearer extreme first. ``"optimistic"`` and ``"pessimistic"``: to the high or
        to the low first, whichever leaves more (less) equity at that candle's close from where the grid stands at its
        open; the nearer extreme on a tie. Candle by candle: a choice that is better now may cost later, so these are no
        bounds over all paths. `okxlab.grid.band` has the exact ends.
    participation, queue
        Of ``fill="volume"`` alone. It needs the column ``volume`` (base currency, NaN counts as none): a candle's
        volume lies evenly over the half ticks its path passes, its open among them; a jump from close to open trades
        nothing.
        An order gets ``participation`` of what trades beyond its price on each straight line of the path, and ``queue``
        of that share of what trades at its price; whole lots, rounded down. The nearer of two orders is served first,
        and what it takes is gone for the farther. What fills on one line rotates at its end.
    latency
        Whole bars, or a timedelta: an order is in the book from the first candle that is, or opens, so much after the
        one it was placed in; what one candle cannot tell apart is so taken for the next. An order that comes late to a
        price beyond its own fills at once, at its own price. Market orders are not delayed.
    slippage
        Fraction by which market orders pay more or get less: what the launch trades, whose
        units are sized by what they cost so, and what a stop sells. It moves no order. Less than 1.
    """

    fill: FillModel = "touch"
    path: PathModel = "nearest"
    participation: Decimal = Decimal("0.1")
    queue: Decimal = Decimal("0.5")
    latency: int | timedelta = 0
    slippage: Decimal = Decimal(0)

    @property
    def ideal(self) -> bool:
        """Whether orders fill whole and at once on the nearest way, and markets cost nothing."""
        return self.fill != "volume" and self.path == "nearest" and not self.latency and not self.slippage


def read_conditions(
    *,
    fill: str,
    path: str,
    participation: Number,
    queue: Number,
    latency: int | timedelta,
    slippage: Number,
) -> Conditions:
    """Read the conditions, or raise InputError for the first that means nothing.

    >>> read_conditions(fill="touch", path="nearest", participation="0.1", queue="0.5", latency=0, slippage=0).ideal
    True
    """
    made = Conditions(
        fill=check_fill(fill),
        path=cast("PathModel", _one_of(path, "path", PATHS)),
        participation=_share(participation, "participation", zero=False),
        queue=_share(queue, "queue"),
        latency=_delay(latency),
        slippage=_slippage(slippage),
    )
    _check_shares(made)
    return made


def check_fill(fill: str, known: Sequence[str] = FILLS) -> FillModel:
    """Give the fill model, or raise InputError with the nearest of those known."""
    return cast("FillModel", _one_of(fill, "fill", known))


def _one_of(value: str, name: str, known: Sequence[str]) -> str:
    if value in known:
        return value
    near = get_close_matches(str(value).lower(), known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}?" if near else f"Use {', '.join(map(repr, known[:-1]))} or {known[-1]!r}."
    raise InputError(f"{name} is {value!r}, which okxlab does not know.", hint)


def _share(value: Number, name: str, *, zero: bool = True) -> Decimal:
    share = exact(value, name)
    if not 0 <= share <= 1 or not (share or zero):
        raise InputError(f"{name} is {value!r}, which is not a fraction.", "Write 10 % as '0.1'.")
    return share


def _check_shares(made: Conditions) -> None:
    usual = Conditions()
    shares = {name: getattr(made, name) for name in ("participation", "queue")}
    told = [name for name, share in shares.items() if share != getattr(usual, name)]
    if told and made.fill != "volume":
        raise InputError(
            f"{told[0]} is {shares[told[0]]}, and with fill={made.fill!r} orders take no share of the volume.",
            "Give fill='volume', or leave it out.",
        )


def _slippage(value: Number) -> Decimal:
    share = _share(value, "slippage")
    if share == 1:
        raise InputError(f"slippage is {value!r}, and what is sold would bring nothing.", "Write 0.1 % as '0.001'.")
    return share


def _delay(value: int | timedelta) -> int | timedelta:
    delay: int | timedelta | None = None
    if isinstance(value, timedelta):
        delay = value if value >= timedelta(0) else None
    elif isinstance(value, SupportsIndex) and not isinstance(value, bool):
        delay = index(value) if index(value) >= 0 else None
    if delay is None:
        raise InputError(f"latency is {value!r}, which is no delay.", "Give a number of bars, or a timedelta.")
    return delay
