"""What things are: numbers, symbols, instruments, candles, orders. Frozen values, no input or output."""

from okxlab.model.candles import PRICES, check_candles, gaps, instrument_of
from okxlab.model.instrument import Instrument
from okxlab.model.moment import Moment, utc_moment
from okxlab.model.number import Number, exact, plain, reckoned
from okxlab.model.oddities import TREATMENTS, in_order, oddities
from okxlab.model.order import ACTIVE, DONE, Fill, Order, OrderRequest, Side
from okxlab.model.resample import resample
from okxlab.model.rules import Change, Rules
from okxlab.model.symbol import instrument_id
from okxlab.model.timeframe import bar_length, openings, timeframe_length

__all__ = [
    "ACTIVE",
    "DONE",
    "PRICES",
    "TREATMENTS",
    "Change",
    "Fill",
    "Instrument",
    "Moment",
    "Number",
    "Order",
    "OrderRequest",
    "Rules",
    "Side",
    "bar_length",
    "check_candles",
    "exact",
    "gaps",
    "in_order",
    "instrument_id",
    "instrument_of",
    "oddities",
    "openings",
    "plain",
    "reckoned",
    "resample",
    "timeframe_length",
    "utc_moment",
]
