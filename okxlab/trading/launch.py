"""Before a grid starts: everything that can be known to go wrong is refused here, with nothing sent."""

from decimal import Decimal

from okxlab.errors import OrderDenied, SpecError
from okxlab.exchange import Session
from okxlab.grid import GridSpec, Plan, plan_grid
from okxlab.market import instrument, last_price
from okxlab.model import plain
from okxlab.trading.account import fee_rates, holdings
from okxlab.trading.naming import new_run
from okxlab.trading.record import RunRecord

ACCEPT = "accept"


def plan(spec: GridSpec, session: Session) -> Plan:
    """Plan a grid at the price, with the instrument's steps and this account's fees, as they are now.

    Raises
    ------
    SpecError
        When the grid cannot be made.
    SymbolError
        When the exchange does not list the symbol.
    """
    listed = instrument(session, spec.symbol)
    rates = fee_rates(session, spec.symbol)
    price = last_price(session, spec.symbol)
    return plan_grid(spec, listed, price, maker=rates.maker, taker=rates.taker)


def prepare(session: Session, spec: GridSpec, losing_steps: str) -> RunRecord:
    """Decide a new run: its id and its ladder at the price of this moment.

    Raises
    ------
    SpecError
        When the grid cannot be made, or its steps lose to the fees and ``losing_steps`` is not ``"accept"``.
    OrderDenied
        When the account cannot pay for it.
    """
    planned = plan(spec, session)
    if not planned.pays and losing_steps != ACCEPT:
        raise SpecError(
            planned.warnings[0],
            f'Use fewer grids or a wider range, or say losing_steps="{ACCEPT}" to lose on purpose.',
        )
    quote = planned.ladder.instrument.quote
    there = holdings(session).get(quote, Decimal(0))
    if there < spec.investment:
        raise OrderDenied(
            f"The grid needs {plain(spec.investment)} {quote} and the account holds {plain(there)}.",
            "Invest less, or fund the account first.",
        )
    return RunRecord(new_run(), planned.ladder)
