"""The dead-man switch: the exchange cancels a strategy's orders unless it keeps hearing from it.

Each beat asks OKX to cancel everything that carries the strategy's tag in so many seconds. While beats are answered the
strategy is protected. Without an answer for half of that time it is not, and new risk is refused; after all of it the
exchange has fired: orders are read again before anything new is placed. What was bought is not sold by it.
"""

import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import orjson

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, InputError
from okxlab.exchange import Wire
from okxlab.trading.records import Fact
from okxlab.trading.venue import Venue

if TYPE_CHECKING:
    from okxlab.trading.execution import Executor

SHORTEST, LONGEST = 10, 120  # seconds, as OKX has it
WOUND = "dead-man switch wound up, seconds"
_BEATS = 6  # in the time the exchange waits
_ROUTE = "trade/cancel-all-after"

State = Literal["off", "protected", "unprotected", "fired"]


class DeadMan:
    """The switch of one strategy.

    Parameters
    ----------
    tag
        What the strategy's orders carry; orders of others are not touched.
    seconds
        How long the exchange waits for the next beat, 10 to 120.
    fired
        Called once after the switch has fired, before it is wound up again: reads what it did.

    Raises
    ------
    InputError
        For a time that OKX does not take.
    """

    def __init__(self, venue: Venue, clock: Clock, *, tag: str, seconds: int, fired: Callable[[], object]) -> None:
        if not SHORTEST <= seconds <= LONGEST:
            raise InputError(f"dead_man={seconds} seconds is not what OKX takes.", f"Use {SHORTEST} to {LONGEST}.")
        self.seconds = seconds
        self.error = ""
        self._venue = venue
        self._clock = clock
        self._tag = tag
        self._fired = fired
        self._wound: float | None = None  # monotonic, when the last answered beat left
        self._turn = threading.Lock()

    @property
    def state(self) -> State:
        """``off`` before the first beat and after `stop`, ``protected``, ``unprotected``, or ``fired``."""
        if self._wound is None:
            return "off"
        silent = self._clock.monotonic() - self._wound
        if silent >= self.seconds:
            return "fired"
        return "protected" if silent < self.seconds / 2 else "unprotected"

    def beat(self) -> State:
        """Wind the switch up once and give its state; when it has fired, what it did is read first.

        Raises
        ------
        ExchangeError
            When what it did could not be read; it stays fired.
        """
        with self._turn:
            if self.state == "fired":
                self._fired()
                self._wound = None
            left = self._clock.monotonic()
            self.error = self._ask(self.seconds)
            if not self.error:
                self._wound = left
            return self.state

    def stop(self) -> None:
        """Have the exchange wait no more; orders that rest then stay, whatever becomes of this machine."""
        with self._turn:
            self.error = self._ask(0)
            self._wound = None

    def why_not(self) -> str:
        """Say why no new order may leave, in a sentence; empty while the strategy is protected."""
        if self.state == "protected":
            return ""
        return f"The dead-man switch is {self.state}{f' ({self.error})' if self.error else ''}."

    def _ask(self, seconds: int) -> str:
        """Ask the exchange to cancel in so many seconds (0: never), and give why it does not."""
        try:
            permit = self._venue.prepare(_ROUTE, [{"timeOut": str(seconds), "tag": self._tag}])
            wire = self._venue.send(permit, 0)
        except ExchangeError as error:
            return str(error)
        return _refusal(wire)


class Pulse:
    """Beats for a strategy while it is busy, no oftener than is needed.

    Parameters
    ----------
    executor
        Whose orders the exchange cancels when the beats end.
    seconds
        How long the exchange waits for the next beat; 0 has no switch.
    """

    def __init__(self, executor: "Executor", seconds: int, clock: Clock) -> None:
        self._switch = executor.wind_up(seconds) if seconds else None
        wound = int(executor.blotter.facts.get(WOUND, "0"))
        if wound and self._switch is None:  # by an earlier life of this strategy: nobody beats for it any more
            left = executor.wind_up(wound)
            left.stop()
            executor.journal.note([Fact(WOUND, "0")] if not left.error else [])
            executor.dead_man = None
        self._clock = clock
        self._due = 0.0

    @property
    def state(self) -> State:
        """How the switch stands; ``off`` without one."""
        return self._switch.state if self._switch is not None else "off"

    @property
    def error(self) -> str:
        """Why the last beat was not answered; empty when it was, and without a switch."""
        return self._switch.error if self._switch is not None else ""

    @property
    def every(self) -> float:
        """How many seconds may pass from beat to beat; endless without a switch."""
        return self._switch.seconds / _BEATS if self._switch is not None else math.inf

    def beat(self) -> None:
        """Beat, when that is due.

        Raises
        ------
        ExchangeError
            When the switch fired and what it did could not be read.
        """
        now = self._clock.monotonic()
        if self._switch is not None and now >= self._due:
            self._switch.beat()
            self._due = now + self.every

    def stop(self) -> None:
        """Have the exchange wait no more."""
        if self._switch is not None:
            self._switch.stop()


def _refusal(wire: Wire) -> str:
    if wire.status is None:
        return wire.failure or "no answer"
    try:
        answer = orjson.loads(wire.text)
        return "" if str(answer["code"]) == "0" else f"{answer['code']}: {answer.get('msg', '')}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {wire.status}"
