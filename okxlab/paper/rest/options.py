"""Options: what they are priced with, what was traded of them, and their ticks."""

from itertools import islice
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.prices.bars import rounded
from okxlab.paper.prices.prints import Print
from okxlab.paper.products.expiries import written
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import family_of, instrument_of, one_of
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import quotes

Rows = list[object]
_SPREAD = 0.01  # of volatility, from mark to bid and ask
_LOOKED_AT = 10  # options of a family whose trades are shown: the nearest ones
_TRADES = 100
_RIGHTS = ("C", "P")


def summary(call: Call) -> Rows:
    """Give the greeks and volatilities of a family's options, of one expiry (like 240329) or of all."""
    expiry = call.params.get("expTime") or ""
    found = [row for row in _family(call) if not expiry or written(row.terms.expiry) == expiry]
    return [call.venue.glance.row(f"summary/{row.name}", lambda row=row: _summary(call, row)) for row in found]  # type: ignore[misc]


def _summary(call: Call, row: Instrument) -> dict[str, Any]:
    reference = call.venue.reference
    quoted, greeks = reference.quoted(row), reference.greeks(row)
    mark = float(reference.mark_price(row))
    return {
        "instType": row.kind, "instId": row.name, "uly": row.family,
        "delta": rounded(greeks.coin_delta), "gamma": rounded(greeks.coin_gamma), "vega": rounded(greeks.coin_vega),
        "theta": rounded(greeks.coin_theta), "deltaBS": rounded(greeks.delta), "gammaBS": rounded(greeks.gamma),
        "vegaBS": rounded(greeks.vega), "thetaBS": rounded(greeks.theta),
        "lever": rounded(abs(greeks.delta) / mark) if mark else "", "markVol": rounded(quoted.volatility),
        "bidVol": rounded(max(quoted.volatility - _SPREAD, 0.0)), "askVol": rounded(quoted.volatility + _SPREAD),
        "realVol": "", "volLv": rounded(quoted.level), "fwdPx": rounded(quoted.forward),
        "ts": str(call.venue.feed.now),
    }  # fmt: skip


def _family(call: Call) -> list[Instrument]:
    """Give the options of instFamily (or uly, its former name), which must be there."""
    family = family_of(call.params)
    if not family:
        raise Refusal("50014", "instFamily")
    return [row for row in call.venue.listing.kind("OPTION") if row.family == family]


def _nearest(call: Call) -> list[Instrument]:
    """Give the options of a family that end first with strikes around the index."""
    found = _family(call)
    if not found:
        return []
    price, first = call.venue.reference.index_price(found[0].family), min(row.terms.expiry for row in found)
    ending = [row for row in found if row.terms.expiry == first]
    return sorted(ending, key=lambda row: (abs(row.terms.strike - price), row.name))[:_LOOKED_AT]


def option_trades(call: Call) -> Rows:
    """Give the newest trades of an option, or of the nearest ones of a family."""
    params = call.params
    right = one_of(params, "optType", ("", *_RIGHTS), "")
    found = [instrument_of(call.venue, params)] if params.get("instId") else _nearest(call)
    if any(row.kind != "OPTION" for row in found):
        raise Refusal("51000", "instId")
    every = [(trade, row) for row in found if not right or row.terms.right == right for trade in _trades(call, row)]
    every.sort(key=lambda one: (-one[0].trade_id, one[1].name))
    return [_trade_row(call, trade, row) for trade, row in every[:_TRADES]]


def _trades(call: Call, row: Instrument) -> list[Print]:
    return list(islice(quotes.tape(call.venue, row).before(), _TRADES))


def _trade_row(call: Call, trade: Print, row: Instrument) -> dict[str, Any]:
    reference = call.venue.reference
    quoted = reference.quoted(row)
    (told,) = quotes.trade_rows(quotes.tape(call.venue, row), [trade])
    return {
        "instId": row.name, "instFamily": row.family, "tradeId": told["tradeId"], "px": told["px"], "sz": told["sz"],
        "side": told["side"], "optType": row.terms.right, "fillVol": rounded(quoted.volatility),
        "fwdPx": rounded(quoted.forward), "idxPx": plain(reference.index_price(row.family)),
        "markPx": plain(reference.mark_price(row)), "ts": told["ts"],
    }  # fmt: skip


def family_trades(call: Call) -> Rows:
    """Give the newest trades of a family's calls and puts, the nearest options alone."""
    rows: Rows = []
    nearest = _nearest(call)
    for right in _RIGHTS:
        found = [row for row in nearest if row.terms.right == right]
        if found:
            volume = sum((call.venue.days.last(row).volume for row in found), start=found[0].lot * 0)
            trades = [one for row in found for one in _told(call, row)]
            trades.sort(key=lambda row: (-int(row["tradeId"]), row["instId"]))
            rows.append({"vol24h": plain(volume), "optType": right, "tradeInfo": trades[:_TRADES]})
    return rows


def _told(call: Call, row: Instrument) -> list[dict[str, Any]]:
    kept = ("instId", "tradeId", "px", "sz", "side", "ts")
    told = quotes.trade_rows(quotes.tape(call.venue, row), _trades(call, row))
    return [{name: trade[name] for name in kept} for trade in told]


def tick_bands(call: Call) -> Rows:
    """Give the ticks of options by family: one for every price."""
    one_of(call.params, "instType", ("OPTION",))
    wanted = family_of(call.params)
    first = {row.family: row for row in call.venue.listing.kind("OPTION") if not wanted or row.family == wanted}
    return [
        {
            "instType": row.kind, "instFamily": family,
            "tickBand": [{"minPx": "0", "maxPx": "", "tickSz": plain(row.tick)}],
        }
        for family, row in first.items()
    ]  # fmt: skip


_IP = ("ip",)

ROUTES = (
    Route("GET", "public/opt-summary", summary, "public", Limit(20, by=("ip", "instFamily"))),
    Route("GET", "public/option-trades", option_trades, "public", Limit(20, by=_IP)),
    Route("GET", "market/option/instrument-family-trades", family_trades, "public", Limit(20, by=_IP)),
    Route("GET", "public/instrument-tick-bands", tick_bands, "public", Limit(5, by=_IP)),
)
