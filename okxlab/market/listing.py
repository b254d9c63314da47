"""Reads of one instrument, where "not listed" is an answer of its own."""

from typing import Any

from okxlab.errors import Refused, SymbolError
from okxlab.exchange import Session, read

_UNKNOWN = "51001"


def read_listed(session: Session, method: str, params: dict[str, str]) -> list[Any]:
    """Give the rows of a read that names its instrument in ``params["instId"]``.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    try:
        rows = read(session, method, params)
    except Refused as error:
        if error.code != _UNKNOWN:
            raise
        rows = []
    if not rows:
        raise SymbolError(
            f"{session.profile.rest} lists no instrument {params['instId']!r}.",
            "ox.instruments(session) shows what can be traded.",
        )
    return rows
