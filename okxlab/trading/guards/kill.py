"""The kill switch: no new order leaves any process, what rests is cancelled, and only a person lifts it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from okxlab.clock import Clock
from okxlab.config import Workspace
from okxlab.errors import OkxlabError, OrderDenied
from okxlab.exchange import ProfileName, Session, state_folder
from okxlab.model import Order
from okxlab.trading.guards.flags import KillSwitch
from okxlab.trading.guards.person import ask_person

PATIENCE = 30.0  # seconds for cancelling what rests: it may take a while until an exchange answers again
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class KillReport:
    """What pressing the kill switch came to.

    Parameters
    ----------
    flags
        The files that stand now and keep every process from placing orders.
    cancelled
        Orders of ours that rested and no longer do; ``ox.fills`` tells which of them filled at the last moment.
    left
        Orders of ours that rested when last looked. Here and there sizes are NaN where the exchange told none to read.
    clear
        Whether the exchange was seen without any order of ours.
    seconds
        From the press to the last look.
    problems
        What went wrong, in sentences.
    """

    flags: tuple[Path, ...]
    cancelled: tuple[Order, ...]
    left: tuple[Order, ...]
    clear: bool
    seconds: float
    problems: tuple[str, ...]


def kill_switch(session: Session) -> KillSwitch:
    """Give the kill switch of a session's key.

    Its flags lie in this user's state folder and in the workspace; those of a paper exchange in its workspace alone.
    """
    return switch_of(session.profile.name, session.workspace, session.transport.key_id)


def switch_of(profile: ProfileName, workspace: Workspace, key: str) -> KillSwitch:
    """Give the kill switch of the key with this fingerprint, whether or not there is a way to its exchange."""
    if profile == "paper":
        return KillSwitch((workspace.state,), own="killed-paper.json", all="killed-paper.json")
    folders = dict.fromkeys((state_folder(profile, workspace), workspace.state))
    return KillSwitch(tuple(folders), own=f"killed-{key}.json", all="killed.json")


def press(  # noqa: PLR0913 - what it presses, and how it looks and cancels
    switch: KillSwitch, pending: Callable[[], Sequence[Order]], cancel: Callable[[Sequence[Order]], object],
    clock: Clock, reason: str = "", *, everywhere: bool = False, patience: float = PATIENCE, late: float = 0.0,
) -> KillReport:  # fmt: skip
    """Set the flag, then cancel what ``pending`` gives until it gives nothing or ``patience`` (seconds) is over.

    The last look is ``late`` seconds after the press at the earliest: by then what was on its way has arrived. Neither
    a flag that cannot be set nor a failing call keeps the rest from being done.
    """
    began = clock.monotonic()
    flags, problems = switch.press(reason, clock, everywhere=everywhere)
    seen: dict[str, Order] = {}
    left: Sequence[Order] = ()
    clear, looked = False, 0.0
    while not (clear and looked >= late) and clock.monotonic() - began <= patience:
        try:
            if clear:
                clock.sleep(late - looked)
            looked = clock.monotonic() - began
            left = pending()
            seen |= {order.order_id: order for order in left}
            clear = not left
            if left:
                cancel(left)
        except OkxlabError as error:
            clear = False
            problems += [] if str(error) in problems else [str(error)]
            clock.sleep(_PAUSE)
    rest = {order.order_id for order in left}
    gone = tuple(order for name, order in seen.items() if name not in rest)
    return KillReport(tuple(flags), gone, tuple(left), clear, clock.monotonic() - began, tuple(problems))


def lift_kill(session: Session, *, everywhere: bool = False) -> list[Path]:
    """Let orders leave again; what stops live a person has to lift, typing it in this notebook or terminal.

    Parameters
    ----------
    everywhere
        Lift the switch of all keys of this user, which ``ox.kill(session, everywhere=True)`` pressed, and not the
        key's own. While either stands, no order leaves. It stops live too, so that on demo it is typed as well.

    Returns
    -------
    list of Path
        The files that stood and are gone; empty when the switch was not pressed.

    Raises
    ------
    OrderDenied
        When nobody typed it.
    ConfigError
        When a file cannot be removed.
    """
    switch = kill_switch(session)
    if not switch.stands(everywhere=everywhere):
        return []
    if session.profile.name == "live" or (everywhere and session.profile.name == "demo"):
        whose = "every key of this user" if everywhere else f"the live key of account {session.account.uid}"
        told = ask_person(f"{switch.flags().why()}\nType lift to let {whose} place orders again: ")
        if told.strip() != "lift":
            raise OrderDenied(f"The kill switch was not lifted: {told!r} was typed.", "Type lift.")
    return switch.lift(everywhere=everywhere)
