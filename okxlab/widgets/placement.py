"""What keeps a form from placing twice: one placement at a time, and a nonce that works once."""

import secrets
import threading
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from okxlab.grid import GridSpec, Plan
from okxlab.trading import GridBot

Outdated = Literal["", "preview_old", "preview_moved"]
State = Literal["idle", "armed", "placing", "running", "stopping"]

PREVIEW_LIFE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Intent:
    """What a preview showed, and so what Confirm places.

    The grid, whether losing steps were accepted in words, and what the market made of it: ``launch_units`` to be bought
    at once at ``price`` (quote currency), as read at ``shown_ms`` (UTC).
    """

    spec: GridSpec
    losing_steps: Literal["refuse", "accept"]
    launch_units: int
    price: Decimal
    shown_ms: int

    def outdated(self, fresh: Plan, now_ms: int) -> Outdated:
        """Tell why this may not be placed now: it was shown too long ago, or would buy something else; "" if it may."""
        if not 0 <= now_ms - self.shown_ms <= PREVIEW_LIFE_MS:  # a clock that was set back proves nothing
            return "preview_old"
        return "" if fresh.ladder.launch_units == self.launch_units else "preview_moved"


class Placement:
    """The way of a form from idle over armed and placing to running, and back by stopping.

    Each step is taken under one lock and from its own state only, so however often and from however many threads the
    handlers are called, one arming leads to one placement.

    Examples
    --------
    >>> steps = Placement()
    >>> spec = GridSpec("BTC-USDT", low=1, high=2, grids=2, investment=1_000)
    >>> intent = Intent(spec, "refuse", launch_units=1, price=Decimal("1.5"), shown_ms=0)
    >>> nonce = steps.arm(intent)
    >>> steps.take(nonce) is intent, steps.take(nonce), steps.state
    (True, None, 'placing')
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State = "idle"
        self._nonce = ""
        self._intent: Intent | None = None
        self._bot: GridBot | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    @property
    def bot(self) -> GridBot | None:
        """The bot placed last, None before the first."""
        return self._bot

    @property
    def free(self) -> bool:
        """Whether a grid may be armed."""
        return self._state in {"idle", "armed"}

    def arm(self, intent: Intent) -> str:
        """Give a fresh nonce for one placement, "" while a grid is being placed, runs or is being stopped.

        The nonce of an earlier arming no longer works.
        """
        with self._lock:
            if not self.free:
                return ""
            self._state, self._intent, self._nonce = "armed", intent, secrets.token_hex(16)
            return self._nonce

    def disarm(self) -> bool:
        """Take an arming back; tell whether there was one."""
        with self._lock:
            armed = self._state == "armed"
            if armed:
                self._state, self._intent, self._nonce = "idle", None, ""
            return armed

    def take(self, nonce: str) -> Intent | None:
        """Give what was armed to the first who shows its nonce; None to everybody after."""
        with self._lock:
            if self._state != "armed" or not nonce or nonce != self._nonce:
                return None
            self._state, self._nonce = "placing", ""
            intent, self._intent = self._intent, None
            return intent

    def placed(self, bot: GridBot) -> None:
        """Say that the placement went through."""
        self._move("placing", "running", bot)

    def failed(self) -> None:
        """Say that the placement did not go through: the form is free again."""
        self._move("placing", "idle")

    def settle(self) -> None:
        """Free the form when its bot ended without being stopped here: it failed, or a cell left or stopped it."""
        if self._bot is not None and self._bot.state != "running":
            self._move("running", "idle")

    @property
    def abandoned(self) -> bool:
        """Whether the bot placed last ended with its ladder perhaps still resting, and nothing was placed since."""
        return self.free and self._bot is not None and self._bot.state in {"failed", "left"}

    def retake(self) -> GridBot | None:
        """Give the abandoned bot to the first who wants to take its ladder up again; None to everybody after."""
        with self._lock:
            if not self.abandoned:
                return None
            self._state, self._intent, self._nonce = "placing", None, ""
            return self._bot

    def begin_stop(self) -> GridBot | None:
        """Give the running bot to the first who wants to stop it; None to everybody after."""
        with self._lock:
            if self._state != "running":
                return None
            self._state = "stopping"
            return self._bot

    def stopped(self) -> None:
        """Say that the bot has stopped: the form is free again."""
        self._move("stopping", "idle")

    def stop_failed(self) -> None:
        """Say that stopping did not go through: the bot can be stopped again."""
        self._move("stopping", "running")

    def _move(self, origin: State, target: State, bot: GridBot | None = None) -> None:
        with self._lock:
            if self._state == origin:
                self._state = target
                self._bot = bot or self._bot
