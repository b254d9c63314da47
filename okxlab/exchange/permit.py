"""Leave to change something at the exchange: one request, frozen to the byte, to be sent once."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from okxlab.errors import Blocked
from okxlab.exchange.throttle import Turn

Row = Mapping[str, str]

_PREFIX = "/api/v5/"
PLACES = frozenset({"trade/order", "trade/batch-orders"})
# OKX does not process these after their expTime; cancellations have none
EXPIRING = PLACES | {"trade/amend-order", "trade/amend-batch-orders"}
_BATCHES = frozenset({"trade/batch-orders", "trade/amend-batch-orders", "trade/cancel-batch-orders"})
_PERMITTED = EXPIRING | _BATCHES | {"trade/cancel-order", "trade/cancel-all-after", "trade/mass-cancel"}


@dataclass(frozen=True, slots=True, eq=False)
class Permit:
    """Leave for one state-changing request. Made by `freeze`, used up when it is sent, good on one session.

    ``path`` and ``body`` are what will leave, and nothing else passes with it; ``turn`` is its place among OKX's
    limits, already waited for.
    """

    path: str
    rows: Sequence[Row]
    body: bytes = field(repr=False)
    turn: Turn = field(repr=False)
    home: object = field(repr=False)
    _unused: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def target(self) -> str:
        """Give the path on the wire."""
        return _PREFIX + self.path

    @property
    def digest(self) -> str:
        """Give the SHA-256 of path and body, in hex."""
        return hashlib.sha256(f"{self.target}\n".encode() + self.body).hexdigest()

    @property
    def expiring(self) -> bool:
        """Whether OKX takes an expTime with it."""
        return self.path in EXPIRING

    def use(self, home: object) -> None:
        """Use it up.

        Raises
        ------
        Blocked
            When it is another session's, used already, or was made by hand for what okxlab never sends.
        """
        check_path(self.path)
        if home is not self.home:
            raise Blocked(f"{self.path} was stopped: its permit is for another session.", "Report this as a bug.")
        if not self._unused.acquire(blocking=False):
            raise Blocked(f"{self.path} was stopped: its permit was used before.", "Report this as a bug.")


def freeze(path: str, rows: Sequence[Row], wait: Callable[[str, bytes], Turn], home: object) -> Permit:
    """Freeze one state-changing request, wait for its turn, and give the leave to send it.

    Parameters
    ----------
    wait
        Waits for the turn of a target and a body.
    home
        The transport that will carry it, and no other.

    Raises
    ------
    Blocked
        When the path is none that okxlab sends, or the rows do not fit it.
    """
    check_path(path)
    if not rows or (len(rows) > 1 and path not in _BATCHES):
        raise Blocked(f"{path} was stopped: {len(rows)} rows do not fit it.", "Report this as a bug.")
    if path in PLACES and not all(row.get("clOrdId") for row in rows):
        raise Blocked(f"{path} was stopped: an order without a client id could be doubled.", "Report this as a bug.")
    frozen = [dict(row) for row in rows]
    body = orjson.dumps(frozen if path in _BATCHES else frozen[0])
    return Permit(path, frozen, body, wait(_PREFIX + path, body), home)


def check_path(path: str) -> None:
    """Refuse what is neither an order nor a cancellation.

    Raises
    ------
    Blocked
        When the path is none that okxlab sends.
    """
    if path not in _PERMITTED:
        raise Blocked(f"{path} was stopped: okxlab sends orders and cancellations alone.", "Use OKX's own site or app.")
