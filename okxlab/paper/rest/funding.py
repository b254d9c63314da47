"""Funding: the rate that swaps pay next, what they paid, and the premium it comes from."""

from math import expm1

import numpy as np

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.prices.bars import rounded
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.premium import premium
from okxlab.paper.prices.reference import FUNDING_PERIOD
from okxlab.paper.prices.spans import MINUTE
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import instrument_of, limited, needed, whole
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[object]
_ANY = "ANY"
_METHOD, _FORMULA, _INTEREST = "current_period", "withRate", "0.0001"
_MOST_HISTORY, _MOST_PREMIUMS = 400, 100
_LATEST = 2**62
_KEPT = 90 * 24 * 60 * MINUTE


def funding_rate(call: Call) -> Rows:
    """Give the funding rate of a swap, or of all of them for ANY."""
    if needed(call.params, "instId") == _ANY:
        return [_rate(call, row) for row in call.venue.listing.kind("SWAP")]
    return [_rate(call, _swap(call))]


def _swap(call: Call) -> Instrument:
    found = instrument_of(call.venue, call.params)
    if found.kind != "SWAP":
        raise Refusal("51000", "instId")
    return found


def _rate(call: Call, swap: Instrument) -> dict[str, object]:
    reference, now = call.venue.reference, call.venue.feed.now
    due, most = reference.next_funding(now), reference.most_funding(swap)
    return {
        "instType": swap.kind, "instId": swap.name, "method": _METHOD, "formulaType": _FORMULA,
        "fundingRate": plain(reference.funding_rate(swap, due)), "nextFundingRate": "", "fundingTime": str(due),
        "nextFundingTime": str(due + FUNDING_PERIOD), "minFundingRate": plain(-most), "maxFundingRate": plain(most),
        "interestRate": _INTEREST, "impactValue": "", "settState": "settled",
        "settFundingRate": plain(reference.funding_rate(swap, due - FUNDING_PERIOD)),
        "premium": rounded(reference.premium(swap)), "ts": str(now),
    }  # fmt: skip


def funding_rate_history(call: Call) -> Rows:
    """Give a page of the rates a swap paid, three months back at most."""
    params, swap, feed = call.params, _swap(call), call.venue.feed
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    limit = limited(params, "limit", _MOST_HISTORY, _MOST_HISTORY)
    source = feed.sources[swap.name]
    oldest = max(source.time(source.first), feed.now - _KEPT, before + 1)
    newest = min(feed.now, after - 1) // FUNDING_PERIOD * FUNDING_PERIOD
    stamps = [ts for place in range(limit) if (ts := newest - place * FUNDING_PERIOD) >= oldest]
    rates = [plain(call.venue.reference.funding_rate(swap, ts)) for ts in stamps]
    return [
        {
            "instType": swap.kind, "instId": swap.name, "formulaType": _FORMULA, "fundingRate": rate,
            "realizedRate": rate, "fundingTime": str(ts), "method": _METHOD,
        }
        for ts, rate in zip(stamps, rates, strict=True)
    ]  # fmt: skip


def premium_history(call: Call) -> Rows:
    """Give a page of the premium of a contract, minute by minute."""
    params, feed, found = call.params, call.venue.feed, instrument_of(call.venue, call.params)
    if found.contract is None:
        raise Refusal("51000", "instId")
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    limit = limited(params, "limit", _MOST_PREMIUMS, _MOST_PREMIUMS)
    newest = min(feed.now, after - 1) // MINUTE
    oldest = max(newest - limit + 1, before // MINUTE + 1, (feed.now - _KEPT) // MINUTE)
    minutes = np.arange(oldest, newest + 1, dtype=np.float64)
    world = feed.sources.world if isinstance(feed.sources, Market) else None
    logs = premium(world.seed, found.contract, minutes).tolist() if world and len(minutes) else [0.0] * len(minutes)
    rows = zip(minutes.tolist(), logs, strict=True)
    found_rows: Rows = [
        {"instId": found.name, "premium": rounded(expm1(log)), "ts": str(int(at) * MINUTE)} for at, log in rows
    ]
    return found_rows[::-1]


_BY = ("ip", "instId")

ROUTES = (
    Route("GET", "public/funding-rate", funding_rate, "public", Limit(10, by=_BY)),
    Route("GET", "public/funding-rate-history", funding_rate_history, "public", Limit(10, by=_BY)),
    Route("GET", "public/premium-history", premium_history, "public", Limit(20, by=("ip",))),
)
