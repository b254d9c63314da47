"""The only place that sends an order.

An order is checked, named, sent once and judged by the exchange's answer. Nothing is ever sent again on a guess: a lost
answer ends in `OrderUnknown` unless the exchange itself proves what happened.
"""

import secrets
from collections.abc import Sequence

from okxlab.clock import Clock, SystemClock
from okxlab.errors import ExchangeError, OrderDenied, OrderError, OrderNotSent, OrderRejected, OrderUnknown
from okxlab.exchange import ORDER_LIFE_MS, Outcome, Session, next_step, outcomes_of, prepare, send
from okxlab.market import instrument
from okxlab.model import Number, Order, OrderRequest, Side, exact, instrument_id, plain
from okxlab.trading.guard import check_order, check_session
from okxlab.trading.orders import find_order, pending

BATCH = 20
_LATE_SECONDS = 2.0  # an order may still appear this long after its last moment
_PATIENCE = (0.1, 0.3, 0.6, 1.0)


def place(
    session: Session,
    side: Side,
    symbol: str,
    *,
    amount: Number,
    price: Number | None = None,
    post_only: bool = False,
    client_id: str = "",
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

    Raises
    ------
    OrderDenied
        When the order cannot be meant; nothing was sent.
    OrderRejected, OrderNotSent, OrderUnknown
        What became of it; after `OrderUnknown` look with ``ox.open_orders`` before placing again.
    """
    check_session(session)
    listed = instrument(session, symbol)
    if listed.contract is not None:
        raise OrderDenied(
            f"{listed.symbol} is traded in contracts on margin, and okxlab places orders for spot pairs.",
            f"Use {listed.base}-{listed.quote}.",
        )
    limit = None if price is None else exact(price, "price")
    name = client_id or f"h{secrets.token_hex(12)}"
    request = OrderRequest(listed.symbol, side, exact(amount, "amount"), limit, name, post_only)
    check_order(request, listed)
    outcome = place_all(session, [request])[0]
    if outcome.kind != "acknowledged":
        raise order_error(request, outcome)
    return _read_back(session, request, outcome)


def place_all(session: Session, requests: Sequence[OrderRequest], *, clock: Clock | None = None) -> list[Outcome]:
    """Send checked requests in batches of at most 20, each batch once, and give their outcomes in order.

    A lost answer is followed up by reading, never by sending. Sending stops after a batch that did not wholly arrive;
    what follows it comes back as ``not_sent``.
    """
    check_session(session)
    clock = clock or SystemClock()
    outcomes: list[Outcome] = []
    for start in range(0, len(requests), BATCH):
        batch = requests[start : start + BATCH]
        sent = _send(session, "trade/batch-orders", [_body(request) for request in batch])
        proof_after = clock.monotonic() + ORDER_LIFE_MS / 1000 + _LATE_SECONDS
        outcomes += [_settled(session, r, o, clock, proof_after) for r, o in zip(batch, sent, strict=True)]
        if any(outcome.kind != "acknowledged" for outcome in outcomes):
            break
    unsent = requests[len(outcomes) :]
    return outcomes + [Outcome("not_sent", r.client_id, message="an order before it failed") for r in unsent]


def cancel(session: Session, order: Order | str, *, symbol: str = "") -> Order:
    """Cancel one order and give it back as it stands afterwards.

    Parameters
    ----------
    order
        What `place` gave, or an order id together with ``symbol``.

    Raises
    ------
    OrderDenied
        When an order id comes without its symbol.
    OrderRejected
        When there is nothing left to cancel; the message says what the order became.
    """
    check_session(session)
    order_id = order if isinstance(order, str) else order.order_id
    name = instrument_id(symbol) if isinstance(order, str) and symbol else getattr(order, "symbol", "")
    if not name:
        raise OrderDenied("An order id alone does not name an order.", "Give symbol= as well.")
    outcome = _cancel_batch(session, [(name, order_id)])[0]
    found = find_order(session, name, order_id=order_id)
    if outcome.kind == "acknowledged" and found is not None:
        return found
    state = f"it is {found.state}" if found else "the exchange does not know it"
    kind = OrderUnknown if outcome.kind == "unknown" else OrderRejected
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
    return cancel_these(session, pending(session, symbol))


def cancel_these(session: Session, orders: Sequence[Order]) -> list[Order]:
    """Cancel these orders in batches of at most 20 and give those that were cancelled."""
    check_session(session)
    cancelled: list[Order] = []
    for start in range(0, len(orders), BATCH):
        batch = orders[start : start + BATCH]
        outcomes = _cancel_batch(session, [(order.symbol, order.order_id) for order in batch])
        if any(outcome.kind in {"unknown", "not_sent"} for outcome in outcomes):
            raise OrderUnknown(
                f"The answer to cancelling {len(batch)} orders was lost.",
                "Read ox.open_orders(session), then cancel what is left.",
            )
        cancelled += [o for o, outcome in zip(batch, outcomes, strict=True) if outcome.kind == "acknowledged"]
    return cancelled


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


def _read_back(session: Session, request: OrderRequest, outcome: Outcome) -> Order:
    """Read an order the exchange has taken; its ids are never lost, whatever becomes of the read."""
    try:
        order = find_order(session, request.symbol, order_id=outcome.order_id)
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


def _body(request: OrderRequest) -> dict[str, str]:
    limited = "post_only" if request.post_only else "limit"
    body = {
        "instId": request.symbol,
        "tdMode": "cash",
        "side": request.side,
        "ordType": "market" if request.price is None else limited,
        "sz": plain(request.size),
        "clOrdId": request.client_id,
    }
    if request.price is None:
        return body | {"tgtCcy": "base_ccy"}  # OKX would read a market buy's size as quote currency
    return body | {"px": plain(request.price)}


def _cancel_batch(session: Session, named: Sequence[tuple[str, str]]) -> list[Outcome]:
    return _send(session, "trade/cancel-batch-orders", [{"instId": s, "ordId": o} for s, o in named])


def _send(session: Session, path: str, rows: Sequence[dict[str, str]]) -> list[Outcome]:
    permit = prepare(session, path, rows)
    wire = send(session, permit, expires_ms=session.transport.now_ms() + ORDER_LIFE_MS)
    return outcomes_of(wire, [row.get("clOrdId") or row["ordId"] for row in rows])


def _settled(session: Session, request: OrderRequest, outcome: Outcome, clock: Clock, proof_after: float) -> Outcome:
    """Turn an unknown outcome into a known one by reading, where the exchange gives the evidence.

    An order that is not there proves nothing before ``proof_after`` (monotonic): it may still be on the way.
    """
    if outcome.kind != "unknown":
        return outcome
    pauses = iter(_PATIENCE)
    while True:
        expired = clock.monotonic() >= proof_after
        try:
            found = find_order(session, request.symbol, client_id=request.client_id)
        except ExchangeError:
            return outcome
        if found is not None:
            return Outcome("acknowledged", request.client_id, found.order_id)
        if expired:
            return Outcome("rejected", request.client_id, code=outcome.code, message="it never reached the exchange")
        clock.sleep(next(pauses, 1.0))
