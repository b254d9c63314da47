"""The guard: asks every question about every order, and lets none leave that has an open one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from okxlab.clock import Clock
from okxlab.errors import ConfigError, OrderDenied, OrderHeld, SymbolError
from okxlab.exchange import Outcome
from okxlab.model import OrderRequest, Rules
from okxlab.trading.guards.breaker import Breaker
from okxlab.trading.guards.case import Case, Verdict, failed, passed
from okxlab.trading.guards.checks import ALL, EACH
from okxlab.trading.guards.exposure import ZERO, Exposure
from okxlab.trading.guards.limits import USDT_ALIKE, Limits
from okxlab.trading.guards.shape import SHAPE


class Market(Protocol):
    """Whoever knows the market; each answer with its age in seconds."""

    def rules(self, symbol: str) -> tuple[Rules, float]:
        """Give the rules of an instrument."""

    def price(self, symbol: str) -> tuple[Decimal, float]:
        """Give the last price of an instrument, in quote currency."""

    def taker(self, symbol: str) -> Decimal:
        """Give the account's taker fee in an instrument, as a fraction."""

    def now_ms(self) -> int:
        """Give the exchange's clock."""


class Flags(Protocol):
    """Whoever knows whether the kill switch was pressed."""

    def why(self) -> str:
        """Say why nothing may leave, in a sentence; empty while it was not pressed."""


class Leave(Protocol):
    """A person's leave to place orders."""

    def why_not(self) -> str:
        """Say in a sentence why there is none; empty while there is."""

    def take(self, worth: dict[str, Decimal]) -> str:
        """Count orders (client id: worth in USDT) against the cap; the sentence says why it does not hold them."""

    def give_back(self, name: str) -> None:
        """Count an order no longer: it never came to the exchange."""

    def grant(self, run: str, worth: Decimal) -> str:
        """Cover every order of a run from now on, worth so much in USDT; give by whose leave, empty if none is needed.

        Raises
        ------
        OrderDenied
            When there is no leave, or not for so much.
        """

    def end_grant(self, *, unused: bool = False) -> None:
        """End that; ``unused`` gives back what it took."""


class NoLeaveNeeded:
    """Paper and demo: nobody's money is at stake."""

    def why_not(self) -> str:
        """Say nothing."""
        return ""

    def take(self, worth: dict[str, Decimal]) -> str:
        """Hold everything."""
        return ""

    def give_back(self, name: str) -> None:
        """Forget nothing."""

    def grant(self, run: str, worth: Decimal) -> str:
        """Cover everything."""
        return ""

    def end_grant(self, *, unused: bool = False) -> None:
        """Go on covering everything."""


class NoFlags:
    """A place without a kill switch, such as a simulation that does not press it."""

    def why(self) -> str:
        """Say nothing."""
        return ""


class Guard:
    """Stands before every order of one strategy.

    Parameters
    ----------
    limits
        Gives the limits that hold now, such as a `LimitsFile`.
    market, flags, leave
        Where it looks; in a simulation they need no files and no network.
    """

    def __init__(self, limits: Callable[[], Limits], market: Market, flags: Flags, leave: Leave, clock: Clock) -> None:
        self._limits = limits
        self._market = market
        self._flags = flags
        self._leave = leave
        self._clock = clock
        self._breaker = Breaker()

    def check(self, requests: Sequence[OrderRequest], exposure: Callable[[str], Exposure]) -> list[list[Verdict]]:
        """Give the findings for each order, all of them passed; each counts for those after it.

        Parameters
        ----------
        exposure
            Gives what the whole account has at stake, asked for first by an empty name, and then what the strategies
            whose names begin so have.

        Raises
        ------
        OrderDenied
            When one did not pass: none of them may leave. It names the value, the limit, where that stands, and what
            to do.
        """
        standing = _all_passed(self._standing())
        limits, findings, cases = self._limits_now(), [], list[Case]()
        account = limits.account or limits
        whole = exposure("")
        held = [(account, whole)] if account is limits else [(account, whole), (limits, exposure(limits.strategies))]
        for request in requests:
            if cases:  # each counts for those after it
                held = [(whose, _with(there, cases[-1], whose)) for whose, there in held]
            case = self._case(request)
            found = standing + _all_passed([ask(case) for ask in SHAPE])
            found += _all_passed([ask(case, whole, limits) for ask in EACH], OrderHeld)
            for whose, there in held:
                found += _all_passed([ask(case, there, whose) for ask in ALL], OrderHeld)
            cases.append(case)
            findings.append(found)
        reason = self._leave.take({case.request.client_id: case.worth for case in cases})
        if reason:
            raise OrderDenied(reason, "Place less, or arm again: ox.arm(session, cap=..., minutes=...).")
        return findings

    def recheck(self) -> None:
        """Look once more whether the kill switch was pressed or the leave ran out, right before an order leaves.

        Raises
        ------
        OrderDenied
            When either happened.
        """
        _all_passed(self._standing())

    def give_back(self, names: Iterable[str]) -> None:
        """Learn that orders of these client ids never came to the exchange."""
        for name in names:
            self._leave.give_back(name)

    def saw(self, outcomes: Iterable[Outcome]) -> str:
        """Learn what became of orders; give why the strategy must halt, empty while it need not."""
        reasons = []
        for outcome in outcomes:
            if outcome.kind in {"rejected", "not_sent"}:
                self._leave.give_back(outcome.client_id)
                reasons.append(self._breaker.saw(outcome.code, self._clock.monotonic()))
        return next(filter(None, reasons), "")

    def grant(self, run: str, amount: Decimal, currency: str) -> str:
        """Let a person's leave cover a whole run, worth so much; give by whose, empty if none is needed.

        Raises
        ------
        OrderDenied
            When there is no leave, or not for so much.
        """
        return self._leave.grant(run, amount * rate(self._market, currency))

    def end_grant(self, *, unused: bool = False) -> None:
        """End that; ``unused`` gives back what it took of the leave."""
        self._leave.end_grant(unused=unused)

    def _standing(self) -> list[Verdict]:
        killed, unarmed = self._flags.why(), self._leave.why_not()
        return [
            failed("kill", killed, "A person lifts it: ox.lift_kill(session).")
            if killed
            else passed("kill", "not set"),
            failed("armed", unarmed, "A person arms it: ox.arm(session, cap=..., minutes=...).")
            if unarmed
            else passed("armed", "yes"),
        ]

    def _limits_now(self) -> Limits:
        try:
            return self._limits()
        except ConfigError as error:
            raise OrderHeld(error.what, error.fix) from None

    def _case(self, request: OrderRequest) -> Case:
        rules, rules_age = self._market.rules(request.symbol)
        price, price_age = self._market.price(request.symbol)
        worth, taker = rate(self._market, rules.instrument.quote), self._market.taker(request.symbol)
        return Case(request, rules, rules_age, price, price_age, worth, taker, self._market.now_ms())


def rate(market: Market, currency: str) -> Decimal:
    """Give what one unit of a currency is worth in USDT.

    Raises
    ------
    OrderDenied
        When it is traded against USDT nowhere.
    """
    if currency in USDT_ALIKE:
        return Decimal(1)
    try:
        return market.price(f"{currency}-USDT")[0]
    except SymbolError:
        raise OrderDenied(
            f"Limits are in USDT, and nothing tells what {currency} is worth.", "Trade what is quoted otherwise."
        ) from None


def _with(exposure: Exposure, case: Case, limits: Limits) -> Exposure:
    """Give what is at stake once an order rests; one at market does not rest, it trades."""
    symbol, side = case.request.symbol, case.request.side
    if case.request.price is not None:
        return exposure.beside(symbol, side, case.size, case.worth)
    held = exposure.position.get(symbol, ZERO) + (case.size if side == "buy" else -case.size)
    return replace(
        exposure,
        position={**exposure.position, symbol: held},
        traded=exposure.traded + case.worth,
        fees=exposure.fees + case.worth * (case.taker + limits.market_fee),
        sent=exposure.sent + 1,
    )


def _all_passed(found: list[Verdict], error: type[OrderDenied] = OrderDenied) -> list[Verdict]:
    for verdict in found:
        if not verdict.passed:
            raise error(verdict.detail, verdict.fix)
    return found
