"""One call through ccxt's implicit methods, judged by the raw answer."""

from typing import Any

import ccxt

from okxlab.errors import CredentialsError, ExchangeError, OkxlabError, Refused
from okxlab.exchange.outcome import Outcome, outcomes_of, rows_of
from okxlab.exchange.session import Session
from okxlab.exchange.transport import Wire, listen

_TOO_MANY = "50011"
_REPEATS = 4  # the throttle has slowed down before each


def read(session: Session, method: str, params: dict[str, Any] | None = None) -> list[Any]:
    """Give the raw rows of a read, strings as OKX sends them; one that came too soon for a limit is repeated.

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
    return rows_of(_exchange(session, method, params), session.profile)


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
