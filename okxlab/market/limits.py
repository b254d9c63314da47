"""How much of OKX's request limits is used."""

import pandas as pd

from okxlab.exchange import Session


def limits(session: Session) -> pd.DataFrame:
    """Give where OKX's request limits stand, as all okxlab processes of this user on this machine have used them.

    Limits counted by user are those of the session's key, limits counted by address those of its host with any key.
    Nothing is asked of the exchange, and nobody waits for the look. Orders, amendments and cancellations are given four
    fifths of what OKX allows. Other programs, machines and users that share the key or the address do not show.

    Returns
    -------
    DataFrame
        One row a limit that was used within the hour, by operation and instrument: ``operation`` (method and path),
        ``counted_by`` (``address``, ``user`` or ``sub-account``), ``instrument`` (or what else the limit is counted
        apart by: a family or kind of instruments, a tag; empty when nothing), ``allowed`` in any ``window`` (seconds),
        ``used`` in the window until now, with what waits for its turn, ``free`` of it, ``next_free`` (seconds until
        the next may leave, since requests are spread evenly), ``slowed`` (1 is full speed, 2 half of it, after a
        refusal) and ``banned_until`` (UTC; NaT unless the host shut this address out). Empty when nothing was
        counted, and on a paper exchange without limits.

    Raises
    ------
    Blocked
        When the ledger of limits cannot be read.
    """
    rows = session.throttle.budgets()
    frame = pd.DataFrame(
        {
            "operation": pd.array([row.operation for row in rows], dtype="str"),
            "counted_by": pd.array([row.counted_by for row in rows], dtype="str"),
            "instrument": pd.array([row.named for row in rows], dtype="str"),
            "allowed": pd.array([row.allowed for row in rows], dtype="int64"),
            "window": pd.array([row.window for row in rows], dtype="float64"),
            "used": pd.array([row.used for row in rows], dtype="int64"),
            "free": pd.array([max(0, row.allowed - row.used) for row in rows], dtype="int64"),
            "next_free": pd.array([row.next_free for row in rows], dtype="float64"),
            "slowed": pd.array([row.slowed for row in rows], dtype="float64"),
            "banned_until": pd.array([row.banned_until for row in rows], dtype=pd.DatetimeTZDtype("ms", "UTC")),
        }
    )
    return frame.sort_values(["operation", "instrument"], ignore_index=True)
