"""Public data, one line each, as pandas frames."""

from okxlab.market.backfill import backfill
from okxlab.market.bars import CandleKind, candle_frame
from okxlab.market.books import order_book
from okxlab.market.candles import candles
from okxlab.market.contracts import open_interest, position_tiers, price_limits
from okxlab.market.fees import fee_rates
from okxlab.market.funding import funding_history, funding_rates
from okxlab.market.history import check_span, history
from okxlab.market.instruments import instrument, instruments, rules
from okxlab.market.limits import limits
from okxlab.market.listing import Kind
from okxlab.market.marks import index_prices, mark_prices
from okxlab.market.options import option_chain
from okxlab.market.platform import server_time, system_status
from okxlab.market.relay import relay, write_snapshot
from okxlab.market.suggestions import Direction, Duration, grid_suggestions
from okxlab.market.tickers import last_price, tickers
from okxlab.market.trades import trades, trades_history

__all__ = [
    "CandleKind",
    "Direction",
    "Duration",
    "Kind",
    "backfill",
    "candle_frame",
    "candles",
    "check_span",
    "fee_rates",
    "funding_history",
    "funding_rates",
    "grid_suggestions",
    "history",
    "index_prices",
    "instrument",
    "instruments",
    "last_price",
    "limits",
    "mark_prices",
    "open_interest",
    "option_chain",
    "order_book",
    "position_tiers",
    "price_limits",
    "relay",
    "rules",
    "server_time",
    "system_status",
    "tickers",
    "trades",
    "trades_history",
    "write_snapshot",
]
