"""The plain reference of contract grids: the documented rules written a second time, with order objects and Decimals.

It shares nothing with okxlab, not even the levels: the price goes tick by tick, and everything is looked at everywhere.
"""

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction


@dataclass
class Order:
    """A resting order of an interval."""

    interval: int
    buys: bool
    price: Decimal


@dataclass
class Unit:
    """What an interval holds: its entry price and the fee of entering."""

    price: Decimal
    fee: Decimal


@dataclass
class Game:
    """A contract grid, what it is played over, and everything that has happened to it."""

    terms: dict
    levels: list = field(default_factory=list)
    bases: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    units: dict = field(default_factory=dict)
    balance: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    grid_profit: Decimal = Decimal(0)
    stopped_profit: Decimal = Decimal(0)
    liquidation: Decimal = Decimal(0)
    trips: int = 0
    fills: list = field(default_factory=list)
    events: list = field(default_factory=list)
    launched: int = -1
    over: bool = False
    stopping: str = ""
    short: set = field(default_factory=set)


def play(terms):
    """Play a grid of plain values and give the game."""
    with localcontext(prec=120):
        game = Game(terms, balance=terms["investment"])
        game.levels = ladder(terms)
        last = None
        for number, row in enumerate(terms["rows"]):
            if game.launched >= 0 and not game.over:
                _fund(game, number, last)
            for place, point in enumerate(visited(row)):
                if not game.over:
                    _go(game, number, last, point[1], gap=place == 0)
                if game.stopping and not game.over:
                    _close(game, number, point[1], game.stopping)
                if game.launched >= 0 and not game.over and terms["marks"]:
                    _watch(game, number, terms["marks"][number][point[0]])
                if place == 0 and game.launched >= 0 and not game.over and _is_time(game, number):
                    _close(game, number, point[1], "time_limit")
                last = point[1]
        return game


def ladder(terms):
    """Give the levels, each rounded half up to the tick."""
    low, high, n, tick = terms["low"], terms["high"], terms["grids"], terms["tick"]
    found = []
    for i in range(n + 1):
        exact = (
            low + (high - low) * i / n if terms["spacing"] == "arithmetic" else low * (high / low) ** (Decimal(i) / n)
        )
        if i in {0, n}:
            exact = (low, high)[i == n]
        found.append(((exact / tick) + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * tick)
    return found


def visited(row):
    """Give the points of a candle in the order the price visits them, each with its name's place."""
    open_, high, low, close = row
    first, second = ((2, low), (1, high)) if open_ - low <= high - open_ else ((1, high), (2, low))
    return [(0, open_), first, second, (3, close)]


def _go(game, number, start, end, *, gap):
    """Move the price; before the launch look for the trigger. What is done at market in a gap is done at its end."""
    if game.launched < 0:
        trigger = game.terms["trigger"]
        begin = end if start is None else start
        if trigger is not None and not min(begin, end) <= trigger <= max(begin, end):
            return
        start = end if trigger is None or gap else trigger
        _launch(game, number, start)
    for price in prices_between(start, end, game.terms["tick"]):
        if game.over:
            return
        _at(game, number, (start, price), gap=gap)
        start = price


def prices_between(start, end, tick):
    """Give every price on the tick between two prices, and the end."""
    if end < start:
        number, step = (start / tick).to_integral_value(ROUND_CEILING) - 1, -1
    else:
        number, step = (start / tick).to_integral_value(ROUND_FLOOR) + 1, 1
    while (number * tick > end) if step < 0 else (number * tick < end):
        yield number * tick
        number += step
    if end != start:
        yield end


def _at(game, number, move, *, gap):
    """Stand at a price: orders fill first, then the margin is looked at, then the stops."""
    before, price = move
    while not game.over:
        order = next((order for order in game.orders if _fills(game, order, before, price)), None)
        if order is None:
            break
        _fill(game, number, order)
        if not game.terms["marks"]:
            _watch(game, number, order.price)
    if not game.over and not game.terms["marks"]:
        _watch(game, number, price)
    for name in ("stop_loss", "take_profit"):
        stop = game.terms[name]
        if stop is not None and not game.over and (price <= stop < before or before < stop <= price):
            _stop(game, number, stop, name, gap=gap)


def _stop(game, number, price, name, *, gap):
    """Take the orders back, and close: at once, or in a gap at its end."""
    game.orders = []
    if gap:
        game.stopping = name
    else:
        _close(game, number, price, name)


def _fills(game, order, before, price):
    if game.terms["through"]:
        return price < order.price <= before if order.buys else before <= order.price < price
    return price <= order.price < before if order.buys else before < order.price <= price


def _launch(game, number, price):
    terms, levels, n = game.terms, game.levels, game.terms["grids"]
    kind = terms["kind"]
    entries, held = [], set()
    for i in range(n):
        low, high = levels[i], levels[i + 1]
        if kind == "long" and low >= price:
            held.add(i)
        if kind == "short" and high <= price:
            held.add(i)
        if kind == "short" or (kind == "neutral" and low >= price):
            game.short.add(i)
        entries.append(price if i in held else high if i in game.short else low)
    game.launched = number
    game.bases = [size * terms["contract"] for size in contracts(terms, entries)]
    for i in range(n):
        if i in held:
            fee = game.bases[i] * price * terms["taker"]
            game.balance -= fee
            game.fees += fee
            game.units[i] = Unit(price, fee)
        buys = (i in game.short) == (i in held)
        game.orders.append(Order(i, buys, levels[i] if buys else levels[i + 1]))
    game.events.append((number, "launch", price))
    if not terms["marks"]:
        _watch(game, number, price)
    for name in ("stop_loss", "take_profit"):
        stop = terms[name]
        if stop is not None and not game.over and (price <= stop if stop < terms["low"] else price >= stop):
            _close(game, number, price, name)


def contracts(terms, entries):
    """Give the contracts of each interval: whole lots whose margin and taker fees the investment carries."""
    weights = [Fraction(weight) for weight in terms["weights"] or [1] * len(entries)]
    each = Fraction(terms["contract"]) * (1 / Fraction(terms["leverage"]) + Fraction(terms["taker"]))
    cost = sum(weight * Fraction(entry) * each for weight, entry in zip(weights, entries, strict=True))
    lot = Fraction(terms["lot"])
    return [int(Fraction(terms["investment"]) / cost * weight // lot) * terms["lot"] for weight in weights]


def position(game):
    """Give the position in base currency."""
    return sum((-game.bases[i] if i in game.short else game.bases[i] for i in game.units), Decimal(0))


def gained(game, price):
    """Give what the open units have gained at a price."""
    total = Decimal(0)
    for i, unit in game.units.items():
        move = unit.price - price if i in game.short else price - unit.price
        total += game.bases[i] * move
    return total


def _fill(game, number, order):
    i, terms = order.interval, game.terms
    fee = game.bases[i] * order.price * terms["maker"]
    game.balance -= fee
    game.fees += fee
    if order.buys == (i in game.short):
        unit = game.units.pop(i)
        gain = game.bases[i] * (unit.price - order.price if i in game.short else order.price - unit.price)
        game.balance += gain
        game.grid_profit += gain - fee - unit.fee
        game.trips += 1
    else:
        game.units[i] = Unit(order.price, fee)
    game.fills.append((number, "buy" if order.buys else "sell", i, order.price, game.bases[i] / terms["contract"], fee))
    game.orders.remove(order)
    game.orders.append(Order(i, not order.buys, game.levels[i + 1] if order.buys else game.levels[i]))


def _watch(game, number, mark):
    """Liquidate when equity at the mark is not above what the position must keep."""
    size = abs(position(game))
    if not size:
        return
    rate = next((rate for most, rate in game.terms["tiers"] if size / game.terms["contract"] <= most), None)
    equity = game.balance + gained(game, mark)
    if equity <= size * mark * (rate + game.terms["taker"]):
        _close(game, number, mark, "liquidation")


def _close(game, number, price, why):
    fee = abs(position(game)) * price * game.terms["taker"]
    gain = gained(game, price)
    game.balance += gain - fee
    game.fees += fee
    game.stopped_profit += gain - fee - sum(unit.fee for unit in game.units.values())
    game.units = {}
    game.orders = []
    game.over = True
    game.events.append((number, why, price))
    if why == "liquidation" or game.balance < 0:
        game.liquidation = -game.balance
        game.balance = Decimal(0)


def _fund(game, number, last):
    """Pay what has become due since the candle before, out of the position held, at the mark of this open."""
    terms, paid = game.terms, False
    before, now = terms["times"][number - 1], terms["times"][number]
    mark = terms["marks"][number][0] if terms["marks"] else terms["rows"][number][0]
    for moment, rate in terms["funding"]:
        if before < moment <= now and moment > terms["times"][game.launched]:
            amount = position(game) * mark * rate
            game.balance -= amount
            game.funding -= amount
            paid = True
    if paid and not terms["marks"]:
        _watch(game, number, last)


def _is_time(game, number):
    limit = game.terms["time_limit"]
    return limit is not None and game.terms["times"][number] >= game.terms["times"][game.launched] + limit


def summary(game):
    """Give the figures of a game, by the names of a backtest's summary."""
    terms = game.terms
    with localcontext(prec=120):
        mark = (terms["marks"] or terms["rows"])[-1][3]
        open_gain = gained(game, mark)
        entered = sum((unit.fee for unit in game.units.values()), Decimal(0))
        return {
            "buys": sum(fill[1] == "buy" for fill in game.fills),
            "sells": sum(fill[1] == "sell" for fill in game.fills),
            "round_trips": game.trips,
            "mark": mark,
            "grid_profit": game.grid_profit,
            "floating_profit": open_gain - entered + game.stopped_profit,
            "fees": game.fees,
            "funding": game.funding,
            "liquidation": game.liquidation,
            "quote_end": game.balance,
            "base_end": position(game),
            "equity_end": game.balance + open_gain,
        }
