"""A grid bot as asked, checked against its instrument and the market."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Protocol

from okxlab.clock import Clock
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import RATES
from okxlab.paper.accounts.leverage import highest
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, read, times
from okxlab.paper.orders.ask import client_id_of, one_of, price_of, size_of, tag_of, text
from okxlab.paper.orders.grid import CONTRACT, PENDING, RUNNING, SPOT, Grid
from okxlab.paper.orders.grids import MOST, Grids
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.ladder import levels
from okxlab.paper.products.listing import Listing

Fields = Mapping[str, object]
ZERO = Decimal(0)
_MOST_LEVELS = {SPOT: 1000, CONTRACT: 500}
_STOP_TYPES = ("1", "2")
_NOT_TO_BE_HAD = ("profitSharingRatio",)


class Desk(Protocol):
    """What reading a grid needs of the venue."""

    listing: Listing
    feed: Feed
    clock: Clock
    grids: Grids
    next_order: int


def parse_grid(desk: Desk, account: Account, fields: Fields) -> Grid:
    """Read a grid's fields, and give it its id.

    Raises
    ------
    Refusal
        With OKX's code for the first thing that is wrong.
    """
    kind = one_of(fields, "algoOrdType", ("", SPOT, CONTRACT))
    for name in ("instId", "algoOrdType", "maxPx", "minPx", "gridNum"):
        if not text(fields, name):
            raise Refusal("50014", name)
    instrument = _instrument(desk, text(fields, "instId"), kind)
    low, high = (price_of(text(fields, name), instrument, name) for name in ("minPx", "maxPx"))
    if low >= high:
        raise Refusal("51346")
    geometric = one_of(fields, "runType", ("", "1", "2")) == "2"
    count = _count(text(fields, "gridNum"), kind)
    _check_levels(instrument, levels(instrument, low, high, count, geometric=geometric))
    client_id = client_id_of(fields, "algoClOrdId")
    _check_others(desk.grids, account, client_id)
    for name in _NOT_TO_BE_HAD:
        if text(fields, name) not in {"", "0"}:
            raise Refusal("51000", name)
    now = desk.clock.now_ms()
    money = _spot(fields, instrument) if kind == SPOT else _contract(fields, account, instrument)
    grid = Grid(
        desk.next_order, account, instrument, kind, low, high, count, geometric, client_id=client_id,
        tag=tag_of(fields), created=now, updated=now, **money,
    )  # fmt: skip
    desk.next_order += 1
    price = desk.feed.price(instrument.name)
    grid.starts, grid.ends = conditions(fields, instrument, price)
    grid.state = PENDING if grid.starts else RUNNING
    grid.take, grid.stop = limits(grid, fields, Decimal(grid.starts[0]) if grid.starts else price)
    return grid


def shape_of(grid: Grid, fields: Fields) -> tuple[Decimal, Decimal, int]:
    """Read another range and number of intervals for a grid, checked as those of a new one are."""
    low, high = (price_of(text(fields, name), grid.instrument, name) for name in ("minPx", "maxPx"))
    if low >= high:
        raise Refusal("51346")
    _check_limits((grid.take, grid.stop), (low, high), short=grid.direction == "short")
    count = _count(text(fields, "gridNum"), grid.kind)
    _check_levels(grid.instrument, levels(grid.instrument, low, high, count, geometric=grid.geometric))
    return low, high, count


def limits(grid: Grid, fields: Fields, price: Decimal) -> tuple[Decimal, Decimal]:
    """Read where a grid takes its profit and stops its loss: beyond its range, and not where the market is.

    A limit that is not given stays as it is; -1 takes it away.
    """
    short = grid.direction == "short"
    take, stop = (
        _limit(grid, fields, name, old) for name, old in (("tpTriggerPx", grid.take), ("slTriggerPx", grid.stop))
    )
    _check_limits((take, stop), (grid.low, grid.high), short=short)
    above, below = (stop, take) if short else (take, stop)
    if (above and price >= above) or (below and price <= below):
        raise Refusal("51398")
    return take, stop


def conditions(
    fields: Fields, instrument: Instrument, price: Decimal
) -> tuple[tuple[str, bool] | None, tuple[str, bool, str] | None]:
    """Read triggerParams: prices to begin and to end at; RSI is not to be had."""
    given = fields.get("triggerParams") or []
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise Refusal("51000", "triggerParams")
    starts: tuple[str, bool] | None = None
    ends: tuple[str, bool, str] | None = None
    for row in given:
        action = one_of(row, "triggerAction", ("start", "stop"))
        if one_of(row, "triggerStrategy", ("instant", "price")) == "instant":
            continue
        level = price_of(text(row, "triggerPx"), instrument, "triggerPx")
        rising = level > price
        if action == "start":
            starts = (text(row, "triggerPx"), rising)
        else:
            ends = (text(row, "triggerPx"), rising, one_of(row, "stopType", ("", *_STOP_TYPES)) or "1")
    return starts, ends


def _instrument(desk: Desk, name: str, kind: str) -> Instrument:
    instrument = desk.listing.get(name)
    if instrument is None:
        raise Refusal("51001")
    fits = instrument.kind == "SPOT" if kind == SPOT else instrument.kind in {"SWAP", "FUTURES"}
    if not fits:
        raise Refusal("51000", "instId")
    return instrument


def _count(given: str, kind: str) -> int:
    count = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 0
    if not 2 <= count <= _MOST_LEVELS[kind]:
        raise Refusal("51000", "gridNum")
    return count


def _check_levels(instrument: Instrument, ladder: list[Decimal]) -> None:
    """Refuse levels that fall together, and steps that do not earn what two resting orders cost."""
    if any(low >= high for low, high in pairwise(ladder)):
        raise Refusal("51000", "gridNum")
    left = minus(Decimal(1), RATES[instrument.kind][0])
    if instrument.contract is None:
        left = times(left, left)
    for low, high in pairwise(ladder):
        fees = times(minus(Decimal(1), left), low + high) if instrument.contract else ZERO
        if minus(high, low) <= fees if instrument.contract else times(high, left) <= low:
            raise Refusal("51351")


def _check_limits(limits: tuple[Decimal, Decimal], bounds: tuple[Decimal, Decimal], *, short: bool) -> None:
    """Refuse a take-profit or stop-loss within a range; 0 is none."""
    (take, stop), (low, high) = limits, bounds
    if take and (take >= low if short else take <= high):
        raise Refusal("51343" if short else "51349")
    if stop and (stop <= high if short else stop >= low):
        raise Refusal("51344" if short else "51348")


def _check_others(grids: Grids, account: Account, client_id: str) -> None:
    own = grids.of(account)
    if client_id and any(other.client_id == client_id for other in own):
        raise Refusal("51065")
    if len(own) >= MOST:
        raise Refusal("51025")


def _spot(fields: Fields, instrument: Instrument) -> dict[str, Any]:
    quote, base = amount(fields, "quoteSz"), text(fields, "baseSz")
    if not quote and not base:
        raise Refusal("50014", "quoteSz")
    return {"quote": quote, "base": size_of(base, instrument, "baseSz") if base else ZERO}


def _contract(fields: Fields, account: Account, instrument: Instrument) -> dict[str, Any]:
    if account.level == "1":
        raise Refusal("51010")
    for name in ("sz", "direction", "lever"):
        if not text(fields, name):
            raise Refusal("50014", name)
    lever, most = text(fields, "lever"), highest(instrument)
    if not (lever.isascii() and lever.isdigit() and len(lever) < 4 and 1 <= int(lever) <= most):
        raise Refusal("51370", str(most))
    return {
        "quote": amount(fields, "sz"), "direction": one_of(fields, "direction", ("long", "short", "neutral")),
        "lever": int(lever), "opens": one_of(fields, "basePos", ("", "true", "false")) == "true",
        "take_ratio": amount(fields, "tpRatio"), "stop_ratio": amount(fields, "slRatio"),
    }  # fmt: skip


def amount(fields: Fields, name: str) -> Decimal:
    """Read an amount that may be left out; 0 then."""
    given = text(fields, name)
    found = read(given) if given else ZERO
    if found is None or (given and not found):
        raise Refusal("51000", name)
    return found


def _limit(grid: Grid, fields: Fields, name: str, old: Decimal) -> Decimal:
    given = text(fields, name)
    if not given:
        return old
    return ZERO if given == "-1" else price_of(given, grid.instrument, name)
