"""The journal against the exchange: everything that differs is read, written down, and merged.

Open orders are read before finished ones, and executions last, so that what happens between the reads is seen twice and
never missed; seeing it twice changes nothing. Orders of others are counted and left alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from okxlab.model import Fill, Order, plain
from okxlab.trading.blotter import Entry
from okxlab.trading.enquiry import fills_since, find_order, finished_since, pending
from okxlab.trading.evidence import MARGIN_MS, news_of, settle, take_fills
from okxlab.trading.journal import Journal
from okxlab.trading.records import Difference, Fact, Foreign, Halt, Record, Seen
from okxlab.trading.venue import Venue

_KEPT_MS = 3 * 86_400_000  # how long the exchange lists executions
_STEP_MS = 60_000  # how often it is written down up to when executions were read
_READ = "executions read until"
_FORGOTTEN_MS = 2 * 3_600_000  # and orders that were cancelled before anything filled


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a reconciliation found.

    ``orders`` and ``fills`` are how many were news, ``foreign`` how many open orders are of others, ``differences``
    what the journal did not expect, and ``unknown`` are the client ids of orders of which still nothing is proved.
    """

    orders: int
    fills: int
    foreign: int
    differences: tuple[str, ...]
    unknown: tuple[str, ...]


def reconcile(venue: Venue, journal: Journal, *, tag: str = "") -> Reconciled:
    """Bring a journal up to what the exchange shows.

    Parameters
    ----------
    tag
        What the strategy's orders carry: an open one that is not in the journal halts the strategy.

    Raises
    ------
    ExchangeError
        When a read failed; what was read until then is written down, and the next time begins anew.
    """
    blotter, before = journal.blotter, len(journal.blotter.differences)
    open_now = pending(venue)
    orders = _learn(journal, open_now)
    _count_foreign(journal, open_now, tag)
    shown = {order.order_id for order in open_now}
    for symbol, entries in _by_symbol(e for e in blotter.unsettled() if e.order_id not in shown):
        orders += _learn(journal, finished_since(venue, symbol, _begin(entries)))
    fills = 0
    if blotter.orders:
        now, unread = venue.now_ms(), _unread(journal)
        fills = sum(_take(venue, journal, symbol, unread) for symbol in _symbols(journal))
        if now - MARGIN_MS - unread > _STEP_MS:
            journal.note([Fact(_READ, str(now - MARGIN_MS))])
    settle(venue, journal)
    for entry in [entry for entry in blotter.active() if entry.order_id and entry.order_id not in shown]:
        _miss(venue, journal, entry)
    told = tuple(difference.what for difference in blotter.differences[before:])
    return Reconciled(orders, fills, len(blotter.foreign), told, tuple(e.intent.client_id for e in blotter.unknown()))


def learn(journal: Journal, orders: Iterable[Order], fills: Iterable[Fill] = ()) -> int:
    """Write down what the exchange told of orders of ours and of their executions, and give how much was news."""
    blotter = journal.blotter
    ours = [f for f in fills if blotter.named(f.order_id) is not None or f.client_id in blotter.orders]
    return len(take_fills(journal, ours)) + _learn(journal, orders)


def _learn(journal: Journal, orders: Iterable[Order]) -> int:
    news = 0
    for order in orders:
        entry = journal.blotter.named(order.order_id) or journal.blotter.orders.get(order.client_id)
        records = news_of(journal.blotter, entry, order) if entry is not None else []
        if entry is None or not records:
            continue
        if order.state == "canceled" and entry.active and not journal.blotter.changing(entry.intent.client_id):
            records.append(_difference(entry, "was cancelled, and not from here"))
        journal.note(records)
        news += 1
    return news


def _count_foreign(journal: Journal, open_now: Iterable[Order], tag: str) -> None:
    blotter, records = journal.blotter, list[Record]()
    others = {
        order.order_id: order
        for order in open_now
        if blotter.named(order.order_id) is None and order.client_id not in blotter.orders
    }
    for order in others.values():
        if order.order_id not in blotter.foreign:
            if tag and order.tag == tag:
                what = (
                    f"Order {order.order_id} ({order.client_id}) carries this strategy's tag and is not in its journal."
                )
                records += [Halt(what), Difference(what, order.symbol, order.order_id, order.client_id)]
            records.append(_foreign(order))  # last: what is known to be foreign is not looked at again
    gone = [order for order_id, order in blotter.foreign.items() if order_id not in others]
    records += [Foreign(o.order_id, o.client_id, o.symbol, o.side, "gone", o.size, o.price) for o in gone]
    if records:
        journal.note(records)


def _take(venue: Venue, journal: Journal, symbol: str, begin_ms: int) -> int:
    return learn(journal, (), fills_since(venue, symbol, begin_ms=max(begin_ms, venue.now_ms() - _KEPT_MS)))


def _unread(journal: Journal) -> int:
    """Give since when executions may not have been read.

    The newest execution known does not tell: it may have been read alone, and older ones are shown late.
    """
    read = journal.blotter.facts.get(_READ)
    return int(read) if read else _begin(journal.blotter.orders.values())


def _miss(venue: Venue, journal: Journal, entry: Entry) -> None:
    """End an order that was taken and that the exchange shows no more: it forgets what never filled."""
    age = venue.now_ms() - max(entry.intent.sent_ms, entry.update_ms)
    if age > _FORGOTTEN_MS and entry.told == entry.filled:
        # lists go back a week and three days; an order that filled before that is still told by its id
        found = find_order(venue, entry.intent.symbol, order_id=entry.order_id)
        if found is not None:
            _learn(journal, [found])
            return
        ended = Seen(
            client_id=entry.intent.client_id,
            order_id=entry.order_id,
            symbol=entry.intent.symbol,
            side=entry.side,
            state="canceled",
            size=plain(entry.size),
            price="" if entry.price is None else plain(entry.price),
            filled=plain(entry.told),
            update_ms=venue.now_ms(),
        )
        journal.note([ended, _difference(entry, "is not shown any more: it was cancelled while nobody looked")])


def _difference(entry: Entry, what: str) -> Difference:
    intent = entry.intent
    return Difference(
        f"Order {entry.order_id} ({intent.client_id}) {what}.", intent.symbol, entry.order_id, intent.client_id
    )


def _foreign(order: Order) -> Foreign:
    price = "" if order.price is None else plain(order.price)
    return Foreign(order.order_id, order.client_id, order.symbol, order.side, order.state, plain(order.size), price)


def _by_symbol(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    named: dict[str, list[Entry]] = {}
    for entry in entries:
        named.setdefault(entry.intent.symbol, []).append(entry)
    return list(named.items())


def _symbols(journal: Journal) -> list[str]:
    known = [entry.intent.symbol for entry in journal.blotter.orders.values()]
    return list(dict.fromkeys(known))


def _begin(entries: Iterable[Entry]) -> int:
    return min(entry.intent.sent_ms for entry in entries) - MARGIN_MS
