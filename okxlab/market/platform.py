"""The exchange itself: its clock, and when it rests."""

import pandas as pd

from okxlab.errors import Unreadable
from okxlab.exchange import Session, read
from okxlab.market.columns import read_columns, texts, times

_STATUS = {
    "title": (texts, "title"),
    "state": (texts, "state"),
    "begin": (times, "begin"),
    "end": (times, "end"),
    "service": (texts, "serviceType"),
    "kind": (texts, "maintType"),
    "environment": (texts, "env"),
    "link": (texts, "href"),
}


def server_time(session: Session) -> pd.Timestamp:
    """Give the exchange's time (UTC, milliseconds).

    Raises
    ------
    Unreadable
        When it gives none.
    """
    found = times(read(session, "publicGetPublicTime"), "ts")
    if len(found) != 1 or found.isna().any():
        raise Unreadable(f"{session.profile.rest} gave no time.", "Try again; if it stays, check the host.")
    return found[0]


def system_status(session: Session) -> pd.DataFrame:
    """Give the upgrades that are announced, under way or just over.

    Returns
    -------
    DataFrame
        One row an upgrade, by its begin: ``title``, ``state`` (``scheduled``, ``ongoing``, ``pre_open``, ``completed``
        or ``canceled``), ``begin`` and ``end`` (UTC), and in OKX's numbers ``service`` (what of it rests: 0 WebSocket,
        5 trading, …), ``kind`` (1 planned, 2 unplanned, 3 outage) and ``environment`` (1 live, 2 demo); ``link``.
        Empty when nothing is announced.
    """
    rows = read(session, "publicGetSystemStatus")
    return pd.DataFrame(read_columns(rows, _STATUS)).sort_values("begin", ignore_index=True)
