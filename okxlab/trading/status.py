"""How a grid stands, as the exchange tells it."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.exchange import Session
from okxlab.market import last_price
from okxlab.model import Fill, Order
from okxlab.trading.enquiry import fills_from, pending
from okxlab.trading.naming import parse
from okxlab.trading.record import RunRecord
from okxlab.trading.tally import tally
from okxlab.trading.venue import SessionVenue


@dataclass(frozen=True, slots=True)
class BotStatus:
    """How a bot stands: ``state`` is running, left, stopped or failed; ``error`` says why it failed.

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


def read_status(session: Session, record: RunRecord, state: str, error: str) -> BotStatus:
    """Read a run's orders and fills and add them up."""
    figures = tally(record.run, record.ladder, own_fills(session, record))
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
        error=error,
    )


def own_fills(session: Session, record: RunRecord) -> list[Fill]:
    """Give every fill of a run, oldest first; the exchange keeps three months."""
    rows = fills_from(SessionVenue(session), record.ladder.spec.symbol, record.started_ms)
    return [fill for fill in rows if fill.client_id.startswith(record.run)]


def own_orders(session: Session, record: RunRecord) -> list[Order]:
    """Give the orders of a run that can still fill, oldest first."""
    return [
        order
        for order in pending(SessionVenue(session), record.ladder.spec.symbol)
        if parse(record.run, order.client_id)
    ]
