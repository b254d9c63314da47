"""What a bot waits for, and how long: some errors end by themselves, the others need a person."""

from okxlab.errors import Blocked, ExchangeError, OrderHeld, OrderNotSent, OrderRejected, OrderUnknown, Redirected
from okxlab.exchange import UNTIMELY
from okxlab.trading.guards import BROKE

LONGEST = 30.0  # seconds between two tries
_SHORTEST = 0.5

_RETRIED = UNTIMELY | BROKE  # the breaker halts whoever is told again and again that there is not enough money


def passes(error: BaseException) -> bool:
    """Tell whether an error may end by itself, so that trying again later makes sense.

    An exchange that does not answer, is busy, under maintenance or answers something else; an order that did not reach
    it, of which nothing is known yet, or that a limit or the market holds back. Not so a key that was refused, a
    journal that cannot be used, a halt, a kill switch, a person's leave that is over, or an order that the exchange
    would refuse again.

    >>> from okxlab.errors import JournalError, OrderDenied, Unreachable
    >>> [passes(error("")) for error in (Unreachable, OrderHeld, OrderDenied, JournalError, Blocked)]
    [True, True, False, False, False]
    """
    if isinstance(error, OrderRejected):
        return error.code in _RETRIED
    if isinstance(error, Blocked):
        return isinstance(error, Redirected)
    return isinstance(error, (ExchangeError, OrderNotSent, OrderUnknown, OrderHeld))


class Patience:
    """How long to wait before the next try: twice as long after each that failed.

    Parameters
    ----------
    usual, longest
        Seconds to wait while all is well, and at most.

    Examples
    --------
    >>> patience = Patience(1.0, longest=3.0)
    >>> [patience.failed(), patience.failed(), patience.failed(), patience.went_well()]
    [1.0, 2.0, 3.0, 1.0]
    """

    def __init__(self, usual: float, longest: float = LONGEST) -> None:
        self._longest = longest
        self._usual = min(usual, longest)
        self._failures = 0

    def went_well(self) -> float:
        """Give how long to wait now."""
        self._failures = 0
        return self._usual

    def failed(self) -> float:
        """Give how long to wait after one more failure."""
        pause = max(self._usual, _SHORTEST) * 2.0 ** min(self._failures, 16)
        self._failures += 1
        return min(pause, self._longest)
