"""Names: of a grid's journal, and client ids of its orders, a function of run, interval, cycle and side, and back."""

import base64
import hashlib
import re
import secrets
from typing import NamedTuple

from okxlab.grid import GridOrder, GridSpec
from okxlab.model import Side, plain

_NAME = re.compile(r"(?P<run>g[0-9a-f]{10})i(?P<interval>\d{1,4})c(?P<cycle>\d{1,9})(?P<side>[bs])(a\d{1,4})?")
_LONGEST = 64  # what a journal may be called


class Name(NamedTuple):
    """What a client id says."""

    interval: int
    cycle: int
    side: Side


def strategy(spec: GridSpec) -> str:
    """Give the name a grid trades under, the same however its numbers are written.

    >>> strategy(GridSpec("BTC-USDT", low=85_000, high="95000.0", grids=10, investment="1e3"))
    'grid-BTC-USDT-85000-95000-10-arithmetic-1000'
    """
    parts = ("grid", spec.symbol, *map(plain, spec.bounds), str(spec.grids), spec.spacing, plain(spec.investment))
    name = "-".join(parts)
    if len(name) <= _LONGEST:
        return name
    return f"grid-{spec.symbol}-{base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:26]}"


def new_run() -> str:
    """Give a fresh run id: letters and digits, as OKX wants client ids to be."""
    return f"g{secrets.token_hex(5)}"


def intent_id(tag: str, key: str, attempt: int) -> str:
    """Give the client id of what a strategy means by a name, 27 letters and digits, the same in every process.

    >>> intent_id("okxlabNLBJAWAQ", "monday buy", 1) == intent_id("okxlabNLBJAWAQ", "monday buy", 1)
    True
    """
    digest = hashlib.sha256(f"{tag}\n{attempt}\n{key}".encode()).digest()
    return f"o{base64.b32encode(digest).decode()[:26]}"


def launch_id(run: str, attempt: int = 1) -> str:
    """Give the client id of one attempt at the launch purchase.

    >>> launch_id("g0123456789")
    'g0123456789launch'
    """
    return f"{run}launch{_again(attempt)}"


def is_launch(run: str, text: str) -> bool:
    """Tell whether a client id is that of a run's launch purchase.

    >>> is_launch("g0123456789", "g0123456789launcha2")
    True
    """
    return re.fullmatch(rf"{run}launch(a\d{{1,4}})?", text) is not None


def client_id(run: str, order: GridOrder, attempt: int = 1) -> str:
    """Give the client id of one attempt to have one order of a run, at most 32 characters.

    >>> from decimal import Decimal
    >>> client_id("g0123456789", GridOrder(3, 12, "sell", Decimal(1), Decimal(1)))
    'g0123456789i3c12s'
    """
    return f"{run}i{order.interval}c{order.cycle}{order.side[0]}{_again(attempt)}"


def parse(run: str, text: str) -> Name | None:
    """Read a client id; None when it is not an order of this run.

    >>> parse("g0123456789", "g0123456789i3c12s")
    Name(interval=3, cycle=12, side='sell')
    """
    match = _NAME.fullmatch(text)
    if match is None or match["run"] != run:
        return None
    return Name(int(match["interval"]), int(match["cycle"]), "buy" if match["side"] == "b" else "sell")


def _again(attempt: int) -> str:
    return f"a{attempt}" if attempt > 1 else ""
