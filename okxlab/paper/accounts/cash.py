"""Spot, paid in full: what is bought is received, what is sold is given; the fee is taken from what is received."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import TAKER, rate
from okxlab.paper.accounts.ledger import FEES, MARKET, Ledger
from okxlab.paper.accounts.settlement import Entry, Settled
from okxlab.paper.accounts.standing import Standings
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, plus, times
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Order

FEE_IN_QUOTE = "1"  # OKX's feeType


class Cash:
    """Settles spot orders.

    Parameters
    ----------
    ledger
        Where it moves.
    standings
        What is left beside positions.
    """

    def __init__(self, ledger: Ledger, standings: Standings) -> None:
        self._ledger = ledger
        self._standings = standings

    def check(self, account: Account, ask: Ask, size: Decimal, price: Decimal) -> None:
        """Refuse the wrong mode with 51010 and what cannot be paid with 51008."""
        if ask.mode != ("cross" if account.level == "3" else "cash"):
            raise Refusal("51010")
        if ask.pos_side != "net":
            raise Refusal("51000", "posSide")
        if _spent(account, ask, size, price) > self._standings.cash_left(account, ask.spent):
            raise Refusal("51008", ask.spent, sub_code="1000")

    def lever(self, _account: Account, _ask: Ask) -> str:
        """Give none."""
        return ""

    def need(self, order: Order) -> tuple[str, Decimal]:
        """Give what the rest costs at the order's own price."""
        return order.ask.spent, _spent(order.account, order.ask, order.rest, order.price)

    def settle(self, order: Order, size: Decimal, price: Decimal, *, maker: bool) -> Settled:
        """Exchange base and quote currency with the market, and take the fee."""
        ask, share = order.ask, rate("SPOT", maker=maker)
        quote = times(size, price)
        paid, got = (quote, size) if ask.buys else (size, quote)
        currency = ask.instrument.quote if order.account.fee_type == FEE_IN_QUOTE else ask.received
        fee = times(got if currency == ask.received else quote, share)
        uid, move = order.account.uid, self._ledger.move
        move(ask.spent, paid, uid, MARKET)
        move(ask.received, got, MARKET, uid)
        move(currency, fee, uid, FEES)
        if currency == ask.received:
            got = minus(got, fee)
        else:
            paid = plus(paid, fee)
        entries = Entry(ask.received, got), Entry(ask.spent, paid.copy_negate())
        return Settled(fee, currency, share, entries=entries)

    def follow(self, order: Order) -> None:
        """Nothing else depends on it."""


def unit_cost(account: Account, price: Decimal) -> Decimal:
    """Give what buying one unit costs, with the fee where that is paid in quote currency."""
    return plus(price, times(price, TAKER)) if account.fee_type == FEE_IN_QUOTE else price


def _spent(account: Account, ask: Ask, size: Decimal, price: Decimal) -> Decimal:
    """Give what an order costs of the currency it spends."""
    return times(size, unit_cost(account, price)) if ask.buys else size
