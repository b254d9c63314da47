"""OKX's request limits, shared by all processes of a user.

A ledger holds, per limit, the next free moment and the last requests on the machine's monotonic clock. A request
reserves its moment and waits for it. Two rules give the moment:

- Requests are spread evenly, a hundredth slower than allowed: OKX punishes bursts inside its windows.
- With n allowed in a window, a request leaves no sooner than a window after the latest moment at which the n-th before
  it may have arrived: when that was answered, less the shortest trip there and back. So no window, wherever it begins,
  holds too many as the exchange counts them, however late one of them came.

Placing, amending and cancelling are counted apart, so nothing that places or reads makes a cancellation wait.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from okxlab.clock import Clock
from okxlab.exchange.ledger import Ledger, Page
from okxlab.exchange.limits import Share, demand
from okxlab.exchange.pace import Pace

_REFUSAL = re.compile(rb'"s?[cC]ode"\s*:\s*"(50011|50040|50061)"')
_OF_SUB_ACCOUNT = b"50061"
_LONGEST_REFUSAL = 8_000  # twenty rows, each refused


@dataclass(slots=True)
class Turn:
    """A request's moment: ``waited`` seconds for it, ``sent`` on the monotonic clock.

    ``shares`` is what it takes of limits, and ``firsts`` the number of its first request in each.
    """

    waited: float = 0.0
    sent: float = 0.0
    shares: Sequence[Share] = ()
    firsts: Sequence[int] = ()


class Throttle:
    """Makes callers wait so that a limit is never passed.

    Parameters
    ----------
    ledger
        Shared by all who are counted together; None lets every request through at once.
    clock
        Whose monotonic time counts, and who sleeps.
    host, key
        Who is counted: limits by address are shared by all keys that use the host, limits by user are the key's own.
    """

    def __init__(self, ledger: Ledger | None, clock: Clock, *, host: str = "", key: str = "") -> None:
        self._ledger = ledger
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
        shares = demand(method, target, body, self._counted).shares
        with self._ledger.page([share.name for share in shares]) as page:
            moment, firsts = _reserve(page, shares)
            waited = moment - page.now
        late = moment - self._clock.monotonic()
        if late > 0:
            self._clock.sleep(late)
        return Turn(waited, self._clock.monotonic(), shares, firsts)

    def answered(self, turn: Turn, status: int, content: bytes) -> None:
        """Tell the answer to a request; when that was one too many, everybody rests for a window, then goes slower."""
        if self._ledger is None or not turn.shares:
            return
        now = self._clock.monotonic()
        trip = now - turn.sent
        # it may rise slowly: the way to the exchange can become longer
        self._trip = trip = trip if self._trip is None else min(trip, self._trip * 1.001)
        too_many = _too_many(status, content)
        with self._ledger.page([share.name for share in turn.shares]) as page:
            for share, first in zip(turn.shares, turn.firsts, strict=True):
                pace = _pace(page, share)
                if share.count:
                    pace.arrived(first, share.count, max(turn.sent, now - trip))
                if too_many is not None and _concerns(too_many, share):
                    pace.refused(turn.sent, share.seconds, page.now)
                elif not share.count:
                    continue
                page.put(share.name, pace)

    def close(self) -> None:
        """Let the ledger go."""
        if self._ledger is not None:
            self._ledger.close()


def _reserve(page: Page, shares: Sequence[Share]) -> tuple[float, list[int]]:
    paces = [_pace(page, share) for share in shares]
    moment = page.now
    for share, pace in zip(shares, paces, strict=True):
        moment = max(moment, pace.earliest(share.count, share.seconds) if share.count else pace.since + share.seconds)
    firsts = []
    for share, pace in zip(shares, paces, strict=True):
        if share.count:
            firsts.append(pace.take(share.count, share.seconds, moment, page.now))
            page.put(share.name, pace)
        else:
            firsts.append(pace.next)
    return moment, firsts


def _pace(page: Page, share: Share) -> Pace:
    pace = page.find(share.name, Pace)
    return pace if pace is not None and len(pace.arrivals) == share.allowed else Pace.fresh(share.allowed)


def _too_many(status: int, content: bytes) -> bytes | None:
    """Give the code of an answer that says so; a status without one says it too."""
    if status != 429 and len(content) > _LONGEST_REFUSAL:
        return None
    found = _REFUSAL.search(content)
    if found is not None:
        return found[1]
    return b"" if status == 429 else None


def _concerns(code: bytes, share: Share) -> bool:
    return (code == _OF_SUB_ACCOUNT) == share.name.endswith("|sub-account|")
