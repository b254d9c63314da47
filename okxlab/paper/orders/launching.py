"""How a grid bot begins: its money goes to its purse, it takes what its ladder stands on, and the ladder rests."""

from decimal import Decimal
from itertools import pairwise
from typing import Protocol

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import TAKER
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, divided_freely, floored, minus, plain, plus, steps, times
from okxlab.paper.matching.model import FillModel
from okxlab.paper.orders import rotation
from okxlab.paper.orders.admission import check_state
from okxlab.paper.orders.ask import parse
from okxlab.paper.orders.grid import PENDING, RUNNING, Grid, Interval
from okxlab.paper.orders.order import Order
from okxlab.paper.orders.rotation import rest, tried
from okxlab.paper.products.ladder import least_investment

ZERO, ONE = Decimal(0), Decimal(1)
STRATEGY = BillKind("12", "")  # OKX's strategy transfer
_SPARE = Decimal("1.002")  # a contract grid keeps so much margin more than its orders need: marks move


class Desk(rotation.Desk, Protocol):
    """What beginning needs of the venue."""

    ledger: Ledger
    margin: Margin
    model: FillModel

    def bill(self, account: Account, entry: Entry, kind: BillKind) -> None:
        """Note that a balance changed, and why."""


def begin(desk: Desk, grid: Grid) -> None:
    """Let a grid live: it runs at once, or waits for its price; its money is its own from here on.

    Raises
    ------
    Refusal
        51008 when the owner has not so much to spare, 51340 when it is too little for the ladder, 51022 and its like
        while the instrument is not traded.
    """
    check_open(desk, grid)
    least = least_investment(grid.instrument, grid.levels, Decimal(grid.lever))
    price = desk.feed.price(grid.instrument.name)
    grid.invested = plus(grid.quote, times(grid.base, price))
    if grid.invested < least or not unit(desk, grid, meeting(desk, grid)):
        raise Refusal("51340", f"{plain(floored(least, Decimal('1e-8')))} {grid.currency}")
    parts = {grid.currency: grid.quote} | ({grid.instrument.base: grid.base} if grid.base else {})
    for currency, amount in parts.items():
        if amount > desk.standings.spare(grid.owner, currency):
            raise Refusal("51008", currency, sub_code="1000")
    desk.grids.add(grid)
    for currency, amount in parts.items():
        move(desk, currency, amount, grid.owner, grid.purse)
    if grid.state == PENDING:
        desk.grids.tell(grid)
    else:
        launch(desk, grid)


def check_open(desk: Desk, grid: Grid) -> None:
    """Refuse while a grid's instrument takes no market orders."""
    check_state(parse(_market(grid, "buy", grid.instrument.minimum), desk.listing))


def launch(desk: Desk, grid: Grid) -> None:
    """Let a grid run from here on."""
    grid.state, grid.launched, grid.price = RUNNING, desk.clock.now_ms(), meeting(desk, grid)
    grid.invested = plus(grid.quote, times(grid.base, grid.price))
    spread(desk, grid, grid.price)


def spread(desk: Desk, grid: Grid, price: Decimal) -> None:
    """Take what the ladder stands on at the market, out of what is in the purse, and let the ladder rest."""
    grid.size = unit(desk, grid, price)
    grid.intervals = ladder(grid, price)
    held = [interval for interval in grid.intervals if interval.open]
    (_stock if grid.spot else _expose)(desk, grid, held, price)
    for place in range(grid.count):
        rest(desk, grid, place)
    desk.grids.tell(grid)


def meeting(desk: Desk, grid: Grid) -> Decimal:
    """Give the worst price the first order will meet, which is what the ladder must reckon with."""
    price = desk.feed.price(grid.instrument.name)
    units = sum(interval.open for interval in ladder(grid, price))
    if not units:
        return price
    short = grid.direction == "short"
    size = max(times(units, unit(desk, grid, price)), grid.instrument.minimum)
    fields = _market(grid, "sell" if short else "buy", size) | {"banAmend": "true"}
    met = desk.model.priced(grid.purse, parse(fields, desk.listing))[1]
    return min(met, price) if short else max(met, price)


def ladder(grid: Grid, price: Decimal) -> list[Interval]:
    """Give the intervals as they stand at a price: what is beyond it is held from the first, or waits to be."""
    found = []
    for low, high in pairwise(grid.levels):
        if grid.direction == "neutral":
            found.append(Interval(short=low >= price))
            continue
        short = grid.direction == "short"
        beyond = high <= price if short else low >= price
        held = beyond and (grid.spot or grid.opens)
        found.append(Interval(short=short, open=held, waits=beyond and not held))
    return found


def unit(desk: Desk, grid: Grid, price: Decimal, more: Decimal = ZERO) -> Decimal:
    """Give what each interval trades when the ladder begins at a price; 0 when the money does not do for the least.

    ``more`` is what will be put in beside what is there.
    """
    instrument, (quote, base) = grid.instrument, _means(desk, grid)
    quote = plus(quote, more)
    if grid.spot:
        worth = plus(quote, times(base, times(price, minus(ONE, TAKER))))
        total = sum((min(level, price) for level in grid.levels[:-1]), start=ZERO)
        size = divided(worth, total, instrument.lot)
        sold = floored(times(size, minus(ONE, TAKER)), instrument.lot)
        return size if sold >= instrument.minimum else ZERO
    size = times(divided(quote, times(each(desk, grid, price), _SPARE), ONE), instrument.lot)
    return size if size >= instrument.minimum else ZERO


def _means(desk: Desk, grid: Grid) -> tuple[Decimal, Decimal]:
    """Give what a ladder may be made of: what is to be put in, or what is in the purse already."""
    if grid.id not in desk.grids.live:
        return grid.quote, grid.base
    if not grid.spot:
        return max(desk.grids.equity(grid), ZERO), ZERO
    balance, uid = desk.ledger.balance, grid.purse.uid
    return balance(uid, grid.currency), balance(uid, grid.instrument.base)


def each(desk: Desk, grid: Grid, price: Decimal) -> Decimal:
    """Give what margin and fees of one lot in every interval of a contract grid come to."""
    ask = parse(_market(grid, "buy", grid.instrument.minimum), {grid.instrument.name: grid.instrument})
    total = ZERO
    for interval, (low, high) in zip(ladder(grid, price), pairwise(grid.levels), strict=True):
        at = price if interval.open else high if interval.short else low
        total = plus(total, desk.margin.cost(grid.purse, ask, grid.instrument.lot, at)[1])
    return total


def move(desk: Desk, currency: str, amount: Decimal, source: Account, target: Account) -> None:
    """Move money between an owner and his bot's purse, with a bill for each."""
    if amount:
        desk.ledger.move(currency, amount, source.uid, target.uid)
        desk.bill(source, Entry(currency, amount.copy_negate()), STRATEGY)
        desk.bill(target, Entry(currency, amount), STRATEGY)


def take(desk: Desk, grid: Grid, side: str, size: Decimal) -> Order | None:
    """Trade at the market; None when it is less than may be traded or is refused."""
    if size < grid.instrument.minimum:
        return None
    return tried(desk, grid, {"side": side, "ordType": "market", "sz": plain(size)})


def _market(grid: Grid, side: str, size: Decimal) -> dict[str, str]:
    mode = {"tdMode": "cash", "tgtCcy": "base_ccy"} if grid.spot else {"tdMode": "cross"}
    return {"instId": grid.instrument.name, "side": side, "ordType": "market", "sz": plain(size)} | mode


def _stock(desk: Desk, grid: Grid, held: list[Interval], price: Decimal) -> None:
    """Buy the units a spot grid holds from the first, or sell what of its base currency it does not need."""
    need = minus(times(len(held), grid.size), desk.ledger.balance(grid.purse.uid, grid.instrument.base))
    order = take(desk, grid, "buy" if need > 0 else "sell", floored(need.copy_abs(), grid.instrument.lot))
    cost = times(times(len(held), grid.size), price)
    if order is not None:
        _count(grid, order)
        if order.buys:
            cost = plus(minus(cost, times(order.filled, price)), order.cost)
    has = desk.ledger.balance(grid.purse.uid, grid.instrument.base)
    sold = floored(times(grid.size, minus(ONE, TAKER)), grid.instrument.lot)
    held = _kept(held, steps(has, sold))
    if held:
        size = min(divided(has, Decimal(len(held)), grid.instrument.lot), grid.size)
        _deal(grid, held, size, (cost, ZERO))


def _expose(desk: Desk, grid: Grid, held: list[Interval], price: Decimal) -> None:
    """Open the position a contract grid holds from the first, or make it of the one it has."""
    before, short = grid.position, grid.direction == "short"
    wanted = times(len(held), grid.size)
    more = minus(wanted.copy_negate() if short else wanted, before.size if before else ZERO)
    order = take(desk, grid, "buy" if more > 0 else "sell", more.copy_abs())
    fee = order.fee if order is not None else ZERO
    if order is not None:
        _count(grid, order)
    position = grid.position
    size = position.size.copy_abs() if position is not None and position.long is not short else ZERO
    held = _kept(held, steps(size, grid.size) if size else 0)
    if held and position is not None:
        cost = position.cost if before is None else grid.instrument.worth(times(len(held), grid.size), price)
        _deal(grid, held, grid.size, (cost, ZERO if before else fee))


def _count(grid: Grid, order: Order) -> None:
    """Count a first order as so many trades as it is units, and its fee."""
    grid.trades += steps(order.filled, grid.size)
    grid.charge(order)


def _kept(held: list[Interval], count: int) -> list[Interval]:
    """Give the units that were to be had; the others wait for the price to pass them, as others of their kind do."""
    for interval in held[count:]:
        interval.open, interval.waits = False, True
    return held[:count]


def _deal(grid: Grid, held: list[Interval], size: Decimal, paid: tuple[Decimal, Decimal]) -> None:
    """Share out what the units held from the first have cost, to the last digit."""
    left, count = list(paid), len(held)
    for interval in held:
        interval.size = size
        interval.cost, interval.fee = (divided_freely(amount, Decimal(count)) for amount in left)
        left, count = [minus(left[0], interval.cost), minus(left[1], interval.fee)], count - 1
