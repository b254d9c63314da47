"""Orders in OKX's words: the rows that go over the wire."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import OrderDenied
from okxlab.model import OrderRequest, plain
from okxlab.trading.blotter import Entry


@dataclass(frozen=True, slots=True)
class OrderName:
    """What names an order at the exchange: its instrument and its order id, or its client id while it has none."""

    symbol: str
    order_id: str = ""
    client_id: str = ""

    @property
    def row(self) -> dict[str, str]:
        """Give it as OKX wants it."""
        name = {"ordId": self.order_id} if self.order_id else {"clOrdId": self.client_id}
        return {"instId": self.symbol} | name


def placing(request: OrderRequest, tag: str) -> dict[str, str]:
    """Give the row that places a spot order."""
    limited = "post_only" if request.post_only else "limit"
    row = {
        "instId": request.symbol,
        "tdMode": "cash",
        "side": request.side,
        "ordType": "market" if request.price is None else limited,
        "sz": plain(request.size),
        "clOrdId": request.client_id,
        "tag": tag,
    }
    if request.price is None:
        return row | {"tgtCcy": "base_ccy"}  # OKX would read a market buy's size as quote currency
    return row | {"px": plain(request.price)}


def amending(entry: Entry, request_id: str, size: Decimal | None, price: Decimal | None) -> dict[str, str]:
    """Give the row that changes an order; what is None stays.

    Raises
    ------
    OrderDenied
        When nothing would change.
    """
    changed = {"newSz": size, "newPx": price}
    news = {name: plain(value) for name, value in changed.items() if value is not None}
    if not news:
        raise OrderDenied("Neither its size nor its price would change.", "Give size= or price=.")
    return {"instId": entry.intent.symbol, "ordId": entry.order_id, "reqId": request_id} | news


def amended(entry: Entry, size: Decimal | None, price: Decimal | None) -> OrderRequest:
    """Give an order of ours as a request, as it would be after a change."""
    return OrderRequest(
        symbol=entry.intent.symbol,
        side="buy" if entry.side == "buy" else "sell",
        size=entry.size if size is None else size,
        price=entry.price if price is None else price,
        client_id=entry.intent.client_id,
        post_only=entry.intent.row["ordType"] == "post_only",
    )


def refuse_another(entry: Entry, row: dict[str, str]) -> None:
    """Refuse to use a client id for another order than it was first used for.

    Raises
    ------
    OrderDenied
        When the two differ.
    """
    if entry.intent.row != row:
        was, now = ({key: other.get(key) for key in ("side", "sz", "px")} for other in (entry.intent.row, row))
        raise OrderDenied(
            f"Client id {entry.intent.client_id} was used for another order ({was}, now {now}).", "Use a new one."
        )
