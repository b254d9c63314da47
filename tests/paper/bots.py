"""OKX's grid bots at a desk without a wire, and a plain reckoning of what one must have earned."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from okxlab.paper.rest.table import routes

SPOT = {"instId": "BTC-USDT", "algoOrdType": "grid"}
SWAP = {"instId": "BTC-USDT-SWAP", "algoOrdType": "contract_grid", "direction": "long", "lever": "5"}
ROOT = "/api/v5/tradingBot/grid/"


def ask(desk, path, **params):
    """Ask an endpoint of grid bots."""
    return routes()[ROOT + path]["GET"].act(desk.call(**params))


def send(desk, path, body):
    """Send a request to an endpoint of grid bots, a turn of its own."""
    call = desk.call(**(body if isinstance(body, dict) else {}))
    call.body = body
    return desk._turn(routes()[ROOT + path]["POST"].act, call)


@dataclass
class Bot:
    """A grid bot of a desk's."""

    desk: object
    id: str
    kind: str
    name: str

    def details(self):
        """Give all that is told of it."""
        (row,) = ask(self.desk, "orders-algo-details", algoId=self.id, algoOrdType=self.kind)
        return row

    def figure(self, name):
        """Give one number of it."""
        return Decimal(self.details()[name])

    def orders(self, state="live", **more):
        """Give its orders."""
        return ask(self.desk, "sub-orders", algoId=self.id, algoOrdType=self.kind, type=state, **more)

    def position(self):
        """Give its position, if it has one."""
        return ask(self.desk, "positions", algoId=self.id, algoOrdType=self.kind)

    def send(self, path, **more):
        """Send something about it."""
        return send(self.desk, path, {"algoId": self.id, "instId": self.name} | more)

    def stop(self, how="1"):
        """Stop it and give the row of the answer."""
        asked = {"algoId": self.id, "instId": self.name, "algoOrdType": self.kind, "stopType": how}
        return send(self.desk, "stop-order-algo", [asked]).rows[0]

    def past(self):
        """Give its row among those that are over."""
        (row,) = ask(self.desk, "orders-algo-history", algoId=self.id, algoOrdType=self.kind)
        return row

    @property
    def purse(self):
        """The account of its own."""
        return self.desk.venue.grids.live[int(self.id)].purse

    def owns(self, currency):
        """What is in its purse."""
        return self.desk.venue.ledger.balance(f"grid{self.id}", currency)


def start(desk, fields, **more):
    """Start a grid bot."""
    asked = fields | more
    (row,) = send(desk, "order-algo", asked).rows
    assert row["sCode"] == "0", row
    return Bot(desk, row["algoId"], asked["algoOrdType"], asked["instId"])


def refusal(desk, fields, **more):
    """Give the code a grid bot is refused with."""
    (row,) = send(desk, "order-algo", fields | more).rows
    assert row["algoId"] == ""
    return row["sCode"]


def whole_lots(size, lot):
    return (size / lot).to_integral_value(ROUND_FLOOR) * lot


class Reckoning:
    """What a spot grid has and has earned over the turning points of a path, interval by interval."""

    def __init__(self, levels, investment, price, lot, rates):
        self.levels, self.lot, (self.maker, taker) = levels, lot, rates
        self.unit = whole_lots(investment / sum(min(level, price) for level in levels[:-1]), lot)
        self.quote, self.base, self.profit, self.pairs = investment, Decimal(0), Decimal(0), 0
        self.price, self.sides = price, []
        self.held = {}  # by interval: what is offered, and what was paid for it
        for i, level in enumerate(levels[:-1]):
            if level >= price:
                self.quote -= self.unit * price
                self.base += self.unit * (1 - taker)
                self.held[i] = whole_lots(self.unit * (1 - taker), lot), self.unit * price

    def go(self, price):
        """Go straight to a price; what lies on the way is filled, a bought unit is not sold on the same way."""
        standing = dict(self.held)
        for i, (low, high) in enumerate(zip(self.levels, self.levels[1:], strict=False)):
            if i in standing and price >= high:
                offered, paid = self.held.pop(i)
                got = offered * high * (1 - self.maker)
                self.quote, self.base = self.quote + got, self.base - offered
                self.profit, self.pairs = self.profit + got - paid, self.pairs + 1
                self.sides.append((i, "sell"))
            elif i not in standing and price <= low:
                self.quote, self.base = self.quote - self.unit * low, self.base + self.unit * (1 - self.maker)
                self.held[i] = whole_lots(self.unit * (1 - self.maker), self.lot), self.unit * low
                self.sides.append((i, "buy"))
        self.price = price

    @property
    def floating(self):
        """What the open units are worth over what was paid for them."""
        return self.base * self.price - sum(paid for _, paid in self.held.values())
