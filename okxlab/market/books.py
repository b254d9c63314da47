"""Order books as they stand."""

from typing import Any

import numpy as np
import pandas as pd

from okxlab.errors import InputError
from okxlab.exchange import Session
from okxlab.market.columns import exact_numbers, numbers
from okxlab.market.listing import read_listed
from okxlab.model import instrument_id

_DEPTH, _FULL_DEPTH = 400, 5_000


def order_book(session: Session, symbol: str, depth: int = 5, *, exact: bool = False) -> pd.DataFrame:
    """Give the best ``depth`` levels of one book, side by side.

    Parameters
    ----------
    depth
        Levels a side, 1 to 5000. Beyond 400 they come from the endpoint for whole books, which OKX refreshes less
        often and limits to 5 calls a second.
    exact
        Whether prices and sizes come as Decimals, every digit as sent, instead of float64.

    Returns
    -------
    DataFrame
        Index ``level`` from 1 (best); float64 columns ``bid_orders``, ``bid_size``, ``bid``, ``ask``, ``ask_size``,
        ``ask_orders``: prices in quote currency, sizes in base currency (contracts for derivatives), and how many
        orders a level is made of. NaN where a side has fewer levels. ``attrs["time"]`` is the book's stamp (UTC).

    Raises
    ------
    InputError
        When ``depth`` is not from 1 to 5000.
    SymbolError
        When the exchange does not list the symbol.
    """
    if not isinstance(depth, int | np.integer) or not 1 <= depth <= _FULL_DEPTH:
        raise InputError(f"depth is {depth!r}.", f"Ask for 1 to {_FULL_DEPTH} levels, as a whole number.")
    method = "publicGetMarketBooks" if depth <= _DEPTH else "publicGetMarketBooksFull"
    book = read_listed(session, method, {"instId": instrument_id(symbol), "sz": str(depth)})[0]
    bids, asks = (_side(book.get(f"{side}s") or [], side, exact=exact) for side in ("bid", "ask"))
    frame = pd.concat([bids.iloc[:, ::-1], asks], axis=1)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="level")
    frame.attrs["time"] = pd.Timestamp(int(book["ts"]), unit="ms", tz="UTC")
    return frame


def _side(levels: list[list[Any]], side: str, *, exact: bool) -> pd.DataFrame:
    # a level is price, size, an old zero that whole books leave out, and its number of orders
    read = exact_numbers if exact else numbers
    prices, sizes = (read(level[place] for level in levels) for place in (0, 1))
    orders = numbers(level[-1] for level in levels)
    return pd.DataFrame({side: prices, f"{side}_size": sizes, f"{side}_orders": orders})
