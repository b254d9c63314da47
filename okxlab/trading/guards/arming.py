"""A person's leave to place orders on live: typed by hand, for so much money and so many minutes.

The leave is a token in this process's memory: it stands in no notebook, file or variable of the environment, no server
gives it out, and a child process does not inherit it.

What a person arms for is new risk. A grid bot that is started under a leave takes its whole investment from the cap at
once and holds a grant for its run: its rotations put back what was bought and sold within that, and go on leaving after
the leave's minutes, under every other guard, until the bot ends, a person disarms, or the process does.
"""

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from okxlab.clock import Clock, SystemClock, iso, utc
from okxlab.errors import CredentialsError, InputError, OrderDenied
from okxlab.exchange import Session
from okxlab.model import Number, exact, plain
from okxlab.trading.guards.flags import who
from okxlab.trading.guards.front import look_at_front
from okxlab.trading.guards.limits import among
from okxlab.trading.guards.person import ask_person

MOST_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Armed:
    """How a session is armed.

    Parameters
    ----------
    needed
        Whether orders need it: on live alone.
    active
        Whether orders may leave by it now.
    cap, left
        The most that orders may be worth that are placed by it, and what is left of that, in USDT; 0 while not armed.
    until
        When it ends (UTC); None while not armed.
    strategies
        Whose orders may leave; None is everybody's.
    why
        Why no order may leave; empty while orders may.
    unknown
        What could not be found out about the front end when it was armed.
    granted
        Runs of grid bots whose orders may leave, also while not armed.
    """

    needed: bool
    active: bool
    cap: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    until: datetime | None = None
    strategies: tuple[str, ...] | None = None
    why: str = ""
    unknown: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()


class _Binding(NamedTuple):
    """What a leave is for: nothing else may be done by it."""

    profile: str
    host: str
    account: str
    key: str


@dataclass(slots=True)
class _Token:
    cap: Decimal
    strategies: tuple[str, ...] | None
    unknown: tuple[str, ...]
    armed_ms: int
    until_ms: int
    until: float
    process: int = field(default_factory=os.getpid)
    worth: dict[str, Decimal] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def left(self) -> Decimal:
        """Give what of the cap is not placed yet."""
        return self.cap - sum(self.worth.values(), Decimal(0))

    def over(self, clock: Clock) -> bool:
        """Whether its time is over by either clock; one that was set back tells no time."""
        now = clock.now_ms()
        return clock.monotonic() >= self.until or now >= self.until_ms or now < self.armed_ms


_tokens: dict[_Binding, _Token] = {}
_grants: dict[tuple[_Binding, str], str] = {}  # by strategy: the run whose orders may leave
os.register_at_fork(after_in_child=_tokens.clear)
os.register_at_fork(after_in_child=_grants.clear)


def arm(
    session: Session, *, cap: Number, minutes: Number = 30, strategies: Sequence[str] | None = None,
    unbound_key: str = "refuse", clock: Clock | None = None,
) -> Armed:  # fmt: skip
    """Let orders leave for live; asks the person at this notebook or terminal to type the cap.

    On paper and demo nothing is needed, and nothing is asked. Arming again ends the leave before. Every order placed
    since counts against the cap, also those that filled, were cancelled or are unknown. A grid bot takes its investment
    from the cap when it starts; its orders leave by that until it ends, also after the minutes are over.

    Parameters
    ----------
    cap
        The most that all orders placed by this leave may be worth, in USDT.
    minutes
        How long it holds, at most 60.
    strategies
        Whose orders may leave: ``"hand"`` for those by hand, or the names of bots; default everybody's.

    Raises
    ------
    InputError
        For a cap or time that cannot be.
    CredentialsError
        When the key may not trade.
    OrderDenied
        When there is no person to ask, something else than the cap is typed, or strangers may reach this kernel.
    """
    money, time = exact(cap, "cap"), exact(minutes, "minutes")
    if money <= 0:
        raise InputError(f"cap is {plain(money)}, which is not above zero.", "Give it in USDT.")
    if not 0 < time <= MOST_MINUTES:
        raise InputError(f"minutes is {plain(time)}.", f"Give more than 0 and at most {MOST_MINUTES}.")
    if session.profile.name != "live":
        return armed(session)
    _check_key(session)
    front = look_at_front()
    if front.open:
        raise OrderDenied(front.open, "Stop it, and start it with a password or on 127.0.0.1 alone.")
    clock, names = clock or SystemClock(), None if strategies is None else tuple(strategies)
    _ask(session, money, time, names)
    now, length = clock.now_ms(), int(time * 60_000)
    token = _Token(money, names, front.unknown, now, now + length, clock.monotonic() + length / 1000)
    _tokens[_binding(session)] = token
    return armed(session, clock=clock)


def disarm(session: Session) -> Armed:
    """Let no order leave by a person's leave any more, a running bot's neither; what rests goes on resting."""
    binding = _binding(session)
    _tokens.pop(binding, None)
    for whose in [whose for whose in _grants if whose[0] == binding]:
        _grants.pop(whose, None)
    return armed(session)


def armed(session: Session, *, clock: Clock | None = None) -> Armed:
    """Tell how a session is armed."""
    if session.profile.name != "live":
        return Armed(needed=False, active=True)
    binding = _binding(session)
    granted = tuple(run for (bound, _), run in list(_grants.items()) if bound == binding)
    token, why = _valid(binding, clock or SystemClock())
    if token is None:
        return Armed(needed=True, active=False, why=why, granted=granted)
    left = token.left()
    return Armed(
        needed=True, active=True, cap=token.cap, left=left, until=utc(token.until_ms), strategies=token.strategies,
        unknown=token.unknown, granted=granted,
    )  # fmt: skip


class PersonsLeave:
    """The leave as the guard of one strategy sees it."""

    def __init__(self, session: Session, strategy: str, clock: Clock) -> None:
        self._binding = _binding(session)
        self._strategy = strategy
        self._clock = clock

    def why_not(self) -> str:
        """Say in a sentence why no order may leave; empty while it may."""
        return "" if self._run else self._mine()[1]

    def take(self, worth: dict[str, Decimal]) -> str:
        """Count orders (client id: worth in USDT) against the cap; the sentence says why it does not hold them.

        Those of a run that holds a grant were counted when it began.
        """
        if (run := self._run) and all(name.startswith(run) for name in worth):
            return ""
        token, why = self._mine()
        if token is None:
            return why
        with token.turn:
            grown = {name: max(amount, token.worth.get(name, amount)) for name, amount in worth.items()}
            placed = sum((token.worth | grown).values(), Decimal(0))
            if placed > token.cap:
                return (
                    f"With this, the orders placed since arming are worth {plain(placed)} USDT, "
                    f"which is more than the cap of {plain(token.cap)} USDT."
                )
            token.worth |= grown
        return ""

    def give_back(self, name: str) -> None:
        """Count an order no longer: it never came to the exchange."""
        token = self._mine()[0]
        if token is not None:
            with token.turn:
                token.worth.pop(name, None)

    def grant(self, run: str, worth: Decimal) -> str:
        """Cover every order of a run from now on, worth so much in USDT; give for what and by whom, as JSON.

        Raises
        ------
        OrderDenied
            When there is no leave, or not for so much.
        """
        if reason := self.take({run: worth}):
            raise OrderDenied(
                f"The run puts {plain(worth)} USDT to work. {reason}",
                "A person arms it before it starts: ox.arm(session, cap=..., minutes=...).",
            )
        _grants[self._binding, self._strategy] = run
        return json.dumps({"run": run, "usdt": plain(worth), "who": who(), "when": iso(self._clock.now_ms())})

    def end_grant(self, *, unused: bool = False) -> None:
        """Let no order leave by the grant any more; ``unused`` gives back what it took of the cap."""
        run = _grants.pop((self._binding, self._strategy), "")
        if run and unused:
            self.give_back(run)

    @property
    def _run(self) -> str:
        return _grants.get((self._binding, self._strategy), "")

    def _mine(self) -> tuple[_Token | None, str]:
        token, why = _valid(self._binding, self._clock)
        if token is None or token.strategies is None or _among(self._strategy, token.strategies):
            return token, why
        return None, f"Live is armed for {', '.join(token.strategies) or 'nobody'}, not for {self._strategy}."


def _valid(binding: _Binding, clock: Clock) -> tuple[_Token | None, str]:
    token = _tokens.get(binding)
    if token is None or token.process != os.getpid():
        return None, f"Live orders of account {binding.account} are not armed in this process."
    if token.over(clock):
        return None, f"The leave for live orders of account {binding.account} ended at {utc(token.until_ms):%H:%M} UTC."
    return token, ""


def _binding(session: Session) -> _Binding:
    return _Binding(session.profile.name, session.profile.rest, session.account.uid, session.transport.key_id)


def _among(strategy: str, names: Sequence[str]) -> bool:
    """Whether a strategy is named: orders by hand are called ``hand-…``, another kernel's otherwise."""
    return any(name and among(strategy, name) for name in names)


def _check_key(session: Session) -> None:
    permissions = session.account.permissions
    if "trade" not in permissions:
        may = ", ".join(sorted(permissions)) or "nothing"
        raise CredentialsError(f"The live key may do this: {may}.", "Make one with Read and Trade.")


def _ask(session: Session, cap: Decimal, minutes: Decimal, strategies: tuple[str, ...] | None) -> None:
    whose = "Every strategy" if strategies is None else ", ".join(strategies) or "Nobody"
    wanted = plain(cap)
    typed = ask_person(
        f"{whose} may place live orders worth {wanted} USDT on account {session.account.uid} at {session.profile.rest} "
        f"for {plain(minutes)} minutes.\nType {wanted} to allow it: "
    )
    if typed.strip() != wanted:
        raise OrderDenied(f"Live was not armed: {typed!r} was typed, not {wanted}.", "Call ox.arm again.")
