"""OKX's request limits, kept together by every process of this user.

A ledger holds, per limit, the next free moment and the last requests on the machine's monotonic clock. A request
reserves its moment and waits for it. Two rules give the moment:

- Requests are spread evenly, a hundredth slower than allowed: OKX punishes bursts inside its windows.
- With n allowed in a window, a request leaves no sooner than a window after the latest moment at which the n-th before
  it may have arrived: when that was answered, less the shortest trip there and back. So no window, wherever it begins,
  holds too many as the exchange counts them, however late one of them came.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from okxlab.clock import Clock
from okxlab.exchange.ledger import Ledger, Page, Place
from okxlab.exchange.limits import Share, shares

_SPREAD = 1.01
_EDGE = 0.002  # the exchange's clock counts milliseconds
_UNANSWERED = 1.0  # a request without an answer is taken to have arrived within this time
_STRETCH, _MOST_STRETCH = 0.25, 3.0  # how much slower requests go after one was too many
_REFUSAL = re.compile(rb'"code"\s*:\s*"(50011|50061)"')
_LONGEST_REFUSAL = 1000


@dataclass(slots=True)
class Turn:
    """A request's moment: ``waited`` seconds for it, ``sent`` on the monotonic clock, and what it takes of limits."""

    waited: float = 0.0
    sent: float = 0.0
    shares: Sequence[Share] = ()
    places: Sequence[Place] = ()


class Throttle:
    """Makes callers wait so that a limit is never passed.

    Parameters
    ----------
    file
        The ledger shared by all processes; None lets every request through at once.
    clock
        Whose monotonic time counts, and who sleeps.
    host, key
        Who is counted: limits by address are shared by all keys that use the host, limits by user are the key's own.
    """

    def __init__(self, file: Path | None, clock: Clock, *, host: str = "", key: str = "") -> None:
        self._ledger = None if file is None else Ledger(file, clock)
        self._clock = clock
        self._counted = {"ip": host, "user": f"{host} {key}"}
        self._trip: float | None = None

    def wait(self, method: str, target: str, body: bytes | str | None = None) -> Turn:
        """Reserve the next free moment for this request and wait for it.

        An interrupted wait leaves its moment unused; nobody else waits longer for that.

        Raises
        ------
        Blocked
            When the ledger cannot be read or written: without it limits are not kept.
        """
        if self._ledger is None:
            return Turn()
        wanted = list(shares(method, target, body, self._counted))
        with self._ledger.page() as page:
            moment, places = self._reserve(page, wanted)
        self._clock.sleep(max(0.0, moment - self._clock.monotonic()))
        return Turn(moment - page.now, self._clock.monotonic(), wanted, places)

    def answered(self, turn: Turn, status: int, content: bytes) -> None:
        """Tell the answer to a request; when that was one too many, everybody rests for a window, then goes slower."""
        if self._ledger is None or not turn.places:
            return
        trip = self._clock.monotonic() - turn.sent
        # it may rise slowly: the way to the exchange can become longer
        self._trip = trip if self._trip is None else min(trip, self._trip * 1.001)
        with self._ledger.page() as page:
            page.answered(turn.places)
            for share in turn.shares if _too_many(status, content) else ():
                _back_off(page, share, turn)

    def close(self) -> None:
        """Let the ledger go."""
        if self._ledger is not None:
            self._ledger.close()

    def _reserve(self, page: Page, wanted: Sequence[Share]) -> tuple[float, list[Place]]:
        paces = [page.pace(share.name) for share in wanted]
        places = [_places(share, pace.next) for share, pace in zip(wanted, paces, strict=True)]
        free = [pace.free for pace in paces]
        for share, taken in zip(wanted, places, strict=True):
            arrivals = [page.arrival(place, self._trip or 0.0) for place in taken]
            free += [arrival + share.limit.seconds + _EDGE for arrival in arrivals if arrival is not None]
        moment = max([page.now, *free])
        for share, pace, taken in zip(wanted, paces, places, strict=True):
            step = share.limit.seconds / share.limit.count * _SPREAD * (1 + pace.stretched(page.now))
            pace.free, pace.next = moment + share.count * step, pace.next + share.count
            page.put(share.name, pace)
            page.sent(taken, moment, moment + _UNANSWERED)
        return moment, [place for taken in places for place in taken]


def _places(share: Share, number: int) -> list[Place]:
    """Give the places of the requests from a number on: a limit keeps as many as it allows in a window."""
    return [(share.name, (number + later) % share.limit.count) for later in range(share.count)]


def _too_many(status: int, content: bytes) -> bool:
    return status == 429 or (len(content) < _LONGEST_REFUSAL and _REFUSAL.search(content) is not None)


def _back_off(page: Page, share: Share, turn: Turn) -> None:
    """Rest and go slower; once for all the requests that were already under way."""
    pace = page.pace(share.name)
    if pace.since >= turn.sent:
        return
    pace.stretch = min(pace.stretched(page.now) + _STRETCH, _MOST_STRETCH)
    pace.since = page.now
    pace.free = max(pace.free, page.now + share.limit.seconds)
    page.put(share.name, pace)
