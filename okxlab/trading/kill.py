"""Pressing the kill switch: the flag first, then everything of ours that rests."""

from collections.abc import Sequence

from okxlab.clock import SystemClock
from okxlab.errors import OrderUnknown
from okxlab.exchange import Session
from okxlab.model import Order
from okxlab.trading.desk import hand
from okxlab.trading.enquiry import pending
from okxlab.trading.guards import KillReport, kill_switch, press
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName

_OURS = "okxlab"  # every tag of ours begins so


def kill(session: Session, reason: str = "", *, everywhere: bool = False) -> KillReport:
    """Stop every order of this key in every process, cancel what okxlab has resting on the account, and look.

    The switch stays pressed, whatever is started again, until ``ox.lift_kill``. Cancellations always go. Orders that
    were not placed through okxlab are left alone, and what was bought or sold stays as it is.

    Parameters
    ----------
    reason
        Why, in a few words; whoever is stopped reads it.
    everywhere
        Stop all keys of this user, on demo and live. Only this session's account is swept.

    Returns
    -------
    KillReport
        What stands, what was cancelled, what is left, and whether the account was seen clear. Nothing is raised for an
        exchange that does not answer: look at ``clear`` and ``problems``.
    """
    venue = SessionVenue(session)

    def ours() -> list[Order]:
        return [order for order in pending(venue) if order.tag.startswith(_OURS)]

    def cancel(orders: Sequence[Order]) -> None:
        outcomes = hand(session).cancel([OrderName(o.symbol, o.order_id, o.client_id) for o in orders])
        lost = sum(outcome.kind in {"unknown", "not_sent"} for outcome in outcomes)
        if lost:
            raise OrderUnknown(f"The answer to cancelling {lost} of {len(orders)} orders was lost.")

    return press(kill_switch(session), ours, cancel, SystemClock(), reason, everywhere=everywhere)
