"""The guard of one strategy on a session: the checks, and what the account's journals say is at stake.

The journals of the other strategies beside its own are read before each check, and once more in the moment an order
is written down, which one strategy of the account does at a time: two that place at once do not both pass by a limit
that holds one of them. Strategies whose journals lie elsewhere are known by their open orders alone, as others' are.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial

from okxlab.clock import Clock
from okxlab.errors import OrderHeld
from okxlab.exchange import Outcome, Session
from okxlab.model import OrderRequest, reckoned
from okxlab.trading.blotter import NEVER_THERE, Blotter
from okxlab.trading.guards.arming import PersonsLeave
from okxlab.trading.guards.exposure import Exposure
from okxlab.trading.guards.guard import Guard, Market, NoLeaveNeeded, rate
from okxlab.trading.guards.kill import kill_switch
from okxlab.trading.guards.limits import among
from okxlab.trading.guards.limits_file import LIMITS_FILE, LimitsFile
from okxlab.trading.guards.neighbours import Neighbours
from okxlab.trading.guards.session_market import SessionMarket
from okxlab.trading.guards.stakes import Stakes

_TRIES = 100


class OrderGuard:
    """Says whether orders may leave, and learns what became of them.

    ``neighbours`` are the other strategies of the account, none by default. ``forget`` lets the market be read anew:
    the exchange refused what was right by all that is known of it.
    """

    def __init__(
        self, guard: Guard, market: Market, forget: Callable[[], None] = lambda: None, *,
        neighbours: Neighbours | None = None,
    ) -> None:  # fmt: skip
        self._guard = guard
        self._market = market
        self._forget = forget
        self._neighbours = neighbours
        self._stakes: dict[str, tuple[int, Stakes]] = {}
        self._unsure: set[str] = set()  # orders of which nothing was proved yet

    @reckoned
    def check(self, requests: Sequence[OrderRequest], blotter: Blotter) -> list[tuple[str, ...]]:
        """Give the findings for each order, in words, all of them passed.

        Raises
        ------
        OrderDenied
            When one must not leave; none of them may.
        """
        try:
            return self._findings(requests, blotter)
        except OrderHeld:  # what holds it back may be over, and nobody wrote that down
            if self._neighbours is None or not self._neighbours.follow_up():
                raise
        return self._findings(requests, blotter)

    @contextmanager
    def turn(self, requests: Sequence[OrderRequest], blotter: Blotter) -> Iterator[None]:
        """Let orders that were checked be written down within the block, as long as they still keep to the limits.

        Raises
        ------
        OrderDenied
            When other strategies have placed orders since, and one of these must not leave any more.
        JournalError
            When it cannot be told whose turn it is.
        """
        if self._neighbours is None:
            yield
            return
        for _ in range(_TRIES):
            with self._neighbours.turn():
                if not self._look():
                    yield
                    return
            self.check(requests, blotter)  # it may have to read the market, which nobody must wait for
        raise OrderHeld(
            f"Other strategies of the account wrote something down each of the {_TRIES} times this order was checked.",
            "Try again.",
        )

    def recheck(self) -> None:
        """Look once more, right before an order leaves.

        Raises
        ------
        OrderDenied
            When the kill switch was pressed, or a person's leave ran out.
        """
        self._guard.recheck()

    def saw(self, outcomes: Collection[Outcome]) -> str:
        """Learn what became of orders; give why the strategy must halt, empty while it need not."""
        if any(outcome.kind == "rejected" and outcome.code.startswith("51") for outcome in outcomes):
            self._forget()
        self._unsure.update(outcome.client_id for outcome in outcomes if outcome.kind == "unknown")
        return self._guard.saw(outcomes)

    def settled(self, blotter: Blotter) -> None:
        """Learn what the blotter tells by now of orders that were unknown: one that never was there counts no more."""
        states = {name: blotter.orders[name].state for name in tuple(self._unsure) if name in blotter.orders}
        self._guard.give_back(name for name, state in states.items() if state in NEVER_THERE)
        self._unsure.difference_update([name for name, state in states.items() if state != "unknown"])

    def grant(self, run: str, worth: Decimal, currency: str) -> str:
        """Let a person's leave cover a whole run; give by whose, empty if none is needed.

        Raises
        ------
        OrderDenied
            When there is no leave, or not for so much.
        """
        return self._guard.grant(run, worth, currency)

    def end_grant(self, *, unused: bool = False) -> None:
        """End that; ``unused`` gives back what it took of the leave."""
        self._guard.end_grant(unused=unused)

    def _findings(self, requests: Sequence[OrderRequest], blotter: Blotter) -> list[tuple[str, ...]]:
        # what is changed counts as it will be, not as it is
        without = {request.client_id for request in requests}

        def exposure(strategies: str) -> Exposure:
            if not strategies:  # the whole account comes first: all is counted as it stands then
                self._look()
            return self._exposure(blotter, without, strategies)

        return [tuple(map(str, found)) for found in self._guard.check(requests, exposure)]

    def _look(self) -> bool:
        return self._neighbours is not None and self._neighbours.look()

    def _exposure(self, blotter: Blotter, without: set[str], strategies: str) -> Exposure:
        market, beside, era = self._market, [], 0
        counted_in, stakes = self._stakes.get(strategies) or (-1, Stakes())
        if self._neighbours is not None:
            # those that are quiet are counted once, and from then on as they are
            era = self._neighbours.era
            known = self._neighbours.lively if counted_in == era else self._neighbours.all
            beside = [one.blotter for one in known if among(one.name, strategies)]
        price, worth = (lambda symbol: market.price(symbol)[0]), partial(rate, market)
        found = stakes.exposure(
            [blotter, *beside], market.now_ms(), price, worth, without=without, others=not strategies
        )
        self._stakes[strategies] = era, stakes
        return found


def open_guard(session: Session, strategy: str, clock: Clock, neighbours: Neighbours) -> OrderGuard:
    """Give the guard of a strategy: the workspace's limits, the kill switch, and on live a person's leave."""
    name = session.profile.name
    limits = LimitsFile(session.workspace.root / LIMITS_FILE, name, strategy)
    leave = PersonsLeave(session, strategy, clock) if name == "live" else NoLeaveNeeded()
    market = SessionMarket(session, limits, clock)
    guard = Guard(limits, market, kill_switch(session).flags(), leave, clock)
    return OrderGuard(guard, market, market.forget, neighbours=neighbours)
