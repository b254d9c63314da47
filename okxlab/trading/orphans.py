"""Orders whose kernel has ended: nobody follows them, so whoever trades next reads what became of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, InputError, JournalError
from okxlab.model import Order
from okxlab.trading.blotter import Blotter
from okxlab.trading.enquiry import pending
from okxlab.trading.evidence import news_of
from okxlab.trading.guards import Neighbour
from okxlab.trading.journal import Journal, Log
from okxlab.trading.reconcile import reconcile
from okxlab.trading.venue import Venue

HAND = "hand"
_IDLE_MS = 600_000  # a bot that ended just now may be about to begin again


def follow_up(neighbours: Sequence[Neighbour], opened: Callable[[str], Log], venue: Venue, clock: Clock) -> None:
    """Bring each journal whose kernel has ended up to what the exchange shows, where it tells something else.

    One whose kernel lives is left to it, and so is a bot's that was written to in the last ten minutes. Where reading
    fails, orders go on counting as they stand.
    """
    late_ms = clock.now_ms() - _IDLE_MS
    orphans = [one for one in neighbours if _open(one.blotter) and (_by_hand(one) or one.written_ms < late_ms)]
    if not orphans:
        return
    with suppress(ExchangeError):
        shown = {order.order_id: order for order in pending(venue)}
        for one in orphans:
            if not _as_shown(one.blotter, shown):
                with suppress(JournalError, InputError):  # its kernel lives, or the file has no strategy's name
                    _reconcile(opened(one.name), venue, clock)


def _open(blotter: Blotter) -> bool:
    return bool(blotter.unsettled() or blotter.changes)


def _by_hand(one: Neighbour) -> bool:
    return one.name.startswith(f"{HAND}-")


def _as_shown(blotter: Blotter, shown: Mapping[str, Order]) -> bool:
    """Tell whether all that may be open rests just as the exchange shows it."""
    return not blotter.changes and all(
        entry.order_id in shown and entry.told == entry.filled and not news_of(blotter, entry, shown[entry.order_id])
        for entry in blotter.unsettled()
    )


def _reconcile(log: Log, venue: Venue, clock: Clock) -> None:
    journal = Journal(log, clock)
    try:
        reconcile(venue, journal)
    finally:
        journal.close()
