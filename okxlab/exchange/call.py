"""One call, named as ccxt's implicit methods are, judged by the raw answer."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import ccxt
from ccxt.abstract.okx import ImplicitAPI
from ccxt.base.types import Entry

from okxlab.errors import CredentialsError, ExchangeError, OkxlabError, Refused
from okxlab.exchange.connection import listen
from okxlab.exchange.origin import Wire
from okxlab.exchange.outcome import rows_of
from okxlab.exchange.permit import EXPIRING, PLACES, Permit, Row, freeze
from okxlab.exchange.session import Session
from okxlab.exchange.sync import sync_clock

_TOO_MANY, _STALE = "50011", "50102"  # too soon for a limit; signed by a clock that is off
_REPEATS = 4  # the throttle has slowed down before each


def read(session: Session, method: str, params: dict[str, Any] | None = None) -> list[Any]:
    """Give the raw rows of a read, strings as OKX sends them.

    One that came too soon for a limit is repeated, and once one that was signed by a clock that went wrong.

    Public reads go straight through the transport; what is signed goes through ccxt.

    Parameters
    ----------
    method
        ccxt's implicit method, such as ``"publicGetMarketTickers"``.
    params
        The request's parameters in OKX's own names.

    Raises
    ------
    ExchangeError
        Unreachable, Refused, Unreadable, Blocked, or ccxt sent nothing: see `okxlab.errors`.
    CredentialsError
        When the call needs keys and the session has none.
    """
    synced = False
    for _ in range(_REPEATS):
        try:
            return _read(session, method, params or {})
        except Refused as error:
            if error.code == _STALE and not synced:
                sync_clock(session, older_than=0)
                synced = True
            elif error.code != _TOO_MANY:
                raise
    return _read(session, method, params or {})


def prepare(session: Session, path: str, rows: Sequence[Row]) -> Permit:
    """Freeze one state-changing request, wait for its turn, and give the leave to send it once. Nothing has left.

    Only `okxlab.trading` calls this. Before what expires the exchange's clock is read, if that is a minute ago.

    Parameters
    ----------
    path
        Below ``/api/v5/``, such as ``"trade/batch-orders"``.
    rows
        The rows of a batch, or the one row of any other path; values as they go on the wire.

    Raises
    ------
    Blocked
        When the session is closed, its key was refused, ccxt was tampered with, the path is none that okxlab sends, or
        the rows do not fit it.
    OrderDenied
        When the account or its key cannot place such an order.
    ExchangeError
        When the exchange's clock or the account cannot be read.
    """
    transport = session.transport
    transport.check_open(signed=True)
    if path in EXPIRING:
        sync_clock(session)
    if path in PLACES:
        for row in rows:
            session.account.check(row)
    return freeze(path, rows, lambda target, body: session.throttle.wait("POST", target, body), transport)


def send(session: Session, permit: Permit, *, expires_ms: int | None) -> Wire:
    """Send what was permitted, once, and give the raw answer, or how it failed.

    Only `okxlab.trading` calls this. What raises here has not left; once a byte may have, the wire tells.

    Parameters
    ----------
    expires_ms
        Until when the exchange may act on it, ms UTC by its own clock (``session.transport.now_ms()``). OKX takes it
        with placing and amending; None for the rest.

    Raises
    ------
    Blocked
        When the permit was used before or is another session's, or the session is closed.
    """
    session.transport.check_open(signed=True)
    if permit.expiring and (expires_ms is None or expires_ms <= session.transport.now_ms()):
        return Wire(failure="Expired")
    wire = Wire()
    try:
        session.transport.send(permit, expires_ms, wire)
    except OkxlabError:
        if not wire.sent and not wire.failure:
            raise
    return wire


def _read(session: Session, method: str, params: dict[str, Any]) -> list[Any]:
    path = _public_path(method)
    if path is None:
        return rows_of(_exchange(session, method, params), session.profile)
    query = f"?{urlencode(params, quote_via=quote)}" if params else ""
    return rows_of(session.transport.get(f"/api/v5/{path}{query}", session.ccxt.timeout / 1000), session.profile)


@cache
def _public_path(method: str) -> str | None:
    """Give the path behind the name of a public read, None for every other name."""
    entry = vars(ImplicitAPI).get(method)
    public = isinstance(entry, Entry) and entry.api == ["public"] and entry.method == "GET"
    return str(entry.path) if public else None


def _exchange(session: Session, method: str, params: dict[str, Any]) -> Wire:
    session.transport.check_open(signed=True)
    with listen() as wire:
        try:
            getattr(session.ccxt, method)(params)
        except ccxt.BaseError as error:
            # ccxt's class is one reading of the answer; the answer itself is in `wire` and is read by OKX's rules
            if wire.status is None and not wire.failure:
                raise _unsent(session, error) from None
        except Exception:  # an answer that ccxt stumbles over
            if wire.status is not None:
                return wire
            raise
    return wire


def _unsent(session: Session, error: ccxt.BaseError) -> OkxlabError:
    if isinstance(error, ccxt.AuthenticationError):
        return CredentialsError(
            f"This call needs a key and the {session.profile.name} session has none ({type(error).__name__}).",
            "Set the three OKX_… variables; see README.",
        )
    return ExchangeError(
        f"ccxt sent nothing: {type(error).__name__}: {error}.", "Undo what was set on session.ccxt, or connect anew."
    )
