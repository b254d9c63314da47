"""What must hold before an order may leave this machine."""

import re
from collections.abc import Sequence

from okxlab.errors import CredentialsError, OrderDenied
from okxlab.exchange import Session
from okxlab.market import instrument
from okxlab.model import Instrument, OrderRequest, plain
from okxlab.trading.blotter import Blotter


def check_keys(session: Session) -> None:
    """Refuse to trade without a key.

    Raises
    ------
    CredentialsError
        When the session reads public data alone.
    """
    if not session.profile.keys:
        raise CredentialsError(
            f"Orders need a key, and there is no {session.profile.name} key.",
            'Set the three OKX_… variables, or rehearse on the paper exchange: ox.connect("paper").',
        )


_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")


class OrderGuard:
    """Checks each order against its instrument's rules."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(self, requests: Sequence[OrderRequest], blotter: Blotter) -> list[tuple[str, ...]]:
        """Give the findings for each request.

        Raises
        ------
        OrderDenied
            When one cannot be meant.
        """
        listed = {symbol: instrument(self._session, symbol) for symbol in {request.symbol for request in requests}}
        for request in requests:
            check_order(request, listed[request.symbol])
        return [("rules",) for _ in requests]

    def recheck(self) -> None:
        """Look once more, right before new risk leaves."""


def check_order(request: OrderRequest, instrument: Instrument) -> None:
    """Refuse an order that the exchange would have to refuse, or that would mean something else than written.

    Raises
    ------
    OrderDenied
        Names the value, the step it must keep to, and the nearest value that does. Nothing is rounded in silence.
    """
    if not _CLIENT_ID.fullmatch(request.client_id):
        raise OrderDenied(f"{request.client_id!r} cannot be a client id.", "Use 1 to 32 letters and digits.")
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
