"""Where the limits stand, for whoever wants to see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from okxlab.exchange.ledger import Ledger
from okxlab.exchange.limits import kind_of, share_of
from okxlab.exchange.pace import Pace
from okxlab.exchange.trouble import Failing


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit: ``allowed`` requests or orders in any ``window`` of so many seconds.

    ``named`` is what the limit is counted apart by, ``used`` what the exchange may count in the window until now and
    what waits for its moment already, ``next_free`` seconds until another one could leave, ``slowed`` how much slower
    than allowed it goes after a refusal, ``banned_until`` until when the host is left alone altogether.
    """

    operation: str
    counted_by: Literal["address", "user", "sub-account"]
    named: str
    allowed: int
    window: float
    used: int
    next_free: float
    slowed: float
    banned_until: datetime | None


def budget_of(ledger: Ledger, name: str, now: float, failing: Failing, banned_until: datetime | None) -> Budget | None:
    """Give the limit of this name; None when it is no limit's or nobody has used it."""
    share = share_of(name)
    pace = None if share is None else ledger.look(name, Pace)
    if share is None or pace is None:
        return None
    who, operation, named = name.split("|", 2)
    by_user: Literal["user", "address"] = "user" if " " in who else "address"
    free = pace.earliest(1, share.seconds)
    if by_user == "user":
        method, _, path = operation.partition(" ")
        free = max(free, failing.earliest("order" if share.of_sub_account else kind_of(method, path), now))
    return Budget(
        operation="new and amended orders of derivatives" if share.of_sub_account else operation,
        counted_by="sub-account" if share.of_sub_account else by_user,
        named=named,
        allowed=share.allowed,
        window=float(share.seconds),
        used=pace.used(share.seconds, now),
        next_free=max(0.0, free - now),
        slowed=1 / pace.rate_at(now),
        banned_until=banned_until,
    )
