"""Take-profits and stop-losses that come with an order and become algo orders of their own when it is done."""

from collections.abc import Mapping
from decimal import Decimal

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import floored, minus, plain
from okxlab.paper.orders.algo import AT_MARKET, FAILED, Algo, Trail, Trigger
from okxlab.paper.orders.ask import ATTACHED, Ask
from okxlab.paper.orders.order import Order

_LEGS = ("tp", "sl")
_GUARDS = ("tpTriggerPx", "slTriggerPx", "callbackRatio", "callbackSpread")
# the code for a trigger on the wrong side of the order's price, by leg and side of the order
_WRONG = {("tp", "buy"): "51046", ("sl", "buy"): "51047", ("tp", "sell"): "51048", ("sl", "sell"): "51049"}


def check_attached(ask: Ask, price: Decimal) -> None:
    """Refuse triggers on the wrong side of an order's price."""
    for spec in ask.attached:
        for leg in _LEGS:
            trigger = Decimal(spec[f"{leg}TriggerPx"] or price)
            above = (leg == "tp") is ask.buys
            if spec[f"{leg}TriggerPx"] and (trigger <= price if above else trigger >= price):
                raise Refusal(_WRONG[leg, ask.side])


def algo_of(order: Order, spec: Mapping[str, str]) -> Algo:
    """Give the algo order that closes what an order brought; one that cannot be is order_failed already."""
    ask, instrument = order.ask, order.instrument
    spot = instrument.kind == "SPOT"
    side = "sell" if order.buys else "buy"
    size = Decimal(spec["sz"]) if spec["sz"] else order.filled
    if spot and order.buys and order.fee_currency == instrument.base and not spec["sz"]:
        size = floored(minus(size, order.fee), instrument.lot)
    fields = {"instId": instrument.name, "tdMode": ask.mode, "side": side, "sz": plain(size), "tag": ask.tag}
    fields |= {"tgtCcy": "base_ccy"} if spot else {"posSide": ask.pos_side, "reduceOnly": "true"}
    fields |= {"ccy": ask.currency} if ask.currency else {}
    legs = {
        leg: Trigger(
            Decimal(spec[f"{leg}TriggerPx"]), spec[f"{leg}OrdPx"] or AT_MARKET, (leg == "tp") is order.buys,
            spec[f"{leg}TriggerPxType"] or "last",
        )
        for leg in _LEGS
        if spec[f"{leg}TriggerPx"]
    }  # fmt: skip
    trail = None
    if not legs:
        numbers = (Decimal(spec[name] or 0) for name in ("callbackRatio", "callbackSpread", "activePx"))
        trail = Trail(side == "buy", *numbers)
    kind = "move_order_stop" if trail else "oco" if len(legs) > 1 else "conditional"
    algo = Algo(0, order.account, instrument, kind, fields, legs, client_id=spec["attachAlgoClOrdId"], parent=order.id)
    algo.trail = trail
    if size < instrument.minimum:
        algo.state, algo.fail = FAILED, "51020"
    return algo


def change_attached(order: Order, changes: object) -> list[dict[str, str]]:
    """Give an order's attachments as an amendment wants them; 51527 when one is not there.

    A new trigger price of 0 takes a leg away.
    """
    if not isinstance(changes, list) or not all(isinstance(change, dict) for change in changes):
        raise Refusal("51000", "attachAlgoOrds")
    specs = [dict(spec) for spec in order.attached]
    for change in changes:
        spec = _named(specs, change)
        for name in ATTACHED:
            value = change.get(f"new{name[0].upper()}{name[1:]}")
            if isinstance(value, str) and value:
                spec[name] = value
        for leg in _LEGS:
            if spec[f"{leg}TriggerPx"] == "0":
                spec[f"{leg}TriggerPx"] = spec[f"{leg}OrdPx"] = spec[f"{leg}TriggerPxType"] = ""
    return [spec for spec in specs if any(spec[name] for name in _GUARDS)]


def _named(specs: list[dict[str, str]], change: Mapping[str, object]) -> dict[str, str]:
    for spec in specs:
        for name in ("attachAlgoId", "attachAlgoClOrdId"):
            if change.get(name) and change[name] == spec[name]:
                return spec
    raise Refusal("51527")
