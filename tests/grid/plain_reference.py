"""The plain reference: the grid rule of the design, written a second time with order objects, loops and Decimals.

It shares with okxlab only the ladder's values and `rotate`, the decision the bot takes too. The path, the matching, the
balances and the pairs are its own.
"""

from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from okxlab.grid import opening, rotate


@dataclass
class Book:
    """What the reference knows while it plays."""

    quote: Decimal
    base: Decimal
    orders: list
    paid: dict
    launched: set
    fills: list = field(default_factory=list)
    fees: Decimal = Decimal(0)
    grid_profit: Decimal = Decimal(0)


def play(made, rows, *, through=False, low_first=None):
    """Play a ladder over rows of four Decimals and give (summary, fills).

    ``low_first`` says for each row whether the low comes before the high; without it the nearer one comes first.
    """
    with localcontext(prec=300):
        return _play(made, rows, through, low_first or [nearest(*row) for row in rows])


def _play(made, rows, through, low_first):
    x, q = made.launch_price, made.size
    held = {i for i in range(made.spec.grids) if made.levels[i] >= x}
    book = Book(
        quote=made.spec.investment - q * x * len(held),
        base=q * len(held) * (1 - made.taker),
        orders=opening(made),
        paid=dict.fromkeys(held, q * x),
        launched=set(held),
        fees=q * x * len(held) * made.taker,
    )
    last = x
    for number, row in enumerate(rows):
        for point in points(*row, low_first[number]):
            _move(made, book, number, (last, point), through=through)
            last = point
    return _summary(made, book, rows), book.fills


def nearest(open_, high, low, close):
    """Tell whether the low is as near to the open as the high, or nearer."""
    return open_ - low <= high - open_


def points(open_, high, low, close, low_first):
    """Give the four points of a candle in the order the price visits them."""
    return (open_, low, high, close) if low_first else (open_, high, low, close)


def _move(made, book, number, move, *, through):
    """Move the price from one point to the next and fill what it meets, nearest order first."""
    start, end = move
    while True:
        met = [order for order in book.orders if _meets(order, start, end, through)]
        if not met:
            return
        order = min(met, key=lambda one: abs(one.price - start))
        _fill(made, book, number, order)
        start = order.price


def _meets(order, start, end, through):
    if order.side == "buy":
        return order.price <= start and (end < order.price if through else end <= order.price)
    return order.price >= start and (end > order.price if through else end >= order.price)


def _fill(made, book, number, order):
    i, value = order.interval, order.price * order.size
    if order.side == "buy":
        fee, currency = order.size * made.maker, made.instrument.base
        book.quote -= value
        book.base += order.size - fee
        book.paid[i] = value
    else:
        fee, currency = value * made.maker, made.instrument.quote
        book.quote += value - fee
        book.base -= order.size
        book.grid_profit += value - fee - book.paid.pop(i)
    book.fees += value * made.maker
    book.fills.append((number, order.side, i, order.price, order.size, fee, currency, value * made.maker))
    book.orders[book.orders.index(order)] = rotate(made, order)


def _summary(made, book, rows):
    mark = rows[-1][3]
    sells = sum(fill[1] == "sell" for fill in book.fills)
    return {
        "candles": len(rows),
        "buys": len(book.fills) - sells,
        "sells": sells,
        "round_trips": sells,
        "launch_units": len(book.launched),
        "size": made.size,
        "launch_price": rows[0][0],
        "mark": mark,
        "grid_profit": book.grid_profit,
        "floating_profit": book.base * mark - sum(book.paid.values()),
        "fees": book.fees,
        "quote_end": book.quote,
        "base_end": book.base,
        "equity_end": book.quote + book.base * mark,
        "identity_residual": Decimal(0),
    }
