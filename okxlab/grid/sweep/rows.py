"""The grids of a sweep as columns: a product of lists, a list of specifications, or a frame."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError, OkxlabError
from okxlab.grid.kernels import Flags, Ints
from okxlab.grid.kernels.tally import Ladders
from okxlab.grid.money import EXACT
from okxlab.grid.path import half_ticks
from okxlab.grid.spec import GridSpec
from okxlab.grid.sweep.scale import fraction
from okxlab.grid.terms import MOST_GRIDS, check_grids, check_spacing
from okxlab.model import Instrument, exact

NAMES = ("low", "high", "grids", "spacing", "investment")
# What else a specification says: more than a sweep counts.
_MORE = tuple(field.name for field in fields(GridSpec) if field.name not in NAMES)

Column = npt.NDArray[Any]

# Whole numbers below this are floats, and no two decimals of that many digits share one.
_DIGITS = 10**15
_PLACES = 12
_UNITS = 2**60

# The width of an interval no grid has.
NONE = 2**40
# Far more than the floats of a step are off by.
_NEAR = 2.0**-40


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One column of a sweep: some values, each of them ``repeated`` times, and all of that over and over again."""

    values: Column
    repeated: int = 1

    def places(self, rows: range) -> Ints | slice:
        """Give where the values of consecutive rows stand."""
        if self.repeated == 1 and rows.stop <= len(self.values):
            return slice(rows.start, rows.stop)
        return np.arange(rows.start, rows.stop) // self.repeated % len(self.values)

    def at(self, row: int) -> Any:
        """Give the value of a row as it was handed in."""
        value = self.values[row // self.repeated % len(self.values)]
        return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What the values of a column are in whole numbers, and which of them are of any use."""

    numbers: Ints
    good: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive rows: what is counted with, ``steps`` (the narrowest interval in ticks), and those ``refused``.

    ``investment`` is in whole multiples of ``10**-places`` of the rows, -1 where it is not one. A refused row holds a
    harmless grid, and like one whose levels fall together it has NONE for a step.
    """

    ladders: Ladders
    investment: Ints
    steps: Ints
    refused: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The grids of a sweep, one a row, as they were handed in and as they were read.

    ``specs`` are the specifications where those were handed in, ``foreign`` tells which of them are not counted here.
    """

    instrument: Instrument
    count: int
    columns: Mapping[str, Values]
    read: Mapping[str, Read]
    places: int
    specs: Sequence[GridSpec] | None = None
    foreign: Flags | None = None

    def block(self, rows: range) -> Block:
        """Give consecutive rows as arrays."""
        at = {name: self.columns[name].places(rows) for name in NAMES}
        low, high, grids, spacing, investment = (self.read[name].numbers[at[name]] for name in NAMES)
        good = np.logical_and.reduce([self.read[name].good[at[name]] for name in NAMES]) & (low < high)
        if self.foreign is not None:
            good &= ~self.foreign[rows.start : rows.stop]
        curved = (spacing == 1) & good
        ladders = Ladders(np.where(good, low, 1), np.where(good, high, 3), np.where(good, grids, 2), curved)
        return Block(ladders, investment, np.where(good, narrowest(ladders), NONE), ~good)

    def spec(self, row: int) -> GridSpec:
        """Make the specification of a row.

        Raises
        ------
        OkxlabError
            When there is none of these values, or it is more than a plain grid.
        """
        if self.specs is not None:
            self.specs[row].require("A sweep")
            return self.specs[row]
        low, high, grids, spacing, investment = (self.columns[name].at(row) for name in NAMES)
        return GridSpec(self.instrument.symbol, low=low, high=high, grids=grids, spacing=spacing, investment=investment)


def narrowest(ladders: Ladders) -> Ints:
    """Give the width of each grid's narrowest interval in ticks, or a tick less; NONE where levels fall together."""
    span, grids = ladders.high - ladders.low, ladders.grids
    steps = span // grids
    curved = np.flatnonzero(ladders.geometric)
    growth = np.log(ladders.high[curved] / ladders.low[curved]) / grids[curved]
    # The lowest step is the narrowest; it begins on a tick, so rounding takes less than one from it.
    lowest = ladders.low[curved] * np.expm1(growth)
    whole = np.floor(lowest * (1 - _NEAR)).astype(np.int64)
    steps[curved] = np.where((whole == 0) & (lowest > 1 - _NEAR), 1, whole)
    return np.where(steps == 0, NONE, steps)


def product(instrument: Instrument, lists: Mapping[str, Any]) -> Rows:
    """Give every combination of the values of five lists; the last one changes fastest. A single value is a list."""
    columns, repeated = {}, 1
    for name in reversed(NAMES):
        columns[name] = Values(_listed(lists[name], name), repeated)
        repeated *= len(columns[name].values)
    return _rows(instrument, repeated, columns)


def listed(instrument: Instrument, specs: "pd.DataFrame | Iterable[GridSpec]") -> Rows:
    """Give the grids of a frame with the columns of `NAMES`, or of a list of specifications.

    A frame may leave ``spacing`` out.

    Raises
    ------
    InputError
        When a column is missing or another field of a GridSpec, or something in the list is no GridSpec.
    """
    if not isinstance(specs, pd.DataFrame):
        return _from_specs(instrument, list(specs))
    absent = [name for name in NAMES if name not in specs.columns and name != "spacing"]
    if absent:
        raise InputError(f"The frame of specs lacks the column {absent[0]!r}.", f"It needs {', '.join(NAMES)}.")
    more = [name for name in _MORE if name in specs.columns]
    if more:
        raise InputError(
            f"The frame of specs has the column {more[0]!r}, and a sweep counts plain spot grids of one instrument.",
            "Leave the column out, or play such grids with backtest or walk_forward.",
        )
    columns = {name: Values(specs[name].to_numpy()) for name in NAMES if name in specs.columns}
    columns["grids"] = Values(_whole_floats(columns["grids"].values))
    return _rows(instrument, len(specs), {"spacing": Values(_objects(["arithmetic"])), **columns})


def _whole_floats(values: Column) -> Column:
    """Give whole floats as ints: a single NaN makes a frame's column of ints one of floats."""
    if values.dtype.kind != "f":
        return values
    return _objects([int(value) if value.is_integer() else value for value in values.tolist()])


def _listed(values: Any, name: str) -> Column:
    if values is None:
        raise InputError(f"A sweep needs {name}.", "Give low, high, grids and investment, or specs=.")
    several = isinstance(values, Iterable) and not isinstance(values, str)
    return _objects(list(values) if several else [values])


def _objects(values: list[Any]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _from_specs(instrument: Instrument, specs: list[GridSpec]) -> Rows:
    for place, spec in enumerate(specs):
        if not isinstance(spec, GridSpec):
            raise InputError(f"specs[{place}] is a {type(spec).__name__}.", "Give GridSpecs, or a DataFrame.")
    columns = {name: Values(_objects([getattr(spec, name) for spec in specs])) for name in NAMES}
    foreign = np.array([not spec.plain or spec.symbol != instrument.symbol for spec in specs], dtype=np.bool_)
    return _rows(instrument, len(specs), columns, specs, foreign)


def _rows(
    instrument: Instrument,
    count: int,
    columns: Mapping[str, Values],
    specs: Sequence[GridSpec] | None = None,
    foreign: Flags | None = None,
) -> Rows:
    tick = fraction(instrument.tick)
    money, places = _money(columns["investment"].values)
    read = {
        "low": _prices(columns["low"].values, instrument.tick, tick[1]),
        "high": _prices(columns["high"].values, instrument.tick, tick[1]),
        "grids": _grids(columns["grids"].values),
        "spacing": _spacings(columns["spacing"].values),
        "investment": money,
    }
    return Rows(instrument, count, columns, read, places, specs, foreign)


def _is_whole(values: Column) -> bool:
    return values.dtype.kind in "iu" and bool((values < _DIGITS).all() and (values > -_DIGITS).all())


def _prices(values: Column, tick: Decimal, tick_places: int) -> Read:
    """Give prices in ticks; those that are positive and on the tick are good."""
    if values.dtype == np.float64 or _is_whole(values):
        floats = values.astype(np.float64)
        near = (floats > 0) & (floats * 10.0**tick_places < _DIGITS)
        halves = half_ticks(np.where(near, floats, float(tick)), tick)
        return Read(halves >> 1, near & (halves % 2 == 0))
    ticks = np.array([_ticks(value, tick) for value in values], dtype=np.int64)
    return Read(ticks, ticks > 0)


def _ticks(value: Any, tick: Decimal) -> int:
    try:
        whole, rest = EXACT.divmod(exact(value), tick)
    except OkxlabError:
        return 0
    return int(whole) if not rest and 0 < whole < _DIGITS else 0


def _grids(values: Column) -> Read:
    numbers = values if _is_whole(values) else np.array([_count(value) for value in values], dtype=np.int64)
    return Read(numbers.astype(np.int64), (numbers >= 2) & (numbers <= MOST_GRIDS))


def _count(value: Any) -> int:
    try:
        return check_grids(value)
    except OkxlabError:
        return 0


def _spacings(values: Column) -> Read:
    codes, names = pd.factorize(values)
    kinds = np.array([*(_spacing(name) for name in names), -1], dtype=np.int64)[codes]
    return Read(kinds, kinds >= 0)


def _spacing(value: Any) -> int:
    try:
        return int(check_spacing(value) == "geometric")
    except OkxlabError:
        return -1


def _money(values: Column) -> tuple[Read, int]:
    """Give amounts as whole multiples of one power of ten, and its places; the positive ones are good."""
    if _is_whole(values):
        return Read(values.astype(np.int64), values > 0), 0
    if values.dtype == np.float64:
        good = (values > 0) & (values < _DIGITS)
        amounts = np.where(good, values, 1.0)
        for places in range(_PLACES):
            whole = np.rint(amounts * 10.0**places)
            if ((whole < _DIGITS) & (whole / 10.0**places == amounts)).all():
                return Read(whole.astype(np.int64), good), places
    found = [_amount(value) for value in values]
    places = min(_PLACES, max((fraction(one)[1] for one in found), default=0))
    scaled = [EXACT.scaleb(one, places) for one in found]
    whole = np.array([int(one) if one == int(one) and one < _UNITS else -1 for one in scaled], dtype=np.int64)
    return Read(whole, np.array([one > 0 for one in found], dtype=np.bool_)), places


def _amount(value: Any) -> Decimal:
    try:
        return exact(value)
    except OkxlabError:
        return Decimal(0)
