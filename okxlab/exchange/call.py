"""One call, named as ccxt's implicit methods are, judged by the raw answer."""

from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import ccxt
from ccxt.abstract.okx import ImplicitAPI
from ccxt.base.types import Entry

from okxlab.errors import CredentialsError, ExchangeError, OkxlabError, Refused
from okxlab.exchange.outcome import Outcome, outcomes_of, rows_of
from okxlab.exchange.session import Session
from okxlab.exchange.transport import Wire, listen

_TOO_MANY = "50011"
_REPEATS = 4  # the throttle has slowed down before each


def read(session: Session, method: str, params: dict[str, Any] | None = None) -> list[Any]:
    """Give the raw rows of a read, strings as OKX sends them; one that came too soon for a limit is repeated.

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
    for _ in range(_REPEATS):
        try:
            return _read(session, method, params or {})
        except Refused as error:
            if error.code != _TOO_MANY:
                raise
    return _read(session, method, params or {})


def send(session: Session, method: str, body: list[dict[str, str]]) -> list[Outcome]:
    """Send one batch of orders or cancellations once, and give each row's outcome in the order of ``body``.

    Only `okxlab.trading` calls this; it is never repeated here.
    """
    wire = _exchange(session, method, body)
    return outcomes_of(wire, [row.get("clOrdId") or row["ordId"] for row in body])


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


def _exchange(session: Session, method: str, params: dict[str, Any] | list[dict[str, str]]) -> Wire:
    with listen() as wire:
        try:
            getattr(session.ccxt, method)(params)
        except ccxt.BaseError as error:
            # ccxt's class is one reading of the answer; the answer itself is in `wire` and is read by OKX's rules
            if wire.status is None and not wire.failure:
                raise _unsent(session, error) from None
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
