"""What the platform tells of itself: its volume, its funds, what it lends, and what it does not have."""

from decimal import Decimal

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.products.coins import MONEY, coins
from okxlab.paper.rest.index import YUAN
from okxlab.paper.rest.parameters import family_of, instrument_of, limited, listed_in, needed, one_of, whole
from okxlab.paper.rest.route import Act, Call, Limit, Route

Rows = list[object]
_DAY = 86_400_000
_LATEST = 2**62
_FUND = "10000000"  # dollars of insurance a family
_LENT = ("USDT", "USDC", "BTC", "ETH", "SOL", "XRP", "DOGE", "LTC")
_QUOTA = 1_000_000  # dollars lent of one currency
_FREE, _WHOLE = "0", "1"  # loans cost no interest here, and every coin counts whole as margin
_LEVELS = (("Lv1", "1"), ("Lv2", "2"), ("Lv3", "3"))
_VIP = (("VIP1", "4"), ("VIP2", "6"), ("VIP3", "8"))


def volume(call: Call) -> Rows:
    """Give what was traded in 24 hours, spot and swaps, in dollars."""
    return [call.venue.glance.row("platform/volume", lambda: _volume(call))]


def _volume(call: Call) -> dict[str, object]:
    venue = call.venue
    total = 0.0
    for row in (*venue.listing.kind("SPOT"), *venue.listing.kind("SWAP")):
        day = venue.days.last(row)
        worth = float(row.terms.value) if row.contract else 1.0
        paid = float(day.volume) if row.contract and not row.contract.linear else day.turnover
        total += paid * worth * float(venue.reference.dollars(row.quote))
    yuan = total * float(YUAN)
    return {"volUsd": f"{total:.2f}", "volCny": f"{yuan:.2f}", "ts": str(venue.feed.now)}


def insurance_fund(call: Call) -> Rows:
    """Give the insurance fund of a family or currency: a fixed sum, told once a day."""
    params, now = call.params, call.venue.feed.now
    kind = one_of(params, "instType", ("MARGIN", "SWAP", "FUTURES", "OPTION"))
    family, currency = family_of(params), params.get("ccy") or ""
    if not (currency if kind == "MARGIN" else family):
        raise Refusal("50014", "ccy" if kind == "MARGIN" else "instFamily")
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    limit = limited(params, "limit", 100, 100)
    last = min(now, after - 1) // _DAY
    days = [day * _DAY for day in range(last, last - limit, -1) if day * _DAY > before]
    held = currency or family.partition("-")[2] or "USDT"
    details = [
        {
            "balance": _FUND, "amt": "", "ccy": held, "type": "regular_update", "maxBal": "", "maxBalTs": "",
            "decRate": "", "adlType": "", "ts": str(day),
        }
        for day in days
    ]  # fmt: skip
    return [{"total": _FUND, "instFamily": family, "instType": kind, "details": details}]


def loan_quota(_call: Call) -> Rows:
    """Give what can be borrowed, at what rate a day."""
    basic = [{"ccy": name, "rate": _FREE, "quota": plain(_coins(name, _QUOTA))} for name in _LENT]
    levels = {
        name: [{"level": level, "loanQuotaCoef": times, "irDiscount": ""} for level, times in rows]
        for name, rows in (("vip", _VIP), ("regular", _LEVELS))
    }
    return [{"basic": basic, **levels, "configCcyList": [], "config": []}]


def discount_quota(call: Call) -> Rows:
    """Give how much of each coin counts as margin."""
    wanted, level = listed_in(call.params, "ccy"), call.params.get("discountLv") or ""
    names = [name for name in (*MONEY, *coins()) if not wanted or name in wanted]
    return [_discount(name) for name in names if not level or level == "1"]


def _discount(name: str) -> dict[str, object]:
    tier = {
        "tier": "1", "minAmt": "0", "maxAmt": "", "discountRate": _WHOLE, "liqPenaltyRate": "0", "disCcyEq": "",
    }  # fmt: skip
    return {
        "ccy": name, "colRes": "0", "collateralRestrict": False, "amt": "0", "discountLv": "1",
        "minDiscountRate": _WHOLE, "details": [tier],
    }  # fmt: skip


def _coins(name: str, dollars: int) -> Decimal:
    """Give how many whole coins a sum of dollars is at the price where the market started."""
    row = coins().get(name)
    return Decimal(dollars) if row is None else Decimal(int(dollars / float(row.start)))


def call_auctions(call: Call) -> Rows:
    """Give nothing: no instrument opens by an auction here."""
    instrument_of(call.venue, call.params)
    return []


def data_files(call: Call) -> Rows:
    """Give no files: there are none here, and the row says so."""
    for name in ("module", "instType", "dateAggrType", "begin", "end"):
        needed(call.params, name)
    kind = str(call.params["dateAggrType"])
    return [{"ts": str(call.venue.clock.now_ms()), "totalSizeMB": "0", "dateAggrType": kind, "details": []}]


def none(_call: Call) -> Rows:
    """Give nothing: there are no such products here."""
    return []


_IP = ("ip",)
_EVENTS: tuple[tuple[str, Act], ...] = (
    ("public/event-contract/series", none), ("public/event-contract/events", none),
    ("public/event-contract/markets", none),
)  # fmt: skip

ROUTES = (
    Route("GET", "market/platform-24-volume", volume, "public", Limit(2, by=_IP)),
    Route("GET", "public/insurance-fund", insurance_fund, "public", Limit(10, by=_IP)),
    Route("GET", "public/interest-rate-loan-quota", loan_quota, "public", Limit(2, by=_IP)),
    Route("GET", "public/discount-rate-interest-free-quota", discount_quota, "public", Limit(2, by=_IP)),
    Route("GET", "market/call-auction-details", call_auctions, "public", Limit(20, by=_IP)),
    Route("GET", "public/market-data-history", data_files, "public", Limit(2, 5000, _IP)),
    *(Route("GET", path, act, "public", Limit(10, by=_IP)) for path, act in _EVENTS),
)
