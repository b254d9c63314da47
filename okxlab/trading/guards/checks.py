"""Whether an order may leave: each check is one question about the order, what is at stake already, and the limits."""

from decimal import Decimal

from okxlab.model import plain
from okxlab.trading.guards.case import Case, Verdict, failed, passed
from okxlab.trading.guards.exposure import ZERO, Exposure, Resting
from okxlab.trading.guards.limits import COUNTED, Limits

_CHANGE_MARGIN_MS = 5_000  # how well the exchange's clock is known, and how soon its list follows a change


def check_state(case: Case, _: Exposure, __: Limits) -> Verdict:
    """Let orders pass where the instrument takes them: all while it is live, those that rest while it is post_only."""
    state, name = case.rules.state, case.rules.instrument.symbol
    if state == "live" or (state == "post_only" and case.request.post_only):
        return passed("state", state)
    if state == "post_only":
        return failed("state", f"{name} takes post-only orders alone for now.", "Say post_only=True, or wait.")
    return failed(
        "state",
        f"{name} takes no orders: its state is {state or 'not told'!r}.",
        "Cancel what rests if you wish, and wait until ox.instruments(session) shows it live.",
    )


def check_rules(case: Case, _: Exposure, limits: Limits) -> Verdict:
    """Let an order pass while the rules it was made by are fresh and none of them is just changing."""
    if case.rules_age > limits.rules_age:
        what = f"The rules of {case.request.symbol} are {case.rules_age:.0f} s old, which is more than "
        return _over("rules", f"{what}{limits.rules_age:g} s", "rules_age", limits, "Read them again")
    read_ms = case.now_ms - round(case.rules_age * 1000)
    for change in case.rules.changes:
        begins, settled = change.at_ms - _CHANGE_MARGIN_MS, change.at_ms + _CHANGE_MARGIN_MS
        if case.now_ms >= begins and read_ms < settled:
            what = f"{change.name} of {case.request.symbol} changes to {change.value} at this moment."
            return failed("rules", what, "Try again in ten seconds, with the new step.")
    return passed("rules", f"{case.rules_age:.1f} s")


def check_listed(case: Case, _: Exposure, limits: Limits) -> Verdict:
    """Let only instruments of the allow-list pass."""
    allowed, symbol = limits.instruments, case.request.symbol
    if allowed is None or symbol in allowed:
        return passed("instruments", symbol)
    names = ", ".join(sorted(allowed)) or "nothing"
    return _over(
        "instruments", f"{symbol} is not among what may be traded, {names}", "instruments", limits, "Trade one of them"
    )


def check_band(case: Case, _: Exposure, limits: Limits) -> Verdict:
    """Let a price pass that is near a fresh price of the market; where it costs, nearer than where it rests."""
    request, market = case.request, case.price
    if case.price_age > limits.reference_age:
        what = f"The last price of {request.symbol} is {case.price_age:.1f} s old, which is more than "
        return _over("band", f"{what}{limits.reference_age:g} s", "reference_age", limits, "Read it again")
    if request.price is None:
        return passed("band", f"at market, {plain(market)}")
    off = request.price / market - 1
    costs = off > 0 if request.side == "buy" else off < 0
    name, most = ("price_band", limits.price_band) if costs else ("rest_band", limits.rest_band)
    if most is None or abs(request.price - market) <= most * market:
        return passed("band", f"{off:+.4f}")
    way = "above" if off > 0 else "below"
    what = (
        f"A {request.side} at {plain(request.price)} is {abs(off):.2%} {way} the last price of {plain(market)}, "
        f"which is more than {most:.2%}"
    )
    return _over("band", what, name, limits, "Give a nearer price")


def check_order(case: Case, _: Exposure, limits: Limits) -> Verdict:
    """Let an order pass that is not worth too much."""
    return _most("order", case.worth, limits, "This order is worth", "Place less")


def check_open(case: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let an order pass while what rests, it included and what is unknown, is not worth too much."""
    worth = exposure.open + case.worth
    return _most("open", worth, limits, "With this order, what rests is worth", "Place less, cancel something")


def check_position(case: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let an order pass while its instrument, should all fill that adds to it, is not held for too much.

    A sale of a spot pair adds nothing.
    """
    symbol, size = case.request.symbol, case.size
    held, there = exposure.position.get(symbol, ZERO), exposure.resting.get(symbol, Resting())
    if case.request.side == "buy":
        base = max(ZERO, held + there.buys + size)
    elif case.rules.instrument.contract is None:
        return passed("position", "sells")
    else:
        base = max(ZERO, there.sells + size - held)
    worth = base * case.price * case.rate
    return _most("position", worth, limits, f"With this order, {symbol} would be held for", "Place less")


def check_day(case: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let an order pass while what traded today and may still trade is not worth too much."""
    worth = exposure.traded + exposure.open + case.worth
    return _most("day", worth, limits, "With this order, a day's trades come to", "Wait for the next UTC day")


def check_fees(case: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let an order pass while the fees of today, should all fill, stay within their budget."""
    rate = case.taker + (limits.market_fee if case.request.price is None else ZERO)
    fees = exposure.fees + exposure.open * max(case.taker, ZERO) + case.worth * rate
    return _most("fees", fees, limits, "With this order, a day's fees come to", "Wait for the next UTC day")


def check_loss(case: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let orders pass until too much was lost today; after that only sales of what is held."""
    symbol = case.request.symbol
    held, there = exposure.position.get(symbol, ZERO), exposure.resting.get(symbol, Resting())
    if case.request.side == "sell" and there.sells + case.size <= held:
        return passed("loss", "sells what is held")
    return _most("loss", exposure.lost, limits, "The losses of this UTC day come to", "Sell, wait for the next day")


def check_rate(_: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let so many orders pass in a minute."""
    number = Decimal(exposure.sent + 1)
    return _most("orders_per_minute", number, limits, "The orders of this minute come to", "Wait a minute")


def check_count(_: Case, exposure: Exposure, limits: Limits) -> Verdict:
    """Let so many orders rest at a time."""
    number = Decimal(exposure.open_orders + 1)
    return _most("open_orders", number, limits, "With this order, the orders that rest come to", "Cancel some")


EACH = (check_state, check_rules, check_listed, check_band, check_order)
ALL = (check_open, check_position, check_day, check_fees, check_loss, check_rate, check_count)
CHECKS = (*EACH, *ALL)


def _most(name: str, value: Decimal, limits: Limits, what: str, fix: str) -> Verdict:
    most = getattr(limits, name)
    if most is None:
        return passed(name, "no limit")
    if value <= most:
        return passed(name, f"{plain(value)} <= {most}")
    unit = "" if isinstance(most, int) else " USDT"
    return _over(name, f"{what} {_short(value)}{unit}, which is more than {most}{unit}", name, limits, fix)


def _short(value: Decimal) -> str:
    return plain(round(value, 2)) if value >= 1 else plain(value)


def _over(name: str, what: str, limit: str, limits: Limits, fix: str) -> Verdict:
    if limits.where.startswith("built in"):
        place, way = f"is {limits.where}", "set it in limits.toml"
    else:
        place, way = f"stands under {limits.where}", "change it there"
    whose = f" of {limits.strategies or 'the whole account'}" if limit in COUNTED else ""
    return failed(name, f"{what}: the limit {limit}{whose} {place}.", f"{fix}, or {way}.")
