"""What is asked for: kinds, families and symbols, refused here when there can be no such thing."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args

from okxlab.errors import InputError, Refused, SymbolError
from okxlab.exchange import Session, read
from okxlab.model import instrument_id

Kind = Literal["SPOT", "SWAP", "FUTURES", "MARGIN", "OPTION"]

_UNKNOWN = "51001"


def check_kind(kind: str, allowed: Sequence[str] = get_args(Kind)) -> str:
    """Give a kind of instrument as OKX writes it.

    Raises
    ------
    InputError
        When it is none of ``allowed``.

    Examples
    --------
    >>> check_kind("swap")
    'SWAP'
    """
    name = kind.upper() if isinstance(kind, str) else kind
    if name not in allowed:
        raise InputError(f"There is no kind {kind!r} to ask for.", f"Use one of {', '.join(allowed)}.")
    return name


def kind_of(name: str) -> Kind:
    """Read the kind from the shape of an instrument's id.

    >>> [kind_of(name) for name in ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USDT-271231", "BTC-USD-271231-100000-C")]
    ['SPOT', 'SWAP', 'FUTURES', 'OPTION']
    """
    parts = name.split("-")
    if len(parts) == 2:
        return "SPOT"
    return "SWAP" if parts[-1] == "SWAP" else "OPTION" if len(parts) == 5 else "FUTURES"


def family_of(symbol: str) -> str:
    """Give the family of anything that names one, in either spelling: an instrument or the family itself.

    >>> family_of("BTC/USD:BTC-271231-100000-C"), family_of("btc-usd")
    ('BTC-USD', 'BTC-USD')
    """
    return "-".join(instrument_id(symbol).split("-")[:2])


def read_kind(session: Session, method: str, kind: str, family: str | None = None) -> list[Any]:
    """Give the rows of a read about all instruments of a kind.

    Options are listed by family only: without one, every family is asked for.
    """
    if family is not None:
        return read(session, method, {"instType": kind, "instFamily": family_of(family)})
    if kind != "OPTION":
        return read(session, method, {"instType": kind})
    families = read(session, "publicGetPublicUnderlying", {"instType": kind})
    return [row for name in sorted(families[0] if families else ()) for row in read_kind(session, method, kind, name)]


def read_about(session: Session, method: str, params: dict[str, str]) -> list[Any]:
    """Give the rows of a read that names an instrument or a family in ``params``; there may be none.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    try:
        return read(session, method, params)
    except Refused as error:
        if error.code != _UNKNOWN:
            raise
    raise _unlisted(session, params)


def read_listed(session: Session, method: str, params: dict[str, str]) -> list[Any]:
    """Give the rows of a read that names an instrument or a family, and has at least one row if that is listed.

    Raises
    ------
    SymbolError
        When the exchange does not list it.
    """
    rows = read_about(session, method, params)
    if not rows:
        raise _unlisted(session, params)
    return rows


def pages(session: Session, method: str, params: dict[str, str], cursor: str, **first: str) -> Iterator[list[Any]]:
    """Walk back through the pages of a read about one instrument, newest first, to where they end.

    Parameters
    ----------
    cursor
        The key of a row that the next page is asked for with.
    first
        What only the first page is asked for with.
    """
    page = read_about(session, method, {**params, **first})
    while page:
        yield page
        page = read_about(session, method, {**params, "after": page[-1][cursor]})


def _unlisted(session: Session, params: dict[str, str]) -> SymbolError:
    name = params.get("instId") or params["instFamily"]
    return SymbolError(
        f"{session.profile.rest} lists no instrument {name!r}.",
        "ox.instruments(session) shows what can be traded.",
    )
