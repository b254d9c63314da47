"""Orders by hand whose kernel has ended: nobody follows them, so whoever trades next reads what became of them."""

from collections.abc import Callable
from contextlib import suppress

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, JournalError
from okxlab.trading.guards import Neighbour
from okxlab.trading.journal import Journal, Log
from okxlab.trading.reconcile import reconcile
from okxlab.trading.venue import Venue

HAND = "hand"


def follow_up(neighbour: Neighbour, opened: Callable[[str], Log], venue: Venue, clock: Clock) -> None:
    """Bring the journal of orders by hand up to what the exchange shows, if its kernel has ended.

    A bot's is left alone: it is brought up when the bot is started again.
    """
    blotter = neighbour.blotter
    if not neighbour.name.startswith(f"{HAND}-") or not (blotter.unsettled() or blotter.changes):
        return
    with suppress(JournalError, ExchangeError):  # its kernel lives, or its orders go on counting as they stand
        journal = Journal(opened(neighbour.name), clock)
        try:
            reconcile(venue, journal)
        finally:
            journal.close()
