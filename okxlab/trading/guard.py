"""What must hold before an order may leave this machine."""

from okxlab.errors import OrderDenied
from okxlab.exchange import Session
from okxlab.model import Instrument, OrderRequest, plain


def check_session(session: Session) -> None:
    """Refuse orders anywhere but on the paper exchange.

    Raises
    ------
    OrderDenied
        On demo and live.
    """
    if session.profile.name != "paper":
        raise OrderDenied(
            f"This version places no orders on {session.profile.name}.",
            'Rehearse on the paper exchange: ox.connect("paper").',
        )


def check_order(request: OrderRequest, instrument: Instrument) -> None:
    """Refuse an order that the exchange would have to refuse, or that would mean something else than written.

    Raises
    ------
    OrderDenied
        Names the value, the step it must keep to, and the nearest value that does. Nothing is rounded in silence.
    """
    if request.side not in {"buy", "sell"}:
        raise OrderDenied(f"side is {request.side!r}.", "Use 'buy' or 'sell'.")
    size, base = request.size, instrument.base
    if size < instrument.minimum:
        raise OrderDenied(
            f"An order of {plain(size)} {base} is below the minimum of {plain(instrument.minimum)} {base}.",
            "Raise the amount.",
        )
    if size % instrument.lot:
        raise OrderDenied(
            f"{plain(size)} {base} is not in whole lots of {plain(instrument.lot)}.",
            f"Use {plain(instrument.floor_size(size))}.",
        )
    _check_price(request, instrument)


def _check_price(request: OrderRequest, instrument: Instrument) -> None:
    price, quote = request.price, instrument.quote
    if price is None:
        if request.post_only:
            raise OrderDenied("A post-only order needs a price.", "Give price=, or leave post_only out.")
        return
    if price <= 0:
        raise OrderDenied(f"A price of {plain(price)} {quote} is not positive.", "Give a price above zero.")
    if price % instrument.tick:
        nearest = instrument.floor_price(price) if request.side == "buy" else instrument.ceil_price(price)
        raise OrderDenied(
            f"{plain(price)} {quote} is not on the tick of {plain(instrument.tick)}.", f"Use {plain(nearest)}."
        )
