"""OKX's live prices, handed on to a paper exchange that follows them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, SymbolError
from okxlab.exchange import Session, read
from okxlab.model import exact, plain

_BARS = 300
_PATIENCE = 30  # seconds without an answer before it gives up
_CONFIRMED = "1"

Candle = list[str]  # ts (ms), open, high, low, close, volume
Push = Callable[[dict[str, Candle]], None]


def write_snapshot(session: Session, symbols: Sequence[str], file: Path) -> None:
    """Write what a market is made of: the instruments' steps and their last 300 finished one-minute candles.

    Parameters
    ----------
    session
        Where the prices come from; no keys are needed.
    symbols
        OKX's ids of spot instruments.
    file
        Gets JSON with ``instruments`` and ``candles``, for ``okxlab paper --prices live:FILE``.

    Raises
    ------
    SymbolError
        OKX does not list one of them.
    ExchangeError
        OKX gave no usable answer.
    """
    listed = {row["instId"]: row for row in read(session, "publicGetPublicInstruments", {"instType": "SPOT"})}
    unknown = [name for name in symbols if name not in listed]
    if unknown:
        raise SymbolError(f"{session.profile.rest} does not list {unknown[0]!r}.", "Write it like BTC-USDT.")
    candles = {name: _history(session, name) for name in symbols}
    shared = set.intersection(*({row[0] for row in rows} for rows in candles.values()))
    kept = {name: [row for row in rows if row[0] in shared] for name, rows in candles.items()}
    file.write_text(json.dumps({"instruments": [listed[name] for name in symbols], "candles": kept}), encoding="utf-8")


def relay(session: Session, symbols: Sequence[str], push: Push, clock: Clock, going: Callable[[], bool]) -> None:
    """Read the tickers once a second and push a candle of that second for each symbol, while ``going()``.

    A candle runs from the last price before to the last price now; its volume is what the 24-hour volume grew by, and
    0 when that fell. One that OKX does not answer is left out, and half a minute without an answer ends it.

    Raises
    ------
    ExchangeError
        OKX has not answered for half a minute.
    """
    before: dict[str, dict[str, str]] = {}
    heard, pushed = clock.monotonic(), 0
    while going():
        began = clock.monotonic()
        try:
            now = {row["instId"]: row for row in read(session, "publicGetMarketTickers", {"instType": "SPOT"})}
            heard = began
        except ExchangeError:
            if began - heard > _PATIENCE:
                raise
            now = {}
        second = clock.now_ms() // 1000 * 1000
        if now and second > pushed:
            push({name: candle(str(second), before.get(name), now[name]) for name in symbols if name in now})
            before, pushed = now, second
        clock.sleep(max(0.0, 1 - (clock.monotonic() - began)))


def candle(second: str, before: dict[str, str] | None, now: dict[str, str]) -> Candle:
    """Give the candle between two tickers.

    Examples
    --------
    >>> candle("1000", {"last": "10", "vol24h": "5"}, {"last": "9.5", "vol24h": "7"})
    ['1000', '10', '10', '9.5', '9.5', '2']
    """
    last = now["last"]
    opening = before["last"] if before else last
    low, high = sorted((opening, last), key=lambda price: exact(price, "price"))
    grown = exact(now["vol24h"], "volume") - exact(before["vol24h"] if before else now["vol24h"], "volume")
    return [second, opening, high, low, last, plain(max(grown, exact("0", "volume")))]


def _history(session: Session, name: str) -> list[Any]:
    rows = read(session, "publicGetMarketCandles", {"instId": name, "bar": "1m", "limit": str(_BARS)})
    return [row[:6] for row in reversed(rows) if row[8] == _CONFIRMED]
