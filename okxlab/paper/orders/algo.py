"""An algo order: what is to be ordered, and the price that sets it off."""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import minus, plain, plus, times
from okxlab.paper.products.borrowing import margin_pair
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)
SLICED = ("szLimit", "pxLimit", "pxVar", "pxSpread", "timeInterval")
CHASED = ("chaseType", "chaseVal", "maxChaseType", "maxChaseVal")
_OWN = ("advanceOrdType", "closeFraction", "cxlOnClosePos", *SLICED, *CHASED)  # fields no order has
AT_MARKET = "-1"  # OKX's price of an order that takes what it finds
_READ = (
    "uid",
    "instrument",
    "lent",
    "legs",
    "trail",
    "slices",
    "chase",
)  # the parts of a record that are no plain values
LIVE, EFFECTIVE, CANCELED, FAILED = "live", "effective", "canceled", "order_failed"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A price that sets an order off: when ``kind`` (last, mark or index) rises to it, or else falls to it.

    ``order_price`` is what is then ordered at, `AT_MARKET` or a price.

    Examples
    --------
    >>> Trigger(Decimal(90), "-1", rising=False).met(Decimal(91))
    False
    """

    price: Decimal
    order_price: str
    rising: bool
    kind: str = "last"

    def met(self, price: Decimal) -> bool:
        """Whether a price sets it off."""
        return price >= self.price if self.rising else price <= self.price


@dataclass(slots=True)
class Trail:
    """A trigger that follows the price: ``ratio`` or ``spread`` behind the best since ``active`` was reached.

    ``extreme`` is that best price, 0 until then.

    Examples
    --------
    >>> trail = Trail(buys=False, ratio=Decimal("0.1"))
    >>> [trail.follow(Decimal(price)) for price in (100, 120, 109, 108)]
    [False, False, False, True]
    """

    buys: bool
    ratio: Decimal = ZERO
    spread: Decimal = ZERO
    active: Decimal = ZERO
    extreme: Decimal = ZERO

    @property
    def threshold(self) -> Decimal:
        """The price that sets the order off now; 0 until it follows."""
        if not self.extreme:
            return ZERO
        gap = self.spread or times(self.extreme, self.ratio)
        return plus(self.extreme, gap) if self.buys else minus(self.extreme, gap)

    def follow(self, price: Decimal) -> bool:
        """Follow the price, and tell whether it has come back far enough."""
        if not self.extreme:
            if self.active and (price > self.active if self.buys else price < self.active):
                return False
            self.extreme = price
        self.extreme = min(self.extreme, price) if self.buys else max(self.extreme, price)
        return price >= self.threshold if self.buys else price <= self.threshold


@dataclass(slots=True)
class Slices:
    """How an algo order is worked off: ``size`` at a time, ``ratio`` or ``spread`` off the last price.

    Parameters
    ----------
    limit
        The worst price.
    interval
        Between two slices of a twap, in ms of protocol time; 0 for an iceberg, whose slices follow each other.
    done, cost
        What the slices that are done have filled, and its worth.
    next
        When the next one is due.
    child
        The id of the slice that rests; 0 for none.
    """

    size: Decimal
    limit: Decimal
    ratio: Decimal = ZERO
    spread: Decimal = ZERO
    interval: int = 0
    done: Decimal = ZERO
    cost: Decimal = ZERO
    next: int = 0
    child: int = 0

    def gap(self, price: Decimal) -> Decimal:
        """Give how far off a price slices are."""
        return self.spread or times(price, self.ratio)


@dataclass(slots=True)
class Chase:
    """How an order follows the best price: ``ratio`` or ``distance`` off it, until that has moved too far.

    ``most_ratio`` or ``most_distance`` is how far from ``first``, where it was at first; neither for any distance.
    ``child`` is the id of the order that rests; 0 for none yet.
    """

    ratio: Decimal = ZERO
    distance: Decimal = ZERO
    most_ratio: Decimal = ZERO
    most_distance: Decimal = ZERO
    first: Decimal = ZERO
    child: int = 0

    def gap(self, price: Decimal) -> Decimal:
        """Give how far off a price the order is."""
        return self.distance or times(price, self.ratio)

    def most(self, price: Decimal) -> Decimal:
        """Give how far the price may move; 0 for any distance."""
        return self.most_distance or times(price, self.most_ratio)


@dataclass(slots=True, eq=False)
class Algo:
    """An algo order of an account.

    Parameters
    ----------
    kind
        OKX's ordType: conditional, oco, trigger, move_order_stop, iceberg, twap or chase.
    order
        The fields of the order it places, as asked.
    legs
        Its triggers: ``tp`` and ``sl``, or one without a name.
    parent
        The order it was attached to; 0 for none.
    attached
        What is attached to the order it places.
    orders
        The ids of the orders placed; ``leg`` is the trigger that did, ``size`` and ``price`` what came of it.
    held
        What it sets aside of the base currency.
    """

    id: int
    account: Account
    instrument: Instrument
    kind: str
    order: dict[str, str]
    legs: dict[str, Trigger]
    created: int = 0
    client_id: str = ""
    trail: Trail | None = None
    slices: Slices | None = None
    chase: Chase | None = None
    parent: int = 0
    attached: list[dict[str, str]] = field(default_factory=list)
    updated: int = 0
    state: str = LIVE
    triggered: int = 0
    orders: list[int] = field(default_factory=list)
    leg: str = ""
    size: str = ""
    price: str = ""
    fail: str = ""
    held: Decimal = ZERO

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return self.state == LIVE

    @property
    def holds(self) -> Decimal:
        """What it must set aside of the base currency: spot that a take-profit or stop-loss is to sell."""
        sells = self.order["side"] == "sell" and self.order.get("tgtCcy") != "quote_ccy"
        if self.open and sells and self.instrument.kind == "SPOT" and self.kind in {"conditional", "oco"}:
            return Decimal(self.order["sz"])
        return ZERO

    def asked(self, order_price: str, size: str = "") -> dict[str, object]:
        """Give the fields of the order it places."""
        asked: dict[str, object] = {name: value for name, value in self.order.items() if name not in _OWN}
        if size:
            asked["sz"] = size
        if order_price == AT_MARKET:
            asked["ordType"] = "market"
        else:
            asked |= {"ordType": self.order.get("advanceOrdType") or "limit", "px": order_price}
        if self.attached:
            asked["attachAlgoOrds"] = self.attached
        return asked


def write_algo(algo: Algo) -> dict[str, Any]:
    """Give an algo order's record."""
    trail, slices = algo.trail, algo.slices
    return {
        "id": algo.id, "uid": algo.account.uid, "instrument": algo.instrument.name, "kind": algo.kind,
        "lent": algo.instrument.kind == "MARGIN",
        "order": algo.order, "created": algo.created, "client_id": algo.client_id, "parent": algo.parent,
        "legs": {
            name: [plain(leg.price), leg.order_price, leg.rising, leg.kind] for name, leg in algo.legs.items()
        },
        "trail": trail
        and [trail.buys, plain(trail.ratio), plain(trail.spread), plain(trail.active), plain(trail.extreme)],
        "slices": slices and _told(slices), "chase": algo.chase and _told(algo.chase),
        "attached": algo.attached, "updated": algo.updated, "state": algo.state, "triggered": algo.triggered,
        "orders": algo.orders, "leg": algo.leg, "size": algo.size, "price": algo.price, "fail": algo.fail,
    }  # fmt: skip


def read_algo(record: dict[str, Any], account: Account, instrument: Instrument) -> Algo:
    """Give the algo order of a record; what it holds is for the venue to set aside again."""
    rest = {name: value for name, value in record.items() if name not in _READ}
    if record.get("lent") and instrument.kind == "SPOT":
        instrument = margin_pair(instrument)
    legs = {
        name: Trigger(Decimal(price), order_price, rising, kind)
        for name, (price, order_price, rising, kind) in record["legs"].items()
    }
    trail = record["trail"] and Trail(record["trail"][0], *(Decimal(part) for part in record["trail"][1:]))
    slices, chase = record["slices"] and Slices(**_read(record["slices"])), record["chase"]
    return Algo(
        account=account, instrument=instrument, legs=legs, trail=trail, slices=slices,
        chase=chase and Chase(**_read(chase)), **rest,
    )  # fmt: skip


def _told(state: Slices | Chase) -> dict[str, Any]:
    values = {part.name: getattr(state, part.name) for part in fields(state)}
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _read(record: dict[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in record.items()}
