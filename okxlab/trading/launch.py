"""Before a grid starts: everything that can be known to go wrong is refused here, with nothing sent."""

from decimal import ROUND_CEILING, Decimal

from okxlab.clock import Clock
from okxlab.errors import JournalTaken, OrderDenied, SpecError
from okxlab.exchange import Session
from okxlab.grid import ContractPlan, GridSpec, Plan, plan_contract, plan_grid
from okxlab.market import instrument, last_price, position_tiers
from okxlab.model import plain
from okxlab.trading.account import available, fee_rates
from okxlab.trading.desk import open_executor
from okxlab.trading.enquiry import pending
from okxlab.trading.execution import Executor
from okxlab.trading.naming import new_run, strategy
from okxlab.trading.record import RunRecord
from okxlab.trading.venue import SessionVenue

ACCEPT = "accept"
MOST_RESTING = 500  # what OKX lets rest on one instrument
_SLACK = Decimal("0.01")  # of the launch purchase: the price may move between the look and the order

_DUST = Decimal("0.00000001")


def plan(spec: GridSpec, session: Session) -> Plan | ContractPlan:
    """Plan a grid at the last price, with the instrument's steps and this account's fees, as they are now.

    A contract grid is planned with the exchange's position tiers, too, of cross margin; its plan is a
    `okxlab.grid.ContractPlan`.

    Raises
    ------
    SpecError
        When the grid cannot be made.
    SymbolError
        When the exchange does not list the symbol.
    """
    if spec.kind == "spot":
        return _plan_spot(spec, session)
    listed = instrument(session, spec.symbol)
    rates = fee_rates(session, spec.symbol)
    tiers = position_tiers(session, spec.symbol)
    price = last_price(session, spec.symbol)
    return plan_contract(spec, listed, price, maker=rates.maker, taker=rates.taker, tiers=tiers)


def _plan_spot(spec: GridSpec, session: Session) -> Plan:
    listed = instrument(session, spec.symbol)
    rates = fee_rates(session, spec.symbol)
    price = last_price(session, spec.symbol)
    return plan_grid(spec, listed, price, maker=rates.maker, taker=rates.taker)


def check_ladder_fits(spec: GridSpec, resting: int = 0) -> None:
    """Refuse a ladder of more orders than the exchange lets rest on one instrument.

    Raises
    ------
    OrderDenied
        When its orders and those that rest already are more than 500.
    """
    if spec.grids + resting > MOST_RESTING:
        beside = f" beside the {resting} that rest already" if resting else ""
        raise OrderDenied(
            f"A ladder of {spec.grids} orders{beside} is more than the {MOST_RESTING} OKX lets rest on one instrument.",
            "Use fewer grids.",
        )


def funds_needed(planned: Plan) -> Decimal:
    """Give the quote currency a grid must find in the account: its investment, and room for a price that moves."""
    needed = planned.spec.investment + planned.ladder.launch_cost * _SLACK
    return needed.quantize(_DUST, ROUND_CEILING)


def hold(session: Session, spec: GridSpec, clock: Clock) -> Executor:
    """Take the grid's journal, and with it the right to run the grid.

    Raises
    ------
    OrderDenied
        When another bot has it, or an older okxlab left the grid behind.
    """
    older = session.workspace.state / "grids" / session.profile.name / f"{strategy(spec).removeprefix('grid-')}.json"
    if older.exists():
        raise OrderDenied(
            f"This grid was started by an okxlab that kept no journal of its orders: {older} is what it left.",
            "Cancel its orders with ox.cancel_all(session, symbol), then delete that file.",
        )
    try:
        return open_executor(session, strategy(spec), clock=clock)
    except JournalTaken:
        raise OrderDenied(
            f"A bot already runs this grid on {spec.symbol} in this workspace.",
            "Use that bot; bot.stop() ends its grid, bot.leave() hands it to the next bot.",
        ) from None


def prepare(session: Session, spec: GridSpec, losing_steps: str, clock: Clock) -> RunRecord:
    """Decide a new run: its id and its ladder at the price of this moment.

    Raises
    ------
    SpecError
        When the grid cannot be made, or its steps lose to the fees and ``losing_steps`` is not ``"accept"``.
    OrderDenied
        When the account cannot pay for it, or the exchange would not let all its orders rest.
    """
    planned = _plan_spot(spec, session)
    if not planned.pays and losing_steps != ACCEPT:
        raise SpecError(
            planned.warnings[0],
            f'Use fewer grids or a wider range, or say losing_steps="{ACCEPT}" to lose on purpose.',
        )
    check_ladder_fits(spec, len(pending(SessionVenue(session), spec.symbol)))
    quote = planned.ladder.instrument.quote
    needed, there = funds_needed(planned), available(session, quote)
    if there < needed:
        raise OrderDenied(
            f"The grid needs {plain(needed)} {quote}, a moving price reckoned in, and {plain(there)} are available.",
            "Invest less, cancel what holds the rest, or fund the account first.",
        )
    return RunRecord(new_run(), planned.ladder, clock.now_ms())
