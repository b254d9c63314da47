"""Columns out of OKX's rows, which are text throughout: numbers, exact numbers, times and names.

What OKX leaves empty, sends as null or does not send at all is missing: NaN, None, NaT or an empty text, by the column.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from okxlab.errors import Unreadable

_PLAIN = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)

Row = dict[str, Any]
Rows = Sequence[Row]
Reader = Callable[[Rows, str], Any]
Columns = Mapping[str, tuple[Reader, str]]


def numbers(texts: Iterable[str | None]) -> NDArray[np.float64]:
    """Give the float64 nearest to each decimal; NaN for an empty text or None.

    Up to 15 significant digits, ``repr`` of the float is the decimal that was sent, trailing zeros apart; of a longer
    one the digits from the 16th on may differ.

    Raises
    ------
    Unreadable
        When a text is no number.

    Examples
    --------
    >>> numbers(["60000.1", "0.00000001", ""]).tolist()
    [60000.1, 1e-08, nan]
    """
    sent = list(texts)
    try:
        # as one JSON list: more than twice as fast as float() one by one, and rounded as exactly
        joined = ",".join(sent)  # type: ignore[arg-type]  # None is met below
        read = [] if "e" in joined else orjson.loads(f"[{joined}]")  # true and false would be numbers to numpy
        found = np.fromiter(read, np.float64, len(read))
    except (TypeError, ValueError):
        found = np.empty(0)
    return found if len(found) == len(sent) else np.fromiter(map(_number, sent), np.float64, len(sent))


def exact_numbers(texts: Iterable[str | None]) -> list[Decimal | None]:
    """Give each decimal exactly; None for an empty text or None.

    >>> exact_numbers(["0.00000001", ""])
    [Decimal('1E-8'), None]
    """
    return [_exact(text) for text in texts]


def floats(rows: Rows, key: str) -> NDArray[np.float64]:
    """Give one key of every row as `numbers`."""
    return numbers(row.get(key) for row in rows)


def exacts(rows: Rows, key: str) -> NDArray[np.object_]:
    """Give one key of every row as Decimals, None where nothing was sent."""
    return np.array(exact_numbers(row.get(key) for row in rows), dtype=object)


def texts(rows: Rows, key: str) -> pd.api.extensions.ExtensionArray:
    """Give one key of every row as text, empty where nothing was sent."""
    return pd.array([str(row.get(key) or "") for row in rows], dtype="str")


def flags(rows: Rows, key: str) -> NDArray[np.bool_]:
    """Give one key of every row as true or false, false where nothing was sent."""
    return np.array([row.get(key) in (True, "true") for row in rows], dtype=bool)


def times(rows: Rows, key: str) -> pd.DatetimeIndex:
    """Give one key of every row, in milliseconds, as UTC times; NaT where nothing was sent."""
    return moments(numbers(row.get(key) for row in rows))


def moments(stamps: NDArray[np.float64]) -> pd.DatetimeIndex:
    """Give the UTC times of millisecond stamps, NaT for NaN."""
    absent = np.isnan(stamps)
    micros = np.where(absent, 0, stamps * 1000).astype(np.int64).view("M8[us]")
    micros[absent] = np.datetime64("NaT")
    return pd.DatetimeIndex(micros, tz="UTC")


def by_name(rows: Iterable[Row]) -> list[Row]:
    """Sort rows by their instrument; OKX lists some before their opening with no name, which nobody can trade."""
    return sorted((row for row in rows if row.get("instId")), key=itemgetter("instId"))


def read_columns(rows: Rows, columns: Columns) -> dict[str, Any]:
    """Give a frame's columns by name: for each its reader and OKX's key."""
    block = _block(rows, [key for read, key in columns.values() if read is floats])
    return {name: next(block) if read is floats else read(rows, key) for name, (read, key) in columns.items()}


def table(rows: Rows, columns: Columns) -> pd.DataFrame:
    """Give a frame of rows, indexed by ``symbol``."""
    index = pd.Index([row["instId"] for row in rows], name="symbol", dtype="str")
    return pd.DataFrame(read_columns(rows, columns), index=index)


def _block(rows: Rows, keys: list[str]) -> Iterator[NDArray[np.float64]]:
    """Read several columns of numbers, at one go where every row has them all."""
    try:
        flat = chain.from_iterable(map(itemgetter(*keys), rows)) if len(keys) > 1 else None
        return iter(numbers(flat).reshape(len(rows), len(keys)).T) if flat else map(partial(floats, rows), keys)
    except KeyError:
        return map(partial(floats, rows), keys)


def _number(sent: str | None) -> float:
    return float("nan") if sent is None or sent == "" else float(_checked(sent))


def _exact(sent: str | None) -> Decimal | None:
    return None if sent is None or sent == "" else Decimal(_checked(sent))


def _checked(sent: object) -> str:
    text = str(sent)
    if not _PLAIN.fullmatch(text):
        raise Unreadable(
            f"The exchange sent {text!r} where a number belongs.", "Try again; if it stays, look at the raw rows."
        )
    return text
