"""Orders by hand: one function for each thing a person does."""

import secrets
import unicodedata
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from okxlab.errors import ExchangeError, OrderDenied, OrderError, OrderNotSent, OrderRejected, OrderUnknown
from okxlab.exchange import Outcome, Session, next_step
from okxlab.model import Instrument, Number, Order, OrderRequest, Side, exact, instrument_id, plain, reckoned
from okxlab.trading.canceller import canceller
from okxlab.trading.desk import hand, once_only, open_executor
from okxlab.trading.enquiry import find_order, pending
from okxlab.trading.execution import Executor
from okxlab.trading.guard import check_keys
from okxlab.trading.guards import Rounded, ask_person, rounded, rules_now
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName


@reckoned
def place(  # noqa: PLR0913 - what a person may say of an order
    session: Session,
    side: Side,
    symbol: str,
    *,
    amount: Number,
    price: Number | None = None,
    post_only: bool = False,
    client_id: str = "",
    once: str = "",
    rounding: Literal["refuse", "safe"] = "refuse",
) -> Order:
    """Place one spot order and give it back as the exchange knows it.

    Parameters
    ----------
    side
        ``"buy"`` or ``"sell"``.
    amount
        In base currency, whole lots, for market orders too.
    price
        In quote currency, on the tick; without it the order is a market order.
    post_only
        Whether the order must rest: one that would trade at once is cancelled by the exchange.
    client_id
        1 to 32 letters and digits, unique; made when left out.
    once
        A name of your choice for what is meant, such as ``"monday buy"``. The same name gives the same order back
        however often the cell runs, in this kernel or a later one; only where it was refused it is placed again.
    rounding
        What happens to a price or amount between two steps of the instrument: ``"refuse"`` names the nearest one that
        fits and places nothing, ``"safe"`` takes it and says so in a warning: a purchase's price goes down, a sale's
        up, an amount down.

    Raises
    ------
    OrderDenied
        When the order cannot be meant or must not leave; nothing was sent.
    OrderRejected, OrderNotSent, OrderUnknown
        What became of it. An unknown order counts as live: ``ox.open_orders`` and ``ox.fills`` show it when it exists.
    ExchangeError
        When what must be known first could not be read, such as whether the client id is taken; nothing was sent.
    """
    check_keys(session)
    _check_words(side, client_id, once)
    listed = rules_now(session, symbol).instrument
    if listed.contract is not None:
        raise OrderDenied(
            f"{listed.symbol} is traded in contracts on margin, and okxlab places orders for spot pairs.",
            f"Use {listed.base}-{listed.quote}.",
        )
    limit = None if price is None else exact(price, "price")
    request = OrderRequest(listed.symbol, side, exact(amount, "amount"), limit, client_id, post_only)
    if rounding == "safe":
        request = _rounded(request, listed)
    if once:
        with once_only(session) as executor:
            return _placed(session, executor, executor.named(request, unicodedata.normalize("NFC", once)))
    return _placed(session, hand(session), request)


def cancel(session: Session, order: Order | str, *, symbol: str = "") -> Order:
    """Cancel one order and give it back as it stands afterwards.

    Parameters
    ----------
    order
        What `place` gave, or an order id together with ``symbol``.

    Raises
    ------
    OrderDenied
        When an order id comes without its symbol, or is none.
    OrderRejected
        When there is nothing left to cancel; the message says what the order became.
    OrderUnknown
        When no answer proves either.
    """
    if isinstance(order, Order):
        order_id, name = order.order_id, order.symbol
    else:
        order_id, name = order, instrument_id(symbol) if symbol else ""
    if not name:
        raise OrderDenied("An order id alone does not name an order.", "Give symbol= as well.")
    if not (isinstance(order_id, str) and order_id.isascii() and order_id.isdigit()):
        raise OrderDenied(f"{order_id!r} is no order id.", "Give what ox.place gave, or an order_id of ox.open_orders.")
    executor = canceller(session)
    (outcome,) = executor.cancel([OrderName(name, order_id)])
    found = find_order(SessionVenue(session), name, order_id=order_id)
    if found is not None:
        executor.learn([found])
        if outcome.kind == "acknowledged" or found.state == "canceled":
            return found
    state = f"it is {found.state}" if found else "the exchange does not know it"
    kind = OrderUnknown if outcome.kind == "unknown" and found is not None and found.active else OrderRejected
    raise kind(
        f"Order {order_id} was not cancelled: {state}. {outcome.message}".strip(),
        "ox.open_orders(session) shows what can be cancelled.",
        code=outcome.code,
    )


def cancel_all(session: Session, symbol: str | None = None) -> list[Order]:
    """Cancel every order that can still fill, on one instrument or on all, and give those that were.

    Orders that filled in the meantime are left out. Read `open_orders` afterwards when an answer was lost.

    Raises
    ------
    OrderUnknown
        When an answer was lost.
    """
    executor = canceller(session)
    cancelled = cancel_these(executor, pending(SessionVenue(session), symbol))
    if cancelled and not executor.journal.broken:
        with suppress(ExchangeError):  # what the journal does not hear of now it hears of later
            executor.reconcile()
    return cancelled


def resume(session: Session, strategy: str = "") -> str:
    """End a halt of new orders, and give why there was one; on live a person has to type it.

    Parameters
    ----------
    strategy
        Whose; default is that of the orders by hand in this kernel. A bot's is ended while the bot does not run.

    Raises
    ------
    OrderDenied
        When nobody typed it.
    JournalError
        When the strategy runs, or its journal cannot be used.
    """
    if strategy:
        executor = open_executor(session, strategy)
        try:
            return _resumed(session, executor)
        finally:
            executor.journal.close()
    return _resumed(session, hand(session))


def cancel_these(executor: Executor, orders: Sequence[Order]) -> list[Order]:
    """Cancel these orders and give those whose cancellation the exchange took.

    Raises
    ------
    OrderUnknown
        When an answer was lost.
    """
    outcomes = executor.cancel([OrderName(order.symbol, order.order_id, order.client_id) for order in orders])
    lost = sum(outcome.kind in {"unknown", "not_sent"} for outcome in outcomes)
    if lost:
        raise OrderUnknown(
            f"The answer to cancelling {lost} of {len(orders)} orders was lost.",
            "Read ox.open_orders(session), then cancel what is left.",
        )
    return [order for order, outcome in zip(orders, outcomes, strict=True) if outcome.kind == "acknowledged"]


def order_error(request: OrderRequest, outcome: Outcome) -> OrderError:
    """Give the error that says what became of an order that was not acknowledged."""
    price = "at market" if request.price is None else f"at {plain(request.price)}"
    what = f"The {request.side} of {plain(request.size)} {request.symbol} {price}"
    ids = {"code": outcome.code, "client_id": request.client_id}
    if outcome.kind == "rejected":
        return OrderRejected(
            f"{what} was rejected with code {outcome.code}: {outcome.message}", next_step(outcome.code), **ids
        )
    if outcome.kind == "not_sent":
        return OrderNotSent(
            f"{what} was not sent: {outcome.message}.", "Call ox.connect() again, then place it.", **ids
        )
    return OrderUnknown(
        f"{what} was sent and its answer lost ({outcome.message or outcome.code}).",
        f"Look for client id {request.client_id} in ox.open_orders(session) before you place it again.",
        **ids,
    )


def _check_words(side: str, client_id: str, once: str) -> None:
    for name, text in (("side", side), ("client_id", client_id), ("once", once)):
        if not (isinstance(text, str) and text.encode(errors="replace").decode() == text):
            raise OrderDenied(f"{name} is {text!r}, which is no text that can be sent or kept.", "Give plain text.")
    if once and client_id:
        raise OrderDenied("An order has a client id of its own or a name for once, not both.", "Leave one out.")


def _rounded(request: OrderRequest, listed: Instrument) -> OrderRequest:
    request, note = rounded(request, listed)
    if note:
        warnings.warn(f"Rounded to the steps of {listed.symbol}: {note}.", Rounded, stacklevel=3)
    return request


def _resumed(session: Session, executor: Executor) -> str:
    reason = executor.blotter.halted
    if reason and session.profile.name == "live":
        typed = ask_person(f"New orders are halted: {reason}.\nType resume to let them leave again: ")
        if typed.strip() != "resume":
            raise OrderDenied(f"The halt goes on: {typed!r} was typed.", "Type resume.")
    if reason:
        executor.halt("")
    return reason


def _refuse_used(session: Session, executor: Executor, request: OrderRequest) -> None:
    """Refuse a client id that the exchange knows and this journal does not: OKX takes that of a filled order again."""
    if request.client_id in executor.blotter.orders:
        return
    order = find_order(SessionVenue(session), request.symbol, client_id=request.client_id)
    if order is not None:
        raise OrderDenied(
            f"Client id {request.client_id} has an order already, {order.order_id}, which is {order.state}: another "
            "kernel or another copy of this workspace placed it.",
            "Use that order, or another client id or name for once.",
        )


def _placed(session: Session, executor: Executor, request: OrderRequest) -> Order:
    if request.client_id:
        _refuse_used(session, executor, request)
    else:
        request = request.under(f"h{secrets.token_hex(12)}")
    if executor.blotter.unknown():  # an order that nobody asked about again would keep this one back
        executor.settle(patience_ms=0)
    (outcome,) = executor.place([request])
    if outcome.kind == "unknown":
        executor.settle()
        outcome = executor.outcome(request.client_id)
    if outcome.kind != "acknowledged":
        raise order_error(request, outcome)
    order = _read_back(session, request, outcome)
    executor.learn([order])
    return order


def _read_back(session: Session, request: OrderRequest, outcome: Outcome) -> Order:
    """Read an order the exchange has taken; its ids are never lost, whatever becomes of the read."""
    try:
        order = find_order(SessionVenue(session), request.symbol, order_id=outcome.order_id)
    except ExchangeError as error:
        order, reason = None, str(error)
    else:
        reason = "it does not know it now."
    if order is None:
        raise OrderUnknown(
            f"The exchange took order {outcome.order_id} ({request.client_id}), and reading it back failed: {reason}",
            "Look for it with ox.open_orders(session) and ox.fills(session) before you place it again.",
            client_id=request.client_id,
        )
    return order
