"""An order as asked, checked against its instrument."""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, on_step, read
from okxlab.paper.products.instrument import MAX_LIMIT_SIZE, Instrument

TYPES = ("market", "limit", "post_only", "ioc", "fok", "optimal_limit_ioc")
PRICELESS = ("market", "optimal_limit_ioc")
MODES = ("cash", "cross", "isolated")
_REQUIRED = ("instId", "tdMode", "side", "ordType", "sz")
_SELF_TRADE = ("", "cancel_maker", "cancel_taker", "cancel_both")
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)
ZERO = Decimal(0)
# OKX's fields of an attached take-profit and stop-loss, and those that are not to be had here
ATTACHED = (
    "attachAlgoId", "attachAlgoClOrdId", "tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType",
    "slOrdPx", "sz", "callbackRatio", "callbackSpread", "activePx",
)  # fmt: skip
_NOT_ATTACHED = ("tpTriggerRatio", "slTriggerRatio")


class Ask(NamedTuple):
    """An order as asked, its numbers read and on the instrument's steps.

    ``size`` is in base currency or contracts, or in quote currency when ``in_quote``; ``price`` is None for orders that
    take what they find. ``mode`` is OKX's tdMode, ``currency`` its ccy (margin), ``attached`` its
    take-profits and stop-losses in OKX's fields, ``fields`` the request itself.
    """

    instrument: Instrument
    side: str
    kind: str
    size: Decimal
    price: Decimal | None
    in_quote: bool
    client_id: str = ""
    tag: str = ""
    size_text: str = ""
    target: str = ""
    self_trade: str = "cancel_maker"
    mode: str = "cash"
    pos_side: str = "net"
    reduce_only: bool = False
    currency: str = ""
    attached: tuple[Mapping[str, str], ...] = ()
    fields: Mapping[str, object] = MappingProxyType({})

    @property
    def buys(self) -> bool:
        """Whether it is a buy."""
        return self.side == "buy"

    @property
    def received(self) -> str:
        """The currency a fill of a spot order brings, in which the fee is taken."""
        return self.instrument.base if self.buys else self.instrument.quote

    @property
    def spent(self) -> str:
        """The currency a fill of a spot order costs, which a resting order holds."""
        return self.instrument.quote if self.buys else self.instrument.base

    def base_size(self, price: Decimal) -> Decimal:
        """Give the size in base currency at a price: what quote currency buys is rounded down to the lot."""
        if not self.in_quote:
            return self.size
        size = divided(self.size, price, self.instrument.lot)
        if size < self.instrument.minimum:
            raise Refusal("51020")
        return size


def text(fields: Mapping[str, object], name: str) -> str:
    """Give a parameter as text; absent is empty, and what is neither text nor boolean is 51000."""
    value = fields.get(name, "")
    if isinstance(value, str) and (value.isascii() or _written(value)):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    raise Refusal("51000", name)


def _written(value: str) -> bool:
    """Whether a text can be kept: there is no half of a surrogate pair in it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse(fields: Mapping[str, object], instruments: Mapping[str, Instrument]) -> Ask:
    """Read an order's fields.

    Raises
    ------
    Refusal
        With OKX's code for the first thing that is wrong.
    """
    given = {name: text(fields, name) for name in _REQUIRED}
    for name, value in given.items():
        if not value:
            raise Refusal("50014", name)
    instrument = instruments.get(given["instId"])
    if instrument is None:
        raise Refusal("51001")
    _check_modes(given, instrument)
    market = given["ordType"] in PRICELESS
    target = _target(fields)
    spot = instrument.kind == "SPOT"
    in_quote = market and spot and (target or ("quote_ccy" if given["side"] == "buy" else "base_ccy")) == "quote_ccy"
    return Ask(
        instrument=instrument,
        side=given["side"],
        kind=given["ordType"],
        size=_quote_size(given["sz"]) if in_quote else size_of(given["sz"], instrument),
        price=None if market else price_of(text(fields, "px"), instrument),
        in_quote=in_quote,
        client_id=client_id_of(fields),
        tag=tag_of(fields),
        size_text=given["sz"],
        target=("quote_ccy" if in_quote else "base_ccy") if market and spot else target,
        self_trade=_self_trade(fields),
        mode=given["tdMode"],
        pos_side=one_of(fields, "posSide", ("", "net", "long", "short")) or "net",
        reduce_only=one_of(fields, "reduceOnly", ("", "true", "false")) == "true",
        currency=text(fields, "ccy"),
        attached=_attached(fields, instrument) if _attaches(fields) else (),
        fields=fields,
    )


def _attaches(fields: Mapping[str, object]) -> bool:
    return bool(fields.get("attachAlgoOrds") or fields.get("tpTriggerPx") or fields.get("slTriggerPx"))


def _attached(fields: Mapping[str, object], instrument: Instrument) -> tuple[Mapping[str, str], ...]:
    """Read what is attached; older clients put one pair among the order's own fields."""
    specs = fields.get("attachAlgoOrds") or [fields | {"sz": ""}]  # type: ignore[operator]
    if not isinstance(specs, list) or not all(isinstance(spec, dict) for spec in specs):
        raise Refusal("51000", "attachAlgoOrds")
    return tuple(read_attached(spec, instrument) for spec in specs)


def read_attached(spec: Mapping[str, object], instrument: Instrument) -> dict[str, str]:
    """Read one attachment: a take-profit, a stop-loss or both with trigger and order price, or a trailing stop."""
    given = {name: text(spec, name) for name in ATTACHED}
    client_id_of(given, "attachAlgoClOrdId")
    for name in _NOT_ATTACHED:
        if text(spec, name):
            raise Refusal("51000", name)
    if given["sz"]:
        size_of(given["sz"], instrument)
    if given["callbackRatio"] or given["callbackSpread"]:
        _check_trail(given, instrument)
    elif not given["tpTriggerPx"] and not given["slTriggerPx"]:
        raise Refusal("50014", "tpTriggerPx")
    for leg in ("tp", "sl"):
        _check_leg(given, leg, instrument)
    return given


def _check_trail(given: Mapping[str, str], instrument: Instrument) -> None:
    """Refuse a trailing stop that is malformed or comes with others: it stands alone."""
    ratio, spread = given["callbackRatio"], given["callbackSpread"]
    share = read(ratio or "0.1")
    if (ratio and spread) or given["tpTriggerPx"] or given["slTriggerPx"] or not share or share >= 1:
        raise Refusal("51000", "callbackRatio")
    for name in ("callbackSpread", "activePx"):
        if given[name]:
            price_of(given[name], instrument, name)


def _check_leg(given: dict[str, str], leg: str, instrument: Instrument) -> None:
    trigger, order_price, kind = f"{leg}TriggerPx", f"{leg}OrdPx", f"{leg}TriggerPxType"
    if not given[trigger]:
        given[order_price] = given[kind] = ""
        return
    given[kind] = one_of(given, kind, ("", "last", "mark", "index")) or "last"
    if given[kind] != "last" and instrument.kind == "SPOT":
        raise Refusal("51415")
    price_of(given[trigger], instrument, trigger)
    if given[order_price] != "-1":
        price_of(given[order_price], instrument, order_price)


def _check_modes(given: Mapping[str, str], instrument: Instrument) -> None:
    if given["tdMode"] not in MODES:
        raise Refusal("51000", "tdMode")
    if given["side"] not in {"buy", "sell"}:
        raise Refusal("51000", "side")
    if given["ordType"] not in TYPES or (
        given["ordType"] == "optimal_limit_ioc" and instrument.kind not in {"FUTURES", "SWAP"}
    ):
        raise Refusal("51000", "ordType")


def _self_trade(fields: Mapping[str, object]) -> str:
    """Read stpMode; fill-or-kill orders know no cancel_both."""
    mode = one_of(fields, "stpMode", _SELF_TRADE) or "cancel_maker"
    if mode == "cancel_both" and fields["ordType"] == "fok":
        raise Refusal("51000", "stpMode")
    return mode


def _target(fields: Mapping[str, object]) -> str:
    return one_of(fields, "tgtCcy", ("", "base_ccy", "quote_ccy"))


def one_of(fields: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    """Give a parameter that must be one of a few texts; 51000 when it is not."""
    value = text(fields, name)
    if value not in allowed:
        raise Refusal("51000", name)
    return value


def _named(fields: Mapping[str, object], name: str, pattern: re.Pattern[str]) -> str:
    value = text(fields, name)
    if value and not pattern.fullmatch(value):
        raise Refusal("51000", name)
    return value


def client_id_of(fields: Mapping[str, object], name: str = "clOrdId") -> str:
    """Read an id of the client's; 51000 when it is not one."""
    return _named(fields, name, _CLIENT_ID)


def tag_of(fields: Mapping[str, object]) -> str:
    """Read a tag; 51000 when it is not one."""
    return _named(fields, "tag", _TAG)


def _quote_size(value: str) -> Decimal:
    size = read(value)
    if not size:
        raise Refusal("51000", "sz")
    return size


def size_of(value: str, instrument: Instrument, name: str = "sz") -> Decimal:
    """Read a size in base currency or contracts."""
    size = read(value)
    if not size:
        raise Refusal("51000", name)
    if size < instrument.minimum:
        raise Refusal("51020")
    if size > MAX_LIMIT_SIZE:
        raise Refusal("51005")
    if not on_step(size, instrument.lot):
        raise Refusal("51121")
    return size


def price_of(value: str, instrument: Instrument, name: str = "px") -> Decimal:
    """Read a price."""
    if not value:
        raise Refusal("50014", name)
    price = read(value)
    if not price:
        raise Refusal("51000", name)
    if not on_step(price, instrument.tick):
        raise Refusal("51150")
    return price
