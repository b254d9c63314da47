"""How much an account could trade or take out, and the demo's refill."""

from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.closing import against
from okxlab.paper.accounts.ledger import OUTSIDE
from okxlab.paper.accounts.loans import on_margin
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, divided_freely, floored, plain, plus, read, times
from okxlab.paper.orders.ask import Ask
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import listed_in, needed, one_of
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[Any]
ZERO = Decimal(0)
DAY = 86_400_000
RAISES = 3
ADJUSTABLE = ("BTC", "ETH", "USDT", "OKB")
_MODES = ("cash", "cross", "isolated")
_IN, _OUT = BillKind("1", "11"), BillKind("1", "12")


def max_size(call: Call) -> Rows:
    """Give the largest order either way: base currency of spot, contracts of derivatives."""
    mode = one_of(call.params, "tdMode", _MODES)
    found = []
    for instrument in _named(call):
        given = str(call.params.get("px") or "")
        price = read(given) if given else call.venue.feed.price(instrument.name)
        if not price:
            raise Refusal("51000", "px")
        most = {side: _most(call, instrument, (mode, side), price) for side in ("buy", "sell")}
        currency = instrument.contract.settle if instrument.contract else instrument.base
        found.append(
            {
                "instId": instrument.name, "ccy": currency,
                "maxBuy": plain(most["buy"]), "maxSell": plain(most["sell"]),
            }
        )  # fmt: skip
    return found


def max_available(call: Call) -> Rows:
    """Give what an order could use: quote and base currency of spot, margin of derivatives, a position to be closed."""
    mode = one_of(call.params, "tdMode", _MODES)
    reducing = str(call.params.get("reduceOnly") or "").lower() == "true"
    found = []
    for instrument in _named(call):
        left = {side: plain(_available(call, instrument, (mode, side), reducing=reducing)) for side in ("buy", "sell")}
        found.append({"instId": instrument.name, "availBuy": left["buy"], "availSell": left["sell"]})
    return found


def max_withdrawal(call: Call) -> Rows:
    """Give what could be moved out of the trading account."""
    venue, account, wanted = call.venue, call.account, listed_in(call.params, "ccy")
    found = []
    for currency in sorted(wanted) or venue.ledger.currencies(account.uid):
        left = plain(max(venue.standings.spare(account, currency), ZERO))
        found.append({"ccy": currency, "maxWd": left, "maxWdEx": left, "spotOffsetMaxWd": "", "spotOffsetMaxWdEx": ""})
    return found


def adjust(call: Call) -> Rows:
    """Raise or lower the demo's balance; it can be raised three times a day."""
    venue, account, params = call.venue, call.account, call.params
    kind, asked = one_of(params, "type", ("increase", "decrease", "add", "reduce")), params.get("adjustments")
    raising = kind in {"increase", "add"}
    if not isinstance(asked, list) or not asked:
        raise Refusal("50014", "adjustments")
    changes = [(_adjustable(row), _amount(row)) for row in asked]
    today = venue.clock.now_ms() // DAY
    used = account.raised[1] if account.raised[0] == today else 0
    if raising and used >= RAISES:
        raise Refusal("50040")
    wanted: dict[str, Decimal] = {}
    for currency, amount in changes:
        wanted[currency] = plus(wanted.get(currency, ZERO), amount)
    if not raising and any(amount > venue.standings.spare(account, name) for name, amount in wanted.items()):
        raise Refusal("59200")
    if raising:
        account.raised = (today, used := used + 1)
        venue.changes.accounts[account.uid] = account
    details = []
    for currency, amount in changes:
        change = amount if raising else amount.copy_negate()
        venue.ledger.move(currency, change, OUTSIDE, account.uid)
        venue.bill(account, Entry(currency, change), _IN if raising else _OUT)
        bal = plain(venue.ledger.balance(account.uid, currency))
        details.append({"ccy": currency, "amt": plain(amount), "bal": bal})
    return [{"remainCnt": str(RAISES - used), "totalCnt": str(RAISES), "details": details}]


def _named(call: Call) -> list[Instrument]:
    names = [name for name in needed(call.params, "instId").split(",") if name]
    if len(names) > 5:
        raise Refusal("51000", "instId")
    found = [call.venue.listing.get(name) for name in names]
    if None in found:
        raise Refusal("51001")
    return [row for row in found if row is not None]


def _most(call: Call, instrument: Instrument, of: tuple[str, str], price: Decimal) -> Decimal:
    """Give the largest size: what closes, and what the margin left opens."""
    venue, account, (mode, side) = call.venue, call.account, of
    instrument = _taken(call, instrument, mode)
    if instrument.contract is None:
        if mode != ("cross" if account.level == "3" else "cash"):
            raise Refusal("51010")
        left = max(venue.standings.cash_left(account, instrument.quote if side == "buy" else instrument.base), ZERO)
        return divided(left, price, instrument.lot) if side == "buy" else floored(left, instrument.lot)
    if mode == "cash" or account.level == "1":
        raise Refusal("51010")
    one = _ask(call, instrument, of, instrument.lot)
    currency, cost = venue.margin.cost(account, one, instrument.lot, price)
    left = max(venue.standings.margin_left(account, currency), ZERO)
    most = times(floored(divided_freely(left, cost), Decimal(1)), instrument.lot) if cost else ZERO
    position = against(account, one)
    if position is None:
        return most
    return plus(most, position.size.copy_abs())


def _available(call: Call, instrument: Instrument, of: tuple[str, str], *, reducing: bool) -> Decimal:
    account, (mode, side), standings = call.account, of, call.venue.standings
    instrument = _taken(call, instrument, mode)
    if instrument.contract is None:
        if mode != ("cross" if account.level == "3" else "cash"):
            raise Refusal("51010")
        return max(standings.cash_left(account, instrument.quote if side == "buy" else instrument.base), ZERO)
    if mode == "cash" or account.level == "1":
        raise Refusal("51010")
    if reducing:
        position = against(account, _ask(call, instrument, of, instrument.lot))
        return position.size.copy_abs() if position else ZERO
    return max(standings.margin_left(account, instrument.contract.settle), ZERO)


def _taken(call: Call, instrument: Instrument, mode: str) -> Instrument:
    """Give an instrument as an order in a mode takes it."""
    return on_margin(call.account, _ask(call, instrument, (mode, "buy"), instrument.lot)).instrument


def _ask(call: Call, instrument: Instrument, of: tuple[str, str], size: Decimal) -> Ask:
    mode, side = of
    kept_apart = (
        ("long" if side == "buy" else "short") if call.account.hedged and instrument.kind != "MARGIN" else "net"
    )
    return Ask(instrument, side, "market", size, None, in_quote=False, mode=mode, pos_side=kept_apart)


def _adjustable(row: Any) -> str:
    currency = row.get("ccy") if isinstance(row, dict) else None
    if currency not in ADJUSTABLE:
        raise Refusal("51000", "ccy")
    return str(currency)


def _amount(row: Any) -> Decimal:
    amount = read(str(row.get("amt") or ""))
    if not amount:
        raise Refusal("51000", "amt")
    return amount


_TWENTY = Limit(20)
ROUTES = (
    Route("GET", "account/max-size", max_size, "read", _TWENTY),
    Route("GET", "account/max-avail-size", max_available, "read", _TWENTY),
    Route("GET", "account/max-withdrawal", max_withdrawal, "read", _TWENTY),
    Route("POST", "account/demo-adjust-balance", adjust, "trade", Limit(20)),
)
