"""Pressing the kill switch: the flag first, then everything of ours that rests."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from okxlab.clock import SystemClock
from okxlab.config import find_unset_workspace
from okxlab.errors import CredentialsError, OkxlabError, OrderUnknown
from okxlab.exchange import ORDER_LIFE_MS, ProfileName, Session, connect, key_id
from okxlab.model import Order
from okxlab.trading.canceller import canceller
from okxlab.trading.enquiry import tagged
from okxlab.trading.guards import KillReport, kill_switch, press, switch_of
from okxlab.trading.venue import SessionVenue
from okxlab.trading.wording import OrderName

_OURS = "okxlab"  # every tag of ours begins so
_LATE = ORDER_LIFE_MS / 1000 + 0.5  # OKX takes no order after its last moment; half a second for clocks apart


def kill(session: Session, reason: str = "", *, everywhere: bool = False) -> KillReport:
    """Stop new orders of this key in every process of this user here, cancel what okxlab has resting, and look.

    The switch stays pressed, whatever is started again, until ``ox.lift_kill``. Cancellations always go. Orders that
    were not placed through okxlab are left alone, and what was bought or sold stays as it is. What had left right
    before may arrive for three seconds: call it again then, or ``okxlab kill`` in a terminal, which waits for that.

    Parameters
    ----------
    reason
        Why, in a few words; whoever is stopped reads it.
    everywhere
        Stop all keys of this user on this machine, on demo and live; from a paper session, its paper exchange alone.
        What rests is cancelled on this session's account and on no other.

    Returns
    -------
    KillReport
        What stands, what was cancelled, what is left, and whether the account was seen clear. Nothing is raised for an
        exchange that does not answer for half a minute: look at ``clear`` and ``problems``.
    """
    return _kill(session, reason, everywhere=everywhere)


def _kill(session: Session, reason: str, *, everywhere: bool, late: float = 0.0) -> KillReport:
    ours, broken = partial(tagged, SessionVenue(session), _OURS), set[str]()
    sender = cache(lambda: canceller(session))  # opened once, and only where there is something to cancel

    def cancel(orders: Sequence[Order]) -> None:
        outcomes = sender().cancel([OrderName(o.symbol, o.order_id, o.client_id) for o in orders])
        broken.add(sender().journal.broken)
        lost = sum(outcome.kind in {"unknown", "not_sent"} for outcome in outcomes)
        if lost:
            raise OrderUnknown(f"The answer to cancelling {lost} of {len(orders)} orders was lost.")

    report = press(kill_switch(session), ours, cancel, SystemClock(), reason, everywhere=everywhere, late=late)
    unwritten = [f"What was cancelled stands in no journal: {why}" for why in broken if why]
    return replace(report, problems=(*report.problems, *unwritten))


def stop_from_outside(
    profile: ProfileName, reason: str = "", *, everywhere: bool = False, workspace: Path | str | None = None
) -> tuple[list[Path], list[str]]:
    """Press the switch without a session and ask no exchange; give the files that stand, and what went wrong.

    No setting keeps it from being pressed: what stands in ``okxlab.toml`` is not read.

    Raises
    ------
    ConfigError
        When the workspace cannot be used, or it has no key of that profile: nothing was done.
    """
    place = find_unset_workspace(workspace)
    key = "" if everywhere else key_id(profile, place)
    if not (key or everywhere or profile == "paper"):
        raise CredentialsError(f"There is no {profile} key here.", "Go to the workspace that has it, or stop all keys.")
    return switch_of(profile, place, key).press(reason, SystemClock(), everywhere=everywhere)


def kill_from_outside(
    profile: ProfileName, reason: str = "", *, everywhere: bool = False, workspace: Path | str | None = None
) -> KillReport:
    """Do what `kill` does without a session of one's own: the flag stands before the exchange is asked for anything.

    An exchange that cannot be reached, a key that is refused, settings that cannot be read: the flag stands all the
    same, and the report says so. The last look waits until what had left right before the press has arrived, or cannot
    any more.

    Raises
    ------
    ConfigError
        When the workspace cannot be used, or it has no key of that profile: nothing was done.
    """
    clock = SystemClock()
    began = clock.monotonic()
    flags, problems = stop_from_outside(profile, reason, everywhere=everywhere, workspace=workspace)
    try:
        # a kernel may trade with a key that is bound to no address, and this only takes orders back
        with connect(profile, workspace=workspace, unbound_key="accept") as session:
            if session.profile.keys:
                return _kill(session, reason, everywhere=everywhere, late=_LATE)
            problems.append(f"There is no {profile} key here, so that no order was looked for.")
    except OkxlabError as error:
        problems.append(str(error))
    return KillReport(tuple(flags), (), (), clear=False, seconds=clock.monotonic() - began, problems=tuple(problems))
