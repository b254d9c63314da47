"""A series: one instrument's market data of one kind, and what its rows look like."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from okxlab.errors import InputError, SymbolError
from okxlab.model import PRICES, Moment, instrument_id, utc_moment

_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_BARS = "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w"
# what OKX has besides: months have no one length, and which day begins two or three of them it alone tells
_UNKEPT = ("2d", "3d", "1M", "3M")
STEPS = MappingProxyType({bar: int(bar[:-1]) * _UNITS[bar[-1]] for bar in _BARS.split()})  # milliseconds
# weeks begin on Mondays, and 1970 began on a Thursday
_FIRST_MONDAY = 4 * _UNITS["d"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of series holds: columns every row has, columns it may have, and how much one file holds."""

    columns: tuple[str, ...]
    extra: tuple[str, ...] = ()
    bars: bool = False
    unit: str = "M"  # numpy's letter of a file's span: a month, or a day


# a busy month of trades would be hundreds of megabytes to write again for each day that is added
KINDS = MappingProxyType(
    {
        "candles": Kind((*PRICES, "volume"), ("volume_quote",), bars=True),
        "mark": Kind((*PRICES,), ("volume",), bars=True),
        "index": Kind((*PRICES,), ("volume",), bars=True),
        "trades": Kind(("price", "size", "side"), ("id",), unit="D"),
        "funding": Kind(("funding_rate",), ("realized_rate",)),
    }
)


@dataclass(frozen=True, slots=True)
class Series:
    """The name of a series in a `Store`.

    Parameters
    ----------
    exchange
        Where the data is from, in small letters: ``okx``, ``binance``.
    kind
        ``candles``, ``mark`` or ``index`` (bars), ``trades`` or ``funding``.
    symbol
        OKX's spelling: ``BTC-USDT``, ``BTC-USDT-SWAP``.
    timeframe
        Of bars: ``1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w``, days and weeks (from Monday) in UTC. Otherwise empty.
        Bars of ``2d 3d 1M 3M`` are not kept.

    Raises
    ------
    InputError
        When a part is none of these; a `SymbolError` for the symbol.

    Examples
    --------
    >>> Series("okx", "candles", "BTC-USDT", "1m").folder
    'okx/candles/BTC-USDT/1m'
    >>> Series("okx", "trades", "BTC-USDT").columns
    ('price', 'size', 'side')
    """

    exchange: str
    kind: str
    symbol: str
    timeframe: str = ""

    def __post_init__(self) -> None:
        exchange = self.exchange
        if not (isinstance(exchange, str) and exchange.isascii() and exchange.isalnum() and exchange.islower()):
            raise InputError(f"The exchange {exchange!r} is no name.", "Write it in small letters, such as 'okx'.")
        if self.kind not in KINDS:
            raise InputError(f"There is no kind of series {self.kind!r}.", f"Use one of {' '.join(KINDS)}.")
        spelling = instrument_id(self.symbol)
        if spelling != self.symbol:
            raise SymbolError(f"{self.symbol!r} is not OKX's spelling.", f"Write {spelling!r}.")
        if self._kind.bars and self.timeframe in _UNKEPT:
            raise InputError(
                f"A store keeps no bars of {self.timeframe}.", "Pull them without a store, or store bars of 1d."
            )
        if self._kind.bars and self.timeframe not in STEPS:
            raise InputError(f"There is no bar {self.timeframe!r}.", f"Use one of {' '.join(STEPS)}.")
        if not self._kind.bars and self.timeframe:
            raise InputError(f"{self.kind} have no timeframe, and {self.timeframe!r} was given.", "Leave it away.")

    def __str__(self) -> str:
        return self.folder

    @property
    def folder(self) -> str:
        """Give the folder of the series' files, below the store's."""
        return "/".join(part for part in (self.exchange, self.kind, self.symbol, self.timeframe) if part)

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns every row has."""
        return self._kind.columns

    @property
    def extra(self) -> tuple[str, ...]:
        """Give the columns rows may have besides."""
        return self._kind.extra

    @property
    def key(self) -> tuple[str, ...]:
        """Give what tells one row from another; trades without ids are told apart by their place in a millisecond."""
        return ("time", "id") if "id" in self.extra else ("time",)

    @property
    def step(self) -> int:
        """Give the length of a bar in milliseconds; 1 where a row is a moment."""
        return STEPS[self.timeframe] if self._kind.bars else 1

    @property
    def bars(self) -> bool:
        """Tell bars, which lie on a grid, from events, which lie anywhere."""
        return self._kind.bars

    @property
    def unit(self) -> str:
        """Give numpy's letter for the time one file spans: M a month, D a day."""
        return self._kind.unit

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind]

    def up(self, ms: int) -> int:
        """Give the first opening of a bar at or after a moment (milliseconds)."""
        return ms + -(ms - self.origin) % self.step

    def down(self, ms: int) -> int:
        """Give the last opening of a bar at or before a moment (milliseconds)."""
        return ms - (ms - self.origin) % self.step

    @property
    def origin(self) -> int:
        """Give a moment (milliseconds) at which a bar opens."""
        return _FIRST_MONDAY if self.timeframe == "1w" else 0


def length(ms: int) -> str:
    """Write a length of time in its greatest unit.

    >>> length(300_000), length(5_400_000), length(1_209_600_000)
    ('5m', '90m', '2w')
    """
    unit = next((unit for unit in reversed(_UNITS) if not ms % _UNITS[unit]), "")
    return f"{ms // _UNITS[unit]}{unit}" if unit else f"{ms} ms"


def milliseconds(value: Moment, name: str) -> int:
    """Read a date or time as milliseconds since 1970 UTC, rounded up, so that it bounds the same rows."""
    return -(-int(utc_moment(value, name).as_unit("ns").value) // 1_000_000)


def moments(ms: object) -> pd.DatetimeIndex:
    """Give milliseconds since 1970 as UTC times."""
    return pd.DatetimeIndex(np.asarray(ms, dtype=np.int64) * 1000, dtype="datetime64[us, UTC]", copy=False)
