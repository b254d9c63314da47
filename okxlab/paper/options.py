"""How a paper exchange is asked for."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PaperOptions:
    """What `serve` takes; every field has the default of the command.

    Parameters
    ----------
    port
        On 127.0.0.1; 0 takes a free one.
    prices
        ``walk`` (seeded random prices), ``file:PATH`` (Parquet or CSV candles or trades, replayed as they are, or a
        folder of such files named like ``BTC-USDT_1m.csv``), ``tape:PATH`` (a recorded stream of OKX's messages),
        ``live`` (OKX's own prices, brought by a child) or ``live:PATH`` (from a snapshot on, pushed by anybody).
    symbol
        OKX's id of the instrument a price file is of; with ``live`` one or more, with commas between them.
    tick, lot, minimum
        Its steps, when the symbol is not in the table or they shall differ.
    seed
        Of the walk; not negative.
    speed
        How much faster than the machine's clock feed time runs, above 0 and up to 100,000.
    stepped
        Feed time stands until the control route moves it.
    fills
        ``touch`` (an order fills whole when the path reaches it) or ``book`` (it queues in a book that trades).
    quote
        What the account owns at first, in quote currency.
    state
        A file that gets the start line (mode 0600) and is removed at exit.
    leased
        End when the last lease closes.
    data
        A database file that outlives the process; None keeps nothing.
    limits
        Whether OKX's request limits are kept.

    Examples
    --------
    >>> PaperOptions(stepped=True).seed
    7
    """

    port: int = 0
    prices: str = "walk"
    symbol: str = "BTC-USDT"
    tick: str | None = None
    lot: str | None = None
    minimum: str | None = None
    seed: int = 7
    speed: float = 1.0
    stepped: bool = False
    fills: str = "touch"
    quote: str = "100000"
    state: Path | None = None
    leased: bool = False
    data: Path | None = None
    limits: bool = True
