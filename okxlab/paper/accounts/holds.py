"""What orders set aside."""

from decimal import Decimal

from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.changes import Changes
from okxlab.paper.orders.order import Order


def hold(ledger: Ledger, changes: Changes, order: Order, need: tuple[str, Decimal]) -> None:
    """Let an order set an amount of a currency aside, instead of what it set aside before."""
    (currency, amount), uid = need, order.account.uid
    if order.held:
        ledger.hold(uid, order.hold_currency, order.held.copy_negate())
    if amount:
        ledger.hold(uid, currency, amount)
    order.held, order.hold_currency = amount, currency
    changes.balances[uid, currency] = order.account
