"""Client ids of a grid's orders: a function of run, interval, cycle and side, and back."""

import re
import secrets
from typing import NamedTuple

from okxlab.grid import GridOrder
from okxlab.model import Side

_NAME = re.compile(r"(?P<run>g[0-9a-f]{10})i(?P<interval>\d{1,4})c(?P<cycle>\d{1,9})(?P<side>[bs])")


class Name(NamedTuple):
    """What a client id says."""

    interval: int
    cycle: int
    side: Side


def new_run() -> str:
    """Give a fresh run id: letters and digits, as OKX wants client ids to be."""
    return f"g{secrets.token_hex(5)}"


def launch_id(run: str) -> str:
    """Give the client id of the launch purchase.

    >>> launch_id("g0123456789")
    'g0123456789launch'
    """
    return f"{run}launch"


def client_id(run: str, order: GridOrder) -> str:
    """Give the client id of one order of a run, at most 32 characters.

    >>> from decimal import Decimal
    >>> client_id("g0123456789", GridOrder(3, 12, "sell", Decimal(1), Decimal(1)))
    'g0123456789i3c12s'
    """
    return f"{run}i{order.interval}c{order.cycle}{order.side[0]}"


def parse(run: str, text: str) -> Name | None:
    """Read a client id; None when it is not an order of this run.

    >>> parse("g0123456789", "g0123456789i3c12s")
    Name(interval=3, cycle=12, side='sell')
    """
    match = _NAME.fullmatch(text)
    if match is None or match["run"] != run:
        return None
    return Name(int(match["interval"]), int(match["cycle"]), "buy" if match["side"] == "b" else "sell")
