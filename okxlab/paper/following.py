"""A market that follows prices handed in: opened from a snapshot, moved on by pushes."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from okxlab.errors import PaperError
from okxlab.paper.exact import read
from okxlab.paper.prices.live import Live
from okxlab.paper.products.instrument import FIRST_CODE, Instrument
from okxlab.paper.products.listing import Listing

PREFIX = "live:"
_FIX = 'It needs {"instruments": rows of public/instruments, "candles": {instId: [[ts, o, h, l, c, volume], ...]}}.'


def read_snapshot(path: Path) -> tuple[Listing, dict[str, Live]]:
    """Read what the market is made of at first.

    Parameters
    ----------
    path
        JSON: ``instruments``, OKX's rows of spot instruments, and ``candles``, rows of texts by instrument. All
        instruments share their times; the last candle is where the market stands.

    Raises
    ------
    PaperError
        The file cannot be read, or does not hold that.
    """
    try:
        told = orjson.loads(path.read_bytes())
        listed = [_instrument(row, place) for place, row in enumerate(told["instruments"])]
        sources = {row.name: Live(told["candles"][row.name]) for row in listed}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PaperError(f"The snapshot {path} cannot be used: {type(error).__name__} {error}.", _FIX) from None
    if not listed or any(not len(source) for source in sources.values()):
        raise PaperError(f"The snapshot {path} holds no instrument with candles.", _FIX)
    stamps = {tuple(source.columns(0, 1 << 62).ts) for source in sources.values()}
    if len(stamps) != 1:
        raise PaperError(f"The instruments of {path} do not share their times.", _FIX)
    return Listing({row.name: row for row in listed}), sources


def _instrument(row: Mapping[str, Any], place: int) -> Instrument:
    tick, lot, minimum = (_step(row, name) for name in ("tickSz", "lotSz", "minSz"))
    return Instrument(str(row["instId"]), tick, lot, minimum, code=FIRST_CODE + place)


def _step(row: Mapping[str, Any], name: str) -> Decimal:
    number = read(str(row[name]))
    if not number:
        raise ValueError(f"{name} is {row[name]!r}")
    return number
