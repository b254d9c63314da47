"""What a file's name tells about the series in it: okxlab's own names, and freqtrade's."""

import re
from pathlib import Path

from okxlab.errors import InputError
from okxlab.store.series import KINDS, STEPS, Series

_BARS = "|".join(STEPS)
_OURS = re.compile(
    rf"(?P<symbol>[A-Z0-9.-]+)_(?:(?P<kind>mark|index)_)?(?P<what>{_BARS}|trades|funding)_(?P<exchange>[a-z0-9]+)(?:_.*)?"
)
_FREQTRADE = re.compile(
    rf"(?P<base>[A-Z0-9]+)_(?P<quote>[A-Z0-9]+)(?P<settle>_[A-Z0-9]+)?-(?P<timeframe>{_BARS})(?:-(?P<kind>futures|mark|index))?"
)


def series_named(path: Path | str, exchange: str | None = None) -> Series:
    """Read a file's name: okxlab's ``BTC-USDT_1m_okx.parquet``, or freqtrade's, which leaves the exchange open.

    Raises
    ------
    InputError
        When the name is neither, or the exchange is told nowhere.

    Examples
    --------
    >>> series_named("BTC_USDT_USDT-1h-futures.feather", "okx")
    Series(exchange='okx', kind='candles', symbol='BTC-USDT-SWAP', timeframe='1h')
    >>> series_named("BTC-USDT-SWAP_funding_okx_2024.parquet").folder
    'okx/funding/BTC-USDT-SWAP'
    """
    name = Path(path).name.split(".parquet")[0].split(".feather")[0].split(".csv")[0]
    if ours := _OURS.fullmatch(name):
        bars = ours["what"] in STEPS
        kind = (ours["kind"] or "candles") if bars else ours["what"]
        return Series(exchange or ours["exchange"], kind, ours["symbol"], ours["what"] if bars else "")
    theirs = _FREQTRADE.fullmatch(name)
    if not theirs:
        raise InputError(
            f"{Path(path).name} does not tell what is in it.",
            "Say so: the exchange, the kind, the symbol, the timeframe.",
        )
    if exchange is None:
        raise InputError(f"{Path(path).name} does not tell its exchange.", "Name it, such as 'okx'.")
    kind = theirs["kind"] if theirs["kind"] in KINDS else "candles"
    swap = "-SWAP" if theirs["settle"] else ""
    return Series(exchange, kind, f"{theirs['base']}-{theirs['quote']}{swap}", theirs["timeframe"])


def series_at(folder: str) -> Series:
    """Read a series as its folder is written, and as ``str`` writes it.

    Raises
    ------
    InputError
        When it is none.

    Examples
    --------
    >>> series_at("okx/candles/BTC-USDT/1m").timeframe
    '1m'
    """
    parts = folder.strip("/").split("/")
    if not 3 <= len(parts) <= 4:
        raise InputError(f"{folder!r} is no series.", "Write it as okx/candles/BTC-USDT/1m or okx/trades/BTC-USDT.")
    return Series(*parts)


def file_name(series: Series, suffix: str = ".parquet") -> str:
    """Give the name a series' file has by itself; Feather gets freqtrade's, where freqtrade has one.

    Examples
    --------
    >>> minutes = Series("okx", "candles", "BTC-USDT", "1m")
    >>> file_name(minutes), file_name(minutes, ".feather")
    ('BTC-USDT_1m_okx.parquet', 'BTC_USDT-1m.feather')
    """
    parts = series.symbol.split("-")
    if suffix == ".feather" and series.kind != "trades" and series.bars:
        if len(parts) == 2 and series.kind == "candles":
            return f"{'_'.join(parts)}-{series.timeframe}.feather"
        if len(parts) == 3 and parts[2] == "SWAP":
            settle = parts[0] if parts[1] == "USD" else parts[1]
            kind = "futures" if series.kind == "candles" else series.kind
            return f"{parts[0]}_{parts[1]}_{settle}-{series.timeframe}-{kind}.feather"
    what = series.timeframe if series.kind == "candles" else f"{series.kind}_{series.timeframe}".rstrip("_")
    return f"{series.symbol}_{what}_{series.exchange}{suffix}"
