"""The guard of one strategy on a session: the checks, and what the strategy's own blotter says is at stake."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from okxlab.clock import Clock
from okxlab.exchange import Outcome, Session
from okxlab.model import OrderRequest, reckoned
from okxlab.trading.blotter import Blotter
from okxlab.trading.guards.arming import PersonsLeave
from okxlab.trading.guards.exposure import Exposure
from okxlab.trading.guards.guard import Guard, Market, NoLeaveNeeded, rate
from okxlab.trading.guards.kill import kill_switch
from okxlab.trading.guards.limits_file import LIMITS_FILE, LimitsFile
from okxlab.trading.guards.session_market import SessionMarket
from okxlab.trading.guards.stakes import Stakes


class OrderGuard:
    """Says whether orders may leave, and learns what became of them.

    ``forget`` lets the market be read anew: the exchange refused what was right by all that is known of it.
    """

    def __init__(self, guard: Guard, market: Market, forget: Callable[[], None] = lambda: None) -> None:
        self._guard = guard
        self._market = market
        self._forget = forget
        self._stakes = Stakes()

    @reckoned
    def check(self, requests: Sequence[OrderRequest], blotter: Blotter) -> list[tuple[str, ...]]:
        """Give the findings for each order, in words, all of them passed.

        Raises
        ------
        OrderDenied
            When one must not leave; none of them may.
        """
        self._guard.recheck()
        # what is changed counts as it will be, not as it is
        exposure = self._exposure(blotter, {request.client_id for request in requests})
        return [tuple(map(str, found)) for found in self._guard.check(requests, exposure)]

    def recheck(self) -> None:
        """Look once more, right before an order leaves.

        Raises
        ------
        OrderDenied
            When the kill switch was pressed, or a person's leave ran out.
        """
        self._guard.recheck()

    def saw(self, outcomes: Sequence[Outcome]) -> str:
        """Learn what became of orders; give why the strategy must halt, empty while it need not."""
        if any(outcome.kind == "rejected" and outcome.code.startswith("51") for outcome in outcomes):
            self._forget()
        return self._guard.saw(outcomes)

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

    def _exposure(self, blotter: Blotter, without: set[str]) -> Exposure:
        market = self._market
        return self._stakes.exposure(
            blotter, market.now_ms(), lambda symbol: market.price(symbol)[0], partial(rate, market), without=without
        )


def open_guard(session: Session, strategy: str, clock: Clock) -> OrderGuard:
    """Give the guard of a strategy: the workspace's limits, the kill switch, and on live a person's leave."""
    name = session.profile.name
    limits = LimitsFile(session.workspace.root / LIMITS_FILE, name, strategy)
    leave = PersonsLeave(session, strategy, clock) if name == "live" else NoLeaveNeeded()
    market = SessionMarket(session, limits, clock)
    return OrderGuard(Guard(limits, market, kill_switch(session).flags(), leave, clock), market, market.forget)
