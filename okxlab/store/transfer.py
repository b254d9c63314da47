"""Files into the store and out of it: what is taken, what is left, and nothing changed on the way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from okxlab.errors import CandleError, InputError
from okxlab.model import PRICES, Moment, check_candles, in_order, instrument_id
from okxlab.store.naming import file_name, series_named
from okxlab.store.series import STEPS, Series, length
from okxlab.store.store import Store
from okxlab.store.table import read_table, write_table

_INSTRUMENT = "inst"
_SAME = {"trade_id": "id"}
_REPORT = ["series", "rows", "added", "replaced", "unchanged", "dropped", "left_out"]


def import_file(
    store: Store,
    path: Path | str,
    series: Series | str | None = None,
    *,
    order: Literal["refuse", "first", "last"] = "refuse",
    complete: bool = False,
    source: str = "",
) -> pd.DataFrame:
    """Put a Parquet, CSV or Feather file into a store, to the last bit.

    Parameters
    ----------
    path
        A file with times (``ts``, ``date`` or ``time``) and candles, mark or index prices (``open``, ``high``, ``low``,
        ``close``, ``volume``; where the file has none the store's stays, or it is NaN), trades (``price``, ``size``,
        ``side``; ``trade_id`` or ``id``; ``inst`` where several instruments share the file) or funding
        (``funding_rate``).
    series
        What is in it. Only the exchange, or nothing, where the file tells the rest: by its name
        (``BTC-USDT_1m_okx.parquet``; freqtrade's ``BTC_USDT-1m.feather`` and ``BTC_USDT_USDT-1h-futures.feather``), or
        by a column ``inst`` of trades.
    order
        What becomes of rows that go back in time or share one: ``refuse`` names the first; ``first`` and ``last`` sort
        the rows and keep one of those that share a time (of trades: time and id).
    complete
        Whether the file is all that its source has: bars that are not in it are then known to be absent. Otherwise they
        stay missing, and a backfill asks for them.
    source
        Who said so; default the file's name.

    Returns
    -------
    DataFrame
        One row a series: ``series``; ``rows`` in the file; ``added``, ``replaced``, ``unchanged``; ``dropped`` by
        ``order``; ``left_out``, the columns a store does not keep.

    Raises
    ------
    InputError
        When nothing tells what is in the file, it is of no kind a store keeps, its bars are longer than the series', or
        a row cannot be taken: a `CandleError`. Of several instruments in a file those before the one at fault are in.
    StoreError
        When the store cannot be written.
    """
    if order not in ("refuse", "first", "last"):
        raise InputError(f"order is {order!r}.", "Choose 'refuse', 'first' or 'last'.")
    rows = []
    for one, part in _parts(Path(path), read_table(path), series):
        frame = _taken(one, part)
        kept = frame if order == "refuse" else _in_order(one, frame, order)
        _check(one, kept, Path(path).name)
        kept = _with_volume(store, one, kept)
        span = (kept.index[0], kept.index[-1] + pd.Timedelta(milliseconds=one.step)) if complete else None
        done = store.write(one, kept, span=span, source=source or Path(path).name)
        left_out = ", ".join(name for name in _columns(part) if name not in (*frame.columns, _INSTRUMENT))
        counts = (len(part), done.added, done.replaced, done.unchanged, len(part) - len(kept))
        rows.append((str(one), *counts, left_out))
    return pd.DataFrame(rows, columns=_REPORT).astype({"series": "str", "left_out": "str"})


def export_file(
    store: Store, series: Series, path: Path | str, *, start: Moment | None = None, end: Moment | None = None
) -> Path:
    """Write rows of a series, ``start <= time < end``, to a file, and give its path.

    Parameters
    ----------
    path
        A file; its ending says what it becomes. ``.parquet`` and ``.csv`` hold ``ts`` (milliseconds since 1970 UTC) and
        the series' columns, to the last bit; ``.feather`` is freqtrade's shape: ``date``, ``open``, ``high``, ``low``,
        ``close``, ``volume``, for bars. In a folder the file is named after the series, as `import_file` reads it:
        Parquet. A file that is there is written anew.

    Raises
    ------
    InputError
        When there is no row in that span, the ending is another, or Feather is asked of what is not bars.
    StoreError
        When the store cannot be read, or holds what is damaged.
    """
    file = Path(path).expanduser()
    file = file / file_name(series) if file.is_dir() else file
    frame = store.read(series, start, end)
    if frame.empty:
        raise InputError(f"There is nothing of {series} in that span.", "Choose another: store.coverage() lists all.")
    if file.suffix == ".feather":
        if not series.bars:
            raise InputError(f"Feather is freqtrade's shape of candles, and {series} is none.", "Write Parquet or CSV.")
        frame = frame.reindex(columns=[*PRICES, "volume"])
    return write_table(frame, file)


def _parts(path: Path, table: pd.DataFrame, series: Series | str | None) -> Iterator[tuple[Series, pd.DataFrame]]:
    """Give each series of a file with its rows."""
    if "action" in table.columns:
        raise InputError(
            f"{path.name} holds changes of an order book, which mean nothing without their order and their start.",
            "Keep them as they are: okxlab paper --prices tape:… plays recorded books.",
        )
    if _INSTRUMENT not in table.columns:
        yield series if isinstance(series, Series) else series_named(path, series), table
        return
    symbols = table[_INSTRUMENT].map(instrument_id)
    if isinstance(series, Series):
        if not (symbols == series.symbol).any():
            raise InputError(
                f"{path.name} has no row of {series.symbol}.", f"It has {', '.join(sorted(set(symbols)))}."
            )
        yield series, table[symbols == series.symbol]
        return
    if series is None or not {"price", "size", "side"} <= set(table.columns):
        raise InputError(f"{path.name} does not tell what is in it.", "Name the exchange of trades, or give a Series.")
    for symbol in sorted(set(symbols)):
        yield Series(series, "trades", symbol), table[symbols == symbol]


def _taken(series: Series, part: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that the series has."""
    frame = part.set_axis(_columns(part), axis=1)
    return frame[[name for name in (*series.columns, *series.extra) if name in frame.columns]]


def _check(series: Series, frame: pd.DataFrame, name: str) -> None:
    """Refuse the first row that no market has, a volume may be unknown, and longer bars than the series'."""
    if series.bars:
        check_candles(frame)
        _check_step(series, frame, name)
    for column in frame.columns.intersection(["price", "size", "volume", "funding_rate"]):
        values = pd.to_numeric(frame[column], errors="coerce").to_numpy(np.float64)
        bad = {"volume": (values < 0) | np.isinf(values), "funding_rate": ~np.isfinite(values)}
        rows = np.flatnonzero(bad.get(column, ~((values > 0) & np.isfinite(values))))
        if rows.size:
            row = int(rows[0])
            what = f"Row {row} ({frame.index[row]}) has the {column} {frame[column].iloc[row]}."
            raise CandleError(what, "Remove or correct the row, then try again.")


def _check_step(series: Series, frame: pd.DataFrame, name: str) -> None:
    """Refuse longer bars: they open where the series' bars may, and would stand among them as if they were as short."""
    if len(frame) < 2:
        return
    ts = pd.DatetimeIndex(frame.index).as_unit("ms").asi8
    first, apart = int(ts[0]), int(np.gcd.reduce(np.diff(ts)))
    longer = [one for one in (replace(series, timeframe=bar) for bar in STEPS) if one.step > series.step]
    if any(apart % one.step == 0 and one.up(first) == first for one in longer):
        raise CandleError(
            f"The rows of {name} are {length(apart)} apart, and {series} has bars of {series.timeframe}.",
            "Name the series they are of; if that many bars are absent, hand them to store.write.",
        )


def _with_volume(store: Store, series: Series, frame: pd.DataFrame) -> pd.DataFrame:
    """Give candles without volume the one that the store knows, and else one that is unknown."""
    if series.kind != "candles" or "volume" in frame.columns:
        return frame
    known = store.read(series, frame.index[0], frame.index[-1] + pd.Timedelta(milliseconds=series.step))["volume"]
    return frame.assign(volume=known.reindex(frame.index))


def _columns(part: pd.DataFrame) -> list[str]:
    return [_SAME.get(str(name), str(name)) for name in part.columns]


def _in_order(series: Series, frame: pd.DataFrame, keep: Literal["first", "last"]) -> pd.DataFrame:
    if series.kind != "trades":
        return in_order(frame, keep=keep)
    rows = frame.sort_index(kind="stable")
    if "id" not in rows.columns:
        return rows  # nothing tells a trade that came twice from two alike
    return rows[~rows.assign(time=rows.index).duplicated(["time", "id"], keep=keep)]
