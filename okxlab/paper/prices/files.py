"""Files of prices: candles or trades, of one instrument or of many."""

from pathlib import Path

import numpy as np

from okxlab.errors import PaperError
from okxlab.paper.prices.source import Columns
from okxlab.paper.prices.stamps import read_stamps
from okxlab.paper.prices.table import SUFFIXES, Table, floats, read_table, refuse, split
from okxlab.paper.prices.tape import CANDLE_COLUMNS, MOST, Tape, candles
from okxlab.paper.prices.timeline import aligned, filled, gathered

_NAMES = ("instId", "symbol", "inst")
_PRICE, _SIZE = ("price", "px"), ("size", "sz", "amount")
_SECOND, _MINUTE, _SHORT = 1000, 60_000, 7_200_000  # trades of up to two hours make candles of a second


def read_prices(path: Path, symbol: str) -> dict[str, Tape]:
    """Read the candles of a file, or of each file in a folder, by instrument id.

    Parameters
    ----------
    path
        A Parquet or CSV file of candles (see `read_tape`) or trades (``ts``, ``price``, ``size``), or a folder of such
        files named like ``BTC-USDT_1m.csv``.
    symbol
        Whose they are, where a file has no column ``instId`` or ``symbol``.

    Raises
    ------
    PaperError
        A file cannot be read or used, or what they hold cannot be traded over together.
    """
    if not path.is_dir():
        found = _read(path, symbol)
    else:
        found = {}
        for file in sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES):
            for name, columns in _read(file, file.stem.partition("_")[0]).items():
                if name in found:
                    raise PaperError(f"{path} has {name} twice.", "Leave one of the two files.")
                found[name] = columns
        if not found:
            raise PaperError(
                f"The price file {path} is a folder without Parquet or CSV files.", "Give files like BTC-USDT_1m.csv."
            )
    return {name: Tape(columns) for name, columns in aligned(found).items()}


def _read(path: Path, symbol: str) -> dict[str, Columns]:
    table = read_table(path, dict.fromkeys((*CANDLE_COLUMNS, *_NAMES, *_PRICE, *_SIZE)))
    key = next((name for name in _NAMES if name in table), None)
    if key is None:
        return {symbol: _columns(table, path)}
    names = [str(name) for name in table.pop(key)]
    return {name: _columns(part, path) for name, part in split(table, names).items()}


def _columns(table: Table, path: Path) -> Columns:
    price, size = (next((name for name in names if name in table), None) for names in (_PRICE, _SIZE))
    if "open" in table or price is None or size is None:
        return candles({name: table[name] for name in CANDLE_COLUMNS if name in table}, path)
    if "ts" not in table or not len(table["ts"]):
        raise PaperError(f"{path} holds no trades with a time.", "It needs ts, price and size.")
    ts = read_stamps(table["ts"], repeated=True)
    prices, sizes = floats(table[price], price), floats(table[size], size)
    refuse(~(np.isfinite(prices) & (prices > 0)), "has a price that is not a positive number")
    refuse(~(np.isfinite(sizes) & (sizes >= 0) & (sizes < MOST)), "has a size that is not a number")
    bar = _SECOND if ts[-1] - ts[0] <= _SHORT else _MINUTE
    return filled(gathered(ts, prices, sizes, bar), bar)
