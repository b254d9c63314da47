"""One row of a request before it is written down."""

from dataclasses import dataclass

from okxlab.model import OrderRequest
from okxlab.trading.records import Action, Intent


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be placed, amended or cancelled, in OKX's words.

    ``checks`` are the guard's findings, and ``request`` is the order as it will be; a cancellation has neither.
    """

    symbol: str
    client_id: str
    order_id: str
    row: dict[str, str]
    checks: tuple[str, ...] = ()
    request: OrderRequest | None = None

    def intent(self, name: str, action: Action, sent_ms: int, expires_ms: int) -> Intent:
        """Give the record that is written before it is sent, under a name; times are the exchange's clock."""
        return Intent(
            name=name,
            action=action,
            symbol=self.symbol,
            client_id=self.client_id,
            order_id=self.order_id,
            row=self.row,
            expires_ms=expires_ms,
            sent_ms=sent_ms,
            checks=self.checks,
        )
