"""The dead-man switch: the exchange cancels a strategy's orders unless it keeps hearing from it.

Each beat asks OKX to cancel everything that carries the strategy's tag in so many seconds. While beats are answered the
strategy is protected. Without an answer for half of that time it is not, and new risk is refused; after all of it the
exchange has fired: orders are read again before anything new is placed. What was bought is not sold by it.
"""

import threading
from collections.abc import Callable
from typing import Literal

import orjson

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, InputError
from okxlab.exchange import Wire
from okxlab.trading.venue import Venue

SHORTEST, LONGEST = 10, 120  # seconds, as OKX has it
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
            if self._wound is not None:
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


def _refusal(wire: Wire) -> str:
    if wire.status is None:
        return wire.failure or "no answer"
    try:
        answer = orjson.loads(wire.text)
        return "" if str(answer["code"]) == "0" else f"{answer['code']}: {answer.get('msg', '')}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {wire.status}"
