"""How an unknown outcome ends: by what the exchange shows, and by nothing else.

An order that is shown exists. One that is not shown proves nothing while its request may still arrive: only after its
expiry, and a margin for clocks and for what the exchange shows late, and only when neither the order, nor the open
orders, nor the finished ones, nor the executions know it, it has had no effect. A read that failed counts as no read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal

from okxlab.errors import ExchangeError
from okxlab.exchange import ORDER_LIFE_MS
from okxlab.model import Fill, Order, plain
from okxlab.trading.blotter import NEVER_THERE, Blotter, Entry
from okxlab.trading.enquiry import fills_of, fills_since, find_order, finished_since, pending
from okxlab.trading.journal import Journal
from okxlab.trading.records import Difference, Ended, Filled, Halt, Intent, Record, Seen
from okxlab.trading.venue import Venue

_FEW = 3
MARGIN_MS = 5_000  # clocks apart, and how late the exchange may show what it has taken


def settle(venue: Venue, journal: Journal) -> None:
    """Read once for every order whose state is unknown, and for every open change; write down what is proved."""
    for symbol, entries in _many(journal.blotter.unknown()):
        _attempt(read_lists, venue, journal, symbol, min(entry.intent.sent_ms for entry in entries))
    for entry in journal.blotter.unknown():
        _attempt(settle_order, venue, journal, entry)
    for change in list(journal.blotter.changes.values()):
        _attempt(settle_change, venue, journal, change)
    for entry in journal.blotter.unsettled():
        if entry.told > entry.filled:
            _attempt(read_fills, venue, journal, entry)


def seen(order: Order) -> Seen:
    """Give the record of an order that the exchange shows."""
    return Seen(
        client_id=order.client_id,
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        state=order.state,
        size=plain(order.size),
        price="" if order.price is None else plain(order.price),
        filled=plain(order.filled),
        update_ms=order.update_ms,
    )


def filled(fill: Fill) -> Filled:
    """Give the record of an execution that the exchange tells."""
    return Filled(
        symbol=fill.symbol,
        trade_id=fill.trade_id,
        bill_id=fill.bill_id,
        order_id=fill.order_id,
        client_id=fill.client_id,
        side=fill.side,
        price=plain(fill.price),
        size=plain(fill.size),
        fee=plain(fill.fee),
        fee_currency=fill.fee_currency,
        maker=fill.maker,
        time_ms=fill.time_ms,
    )


def execution(record: Filled) -> Fill:
    """Give an execution as it was told, from its record."""
    return Fill(
        symbol=record.symbol,
        side="buy" if record.side == "buy" else "sell",
        order_id=record.order_id,
        client_id=record.client_id,
        bill_id=record.bill_id,
        price=Decimal(record.price),
        size=Decimal(record.size),
        fee=Decimal(record.fee),
        fee_currency=record.fee_currency,
        maker=record.maker,
        time_ms=record.time_ms,
        trade_id=record.trade_id,
    )


def read_lists(venue: Venue, journal: Journal, symbol: str, since_ms: int) -> None:
    """Read the open orders, and those that ended since, and write down how ours stand.

    Raises
    ------
    ExchangeError
        When a read failed.
    """
    # the finished ones last: an order that ends between the two reads is seen twice, never missed
    for order in [*pending(venue, symbol), *finished_since(venue, symbol, since_ms - MARGIN_MS)]:
        entry = journal.blotter.orders.get(order.client_id)
        if entry is not None and (news := news_of(journal.blotter, entry, order)):
            journal.note(news)


def news_of(blotter: Blotter, entry: Entry, order: Order) -> list[Record]:
    """Give what an order shown under the client id of one of ours tells of it that was not known."""
    if not _meant(entry.intent, order):
        return []
    if doubled := _doubled(blotter, entry, order.client_id, order.order_id):
        return doubled
    if entry.state in NEVER_THERE or entry.order_id not in {"", order.order_id}:
        return []
    known = (entry.order_id, entry.state, entry.told, entry.size, entry.price)
    new = known != (order.order_id, order.state, order.filled, order.size, order.price)
    return [seen(order)] if new and order.update_ms >= entry.update_ms else []


def settle_order(venue: Venue, journal: Journal, entry: Entry) -> None:
    """Read what proves that an unknown order exists, or that it had no effect.

    Raises
    ------
    ExchangeError
        When a read failed: nothing is proved.
    """
    intent = entry.intent
    over = _over(venue, intent)  # asked before the reads: what they show is later than that
    order = named = find_order(venue, intent.symbol, client_id=intent.client_id)
    if order is None or not _meant(intent, order):
        if not over:
            return
        order = _listed(venue, journal, intent)
    if order is not None:
        journal.note([seen(order)])
        return
    another = named.order_id if named is not None else ""
    parts = [
        fill for fill in _executions(venue, intent) if fill.client_id == intent.client_id and fill.order_id != another
    ]
    if parts:
        journal.note([filled(fill) for fill in parts])
        return
    journal.note([Ended(intent.name, "no_effect", "order, open orders, history and executions")], durable=True)


def settle_change(venue: Venue, journal: Journal, change: Intent) -> None:
    """Read what proves that an amendment or a cancellation took effect, or did not.

    Raises
    ------
    ExchangeError
        When a read failed: nothing is proved.
    """
    over = _over(venue, change)
    order = find_order(venue, change.symbol, order_id=change.order_id, client_id=change.client_id)
    placed = journal.blotter.orders.get(change.client_id)
    if (
        order is None and over and placed is not None
    ):  # the order of an instrument that is no longer traded is listed alone
        order = _shown(venue, placed.intent).get(placed.order_id)
    news = news_of(journal.blotter, placed, order) if order is not None and placed is not None else []
    if order is not None and (not order.active if change.action == "cancel" else _as_amended(change, order)):
        news.append(Ended(change.name, "took_effect", f"the order is {order.state}"))
    elif over or (order is not None and not order.active):
        news.append(Ended(change.name, "no_effect", "the order" if order else "the exchange does not know the order"))
    journal.note(news)


def read_fills(venue: Venue, journal: Journal, entry: Entry) -> None:
    """Read the executions of one order and count each once.

    Raises
    ------
    ExchangeError
        When the read failed.
    """
    take_fills(journal, fills_of(venue, entry.intent.symbol, entry.order_id))


def take_fills(journal: Journal, fills: Iterable[Fill]) -> list[Fill]:
    """Count executions that were not counted before, and give those."""
    told = {(fill.symbol, fill.trade_id): fill for fill in fills}
    fresh = [fill for key, fill in told.items() if not journal.blotter.knows(*key)]
    for fill in fresh:
        entry = journal.blotter.orders.get(fill.client_id)
        doubled = _doubled(journal.blotter, entry, fill.client_id, fill.order_id) if entry else []
        journal.note([*doubled, filled(fill)])  # once it is counted nobody looks at it again
    return fresh


def _doubled(blotter: Blotter, entry: Entry, client_id: str, order_id: str) -> list[Record]:
    """Halt the strategy when one of its client ids names another order than the one it knows, or one it takes for dead.

    The network may deliver a request twice: that can make two orders, or make one after its answer was a refusal.
    """
    dead = entry.state in NEVER_THERE
    if (not dead and entry.order_id in {"", order_id}) or any(one.order_id == order_id for one in blotter.differences):
        return []
    known = f"which was {entry.state}" if dead else f"beside {entry.order_id}"
    what = f"Client id {client_id} names order {order_id}, {known}."
    # the halt first: of records written at once a power cut may leave the first alone
    return [Halt(what), Difference(what, entry.intent.symbol, order_id, client_id)]


def _over(venue: Venue, intent: Intent) -> bool:
    """Whether a request can no longer arrive, nor its effect still be on the way to being shown."""
    return venue.now_ms() > (intent.expires_ms or intent.sent_ms + ORDER_LIFE_MS) + MARGIN_MS


def _meant(intent: Intent, order: Order) -> bool:
    """Whether an order shown under an intent's client id is the one it made: the id may have had another before.

    The tag is the strategy's own: another one may have used the same id just now.
    """
    price = intent.row.get("px")
    same = (order.side, order.symbol, order.tag) == (intent.row["side"], intent.symbol, intent.row.get("tag", ""))
    return same and order.time_ms >= intent.sent_ms - MARGIN_MS and (not price or order.price is not None)


def _listed(venue: Venue, journal: Journal, intent: Intent) -> Order | None:
    """Find an order among the open and the finished ones; two of one intent halt the strategy."""
    shown = _shown(venue, intent)
    if len(shown) > 1:
        what = f"Client id {intent.client_id} names {len(shown)} orders: {', '.join(shown)}."
        journal.note([Halt(what), Difference(what, intent.symbol, client_id=intent.client_id)], durable=True)
    return next(iter(shown.values()), None)


def _shown(venue: Venue, intent: Intent) -> dict[str, Order]:
    """Give the open and the finished orders that can be what became of an intent, by order id."""
    begin = intent.sent_ms - MARGIN_MS
    return {
        order.order_id: order
        for order in [*pending(venue, intent.symbol), *finished_since(venue, intent.symbol, begin)]
        if order.client_id == intent.client_id and _meant(intent, order)
    }


def _executions(venue: Venue, intent: Intent) -> list[Fill]:
    return fills_since(venue, intent.symbol, begin_ms=intent.sent_ms - MARGIN_MS)


def _as_amended(change: Intent, order: Order) -> bool:
    size, price = change.row.get("newSz"), change.row.get("newPx")
    return (not size or order.size == Decimal(size)) and (not price or order.price == Decimal(price))


def _many(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Give the instruments of which so many orders are unknown that lists are read before each of them is."""
    named = defaultdict(list)
    for entry in entries:
        named[entry.intent.symbol].append(entry)
    return [(symbol, those) for symbol, those in named.items() if len(those) > _FEW]


def _attempt(read: Callable[..., None], *question: object) -> None:
    """Ask one question; an exchange that does not answer leaves it open."""
    with suppress(ExchangeError):
        read(*question)
