"""What things are: numbers, symbols, instruments, candles, orders. Frozen values, no input or output."""

from okxlab.model.candles import PRICES, check_candles, gaps
from okxlab.model.instrument import Instrument
from okxlab.model.moment import Moment, utc_moment
from okxlab.model.number import Number, exact, plain
from okxlab.model.order import ACTIVE, DONE, Fill, Order, OrderRequest, Side
from okxlab.model.symbol import instrument_id

__all__ = [
    "ACTIVE",
    "DONE",
    "PRICES",
    "Fill",
    "Instrument",
    "Moment",
    "Number",
    "Order",
    "OrderRequest",
    "Side",
    "check_candles",
    "exact",
    "gaps",
    "instrument_id",
    "plain",
    "utc_moment",
]
