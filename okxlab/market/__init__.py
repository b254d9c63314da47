"""Public data, one line each, as pandas frames."""

from okxlab.market.bars import CandleKind, candle_frame
from okxlab.market.books import order_book
from okxlab.market.candles import candles
from okxlab.market.history import check_span, history
from okxlab.market.instruments import instrument, instruments
from okxlab.market.listing import Kind
from okxlab.market.relay import relay, write_snapshot
from okxlab.market.tickers import last_price, tickers

__all__ = [
    "CandleKind",
    "Kind",
    "candle_frame",
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
