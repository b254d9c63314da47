"""Whether what is on disk and what stands in memory tell one story."""

from collections.abc import Iterator
from decimal import Decimal

from okxlab.paper.archive.archive import Archive
from okxlab.paper.exact import plus, times
from okxlab.paper.venue import Venue

ZERO = Decimal(0)
_STATES = {"live": (False, False), "partially_filled": (True, False), "filled": (True, True)}  # some, all


def contradictions(venue: Venue, archive: Archive) -> list[str]:
    """Give a sentence for each thing that cannot be: nothing, for a database that was never torn.

    The venue must be between two turns.
    """
    found = [*_totals(venue), *_holds(venue), *_orders(venue, archive), *_balances(venue, archive)]
    return [*found, *_bills(venue, archive)]


def _totals(venue: Venue) -> Iterator[str]:
    currencies = dict.fromkeys(name for owner in venue.ledger.owners() for name in venue.ledger.currencies(owner))
    for currency in currencies:
        total = venue.ledger.total(currency)
        if total:
            yield f"The total of {currency} is {total}, not 0."


def _holds(venue: Venue) -> Iterator[str]:
    wanted: dict[tuple[str, str], Decimal] = {}
    for order in venue.open.values():
        key = order.account.uid, order.hold_currency
        wanted[key] = plus(wanted.get(key, ZERO), order.held)
    for account in venue.accounts.values():
        for position in account.positions.values():
            key = account.uid, position.currency
            wanted[key] = plus(wanted.get(key, ZERO), position.margin)
    held = {
        (uid, currency): venue.ledger.held(uid, currency)
        for uid in venue.accounts for currency in venue.ledger.currencies(uid)
    }  # fmt: skip
    for uid, currency in wanted | held:
        holds, needs = venue.ledger.held(uid, currency), wanted.get((uid, currency), ZERO)
        if holds != needs:
            yield f"{uid} holds {holds} {currency}; its orders and positions need {needs}."


def _orders(venue: Venue, archive: Archive) -> Iterator[str]:
    made: dict[int, tuple[Decimal, Decimal]] = {}
    for fill in archive.rows("SELECT record FROM fills"):
        price, size = Decimal(fill[10]), Decimal(fill[11])
        filled, cost = made.get(fill[2], (ZERO, ZERO))
        made[fill[2]] = plus(filled, size), plus(cost, times(price, size))
    query = "SELECT id, state, record FROM orders"
    for number, state, _ in archive.base.execute(query):
        if (state in {"live", "partially_filled"}) != (number in venue.open):
            yield f"Order {number} is {state} on disk and {'open' if number in venue.open else 'done'} in memory."
    for record in archive.rows("SELECT record FROM orders"):
        number, size, state, filled, cost = record[0], Decimal(record[14]), record[18], *map(Decimal, record[19:21])
        if made.get(number, (ZERO, ZERO)) != (filled, cost):
            yield f"Order {number} says it traded {filled} for {cost}, its fills {made.get(number)}."
        if state in _STATES and (bool(filled), filled == size) != _STATES[state]:
            yield f"Order {number} is {state} with {filled} of {size} traded."


def _balances(venue: Venue, archive: Archive) -> Iterator[str]:
    for owner, currency, amount in archive.base.execute("SELECT owner, ccy, amount FROM balances"):
        if venue.ledger.balance(owner, currency) != Decimal(amount):
            yield f"{owner} has {venue.ledger.balance(owner, currency)} {currency}, on disk {amount}."


def _bills(venue: Venue, archive: Archive) -> Iterator[str]:
    newest = "SELECT record FROM bills WHERE id IN (SELECT max(id) FROM bills GROUP BY uid, ccy)"
    for bill in archive.rows(newest):
        uid, currency, balance = bill[1], bill[2], Decimal(bill[4])
        if venue.ledger.balance(uid, currency) != balance:
            yield f"{uid} has {venue.ledger.balance(uid, currency)} {currency}, its newest bill says {balance}."
