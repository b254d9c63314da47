"""The index of a path: built once from candles, then asked about any number of grids."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from okxlab.grid.kernels import Flags, Ints
from okxlab.grid.kernels.blocks import LANE, Blocks, block_table, order_of
from okxlab.grid.kernels.rainflow import rainflow
from okxlab.grid.kernels.tally import Ends
from okxlab.grid.kernels.zigzag import Floats, zigzag
from okxlab.grid.path import half_ticks, low_first
from okxlab.model import Instrument, check_candles, exact, instrument_of

_NEVER = np.iinfo(np.int32).max

# Prices are kept in 32 bits; half a thousand million ticks is a thousand times what any market has moved.
_FARTHEST = 2**30
# Blocks are so wide that a table of their pairs stays in the processor's cache.
_MOST_BLOCKS = 2048
# A size of interval with fewer rises than this is not worth an index of its own.
_FEWEST_RISES = 64
# Nor is one that leaves out less than a quarter of the rises of the size before.
_FEWER = 0.75


@dataclass(frozen=True, eq=False, repr=False)
class PathIndex:
    """What the path of the price through candles does to every interval from a certain width on.

    Attributes
    ----------
    candles, instrument, fill
        What it was built from.
    narrowest
        Width, in ticks, of the narrowest interval it can be asked about.
    launch_price, mark
        The first open and the last close, exact.
    """

    candles: pd.DataFrame
    instrument: Instrument
    fill: str
    narrowest: int
    launch_price: Decimal
    mark: Decimal
    ends: Ends
    widths: Ints
    blocks: tuple[Blocks, ...]

    @property
    def nbytes(self) -> int:
        """Bytes the index takes, without the candles."""
        return sum(part.nbytes for blocks in self.blocks for part in blocks if isinstance(part, np.ndarray))

    def __repr__(self) -> str:
        return (
            f"PathIndex({self.instrument.symbol!r}, candles={len(self.candles)}, fill={self.fill!r}, "
            f"narrowest={self.narrowest}, nbytes={self.nbytes})"
        )


def index_path(
    candles: pd.DataFrame, *, instrument: Instrument | None = None, fill: str = "touch", narrowest: int = 1
) -> PathIndex:
    """Build the index of a path.

    Parameters
    ----------
    candles
        As for `backtest`. An index of a window is the index of its candles, ``candles.loc[start:end]``: grids launch at
        its first open.
    instrument
        Tick, lot and minimum; without it ``candles.attrs["instrument"]`` is used.
    fill
        ``"touch"`` or ``"through"``.
    narrowest
        Width, in ticks, of the narrowest interval that will be asked about; the wider, the smaller the index.

    Raises
    ------
    InputError
        When there is no instrument.
    CandleError
        When the candles cannot be traded over.

    Examples
    --------
    >>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
    ...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> index_path(bars, instrument=btc, narrowest=50).launch_price
    Decimal('105.0')
    """
    made_of = instrument_of(candles, instrument)
    check_candles(candles)
    opens, _, _, closes = bars = _columns(candles)
    strict = int(fill == "through")
    turns = half_ticks(_turns(bars, float(made_of.tick) * narrowest), made_of.tick)
    start = int(half_ticks(opens[:1], made_of.tick)[0])
    # The launch fills what is at the first open whatever the rule: a path that began a half tick below says the same.
    turns = _begun(turns, start - strict)
    ends = Ends(start, int(turns.min()), int(turns.max()), strict)
    width = 2 * (narrowest + strict)
    countable = ends.top - ends.bottom < _FARTHEST
    sizes = _sizes(turns, ends, width) if countable else []
    return PathIndex(
        candles=candles,
        instrument=made_of,
        fill=fill,
        narrowest=narrowest,
        launch_price=exact(float(opens[0])),
        mark=exact(float(closes[-1])),
        ends=ends,
        widths=np.array([smallest for smallest, _ in sizes], dtype=np.int64),
        blocks=tuple(blocks for _, blocks in sizes),
    )


def _columns(candles: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    opens, highs, lows, closes = (
        np.ascontiguousarray(candles[name].to_numpy(dtype=np.float64)) for name in ("open", "high", "low", "close")
    )
    return opens, highs, lows, closes


def _turns(bars: tuple[Floats, Floats, Floats, Floats], width: float) -> Floats:
    opens, highs, lows, _ = bars
    # Floats that name the prices are off by less than half a unit in the last place each, and so is every difference.
    swing = width * (1 - 2.0**-50) - float(highs.max()) * 2.0**-51
    wide = np.flatnonzero(highs - lows >= swing)
    return zigzag(bars, wide, low_first(np.column_stack((opens[wide], highs[wide], lows[wide]))), swing)


def _begun(turns: Ints, start: int) -> Ints:
    if turns[0] <= turns[1]:
        return np.concatenate(([min(start, turns[0])], turns[1:]))
    return np.concatenate(([start], turns))


def _sizes(turns: Ints, ends: Ends, width: int) -> list[tuple[int, Blocks]]:
    """Give the blocks of intervals from ``width`` on, from twice of it on, and so forth, each with its width."""
    begins, finishes, residue = rainflow(turns)
    order = order_of(begins - ends.bottom)
    begins, finishes = begins[order] - ends.bottom, finishes[order] - ends.bottom
    keep: Flags = finishes - begins >= width
    begins, finishes = begins[keep], finishes[keep]
    sizes: list[tuple[int, Blocks]] = []
    last = 0
    while not sizes or begins.size >= _FEWEST_RISES:
        if not sizes or begins.size < _FEWER * last:
            sizes.append((width, _blocks(begins, finishes, ends.top - ends.bottom, _tail(residue, width))))
            last = begins.size
        width *= 2
        keep = finishes - begins >= width
        begins, finishes = begins[keep], finishes[keep]
    return sizes


def _blocks(begins: Ints, finishes: Ints, span: int, tail: Ints) -> Blocks:
    """Cut rises, given by where they begin, into blocks."""
    width = LANE
    while begins.size > width * _MOST_BLOCKS:
        width *= 2
    count = max(1, -(-begins.size // width))
    place = order_of(finishes)
    end_sorted = _filled(finishes[place], count * width, _NEVER)
    begin = _filled(begins, count * width, _NEVER)
    places = _filled(place, count * width, _NEVER)
    shift = 0
    while span >> shift > max(8192, 16 * count):
        shift += 1
    buckets = np.arange((span >> shift) + 1) << shift
    begin_head, end_head = (np.append(part[::width], np.int32(_NEVER)) for part in (begin, end_sorted))
    return Blocks(
        width=width,
        begin=begin,
        end=_filled(finishes, count * width, 0),
        end_sorted=end_sorted,
        place=places,
        table=block_table(places, begins.size, width),
        begin_head=begin_head,
        end_head=end_head,
        begin_at=_last_at(begin_head, buckets),
        end_at=_last_at(end_head, buckets),
        shift=shift,
        tail=tail,
    )


def _filled(values: Ints, size: int, filler: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    made = np.full(size, filler, dtype=np.int32)
    made[: values.size] = values
    return made


def _last_at(
    heads: "np.ndarray[tuple[int], np.dtype[np.int32]]", prices: Ints
) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    found = np.searchsorted(heads[:-1], prices.astype(np.int32), side="right") - 1
    return np.maximum(found, 0).astype(np.int32)


def _tail(residue: Ints, width: int) -> Ints:
    """Give the swings at least ``width`` wide that lead from the path's extremes to its end."""
    last_low = residue.size - 1 - int(residue[::-1].argmin())
    last_high = residue.size - 1 - int(residue[::-1].argmax())
    tail = residue[min(last_low, last_high, residue.size - 2) :]
    small = np.flatnonzero(np.abs(np.diff(tail)) < width)
    return tail[: small[0] + 1] if small.size and small[0] > 0 else tail[:2] if small.size else tail
