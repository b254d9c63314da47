"""The channels that can be streamed, by their names here."""

from collections.abc import Sequence

from okxlab.clock import Clock
from okxlab.errors import InputError
from okxlab.exchange.wire.books import Books, FiveLevels
from okxlab.exchange.wire.holdings import Balances, Positions
from okxlab.exchange.wire.orders import Fills, Orders
from okxlab.exchange.wire.quotes import BARS, Candles, Tickers, Trades
from okxlab.exchange.wire.topic import Topic
from okxlab.model import instrument_id

PUBLIC: dict[str, type[Topic]] = {
    "tickers": Tickers,
    "trades": Trades,
    "books": Books,
    "books5": FiveLevels,
    "candles": Candles,
}
PRIVATE: dict[str, type[Topic]] = {
    "orders": Orders,
    "fills": Fills,
    "balances": Balances,
    "positions": Positions,
}


def topics(
    channel: str,
    symbols: str | Sequence[str] | None,
    clock: Clock,
    *,
    bar: str = "1m",
    keep: int = 1000,
    patience: float | None = None,
) -> list[Topic]:
    """Make a topic for each symbol of a channel, or the one of a channel of the account's.

    Raises
    ------
    InputError
        One of them cannot be meant.
    """
    kind = (PUBLIC | PRIVATE).get(channel)
    if kind is None:
        raise InputError(f"There is no channel {channel!r}.", f"Use one of {', '.join(PUBLIC | PRIVATE)}.")
    if bar not in BARS:
        raise InputError(f"There is no bar {bar!r}.", f"Use one of {' '.join(BARS)}.")
    if isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise InputError(f"keep is {keep!r}.", "Give a whole number of rows, at least 1.")
    if patience is not None and not patience > 0:
        raise InputError(f"patience is {patience!r}.", "Give seconds, more than 0.")
    more = {"bar": bar} if kind is Candles else {}
    return [kind(name, clock, keep=keep, patience=patience, **more) for name in _names(channel, symbols)]


def _names(channel: str, symbols: str | Sequence[str] | None) -> list[str]:
    """Give OKX's ids, each once; one empty name for a channel that has none."""
    asked = [symbols] if isinstance(symbols, str) else list(symbols or ())
    if channel in PRIVATE:
        if asked:
            raise InputError(f"The channel {channel!r} is about the whole account.", "Leave the symbols out.")
        return [""]
    if not asked:
        raise InputError(f"The channel {channel!r} needs a symbol.", "Give one like 'BTC-USDT', or a list of them.")
    return list(dict.fromkeys(instrument_id(symbol) for symbol in asked))
