"""The plain reference of the engine: every condition written a second time, with order objects, loops and Fractions.

It shares with okxlab the ladder's values alone. Levels beyond the range, paths, matching, volume, stops, the moving
range, reinvesting, balances and pairs are its own, and so slow that it counts the half ticks of a candle one by one.
"""

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

NEAREST, HIGH_FIRST, LOW_FIRST = "nearest", "high first", "low first"


@dataclass
class Order:
    """What rests in an interval, in lots, and what comes after it."""

    side: str
    size: int
    left: int
    live: int
    basis: int
    unit: int


@dataclass
class Holding:
    """A unit an interval holds or gathers: its price, its lots, and what of it was sold for how much."""

    price: Fraction
    lots: int = 0
    sold: int = 0
    brought: Fraction = Fraction(0)


@dataclass
class Game:
    """Everything a running grid knows."""

    made: object
    rows: list
    times: list
    volumes: list
    rules: dict
    row: int = 0
    here: Fraction = None
    low: int = 0
    orders: dict = field(default_factory=dict)
    held: dict = field(default_factory=dict)
    quote: Fraction = Fraction(0)
    base: Fraction = Fraction(0)
    idle: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    grid: Fraction = Fraction(0)
    gross: Fraction = Fraction(0)
    sale: tuple = None
    dust: list = field(default_factory=list)
    trips: dict = field(default_factory=dict)
    fills: list = field(default_factory=list)
    events: list = field(default_factory=list)
    running: bool = False
    rises: bool = True
    launched: int = None
    curve: list = field(default_factory=list)
    levels: dict = field(default_factory=dict)

    def __deepcopy__(self, memo):
        """Copy what changes and share what does not."""
        other = copy.copy(self)
        for name in ("orders", "held", "trips"):
            setattr(other, name, {key: copy.copy(value) for key, value in getattr(self, name).items()})
        other.dust, other.fills, other.events = list(self.dust), list(self.fills), list(self.events)
        return other

    def __post_init__(self):
        self.lot, self.tick = Fraction(self.made.instrument.lot), Fraction(self.made.instrument.tick)
        self.maker, self.taker = Fraction(self.made.maker), Fraction(self.made.taker)
        self.quote, self.base = Fraction(self.made.spec.investment), Fraction(self.made.spec.base)

    def level(self, i):
        """Give level ``i`` of the grid's lattice, inside the range or beyond it."""
        if i not in self.levels:
            self.levels[i] = self.make_level(i)
        return self.levels[i]

    def make_level(self, i):
        """Work a level out: by its rule, floored to the tick."""
        n, first, last = len(self.made.sizes), self.made.levels[0], self.made.levels[-1]
        if 0 <= i <= n:
            return Fraction(self.made.levels[i])
        if self.made.spec.spacing == "arithmetic":
            return floor((Fraction(first) + i * (Fraction(last) - Fraction(first)) / n) / self.tick) * self.tick
        ratio, start, ticks = (Fraction(last) / Fraction(first)) ** i, Fraction(first), 0
        for power in range(60, -1, -1):
            if (((ticks + 2**power) * self.tick) / start) ** n <= ratio:
                ticks += 2**power
        return ticks * self.tick

    def after(self, lots, fee):
        """Give the whole lots that are left of a purchase."""
        return floor(lots * (1 - fee))

    # ------------------------------------------------------------------------------------------------- launch and end

    def launch(self, price):
        """Buy the units of the intervals above the price, and rest an order in each interval."""
        made, cut = self.made, 1 - Fraction(self.rules["slippage"])
        paid, live = price * (2 - cut), self.live_row()
        basis = price if Fraction(made.spec.base) else paid
        self.running, self.launched, self.here = True, self.row, price
        bought, sold = Fraction(made.bought), Fraction(made.sold)
        self.quote += sold * price * cut * (1 - self.taker) - bought * paid
        self.base += bought * (1 - self.taker) - sold
        self.fees += (bought * paid + sold * price * cut) * self.taker
        more = Fraction(made.held)
        loose, self.idle = self.base, self.quote
        for i in range(len(made.sizes)):
            lots = floor(Fraction(made.sizes[i]) / self.lot)
            if self.level(i) >= price:
                offered = floor(Fraction(made.launch_sell_size_of(i)) / self.lot)
                self.orders[i] = Order("sell", offered, offered, live, lots, lots)
                self.held[i] = Holding(basis, lots)
                loose -= offered * self.lot
                more -= lots * self.lot
            else:
                self.orders[i] = Order("buy", lots, lots, live, lots, lots)
                self.idle -= lots * self.lot * self.level(i)
        loose -= floor(more * (1 - self.taker) / self.lot) * self.lot
        self.dust.append((loose, basis))
        self.events.append((self.row, "launch", paid))

    def end(self, why, price):
        """Cancel everything and sell the whole lots at market."""
        lots = floor(self.base / self.lot)
        price *= 1 - Fraction(self.rules["slippage"])
        value = lots * self.lot * price
        self.base -= lots * self.lot
        self.quote += value * (1 - self.taker)
        self.fees += value * self.taker
        self.sale = (lots * self.lot, price)
        self.orders, self.running = {}, False
        self.events.append((self.row, why, price))

    def live_row(self):
        """Give the row from which an order placed now is in the book."""
        latency = self.rules["latency"]
        if not isinstance(latency, timedelta):
            return self.row + latency
        due = [row for row in range(self.row, len(self.times)) if self.times[row] >= self.times[self.row] + latency]
        return due[0] if due else len(self.times)

    # ------------------------------------------------------------------------------------------------------- the path

    def candle(self):
        """Go through one candle of a running grid."""
        open_, high, low, close = self.rows[self.row]
        self.leg(open_, jump=True)
        limit, age = self.made.spec.time_limit, self.times[self.row] - self.times[self.launched]
        if self.running and limit is not None and age >= limit:
            self.end("time_limit", open_)
        nearest = LOW_FIRST if open_ - low <= high - open_ else HIGH_FIRST
        if self.rules["path"] == "nearest" or not self.running:
            return self.inside(nearest)
        ways = {}
        for way in (HIGH_FIRST, LOW_FIRST):
            ways[way] = copy.deepcopy(self)
            ways[way].inside(way)
        worth = {way: game.quote + game.base * close for way, game in ways.items()}
        better = max(worth, key=worth.get) if self.rules["path"] == "optimistic" else min(worth, key=worth.get)
        better = nearest if len(set(worth.values())) == 1 else better
        self.__dict__.update(ways[better].__dict__)
        return None

    def inside(self, way, start=1):
        """Go from the open to both extremes and the close; or the legs that are left of it."""
        open_, high, low, close = self.rows[self.row]
        points = [open_, low, high, close] if way == LOW_FIRST else [open_, high, low, close]
        self.long = self.length(points)
        for point in points[start:]:
            self.leg(point)

    def nearest(self):
        """Give the points of the candle on its nearest way."""
        open_, high, low, close = self.rows[self.row]
        return [open_, low, high, close] if open_ - low <= high - open_ else [open_, high, low, close]

    def length(self, points):
        """Give how many half ticks the candle passes, its open among them."""
        cells = [self.cell(point) for point in points]
        return 1 + sum(abs(b - a) for a, b in pairwise(cells))

    def leg(self, end, *, jump=False):
        """Go straight to a price, filling and doing what is to be done on the way."""
        opened = False
        while self.running:
            what, place = self.due(end)
            if self.rules["fill"] != "volume":
                met = self.meets(place)
                if met:
                    _, i, self.here = met
                    self.fill(i, self.orders[i].left)
                    continue
            elif not jump and self.here != place:
                self.trade(self.cells(self.here, place))
                self.here = place
                continue
            elif jump and not opened and place == end:
                opened = True
                self.here = end
                self.long = self.length(self.nearest())
                self.trade([self.cell(end)])
                continue
            self.here = place
            if what is None:
                return
            self.act(what, end if jump else place)

    def due(self, end):
        """Give what is to be done nearest on the way, and where; or nothing and the end."""
        spec, n = self.made.spec, len(self.made.sizes)
        found = []
        for why, price, falls in (("stop_loss", spec.stop_loss, True), ("take_profit", spec.take_profit, False)):
            if price is not None:
                found.append((why, Fraction(price), falls))
        bottom, top = self.orders.get(self.low), self.orders.get(self.low + n - 1)
        up, down = self.level(self.low + n + 1), max(self.level(self.low - 1), 0)
        follows = spec.trailing_up is not None and self.rises and up <= Fraction(spec.trailing_up)
        if follows and bottom.side == "buy" and bottom.left == bottom.size:
            found.append(("trailing_up", up, False))
        follows = spec.trailing_down is not None and Fraction(spec.trailing_down) <= down < self.level(self.low)
        if follows and top.side == "sell" and top.left == top.size:
            found.append(("trailing_down", down, True))
        near = []
        for order, (why, price, falls) in enumerate(found):
            if (min(self.here, end) <= price) if falls else (max(self.here, end) >= price):
                place = min(self.here, price) if falls else max(self.here, price)
                near.append((abs(place - self.here), order, why, place))
        return min(near)[2:] if near else (None, end)

    def act(self, what, price):
        """Stop, or move the range by one interval."""
        n = len(self.made.sizes)
        if what == "trailing_up":
            order = self.orders[self.low]
            size = floor(order.size * self.level(self.low) / self.level(self.low + n))
            if size < self.smallest():
                self.rises = False
                return
            del self.orders[self.low]
            self.orders[self.low + n] = Order("buy", size, size, self.live_row(), size, size)
            self.low += 1
            self.events.append((self.row, what, self.level(self.low + n)))
        elif what == "trailing_down":
            order, unit = self.orders.pop(self.low + n - 1), self.held.pop(self.low + n - 1)
            self.low -= 1
            order.live = self.live_row()
            self.orders[self.low], self.held[self.low] = order, unit
            self.events.append((self.row, what, self.level(self.low)))
        else:
            self.end(what, price)

    def smallest(self):
        """Give the fewest lots whose buy and whose sell reach the minimum order."""
        kept, lots = 1 - max(self.maker, self.taker), 1
        least = Fraction(self.made.instrument.minimum)
        lots = floor(least / self.lot)
        least_lots = lots if lots * self.lot == least else lots + 1
        lots = least_lots
        while lots * kept < least_lots:
            lots += 1
        return lots

    # ----------------------------------------------------------------------------------------------------------- fills

    def price(self, i):
        """Give the price of an interval's order."""
        return self.level(i if self.orders[i].side == "buy" else i + 1)

    def meets(self, end):
        """Give the order that is met first on the way, with its distance and where."""
        strict, met = self.rules["fill"] == "through", []
        for i, order in self.orders.items():
            if order.live > self.row:
                continue
            price, low, high = self.price(i), min(self.here, end), max(self.here, end)
            if order.side == "buy":
                hit, place = (low < price if strict else low <= price), min(self.here, price)
            else:
                hit, place = (high > price if strict else high >= price), max(self.here, price)
            if hit:
                met.append((abs(place - self.here), i, place))
        return min(met) if met else None

    def fill(self, i, lots):
        """Fill some lots of an interval's order; a whole one is followed by its opposite."""
        order, price, size = self.orders[i], self.price(i), lots * self.lot
        value, buy = price * size, order.side == "buy"
        order.left -= lots
        whole, trips = order.left == 0, self.trips.setdefault(i, [0, 0])
        if buy:
            unit = self.held.setdefault(i, Holding(price))
            unit.lots += lots
            self.quote -= value
            self.base += size * (1 - self.maker)
        else:
            unit = self.held[i]
            unit.sold += lots
            unit.brought += value
            self.quote += value * (1 - self.maker)
            self.base -= size
        self.fees += value * self.maker
        self.fills.append((self.row, order.side, i, price, size, trips[1], whole))
        if not whole:
            return
        live = self.live_row()
        if buy:
            offered = self.after(order.size, self.maker)
            self.dust.append(((order.size * (1 - self.maker) - offered) * self.lot, price))
            self.orders[i] = Order("sell", offered, offered, live, order.size, order.unit)
            trips[0] += 1
        else:
            self.grid += unit.brought * (1 - self.maker) - unit.lots * self.lot * unit.price
            self.gross += unit.brought - unit.sold * self.lot * unit.price
            del self.held[i]
            self.orders[i] = Order("buy", order.unit, order.unit, live, order.unit, order.unit)
            trips[1] += 1

    # ---------------------------------------------------------------------------------------------------------- volume

    def cell(self, price):
        """Give the half tick of a price: even on a tick, odd between two."""
        ticks = floor(price / self.tick)
        return 2 * ticks + (ticks * self.tick != price)

    def cells(self, start, end):
        """Give the half ticks from one price to another, without the first."""
        a, b = self.cell(start), self.cell(end)
        return list(range(a + 1, b + 1)) if b > a else list(range(a - 1, b - 1, -1))

    def trade(self, cells):
        """Share out what trades in some half ticks: the nearer order first, and farther ones get what it left."""
        lots = floor(Fraction(self.volumes[self.row]) / self.lot)
        share = floor(lots * Fraction(self.rules["participation"]))
        queued = floor(share * Fraction(self.rules["queue"])) // self.long
        taken = []
        for side, sign in (("buy", -1), ("sell", 1)):
            rest = None
            found = [i for i, order in self.orders.items() if order.side == side and order.live <= self.row]
            for i in sorted(found, key=lambda i, sign=sign: sign * i):
                price = self.cell(self.price(i))
                beyond = sum(sign * cell > sign * price for cell in cells)
                at = price in cells
                if not (beyond or at):
                    continue
                got = share * beyond // self.long + queued * at
                rest = got if rest is None else min(rest, got)
                lots = min(self.orders[i].left, rest)
                rest -= lots
                taken.append((i, lots))
        for i, lots in taken:
            if lots:
                self.fill(i, lots)

    # --------------------------------------------------------------------------------------------------------- profit

    def reinvest(self):
        """Enlarge the next buys by the quote that no order needs."""
        needed = 0
        for i, order in self.orders.items():
            low, high = self.level(i) / self.tick, self.level(i + 1) / self.tick
            if order.side == "buy":
                needed += (order.left + order.unit - order.size) * low
            else:
                brings = floor(order.left * high * (1 - self.maker))
                needed += max(0, order.basis * low - brings) + (order.unit - order.basis) * low
        money = floor((self.quote - self.idle) / self.tick / self.lot) - needed
        if money <= 0:
            return
        cost = sum(order.unit * self.level(i) / self.tick for i, order in self.orders.items())
        more = {i: floor(order.unit * money / cost) for i, order in self.orders.items()}
        for i, lots in more.items():
            self.orders[i].unit += lots
        if any(more.values()):
            self.events.append((self.row, "reinvest", self.rows[self.row - 1][3]))

    def summary(self):
        """Give figures and attribution."""
        mark, first = self.rows[-1][3], self.rows[0][0]
        equity = self.quote + self.base * mark
        start = Fraction(self.made.spec.investment) + Fraction(self.made.spec.base) * first
        worth = self.sale[1] if self.sale and self.sale[0] else mark
        figures = {
            "buys": sum(trips[0] for trips in self.trips.values()),
            "sells": sum(trips[1] for trips in self.trips.values()),
            "grid_profit": self.grid,
            "floating_profit": equity - start - self.grid,
            "fees": self.fees,
            "quote_end": self.quote,
            "base_end": self.base,
            "equity_end": equity,
        }
        dust = sum(left * (worth - price) for left, price in self.dust)
        parts = {"grid": self.gross, "fee": -self.fees, "funding": 0, "dust": dust}
        return figures, parts | {"floating": equity - start - sum(parts.values())}


def play(made, rows, times, volumes, **rules):
    """Play a ladder over rows of four Decimals under the rules and give the finished game."""
    game = Game(made, [tuple(Fraction(price) for price in row) for row in rows], times, volumes, rules)
    trigger = made.spec.trigger
    last = game.rows[0][0]
    looks = 0
    for number, candle in enumerate(game.rows):
        game.row = number
        if game.launched is None:
            _try_to_launch(game, last, None if trigger is None else Fraction(trigger))
        else:
            if made.spec.reinvest and game.running:
                due = (times[game.row] - times[game.launched]) // timedelta(hours=24)
                if due > looks:
                    looks = due
                    game.reinvest()
            game.candle()
        last = candle[3]
        game.curve.append((game.quote, game.base))
    return game


def _try_to_launch(game, last, trigger):
    open_, high, low, _ = game.rows[game.row]
    if trigger is None or min(last, open_) <= trigger <= max(last, open_):
        game.launch(open_)
        game.candle()
        return
    low_first = open_ - low <= high - open_
    near, way = (low, LOW_FIRST) if low_first else (high, HIGH_FIRST)
    if low <= trigger <= high:
        game.launch(trigger)
        game.inside(way, 1 if min(open_, near) <= trigger <= max(open_, near) else 2)
