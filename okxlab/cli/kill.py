"""okxlab kill: the kill switch, from a terminal."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from okxlab.cli.options import InWorkspace
from okxlab.config import Workspace, find_unset_workspace
from okxlab.errors import CredentialsError, InputError, OkxlabError, OrderUnknown

if TYPE_CHECKING:
    from okxlab.model import Order
    from okxlab.trading import KillReport

Name = Literal["live", "demo", "paper"]


def kill(
    reason: Annotated[list[str] | None, typer.Argument(help="Why; whoever is stopped reads it.")] = None,
    *,
    profile: Annotated[
        Name | None, typer.Option(help="Default: each that has a key here, and the paper exchange that runs.")
    ] = None,
    everywhere: Annotated[bool, typer.Option("--everywhere", help="Every key of this user on demo and live.")] = False,
    lift: Annotated[bool, typer.Option("--lift", help="Let orders leave again; for live you have to type it.")] = False,
    workspace: InWorkspace = None,
) -> None:
    """Stop new orders in every process, and cancel what okxlab has resting; ends with an error when any may be left.

    What rests is cancelled on the accounts of this workspace's keys, also with --everywhere. Orders of others stay.
    """
    reached = [profile] if profile else _reached(find_unset_workspace(workspace))
    if everywhere and not {"live", "demo"} & {*reached}:
        reached = ["live", *reached]
    if not reached:
        raise CredentialsError(
            "There is no live or demo key here, and no paper exchange runs.",
            "Go to the workspace that trades, or stop every key with --everywhere.",
        )
    if not lift:
        _press(reached, " ".join(reason or []), workspace, everywhere=everywhere)
    elif reason:
        raise InputError("Lifting the kill switch takes no reason.", "Leave it out.")
    else:
        _lift(reached, workspace, everywhere=everywhere)


def _reached(place: Workspace) -> list[Name]:
    """Give the profiles on which this workspace may trade, those with money first."""
    from okxlab.exchange import key_id  # noqa: PLC0415 - ccxt comes with it

    names: list[Name] = ["paper"] if place.exchange_state.exists() else []
    for name in ("demo", "live"):
        try:
            here = bool(key_id(name, place))
        except CredentialsError:  # there is one, and what is wrong with it is told when it is used
            here = True
        names = [name, *names] if here else names
    return names


def _press(reached: Sequence[Name], reason: str, workspace: Path | None, *, everywhere: bool) -> None:
    from okxlab.trading import kill_from_outside, stop_from_outside  # noqa: PLC0415 - ccxt comes with it

    open_ends = []
    for name in reached:  # all are stopped before the first is swept: that may take half a minute
        with suppress(OkxlabError):  # told below
            stop_from_outside(name, reason, everywhere=everywhere, workspace=workspace)
    for name in reached:
        try:
            report = kill_from_outside(name, reason, everywhere=everywhere, workspace=workspace)
        except OkxlabError as error:
            print(f"{name}: {error}", file=sys.stderr)
            open_ends.append(name)
            continue
        _tell(name, report)
        if not (report.clear and report.flags):
            open_ends.append(name)
    if open_ends:
        raise OrderUnknown(
            f"Not everything is stopped and cancelled on {' and '.join(open_ends)}.",
            "Run it again, and look at OKX's own site or app.",
        )


def _tell(name: Name, report: "KillReport") -> None:
    for flag in report.flags:
        print(f"{name}: no new order leaves while {flag} stands")
    for order in report.cancelled:
        print(f"{name}: no longer rests: {_named(order)}")
    for order in report.left:
        print(f"{name}: RESTS STILL: {_named(order)}")
    if report.clear:
        print(f"{name}: nothing of okxlab's rests there, seen after {report.seconds:.1f} s")
    for problem in report.problems:
        print(f"{name}: {problem}", file=sys.stderr)


def _named(order: "Order") -> str:
    from okxlab.model import plain  # noqa: PLC0415 - pandas comes with it

    price = f" at {plain(order.price)}" if order.price is not None else ""
    return f"{order.side} {plain(order.size)} {order.symbol}{price}, {plain(order.filled)} filled, {order.order_id}"


def _lift(reached: Sequence[Name], workspace: Path | None, *, everywhere: bool) -> None:
    from okxlab.exchange import connect  # noqa: PLC0415 - ccxt comes with it
    from okxlab.trading import lift_kill  # noqa: PLC0415 - same

    for name in reached:
        with connect(name, workspace=workspace, unbound_key="accept") as session:
            gone = lift_kill(session, everywhere=everywhere)
        for flag in gone:
            print(f"{name}: lifted {flag}")
        if not gone:
            print(f"{name}: {'the switch of all keys' if everywhere else 'the switch of this key'} was not pressed")
