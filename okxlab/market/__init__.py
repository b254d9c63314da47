"""Public data, one line each, as pandas frames."""

from okxlab.market.candles import candles
from okxlab.market.history import check_span, history
from okxlab.market.instruments import Kind, instrument, instruments
from okxlab.market.prices import last_price, order_book, tickers
from okxlab.market.relay import relay, write_snapshot

__all__ = [
    "Kind",
    "candles",
    "check_span",
    "history",
    "instrument",
    "instruments",
    "last_price",
    "order_book",
    "relay",
    "tickers",
    "write_snapshot",
]
