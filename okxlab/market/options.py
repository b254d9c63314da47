"""The chain of options of a family: every contract with its prices and greeks."""

from typing import Literal, get_args

import pandas as pd

from okxlab.errors import InputError, SymbolError
from okxlab.exchange import Session, read
from okxlab.market.columns import by_name, floats, table, times
from okxlab.market.contracts import open_interest
from okxlab.market.instruments import instruments
from okxlab.market.listing import family_of
from okxlab.market.marks import mark_prices
from okxlab.market.tickers import tickers

Greeks = Literal["BS", "PA"]

_SUFFIX = {"BS": "BS", "PA": ""}
_SUMMARY = {
    "mark_volatility": (floats, "markVol"),
    "bid_volatility": (floats, "bidVol"),
    "ask_volatility": (floats, "askVol"),
    "forward": (floats, "fwdPx"),
}
_QUOTED = ("bid", "bid_size", "ask", "ask_size", "last", "volume_24h")


def option_chain(session: Session, family: str = "BTC-USD", *, greeks: Greeks = "BS") -> pd.DataFrame:
    """Give every option of one family, five calls in all.

    Parameters
    ----------
    family
        Such as ``"BTC-USD"``, in either spelling.
    greeks
        ``"BS"``, Black and Scholes's, in US dollars; or ``"PA"``, price-adjusted, in the settlement currency.

    Returns
    -------
    DataFrame
        Index ``symbol``, in order of ``expiry`` (UTC), ``strike`` (float64, quote currency) and ``type`` (``C`` or
        ``P``). Float64 in the settlement currency ``mark``, ``bid``, ``ask``, ``last``; in contracts ``bid_size``,
        ``ask_size``, ``volume_24h``, ``open_interest``; ``mark_volatility``, ``bid_volatility`` and ``ask_volatility``
        as fractions a year; ``forward`` (quote currency); ``delta``, ``gamma``, ``vega`` (for a volatility higher by
        0.01) and ``theta`` (a day) for one coin of the underlying; ``time`` (UTC) of the greeks. NaN where OKX sends
        nothing. ``attrs["greeks"]`` is the convention, ``attrs["settle"]`` the settlement currency.

    Raises
    ------
    InputError
        For an unknown convention.
    SymbolError
        When the exchange lists no options of that family.
    """
    if greeks not in get_args(Greeks):
        raise InputError(f"There are no greeks {greeks!r}.", "Use 'BS' (in dollars) or 'PA' (in the coin).")
    name = family_of(family)
    listed = instruments(session, "OPTION", family=name)
    if listed.empty:
        raise SymbolError(f"{session.profile.rest} lists no options of {name!r}.", "BTC-USD and ETH-USD have some.")
    terms = pd.DataFrame(
        {"expiry": listed["expiry"], "strike": listed["strike"].astype("float64"), "type": listed["option_type"]}
    )
    chain = terms.join(_prices(session, name)).join(_summary(session, name, greeks))
    chain = chain.sort_values(["expiry", "strike", "type"])
    chain.attrs |= {"greeks": greeks, "settle": listed["settle"].iloc[0]}
    return chain


def _prices(session: Session, family: str) -> pd.DataFrame:
    quoted = tickers(session, "OPTION", family=family)[list(_QUOTED)]
    marks = mark_prices(session, "OPTION", family=family)["mark"]
    interest = open_interest(session, "OPTION", family=family)["contracts"].rename("open_interest")
    return pd.concat([marks, quoted, interest], axis=1)


def _summary(session: Session, family: str, greeks: Greeks) -> pd.DataFrame:
    asked = {name: (floats, name + _SUFFIX[greeks]) for name in ("delta", "gamma", "vega", "theta")}
    rows = read(session, "publicGetPublicOptSummary", {"instFamily": family})
    return table(by_name(rows), {**_SUMMARY, **asked, "time": (times, "ts")})
