"""Finished parts of a sweep, kept in a folder, so that one that was interrupted goes on where it was.

A part is written beside its place and moved there whole: whatever kills the process, a part is there or it is not, and
at most a file that ends in ``.half`` is left over. What was asked is written down first, as a hash; another question is
not answered with these parts, and neither is the same one by another version of okxlab.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from okxlab.errors import InputError, StoreError
from okxlab.grid.sweep.rows import Rows
from okxlab.grid.terms import SPACINGS
from okxlab.model import PRICES, Instrument, plain

# To be raised when the columns of a sweep change: older parts are then another question's.
_FORMAT = 1
_HALF = ".half"


@dataclass(frozen=True, slots=True)
class Finished:
    """A folder of finished parts of one sweep.

    Attributes
    ----------
    folder
        ``request.json``, what was asked, and a Parquet file for each part, named by its first row and the one after it.
    exact
        Whether money is Decimals, which are kept as text: a Decimal's trailing zeros are part of it.
    """

    folder: Path
    exact: bool

    @classmethod
    def of(cls, folder: str | os.PathLike[str], request: Mapping[str, Any]) -> "Finished":
        """Give the folder for a request, made new or as an earlier run left it.

        Raises
        ------
        InputError
            When it holds another request's parts, or files that are none.
        StoreError
            When it cannot be made or read.
        """
        place = Path(folder)
        told, note = dict(request), place / "request.json"
        if note.exists():
            _check(note, told)
        elif any(other.suffix != _HALF for other in _opened(place).iterdir()):
            raise InputError(f"{place} holds other files.", "Give resume= a folder of its own.")
        else:
            _write(note, json.dumps(told, indent=1).encode())
        return cls(place, bool(told["exact"]))

    def load(self, rows: range) -> pd.DataFrame | None:
        """Give a part as it was kept, or nothing when it was not.

        Raises
        ------
        StoreError
            When its file cannot be read.
        """
        place = self._place(rows)
        if not place.exists():
            return None
        try:
            kept = pd.read_parquet(place)
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{place} cannot be read: {error}.", "Delete it, and that part is counted again."
            ) from None
        return _restored(kept, rows, exact=self.exact)

    def keep(self, rows: range, table: pd.DataFrame) -> None:
        """Keep a part.

        Raises
        ------
        StoreError
            When it cannot be written.
        """
        _write(self._place(rows), _written(table, exact=self.exact).to_parquet(index=False))

    def _place(self, rows: range) -> Path:
        return self.folder / f"{rows.start:09d}-{rows.stop:09d}.parquet"


def request_of(candles: pd.DataFrame, rows: Rows, terms: Mapping[str, Any]) -> dict[str, Any]:
    """Write down what a sweep was asked, plain enough for a file; candles and grids as hashes of all their values."""
    return {
        "okxlab version": _version(),
        "format": _FORMAT,
        "instrument": _instrument(rows.instrument),
        **{name: plain(value) if isinstance(value, Decimal) else value for name, value in terms.items()},
        "count": rows.count,
        "candles": _candles(candles),
        "grids": _grids(rows),
    }


def _version() -> str:
    # The door itself: a room may not import it, and what is installed of a checkout may say an older version.
    return str(sys.modules["okxlab"].__version__)


def _opened(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be a folder: {error}.", "Give resume= another place.") from None
    return folder


def _check(note: Path, told: dict[str, Any]) -> None:
    try:
        before = json.loads(note.read_text("utf-8"))
    except ValueError:
        raise StoreError(f"{note} cannot be read.", "Delete its folder and sweep again.") from None
    for name, value in told.items():
        if before.get(name) != value:
            raise InputError(
                f"{note.parent} holds another sweep: its {name} is {before.get(name)!r} and not {value!r}.",
                "Give resume= another folder, or delete this one.",
            )


def _instrument(instrument: Instrument) -> str:
    return f"{instrument.symbol} {plain(instrument.tick)} {plain(instrument.lot)} {plain(instrument.minimum)}"


def _candles(candles: pd.DataFrame) -> str:
    times = pd.DatetimeIndex(candles.index).as_unit("ns").asi8
    columns = [candles[name].to_numpy(dtype=np.float64) for name in PRICES]
    return _hash(part.tobytes() for part in (times, *columns))


def _grids(rows: Rows) -> str:
    if rows.specs is not None:
        return _hash(repr(spec).encode() for spec in rows.specs)
    columns = ((name, column.repeated, column.values) for name, column in sorted(rows.columns.items()))
    return _hash(
        part for name, repeated, values in columns for part in (f"{name} {repeated} ".encode(), _bytes(values))
    )


def _bytes(values: np.ndarray[Any, Any]) -> bytes:
    plainly = values.dtype.kind in "iuf"
    return values.dtype.str.encode() + values.tobytes() if plainly else "\n".join(map(repr, values)).encode()


def _hash(parts: Iterable[bytes]) -> str:
    made = sha256()
    for part in parts:
        made.update(len(part).to_bytes(8))
        made.update(part)
    return made.hexdigest()


def _written(table: pd.DataFrame, *, exact: bool) -> pd.DataFrame:
    """Give a part as Parquet keeps it to the last bit: names and Decimals as text."""
    text = ["spacing", *(name for name in table.columns if exact and table[name].dtype == object)]
    return table.assign(**{name: _text(table[name]) for name in text})


def _text(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.map(str, na_action="ignore").astype("str")


def _restored(kept: pd.DataFrame, rows: range, *, exact: bool) -> pd.DataFrame:
    text = [name for name in kept.columns if exact and kept[name].dtype == "str" and name not in {"spacing", "error"}]
    columns: dict[str, Any] = {name: _decimals(kept[name]) for name in text}
    columns["spacing"] = pd.Categorical(kept["spacing"], categories=pd.Index(SPACINGS))
    return kept.assign(**columns).set_axis(pd.RangeIndex(rows.start, rows.stop))


def _decimals(column: "pd.Series[Any]") -> np.ndarray[Any, Any]:
    numbers = np.empty(len(column), dtype=object)
    numbers[:] = [None if pd.isna(text) else Decimal(text) for text in column]
    return numbers


def _write(place: Path, data: bytes) -> None:
    half = place.with_name(f"{place.name}.{os.getpid()}{_HALF}")
    try:
        half.write_bytes(data)
        half.replace(place)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StoreError(f"{place} cannot be written: {error}.", "Make room; what is finished stays.") from None
