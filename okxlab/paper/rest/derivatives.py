"""The terms of trading contracts: price limits, tiers, open interest, deliveries, conversions."""

from decimal import Decimal
from functools import lru_cache

import numpy as np

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, floored, plain, read, times
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.noise import key, uniforms
from okxlab.paper.prices.world import World
from okxlab.paper.products.chains import OPTION_COINS, option, option_names
from okxlab.paper.products.contracts import future, futures_families
from okxlab.paper.products.expiries import DAY, HOUR, MOMENT, written
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.tiers import tiers
from okxlab.paper.rest.parameters import family_of, instrument_of, limited, listed_in, needed, one_of, whole
from okxlab.paper.rest.public import chosen
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[object]
_CONTRACTS = ("SWAP", "FUTURES", "OPTION")
_TIERED = ("MARGIN", *_CONTRACTS)
_DATED = ("FUTURES", "OPTION")
_OPEN_DAYS = Decimal("0.35")  # open interest, of a day's volume
_MOST_OPTIONS = 2000.0  # contracts open in one option
_LATEST, _KEPT = 2**62, 90 * DAY
_FRIDAY = 4


def price_limit(call: Call) -> Rows:
    """Give the highest price to buy at and the lowest to sell at."""
    found = instrument_of(call.venue, call.params)
    high, low = call.venue.reference.price_limits(found)
    return [
        {
            "instType": found.kind, "instId": found.name, "buyLmt": plain(high), "sellLmt": plain(low),
            "ts": str(call.venue.feed.now), "enabled": True,
        }
    ]  # fmt: skip


def position_tiers(call: Call) -> Rows:
    """Give the tiers of families of contracts, or of spot pairs with leverage."""
    params, listing = call.params, call.venue.listing
    kind = one_of(params, "instType", _TIERED)
    one_of(params, "tdMode", ("cross", "isolated"))
    if kind == "MARGIN":
        names, currency = listed_in(params, "instId"), params.get("ccy") or ""
        if not names and not currency:
            raise Refusal("50014", "instId")
        found = [row for row in listing.kind("MARGIN") if row.name in names or (not names and row.base == currency)]
    else:
        families = listed_in(params, "instFamily") or listed_in(params, "uly")
        if not families:
            raise Refusal("50014", "instFamily")
        first = {row.family: row for row in reversed(listing.kind(kind)) if row.family in families}
        found = list(first.values())
    if not found:
        raise Refusal("51001")
    tier = params.get("tier") or ""
    return [row.row(one) for one in found for row in tiers(one) if not tier or str(row.number) == tier]


def open_interest(call: Call) -> Rows:
    """Give how many contracts are open, made up from a day's volume (of an option, from its name)."""
    one_of(call.params, "instType", _CONTRACTS)
    return [_interest(call, row) for row in chosen(call)]


def _interest(call: Call, row: Instrument) -> dict[str, object]:
    venue = call.venue
    if row.kind == "OPTION":
        contracts = Decimal(int(_drawn(f"{row.name}/open") ** 3 * _MOST_OPTIONS))
    else:
        contracts = floored(venue.days.last(row).volume * _OPEN_DAYS, row.lot)
    amount, price = times(contracts, row.terms.value), venue.reference.index_price(row.family)
    coins = amount if row.terms.currency == row.base else divided(amount, price, Decimal("0.0001"))
    dollars = times(coins, price) if row.terms.currency == row.base else amount
    return {
        "instType": row.kind, "instId": row.name, "oi": plain(contracts), "oiCcy": plain(coins),
        "oiUsd": plain(floored(dollars, Decimal("0.01"))), "ts": str(venue.feed.now),
    }  # fmt: skip


def _drawn(name: str) -> float:
    return float(uniforms(key(0, name), np.zeros(1, np.int64))[0])


def estimated_price(call: Call) -> Rows:
    """Give at what contracts will be delivered, in the hour before they are."""
    params, venue = call.params, call.venue
    found = chosen(call) if params.get("instType") else [instrument_of(venue, params)]
    now = venue.feed.now
    return [
        {
            "instType": row.kind, "instId": row.name, "ts": str(now),
            "settlePx": plain(venue.reference.index_price(row.family)),
        }
        for row in found
        if row.contract is not None and 0 <= row.contract.expiry - now <= HOUR
    ]  # fmt: skip


def delivery_exercise_history(call: Call) -> Rows:
    """Give a page of what was delivered or exercised, three months back at most; of a recording nothing is known."""
    params, feed = call.params, call.venue.feed
    kind, family = one_of(params, "instType", _DATED), family_of(params)
    if not family:
        raise Refusal("50014", "instFamily")
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    limit = limited(params, "limit", 100, 100)
    if not isinstance(feed.sources, Market):
        return []
    last = (min(feed.now, after - 1) - MOMENT) // DAY * DAY + MOMENT
    oldest = max(feed.now - _KEPT, before + 1)
    rows: Rows = []
    for moment in range(last, oldest - 1, -DAY):
        details = _delivered(call, family, moment) if kind == "FUTURES" else _exercised(call, family, moment)
        if details:
            rows.append({"ts": str(moment), "details": details})
        if len(rows) == limit:
            break
    return rows


def _delivered(call: Call, family: str, moment: int) -> list[dict[str, str]]:
    """Give the future of a family that ended at a moment: each Friday there was one."""
    found = future(f"{family}-{written(moment)}")
    if found is None or family not in futures_families() or (moment // DAY + 3) % 7 != _FRIDAY:
        return []
    return [{"insId": found.name, "px": plain(call.venue.reference.delivery_price(found)), "type": "delivery"}]


def _exercised(call: Call, family: str, moment: int) -> list[dict[str, str]]:
    """Give the options that ended at a moment, as the day before made them."""
    sources = call.venue.feed.sources
    if family.partition("-")[0] not in OPTION_COINS or not isinstance(sources, Market):
        return []
    ended = _ended(sources.world, family, moment)
    price = call.venue.reference.delivery_price(ended[0]) if ended else Decimal(0)
    return [
        {"insId": row.name, "px": plain(price), "type": "exercised" if _pays(row, price) else "expired_otm"}
        for row in ended
    ]


@lru_cache(maxsize=200)
def _ended(world: World, family: str, moment: int) -> list[Instrument]:
    names = option_names(family.partition("-")[0], world.index(family, moment - DAY), moment - DAY)
    return [row for name in names if (row := option(name)) and row.terms.expiry == moment]


def _pays(row: Instrument, price: Decimal) -> bool:
    return price > row.terms.strike if row.terms.right == "C" else price < row.terms.strike


def settlement_history(call: Call) -> Rows:
    """Give nothing: futures here are settled at their delivery alone."""
    if not family_of(call.params):
        raise Refusal("50014", "instFamily")
    return []


def estimated_settlement(call: Call) -> Rows:
    """Give nothing, for the same reason."""
    instrument_of(call.venue, call.params)
    return []


def underlying(call: Call) -> Rows:
    """Give the families of a kind, all in one row."""
    kind = one_of(call.params, "instType", _CONTRACTS)
    return [list(dict.fromkeys(row.family for row in call.venue.listing.kind(kind)))]


def convert(call: Call) -> Rows:
    """Turn coins (or dollars) into contracts, or contracts into coins."""
    params = call.params
    found, kind = instrument_of(call.venue, params), one_of(params, "type", ("1", "2"), "1")
    if found.contract is None:
        raise Refusal("51000", "instId")
    unit = one_of(params, "unit", ("coin", "usds"), "coin")
    one_of(params, "opType", ("open", "close"), "open")
    size = read(needed(params, "sz"))
    price = read(str(params.get("px") or "")) or call.venue.reference.mark_price(found)
    if size is None or not price:
        raise Refusal("51000", "sz" if size is None else "px")
    in_coins = found.contract.currency == found.base
    same = in_coins == (unit == "coin")  # the contract's worth is counted in what is asked
    value = found.contract.value
    if kind == "1":
        each = value if same else times(value, price) if in_coins else divided(value, price, Decimal("1e-18"))
        result = divided(size, each, found.lot)
    else:
        amount = times(size, value)
        result = amount if same else times(amount, price) if in_coins else divided(amount, price, Decimal("1e-8"))
    return [{"type": kind, "instId": found.name, "px": plain(price), "sz": plain(result), "unit": unit}]


_IP, _BY = ("ip",), ("ip", "instId")
_FAMILY = ("ip", "instType", "instFamily")

ROUTES = (
    Route("GET", "public/price-limit", price_limit, "public", Limit(20, by=_IP)),
    Route("GET", "public/position-tiers", position_tiers, "public", Limit(10, by=_IP)),
    Route("GET", "public/open-interest", open_interest, "public", Limit(20, by=_BY)),
    Route("GET", "public/estimated-price", estimated_price, "public", Limit(10, by=_BY)),
    Route("GET", "public/delivery-exercise-history", delivery_exercise_history, "public", Limit(40, by=_FAMILY)),
    Route("GET", "public/settlement-history", settlement_history, "public", Limit(40, by=("ip", "instFamily"))),
    Route("GET", "public/estimated-settlement-info", estimated_settlement, "public", Limit(10, by=_BY)),
    Route("GET", "public/underlying", underlying, "public", Limit(20, by=_IP)),
    Route("GET", "public/convert-contract-coin", convert, "public", Limit(10, by=_IP)),
)
