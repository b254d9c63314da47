"""The grids that are tried: as they are, or as shapes around whatever the price is at launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.spec import GridSpec
from okxlab.model import Instrument, exact

Grids = Mapping[str, Any] | pd.DataFrame | Sequence[GridSpec]

# The bounds of a trial, in the order they vary in: the last one fastest.
SHAPE = ("below", "above")
RANGE = ("low", "high")
REST = ("grids", "spacing", "investment")


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Grids to try, numbered from 0.

    Attributes
    ----------
    given
        Specifications, or a table with one row each: ``low`` and ``high`` (prices) or ``below`` and ``above`` (how far
        the bounds are from the launch price, in per cent of it), ``grids``, ``spacing``, ``investment`` (quote).
    """

    given: pd.DataFrame | list[GridSpec]

    def __len__(self) -> int:
        return len(self.given)

    def at(self, price: Decimal, instrument: Instrument) -> pd.DataFrame | list[GridSpec]:
        """Give them as they are at a launch price: bounds in per cent become prices, moved outwards onto the tick."""
        if not isinstance(self.given, pd.DataFrame) or SHAPE[0] not in self.given.columns:
            return self.given
        low = _each(self.given["below"], lambda part: instrument.floor_price(price * (1 - part)))
        high = _each(self.given["above"], lambda part: instrument.ceil_price(price * (1 + part)))
        return pd.DataFrame({"low": low, "high": high} | {name: self.given[name] for name in REST})

    def spec(self, trial: int, price: Decimal, instrument: Instrument) -> GridSpec:
        """Give one of them as it is at a launch price.

        Raises
        ------
        SpecError
            When no grid can be made of it.
        """
        if not isinstance(self.given, pd.DataFrame):
            return self.given[trial]
        row = pd.DataFrame(Trials(self.given.iloc[[trial]]).at(price, instrument)).iloc[0]
        return GridSpec(instrument.symbol, **{str(name): value for name, value in row.items()})


def read_trials(grids: Grids) -> Trials:
    """Read what is to be tried: lists that make a product, a table, or specifications.

    Raises
    ------
    InputError
        When a column is missing, unknown or empty, or a percentage is no number.

    Examples
    --------
    >>> made = read_trials({"below": [5, 10], "above": 5, "grids": [10, 20], "investment": 1_000})
    >>> coin = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> len(made), made.spec(2, Decimal("200.7"), coin)
    (4, GridSpec('AAA-USDT', low=180.6, high=210.8, grids=10, investment=1000))
    """
    made = Trials(_given(grids))
    if len(made) == 0:
        raise InputError("There is no grid to try.", "Give at least one.")
    return made


def _given(grids: Grids) -> pd.DataFrame | list[GridSpec]:
    if isinstance(grids, pd.DataFrame):
        return _table(grids.reset_index(drop=True))
    if isinstance(grids, Mapping):
        return _table(_product(dict(grids)))
    return [_spec(one) for one in grids]


def _product(lists: dict[str, Any]) -> pd.DataFrame:
    lists = {"spacing": "arithmetic"} | lists
    names = [*_bounds(set(lists)), *REST]
    return pd.DataFrame(list(product(*(_list(lists[name]) for name in names))), columns=names)


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)


def _table(table: pd.DataFrame) -> pd.DataFrame:
    whole = table if "spacing" in table.columns else table.assign(spacing="arithmetic")
    return whole[[*_bounds(set(whole.columns)), *REST]]


def _spec(one: object) -> GridSpec:
    if not isinstance(one, GridSpec):
        raise InputError(f"Among the grids is a {type(one).__name__}.", "Give GridSpecs, a table, or lists by name.")
    return one


def _bounds(names: set[str]) -> tuple[str, str]:
    """Give the names of the bounds, once all columns are there and no other."""
    bounds = SHAPE if names & set(SHAPE) else RANGE
    missing, strange = [name for name in (*bounds, *REST) if name not in names], names - {*bounds, *REST}
    if missing or strange:
        what = f"have no {missing[0]!r}" if missing else f"have {min(map(str, strange))!r} too"
        raise InputError(
            f"The grids to try {what}.",
            "Give low and high, or below and above in per cent of the launch price, grids, investment, and spacing.",
        )
    return bounds


def _each(column: "pd.Series[Any]", bound: Any) -> "pd.Series[Any]":
    """Work a bound out once for each percentage there is."""
    return column.map({value: bound(exact(value, str(column.name)) / 100) for value in column.unique()})
