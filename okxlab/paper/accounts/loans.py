"""Which spot orders are on margin: bought with borrowed quote currency, sold with borrowed base currency.

What is lent is not moved: a position is booked by its profit, like a contract on one unit of the base currency, and its
rows show the loan. Loans cost no interest here.
"""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import plus
from okxlab.paper.orders.ask import Ask
from okxlab.paper.products.borrowing import margin_pair


def on_margin(account: Account, ask: Ask) -> Ask:
    """Give an order as the account's mode takes it: in futures mode, and isolated in multi-currency mode, on margin."""
    mode, instrument = ask.mode, ask.instrument
    if mode == "cash" or instrument.kind != "SPOT" or not instrument.lever:
        return ask
    if account.level == "2" or (account.level == "3" and mode == "isolated"):
        return ask._replace(instrument=margin_pair(instrument))
    return ask


def lent(account: Account) -> dict[str, Decimal]:
    """Give what positions on margin owe, by currency."""
    owed: dict[str, Decimal] = {}
    for position in account.positions.values():
        if position.instrument.kind == "MARGIN":
            base, quote = position.instrument.base, position.instrument.quote
            currency, amount = (quote, position.cost) if position.long else (base, position.size.copy_abs())
            owed[currency] = plus(owed.get(currency, Decimal(0)), amount)
    return owed
