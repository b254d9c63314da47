"""Reading the exchange's clock, and refusing what cannot be its time."""

import warnings
from email.utils import parsedate_to_datetime

from okxlab.clock import iso
from okxlab.errors import Blocked, Unreachable, Unreadable
from okxlab.exchange.outcome import rows_of
from okxlab.exchange.session import Session
from okxlab.exchange.venue_clock import Reading

FRESH_SECONDS = 60.0
_TRIES = 3
_GOOD_MS, _WORST_MS = 250, 2_000  # half a trip: the time is known no better than that
_WARN_MS, _REFUSE_MS = 5_000, 25_000  # OKX refuses what is signed 30 seconds off
_DISAGREE_MS = 10_000


def sync_clock(session: Session, *, older_than: float = FRESH_SECONDS) -> int:
    """Read the exchange's clock unless that was done within the last seconds; give how far it is ahead, ms.

    Signatures and expTime go by the exchange's clock, and between two readings by this machine's monotonic one.

    Parameters
    ----------
    older_than
        Seconds after which it is read again; 0 reads it now.

    Raises
    ------
    Unreachable
        When no answer was quick enough to tell the time by.
    Unreadable
        When the answer holds no time, or one that its own Date header denies.
    Blocked
        When this machine's clock is more than 25 seconds off; from 5 seconds on there is a warning.
    """
    time = session.transport.time
    if not time.fresh(older_than):
        reading = _best(session)
        _check(session, reading)
        time.set(reading)
    return time.offset_ms


def _best(session: Session) -> Reading:
    """Ask until a trip is short enough, and give the reading of the shortest."""
    best = _reading(session)
    for _ in range(_TRIES - 1):
        if best.margin_ms <= _GOOD_MS:
            break
        best = min(best, _reading(session), key=lambda each: each.margin_ms)
    if best.margin_ms > _WORST_MS:
        raise Unreachable(
            f"{session.profile.rest} takes {best.margin_ms / 500:.0f} seconds to tell its time: too long to go by.",
            "Try again when the network is quicker.",
        )
    return best


def _reading(session: Session) -> Reading:
    transport = session.transport
    wire = transport.get("/api/v5/public/time", session.ccxt.timeout / 1000)
    rows = rows_of(wire, session.profile)
    stamp = str(rows[0].get("ts")) if rows and isinstance(rows[0], dict) else "nothing"
    if not stamp.isdecimal():
        raise Unreadable(
            f"{session.profile.rest} gave its time as {stamp!r}.", "Try again; if it stays, check the host."
        )
    apart_ms = int(stamp) - _date_ms(wire.date)
    if abs(apart_ms) > _DISAGREE_MS + wire.took * 1000:
        raise Unreadable(
            f"{session.profile.rest} gave its time as {iso(int(stamp))}, and its Date header says {wire.date!r}.",
            "Nothing is signed by a clock that contradicts itself: try again; if it stays, check the host.",
        )
    return transport.time.reading(int(stamp), wire.moment, wire.took)


def _date_ms(date: str) -> int:
    """Give the middle of the second that a Date header names; 1970 when it names none."""
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000) + 500
    except ValueError:
        return 0


def _check(session: Session, reading: Reading) -> None:
    off_ms = reading.venue_ms - reading.wall_ms
    if abs(off_ms) <= _WARN_MS:
        return
    side = "behind" if off_ms > 0 else "ahead of"
    what = f"This machine's clock is {abs(off_ms) / 1000:.1f} seconds {side} that of {session.profile.rest}."
    if abs(off_ms) > _REFUSE_MS:
        raise Blocked(what, "Set it (for example: timedatectl set-ntp true), then connect again.")
    warnings.warn(f"{what} okxlab signs by the exchange's; set this machine's.", stacklevel=3)
