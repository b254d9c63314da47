"""How a grid stands, as the exchange tells it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from okxlab.exchange import Session
from okxlab.market import last_price
from okxlab.model import Fill, Order
from okxlab.trading.blotter import Blotter
from okxlab.trading.enquiry import fills_from, pending
from okxlab.trading.evidence import MARGIN_MS, execution
from okxlab.trading.naming import parse
from okxlab.trading.record import RunRecord
from okxlab.trading.tally import tally
from okxlab.trading.venue import SessionVenue


@dataclass(frozen=True, slots=True)
class BotStatus:
    """How a bot stands: ``state`` is running, left, stopped or failed.

    ``error`` says why it failed; or while it runs, what troubles it ``since`` then (UTC), until that has passed.
    ``price`` is the last one, in quote currency; ``buys`` and ``sells`` count filled orders, the launch purchase left
    out; ``grid_profit`` and ``fees`` are in quote currency, exact, the launch purchase's fee included.
    """

    run: str
    symbol: str
    state: str
    price: Decimal
    resting_buys: int
    resting_sells: int
    buys: int
    sells: int
    grid_profit: Decimal
    fees: Decimal
    error: str = ""
    since: datetime | None = None


def read_status(session: Session, blotter: Blotter, record: RunRecord, state: str) -> BotStatus:
    """Read a run's orders and newest fills and add everything up."""
    figures = tally(record.run, record.ladder, own_fills(session, blotter, record))
    sides = [order.side for order in own_orders(session, record)]
    symbol = record.ladder.spec.symbol
    return BotStatus(
        run=record.run,
        symbol=symbol,
        state=state,
        price=Decimal(last_price(session, symbol)),
        resting_buys=sides.count("buy"),
        resting_sells=sides.count("sell"),
        buys=figures.buys,
        sells=figures.sells,
        grid_profit=figures.grid_profit,
        fees=figures.fees,
    )


def own_fills(session: Session, blotter: Blotter, record: RunRecord) -> list[Fill]:
    """Give every fill of a run, oldest first: those its journal knows, and those since, which may be another bot's."""
    known = [execution(fill) for fill in list(blotter.fills.values()) if fill.client_id.startswith(record.run)]
    since = max((fill.time_ms for fill in known), default=record.started_ms) - MARGIN_MS
    rows = fills_from(SessionVenue(session), record.ladder.spec.symbol, since)
    told = [*known, *(fill for fill in rows if fill.client_id.startswith(record.run))]
    return sorted({fill.trade_id: fill for fill in told}.values(), key=lambda fill: int(fill.bill_id))


def own_orders(session: Session, record: RunRecord) -> list[Order]:
    """Give the orders of a run that can still fill, oldest first."""
    return [
        order
        for order in pending(SessionVenue(session), record.ladder.spec.symbol)
        if parse(record.run, order.client_id)
    ]
