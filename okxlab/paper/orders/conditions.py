"""Algo orders and attached take-profits and stop-losses as asked, checked against the market."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.standing import Standings
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import on_step, read
from okxlab.paper.orders.algo import AT_MARKET, CHASED, SLICED, Algo, Chase, Slices, Trail, Trigger
from okxlab.paper.orders.ask import Ask, client_id_of, one_of, parse, price_of, size_of, text
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.listing import Listing

_ORDER = (
    "instId", "tdMode", "side", "posSide", "sz", "tgtCcy", "reduceOnly", "ccy", "tag", "advanceOrdType",
    "closeFraction", "cxlOnClosePos", *SLICED, *CHASED,
)  # fmt: skip
_STOPS = ("conditional", "oco")
_KINDS = ("last", "mark", "index")
# the code for a trigger on the wrong side of the price, by leg and side of the order it places
_WRONG = {("tp", "buy"): "51277", ("sl", "buy"): "51278", ("tp", "sell"): "51279", ("sl", "sell"): "51280"}
# the fields of an amendment, by leg
_CHANGES = (
    ("tp", "newTpTriggerPx", "newTpOrdPx"), ("sl", "newSlTriggerPx", "newSlOrdPx"), ("", "newTriggerPx", "newOrdPx"),
)  # fmt: skip
_LARGEST_RATIO, _LARGEST_VARIANCE = Decimal(1), Decimal("0.01")
_SLICED_KINDS = ("iceberg", "twap")


class Market(Protocol):
    """What the prices of triggers are read from."""

    listing: Listing
    feed: Feed
    standings: Standings


def price_now(market: Market, instrument: Instrument, kind: str) -> Decimal:
    """Give an instrument's last, mark or index price."""
    if kind == "mark":
        return market.standings.marks.mark_price(instrument)
    if kind == "index":
        family = instrument.contract.family if instrument.contract else instrument.name
        return market.standings.marks.index_price(family)
    return market.feed.price(instrument.name)


def parse_algo(market: Market, account: Account, fields: Mapping[str, object]) -> tuple[Algo, Ask]:
    """Read an algo order's fields, and give it with the order it would place now.

    Raises
    ------
    Refusal
        With OKX's code for the first thing that is wrong.
    """
    for name in ("instId", "tdMode", "side", "ordType"):
        if not text(fields, name):
            raise Refusal("50014", name)
    instrument = market.listing.get(text(fields, "instId"))
    if instrument is None:
        raise Refusal("51001")
    one_of(fields, "side", ("buy", "sell"))
    kind = one_of(fields, "ordType", ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap", "chase"))
    one_of(fields, "advanceOrdType", ("", "fok", "ioc"))
    if one_of(fields, "cxlOnClosePos", ("", "true", "false")) == "true" and text(fields, "reduceOnly") != "true":
        raise Refusal("51000", "reduceOnly")
    order = {name: value for name in _ORDER if (value := text(fields, name))}
    if instrument.kind == "SPOT" and account.level != "3" and order["tdMode"] == "cross" and kind in _STOPS:
        order["tdMode"] = "cash"  # ccxt asks for cross and means what it holds
    algo = Algo(0, account, instrument, kind, order, {}, client_id=client_id_of(fields, "algoClOrdId"))
    _set_triggers(market, algo, fields)
    attached = fields.get("attachAlgoOrds")
    if kind == "trigger" and attached:
        if not isinstance(attached, list):
            raise Refusal("51000", "attachAlgoOrds")
        algo.attached = attached
    return algo, _check_order(market, algo)


def read_trigger(market: Market, algo: Algo, leg: str, values: tuple[str, str, str]) -> Trigger:
    """Give the trigger of trigger price, order price and kind of price; those of OKX's names begin with ``leg``.

    Raises
    ------
    Refusal
        When it is malformed, or a take-profit or stop-loss on the wrong side of the price.
    """
    price_text, order_price, kind = values
    instrument, name = algo.instrument, f"{leg}TriggerPx" if leg else "triggerPx"
    if not order_price:
        raise Refusal("50014", f"{leg}OrdPx" if leg else "orderPx")
    if kind not in _KINDS:
        raise Refusal("51000", f"{name}Type")
    if kind != "last" and instrument.kind == "SPOT":
        raise Refusal("51415")
    price = price_of(price_text, instrument, name)
    if order_price != AT_MARKET:
        price_of(order_price, instrument, f"{leg}OrdPx" if leg else "orderPx")
    now, side = price_now(market, instrument, kind), algo.order["side"]
    if not leg:
        return Trigger(price, order_price, rising=price >= now, kind=kind)
    rising = (leg == "tp") is (side == "sell")
    if price <= now if rising else price >= now:
        raise Refusal(_WRONG[leg, side])
    return Trigger(price, order_price, rising=rising, kind=kind)


def _set_triggers(market: Market, algo: Algo, fields: Mapping[str, object]) -> None:
    if algo.kind == "move_order_stop":
        algo.trail = _read_trail(algo, fields)
        return
    if algo.kind == "chase":
        algo.chase = _read_chase(algo, fields)
        return
    if algo.kind in _SLICED_KINDS:
        algo.slices = _read_slices(algo, fields)
        return
    if algo.kind == "trigger":
        values = text(fields, "triggerPx"), text(fields, "orderPx"), text(fields, "triggerPxType") or "last"
        algo.legs = {"": read_trigger(market, algo, "", values)}
        return
    wanted = [leg for leg in ("tp", "sl") if text(fields, f"{leg}TriggerPx")]
    if algo.kind == "oco" and len(wanted) < 2:
        raise Refusal("50014", "slTriggerPx" if "tp" in wanted else "tpTriggerPx")
    if not wanted:
        raise Refusal("50014", "tpTriggerPx")
    for leg in wanted if algo.kind == "oco" else wanted[-1:]:  # of a conditional order's two the stop-loss counts
        kind = text(fields, f"{leg}TriggerPxType") or "last"
        values = text(fields, f"{leg}TriggerPx"), text(fields, f"{leg}OrdPx"), kind
        algo.legs[leg] = read_trigger(market, algo, leg, values)


def _read_trail(algo: Algo, fields: Mapping[str, object]) -> Trail:
    given = {name: text(fields, name) for name in ("callbackRatio", "callbackSpread", "activePx")}
    if bool(given["callbackRatio"]) is bool(given["callbackSpread"]):
        raise Refusal("50014" if not given["callbackRatio"] else "51000", "callbackRatio")
    numbers = {name: read(value) if value else Decimal(0) for name, value in given.items()}
    for name, number in numbers.items():
        if number is None or (given[name] and not number):
            raise Refusal("51000", name)
    ratio, spread, active = (number or Decimal(0) for number in numbers.values())
    if ratio >= _LARGEST_RATIO:
        raise Refusal("51000", "callbackRatio")
    if not (on_step(spread, algo.instrument.tick) and on_step(active, algo.instrument.tick)):
        raise Refusal("51150")
    return Trail(algo.order["side"] == "buy", ratio, spread, active)


def _read_chase(algo: Algo, fields: Mapping[str, object]) -> Chase:
    if algo.instrument.kind not in {"SWAP", "FUTURES"}:
        raise Refusal("51000", "ordType")
    if bool(text(fields, "maxChaseType")) is not bool(text(fields, "maxChaseVal")):
        raise Refusal("50014", "maxChaseVal" if text(fields, "maxChaseType") else "maxChaseType")
    numbers: list[Decimal] = []
    for kind_name, name in (("chaseType", "chaseVal"), ("maxChaseType", "maxChaseVal")):
        kind = one_of(fields, kind_name, ("", "distance", "ratio")) or "distance"
        value = read(text(fields, name) or "0")
        if value is None or (kind == "ratio" and value >= _LARGEST_RATIO):
            raise Refusal("51000", name)
        numbers += [value, Decimal(0)] if kind == "ratio" else [Decimal(0), value]
    ratio, distance, most_ratio, most_distance = numbers
    return Chase(ratio, distance, most_ratio, most_distance)


def _read_slices(algo: Algo, fields: Mapping[str, object]) -> Slices:
    instrument, twap = algo.instrument, algo.kind == "twap"
    for name in ("sz", "szLimit", "pxLimit", *(["timeInterval"] if twap else [])):
        if not text(fields, name):
            raise Refusal("50014", name)
    whole, size = size_of(text(fields, "sz"), instrument), size_of(text(fields, "szLimit"), instrument, "szLimit")
    if size > whole:
        raise Refusal("51274" if twap else "51255")
    ratio, spread = text(fields, "pxVar"), text(fields, "pxSpread")
    if bool(ratio) is bool(spread):
        raise Refusal("50014" if not ratio else "51000", "pxVar")
    share = read(ratio) if ratio else Decimal(0)
    if share is None or (ratio and not 0 < share <= _LARGEST_VARIANCE):
        raise Refusal("51270" if twap else "51256")
    gap = price_of(spread, instrument, "pxSpread") if spread else Decimal(0)
    seconds = text(fields, "timeInterval") if twap else "0"
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 6 or (twap and not int(seconds)):
        raise Refusal("51000", "timeInterval")
    return Slices(size, price_of(text(fields, "pxLimit"), instrument, "pxLimit"), share, gap, int(seconds) * 1000)


def _check_order(market: Market, algo: Algo) -> Ask:
    """Refuse what could not be ordered when the time comes, and give the order of its last leg."""
    whole = bool(algo.order.get("closeFraction"))
    if whole:
        _check_fraction(algo)
    size = str(algo.instrument.minimum) if whole else ""
    prices = [leg.order_price for leg in algo.legs.values()] or [AT_MARKET]
    return [parse(algo.asked(price, size), market.listing) for price in prices][-1]


def _check_fraction(algo: Algo) -> None:
    if algo.instrument.kind not in {"SWAP", "FUTURES"}:
        raise Refusal("51327")
    if algo.order.get("reduceOnly") != "true" and algo.order.get("posSide", "net") == "net":
        raise Refusal("51328")
    if any(leg.order_price != AT_MARKET for leg in algo.legs.values()):
        raise Refusal("51330")
    if algo.order["closeFraction"] != "1":
        raise Refusal("51000", "closeFraction")


def change(market: Market, algo: Algo, fields: Mapping[str, object]) -> dict[str, Trigger]:
    """Give an algo order's triggers as an amendment wants them.

    A new trigger price of 0 takes a leg away; a leg may be added.

    Raises
    ------
    Refusal
        With OKX's code; nothing has changed.
    """
    legs = dict(algo.legs)
    for leg, trigger, order_price in _CHANGES:
        given = text(fields, trigger), text(fields, order_price), text(fields, f"{trigger}Type")
        old = legs.get(leg)
        if not any(given) or (bool(leg) is ("" in algo.legs)):
            continue
        if given[0] == "0":
            legs.pop(leg, None)
        else:
            price = given[0] or (str(old.price) if old else "")
            values = price, given[1] or (old.order_price if old else ""), given[2] or (old.kind if old else "last")
            legs[leg] = read_trigger(market, algo, leg, values)
    if not legs:
        raise Refusal("51000", "newTpTriggerPx")
    return legs
