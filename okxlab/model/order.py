"""Orders and fills as the exchange reports them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Side = Literal["buy", "sell"]

ACTIVE = frozenset({"live", "partially_filled"})
DONE = frozenset({"filled", "canceled", "mmp_canceled"})


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What is to be placed: sizes in base currency, price in quote; no price means a market order."""

    symbol: str
    side: Side
    size: Decimal
    price: Decimal | None = None
    client_id: str = ""
    post_only: bool = False

    def under(self, client_id: str) -> "OrderRequest":
        """Give the same request under a client id."""
        return replace(self, client_id=client_id)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the exchange knows it.

    ``size``, ``filled`` in base currency; ``price`` in quote, None for market orders; ``average`` is the mean fill
    price, None before the first fill; ``time_ms`` and ``update_ms`` are the exchange's stamps of creation and of the
    last change, UTC; ``tag`` says which program placed it.
    """

    symbol: str
    side: Side
    order_id: str
    client_id: str
    state: str
    size: Decimal
    price: Decimal | None
    filled: Decimal
    average: Decimal | None
    time_ms: int
    update_ms: int = 0
    tag: str = ""

    @property
    def active(self) -> bool:
        """Whether it can still fill; in a state that is not known here it can."""
        return self.state not in DONE


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution: ``size`` in base, ``price`` in quote, ``fee`` positive when paid, in ``fee_currency``.

    ``candle_ms`` is the start of the candle of feed time in which a paper exchange filled it, None elsewhere; with its
    symbol, ``trade_id`` names it once and for all.
    """

    symbol: str
    side: Side
    order_id: str
    client_id: str
    bill_id: str
    price: Decimal
    size: Decimal
    fee: Decimal
    fee_currency: str
    maker: bool
    time_ms: int
    candle_ms: int | None = None
    trade_id: str = ""
