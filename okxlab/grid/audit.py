"""The audit of a grid somebody promises something of: what it came to where it was chosen, and where it was not."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.backtest import backtest
from okxlab.grid.bands import Band, band
from okxlab.grid.result import Result
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, Moment, Number, bar_length, check_candles, exact, instrument_of, utc_moment

YEAR = 365
DAY = pd.Timedelta(days=1)
COURSES = ("low", "likely", "high")


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """So many days, the grid launched afresh at their first open: its backtest and, of a plain spot grid, its band."""

    days: float
    result: Result
    band: Band | None


@dataclass(frozen=True, repr=False, eq=False)
class Audit:
    """A grid played where whoever suggested it had looked, and beside that where they had not.

    Attributes
    ----------
    spec
        The grid. On every stretch it is launched afresh at the first open with its whole investment; nothing is sold
        at the end.
    stretches
        `Stretch` by name, those that have candles: ``"before"`` and ``"after"`` what was ``"seen"``.
    claimed
        The yield that was promised for a year, as a fraction; None when nothing was.
    """

    spec: GridSpec
    stretches: dict[str, Stretch]
    claimed: float | None = None

    @cached_property
    def summary(self) -> pd.DataFrame:
        """What each stretch came to; exact figures are in ``stretches``.

        Returns
        -------
        DataFrame
            Index ``stretch``. ``start`` and ``end`` (UTC, of the first and the last candle's opening), ``candles``
            (int64), ``days``. Float64 fractions of the investment, after all fees: ``gain`` of the equity;
            ``low_gain``, ``likely_gain`` and ``high_gain`` of its band (NaN for contract grids); ``hold_gain`` and
            ``half_gain`` of the same money all or half in base currency; ``grid_gain`` of closed pairs alone; ``fees``.
            ``annual_gain`` and ``annual_grid_gain`` are those times a year over the stretch, not compounded, as OKX
            reckons. ``round_trips`` (int64), ``max_drawdown`` (fraction of the peak), ``share_outside`` (of closes
            outside the range) and ``claimed``.
        """
        rows = [_figures(one) | {"claimed": self.claimed} for one in self.stretches.values()]
        table = pd.DataFrame(rows, index=pd.Index(list(self.stretches), name="stretch", dtype="str"))
        return table.astype({"claimed": "float64"})

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Gains at each close since the launch on its stretch, as fractions of the investment, to draw.

        Returns
        -------
        DataFrame
            Indexed like the candles; ``stretch`` (categorical), and float64 ``grid``, ``hold``, ``half`` and, on spot,
            ``low``, ``likely``, ``high`` of the band's courses.
        """
        parts = [_curves(one).assign(stretch=name) for name, one in self.stretches.items()]
        return pd.concat(parts).astype({"stretch": pd.CategoricalDtype(list(self.stretches), ordered=True)})

    def plot(self) -> Any:
        """Give a plotly Figure: gains on each stretch, and holding beside them."""
        from okxlab.plots import plot_audit  # noqa: PLC0415  a way up the house, kept off the import path

        return plot_audit(self)

    def __repr__(self) -> str:
        gains = ", ".join(f"{name}={gain:.2%}" for name, gain in self.summary["gain"].items())
        claimed = "" if self.claimed is None else f", claimed={self.claimed:.2%} a year"
        return f"Audit({self.spec!r}, {gains}{claimed})"

    def _repr_html_(self) -> str:
        shown = self.summary[["days", "gain", "low_gain", "hold_gain", "half_gain", "annual_gain", "annual_grid_gain"]]
        table = shown.to_html(float_format=lambda number: f"{number:.4f}", na_rep="")
        claimed = "" if self.claimed is None else f"<p>Claimed: {self.claimed:.2%} a year.</p>"
        return f"<p>{escape(repr(self.spec))}</p>{claimed}{table}"


def audit_grid(  # noqa: PLR0913  the grid, what was seen, and a backtest's and a band's arguments
    spec: GridSpec,
    candles: pd.DataFrame,
    *,
    seen: tuple[Moment, Moment],
    claimed: Number | None = None,
    instrument: Instrument | None = None,
    maker: Number | None = None,
    taker: Number | None = None,
    fill: str = "touch",
    odds: str = "direction",
    paths: int = 1000,
    seed: int = 0,
    **market: Any,
) -> Audit:
    """Play a grid on the candles it was chosen on, and on those before and after, beside holding.

    A grid that was fitted to a stretch does well there; only the others say what it is worth. The stretch before is
    out of sample as well as the one after: nobody who looks at ``seen`` has looked at it.

    Parameters
    ----------
    spec
        The grid, of any kind `backtest` plays. Plain spot grids that fill by touch or through have a band.
    candles, instrument, maker, taker, fill
        As of `backtest`; without fees its own.
    seen
        From when on, and until when, whoever suggested the grid had looked.
    claimed
        The yield that was promised for a year, as a fraction.
    odds, paths, seed, market
        As of `band`; and what else the backtest takes, as ``mark``, ``funding`` and ``tiers`` of a contract grid.

    Raises
    ------
    InputError
        When no candle was seen, ``claimed`` is no number, or a condition is none of this kind of grid.
    SpecError, CandleError
        As of `backtest`.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": 105.0, "high": [111.0, 106.0] * 24, "low": 104.0, "close": 105.0},
    ...     index=pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC"))
    >>> spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment=1_000)
    >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> audit = audit_grid(spec, bars, seen=("2024-01-02", "2024-01-03"), instrument=btc, claimed=0.5)
    >>> audit.summary[["candles", "round_trips"]].to_dict("index")
    {'before': {'candles': 24, 'round_trips': 12}, 'seen': {'candles': 24, 'round_trips': 12}}
    """
    promised = None if claimed is None else float(exact(claimed, "claimed"))
    fees = {name: rate for name, rate in (("maker", maker), ("taker", taker)) if rate is not None}
    terms = {"instrument": instrument_of(candles, instrument), "fill": fill, **fees}
    sampling = {"odds": odds, "paths": paths, "seed": seed}
    length = bar_length(pd.DatetimeIndex(check_candles(candles).index))
    played = {
        name: _played(spec, part, terms, sampling, market=market, length=length)
        for name, part in _cut(candles, seen).items()
    }
    return Audit(spec, played, promised)


def _cut(candles: pd.DataFrame, seen: tuple[Moment, Moment]) -> dict[str, pd.DataFrame]:
    start, end = (utc_moment(moment, "seen") for moment in seen)
    first, last = candles.index.searchsorted([start, end])
    parts = {"before": candles.iloc[:first], "seen": candles.iloc[first:last], "after": candles.iloc[last:]}
    if parts["seen"].empty:
        raise InputError(
            f"No candle lies in what was seen, {start.isoformat()} to {end.isoformat()}.",
            f"Give candles of that time; these are from {candles.index[0].isoformat()} to "
            f"{candles.index[-1].isoformat()}.",
        )
    return {name: part for name, part in parts.items() if len(part)}


def _played(
    spec: GridSpec,
    candles: pd.DataFrame,
    terms: dict[str, Any],
    sampling: dict[str, Any],
    *,
    market: dict[str, Any],
    length: pd.Timedelta,
) -> Stretch:
    days = float((candles.index[-1] - candles.index[0] + length) / DAY)
    if spec.kind != "spot":
        return Stretch(days, backtest(spec, candles, **terms, **market), None)
    # A band is of whole fills at once and at no cost; where more was asked for it would not be of this backtest.
    ideal = spec.plain and terms["fill"] != "volume" and not market
    made = band(spec, candles, **terms, **sampling) if ideal else None
    return Stretch(days, backtest(spec, candles, **terms, **market), made)


def _figures(stretch: Stretch) -> dict[str, Any]:
    result = stretch.result
    summary, money, times = result.summary, result.money, result.candles.index
    gain, pairs = float(summary["equity_end"] / money) - 1, float(summary["grid_profit"] / money)
    return {
        "start": times[0],
        "end": times[-1],
        "candles": len(times),
        "days": stretch.days,
        "gain": gain,
        **{f"{name}_gain": _end(stretch, name, money) for name in COURSES},
        **{f"{name}_gain": float(summary[f"{name}_end"] / money) - 1 for name in ("hold", "half")},
        "grid_gain": pairs,
        "fees": float(summary["fees"] / money),
        "annual_gain": gain * YEAR / stretch.days,
        "annual_grid_gain": pairs * YEAR / stretch.days,
        "round_trips": summary["round_trips"],
        "max_drawdown": float(summary["max_drawdown"]),
        "share_outside": float(summary["share_below"] + summary["share_above"]),
    }


def _curves(stretch: Stretch) -> pd.DataFrame:
    result = stretch.result
    courses = {} if stretch.band is None else {name: getattr(stretch.band, name).equity for name in COURSES}
    held = {name: result.benchmarks[name] for name in ("hold", "half")}
    return pd.DataFrame({"grid": result.equity} | held | courses) / float(result.money) - 1


def _end(stretch: Stretch, name: str, money: Decimal) -> float:
    return np.nan if stretch.band is None else float(stretch.band.ends["equity_end"][name] / money) - 1
