"""OKX's request limits, shared by all processes of a user.

A ledger holds, per limit, the next free moment and the last requests on the machine's monotonic clock. A request
reserves its moment and waits for it. Two rules give the moment:

- Requests are spread evenly, a hundredth slower than allowed: OKX punishes bursts inside its windows.
- With n allowed in a window, a request leaves no sooner than a window after the latest moment at which the n-th before
  it may have arrived: when that was answered, less the shortest trip there and back. So no window, wherever it begins,
  holds too many as the exchange counts them, however late one of them came.

Placing, amending and cancelling are counted apart, so nothing that places or reads makes a cancellation wait.

Two things stop more than one limit (`trouble`): a host whose edge shut this address out is left alone for a minute or
more, and a user to whom only failures are answered calls seldom, until one call succeeds.

Where the ledger is lost, on a full disk, nothing new is placed; what reads and cancels is counted by the process alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from okxlab.clock import Clock, iso, utc
from okxlab.errors import Blocked
from okxlab.exchange.budget import Budget, budget_of
from okxlab.exchange.ledger import Ledger, LedgerLost, MemoryLedger, Page, R
from okxlab.exchange.limits import Demand, Kind, Share, demand
from okxlab.exchange.pace import Pace
from okxlab.exchange.trouble import Ban, Failing
from okxlab.exchange.verdict import SILENT, Verdict, verdict_of

# how long whoever asks an exchange that fails waits for the next try
_PATIENCE: dict[Kind, float] = {"order": 0.0, "read": 10.0, "cancel": math.inf}


@dataclass(slots=True)
class Turn:
    """A request's moment: ``waited`` seconds for it, ``sent`` on the monotonic clock and reserved as ``moment``.

    ``shares`` is what it takes of limits, ``firsts`` the number of its first request in each, ``signed`` whether it is
    counted by user.
    """

    waited: float = 0.0
    sent: float = 0.0
    shares: Sequence[Share] = ()
    firsts: Sequence[int] = ()
    signed: bool = False
    moment: float = 0.0


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
        self._own = MemoryLedger(clock)
        self._clock = clock
        self._host = host
        self._counted = {"ip": host, "user": f"{host} {key}"}
        self._ban, self._failing = f"{host}|ban|", f"{host} {key}|failing|"
        self._trip: float | None = None

    def wait(self, method: str, target: str, body: bytes | str | None = None) -> Turn:
        """Reserve the next free moment for this request and wait for it.

        An interrupted wait leaves its moment unused; nobody else waits longer for that.

        Raises
        ------
        Blocked
            When the host shut this address out, when the exchange fails and others wait already, or when something is
            to be placed or changed and the ledger cannot be read or written: without it limits are not kept.
        """
        if self._ledger is None:
            return Turn()
        asked = demand(method, target, body, self._counted)
        try:
            waited, moment, firsts = self._reserved(self._ledger, asked)
        except LedgerLost:
            if asked.kind == "order":
                raise
            waited, moment, firsts = self._reserved(self._own, asked)
        late = moment - self._clock.monotonic()
        if late > 0:
            self._clock.sleep(late)
            self._look_again()
        return Turn(waited, self._clock.monotonic(), asked.shares, firsts, asked.signed, moment)

    def answered(self, turn: Turn, status: int, content: bytes) -> None:
        """Tell the answer to a request; when that was one too many, everybody rests for a window, then goes slower."""
        now = self._clock.monotonic()
        trip = now - turn.sent
        # it may rise slowly: the way to the exchange can become longer
        self._trip = trip if self._trip is None else min(trip, self._trip * 1.001)
        self._settle(turn, verdict_of(status, content), max(turn.sent, now - self._trip))

    def unanswered(self, turn: Turn) -> None:
        """Tell that a request left and nobody answered."""
        if turn.signed:
            self._settle(turn, SILENT, None)

    def budgets(self) -> list[Budget]:
        """Give where every limit stands that was used within the hour, by this key or address, in any process."""
        if self._ledger is None:
            return []
        now = self._clock.monotonic()
        ban, failing = self._ledger.look(self._ban, Ban), self._ledger.look(self._failing, Failing) or Failing()
        until = None if ban is None or ban.over else utc(self._clock.now_ms() + int((ban.until - now) * 1000))
        names = sorted({name for who in self._counted.values() for name in self._ledger.names(f"{who}|")})
        return [found for name in names if (found := budget_of(self._ledger, name, now, failing, until)) is not None]

    def close(self) -> None:
        """Let the ledger go."""
        if self._ledger is not None:
            self._ledger.close()

    def _reserved(self, ledger: Ledger, asked: Demand) -> tuple[float, float, list[int]]:
        """Give how long the request waits, its moment, and its numbers in the limits."""
        with ledger.page(self._names(asked.shares)) as page:
            moment, firsts = _reserve(page, asked.shares, self._admit(page, asked))
            return moment - page.now, moment, firsts

    def _names(self, shares: Sequence[Share]) -> list[str]:
        return [self._ban, self._failing, *[share.name for share in shares]]

    def _look(self, ledger: Ledger, name: str, kind: type[R]) -> R | None:
        try:
            return ledger.look(name, kind)
        except LedgerLost:
            return self._own.look(name, kind)

    def _admit(self, page: Page, asked: Demand) -> float:
        """Give the first moment at which nothing stops the request but its limits."""
        failing = page.find(self._failing, Failing) if asked.signed else None
        moment = page.now if failing is None else failing.earliest(asked.kind, page.now)
        if failing is not None and failing.try_at(asked.kind, page.now) > page.now + _PATIENCE[asked.kind]:
            raise self._hopeless(failing, moment, page.now)
        ban = page.find(self._ban, Ban)
        if ban is not None and not ban.over:
            until = ban.blocks(asked.kind, page.now)
            if until is not None:
                raise self._shut_out(until, page.now)
            page.put(self._ban, ban)
        if failing is not None and failing.count:
            failing.take(asked.kind, moment)
            page.put(self._failing, failing)
        return moment

    def _look_again(self) -> None:
        """Stop what waited when the host shut this address out meanwhile."""
        ban = None if self._ledger is None else self._look(self._ledger, self._ban, Ban)
        now = self._clock.monotonic()
        if ban is not None and not ban.over and ban.until > now:
            raise self._shut_out(ban.until, now)

    def _settle(self, turn: Turn, verdict: Verdict, arrived: float | None) -> None:
        if self._ledger is None or not turn.shares:
            return
        try:
            self._write(self._ledger, turn, verdict, arrived)
        except LedgerLost:
            self._write(self._own, turn, verdict, arrived)

    def _write(self, ledger: Ledger, turn: Turn, verdict: Verdict, arrived: float | None) -> None:
        with ledger.page(self._names(turn.shares)) as page:
            self._learn(page, turn, verdict)
            for share, first in zip(turn.shares, turn.firsts, strict=True):
                pace = _pace(page, share)
                if arrived is not None:
                    pace.arrived(first, share.takes, arrived)
                if verdict.too_often and verdict.sub_account == share.of_sub_account:
                    pace.refused(turn.sent, share.seconds, page.now)
                page.put(share.name, pace)

    def _learn(self, page: Page, turn: Turn, verdict: Verdict) -> None:
        ban = page.find(self._ban, Ban)
        if verdict.shut_out:
            ban = ban or Ban()
            ban.begin(turn.sent, page.now)
            page.put(self._ban, ban)
        elif ban is not None and not ban.over and verdict is not SILENT:
            ban.end(turn.sent)
            page.put(self._ban, ban)
        failing = page.find(self._failing, Failing)
        if turn.signed and (verdict.failed or (failing is not None and failing.count)):
            failing = failing or Failing()
            failing.told(page.now, verdict)
            page.put(self._failing, failing)

    def _hopeless(self, failing: Failing, moment: float, now: float) -> Blocked:
        return Blocked(
            f"{self._host} has failed the last {failing.count} requests of this key: this one may try at "
            f"{self._stamp(moment, now)}.",
            "See what the failures say, and try again then; cancellations still go out.",
        )

    def _shut_out(self, until: float, now: float) -> Blocked:
        if until <= now:
            what = f"{self._host} shut this address out, and no reading has tried yet whether that is over."
            return Blocked(what, "Call ox.server_time(session), then place or amend.")
        return Blocked(
            f"{self._host} has shut this address out for asking too often: nothing leaves for it before "
            f"{self._stamp(until, now)}.",
            "Wait until then; after that one request tries whether it is over.",
        )

    def _stamp(self, moment: float, now: float) -> str:
        return iso(self._clock.now_ms() + int((moment - now) * 1000))


def _reserve(page: Page, shares: Sequence[Share], moment: float) -> tuple[float, list[int]]:
    paces = [_pace(page, share) for share in shares]
    for share, pace in zip(shares, paces, strict=True):
        moment = max(moment, pace.earliest(share.takes, share.seconds))
    firsts = []
    for share, pace in zip(shares, paces, strict=True):
        firsts.append(pace.next)
        pace.take(share.takes, share.seconds, moment, page.now)
        page.put(share.name, pace)
    return moment, firsts


def _pace(page: Page, share: Share) -> Pace:
    pace = page.find(share.name, Pace)
    return pace if pace is not None and len(pace.arrivals) == share.allowed else Pace.fresh(share.allowed)
