"""Long random streams of orders against the living book: what must hold whatever happens."""

import random
from collections import defaultdict
from decimal import Decimal

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.accounts.account import Account
from okxlab.paper.orders.amendment import amend
from okxlab.paper.prices.prints import path_print, trade_id
from okxlab.paper.rows.quotes import book
from tests.paper.desk import open_desk

ACTIONS = 10_000
NAMES = ("BTC-USDT", "DOGE-USDT")
FUNDS = {"USDT": Decimal(30_000_000), "BTC": Decimal(300), "DOGE": Decimal(200_000_000)}
KINDS = ("market", "quote", "limit", "limit", "limit", "limit", "post_only", "ioc", "fok")
MODES = ("cancel_maker", "cancel_taker", "cancel_both")


class Still:
    """A clock that stands."""

    def now_ms(self):
        """Milliseconds since 1970 UTC."""
        return 1_750_000_000_000


class Crowd:
    """Two main accounts and a sub-account of the first, who do things at random on one exchange."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311 - of a test
        self.desk = open_desk(PaperOptions(stepped=True, seed=seed, fills="book", quote="0"), Still())
        self.venue, self.model = self.desk.venue, self.desk.book
        main = self.venue.accounts.main
        self.accounts = [main, Account("701", main.uid), Account("800", "800")]
        for account in self.accounts:
            self.venue.accounts.add(account)
            for currency, amount in FUNDS.items():
                self.venue.accounts.deposit(account, currency, amount)

    def act(self):
        """Do one thing; a refusal is an outcome like any other."""
        doing = self.random.choices((self.place, self.cancel, self.amend, self.move, self.shout), (56, 18, 8, 14, 4))[0]
        try:
            doing()
        except PaperError:
            pass
        finally:
            self.venue.settle()

    def place(self):
        """Place an order near the quotes, now and then far from them."""
        pick, account = self.random.choice, self.random.choice(self.accounts)
        name, kind, side = pick(NAMES), pick(KINDS), pick(("buy", "sell"))
        instrument = self.desk.instruments[name]
        bids, asks = self.model.levels(name, 6)
        typical = pick(bids + asks)
        lots = max(int(typical[1] / instrument.lot * Decimal(self.random.uniform(0.01, 2.5))), 1) * instrument.lot
        size = max(lots, instrument.minimum)
        fields = {"instId": name, "tdMode": "cash", "side": side, "stpMode": pick(MODES)}
        if kind == "quote":
            fields |= {"ordType": "market", "tgtCcy": "quote_ccy", "sz": format(size * typical[0], "f")}
        else:
            fields |= {"ordType": kind, "tgtCcy": "base_ccy", "sz": format(size, "f")}
        if kind not in {"market", "quote"}:
            off = pick((0, 0, 0, 1, -1, 3, -3, 40, -40, 400, -400)) * instrument.tick
            fields["px"] = format(typical[0] + off, "f")
        self.venue.place(account, fields)

    def cancel(self):
        """Take one of the open orders back."""
        if self.venue.open:
            order = self.venue.open[self.random.choice(list(self.venue.open))]
            self.venue.cancel(order.account, {"instId": order.instrument.name, "ordId": str(order.id)})

    def amend(self):
        """Change one of the open orders: a smaller or larger size, a price nearer or farther, or both."""
        if self.venue.open:
            order, pick = self.venue.open[self.random.choice(list(self.venue.open))], self.random.choice
            lots = int(order.size / order.instrument.lot * Decimal(pick((0.3, 0.8, 1, 1.5)))) or 1
            fields = {"newSz": format(max(lots * order.instrument.lot, order.instrument.minimum), "f")}
            if pick((True, False)):
                fields["newPx"] = format(order.price + pick((1, -1, 5, -5, 60, -60)) * order.instrument.tick, "f")
            target = {"instId": order.instrument.name, "ordId": str(order.id)}
            amend(self.venue, order.account, target | fields)

    def move(self):
        """Let the path go on for some places."""
        for _ in range(self.random.choice((1, 1, 1, 2, 5))):
            self.venue.inch()
            self.venue.settle()

    def shout(self):
        """Print somebody else's trade near the quotes."""
        name, side = self.random.choice(NAMES), self.random.choice(("buy", "sell"))
        bids, asks = self.model.levels(name, 6)
        px, size, _ = self.random.choice(bids + asks)
        self.venue.trade({"instId": name, "side": side, "px": format(px, "f"), "sz": format(size, "f")})


class Watch:
    """Checks each turn of a crowd's exchange, and keeps accounts of its own."""

    def __init__(self, crowd):
        self.crowd, self.venue, self.model = crowd, crowd.venue, crowd.model
        self.owned = {account.uid: defaultdict(Decimal, FUNDS) for account in crowd.accounts}
        self.tape = defaultdict(list)
        self.fills = 0
        self.kinds = set()
        add = self.venue.prints.add
        self.venue.prints.add = lambda row: (self.tape[row.name].append(row), add(row))
        self.venue.sinks.append(self.hear)

    def hear(self, changes):
        """Check what a turn changed."""
        for fill in changes.fills:
            self.check_fill(fill)
        self.check_tape(changes.fills)
        self.check_priority(changes.fills)
        if changes.moved:
            self.check_path()
        self.fills += len(changes.fills)
        for order in changes.orders.values():
            assert order.filled <= order.size or (order.state, order.amend_source) == ("filled", "1")
            assert order.open is (order.id in self.venue.open)
            self.kinds.add((order.ask.kind, order.state, order.cancel_source))

    def check_fill(self, fill):
        """Book a fill on accounts of our own."""
        base, quote = fill.order.instrument.name.split("-")
        sign, owned = 1 if fill.order.buys else -1, self.owned[fill.order.account.uid]
        owned[base] += sign * fill.size
        owned[quote] -= sign * fill.size * fill.price
        owned[fill.fee_currency] -= fill.fee
        assert not fill.order.price or sign * fill.price <= sign * fill.order.price
        assert fill.fee == (fill.size if sign > 0 else fill.size * fill.price) * fill.rate

    def check_tape(self, fills):
        """Each fill is a print, of the path or of ours; each print of ours is what was filled under its id."""
        feed, known = self.crowd.desk.feed, set()
        for name, rows in self.tape.items():
            assert [row.trade_id for row in rows] == sorted({row.trade_id for row in rows})
            for row in rows:
                sides = [fill for fill in fills if fill.trade_id == row.trade_id and fill.order.instrument.name == name]
                assert {(fill.price, fill.size) for fill in sides} == {(row.price, row.size)}
                assert sorted(fill.maker for fill in sides) in ([False], [True], [False, True])
                assert all(fill.order.buys is (row.buys != fill.maker) for fill in sides)
                known |= {id(fill) for fill in sides}
            rows.clear()
        others = defaultdict(list)
        for fill in fills:
            if id(fill) not in known:
                others[fill.order.instrument.name].append(fill)
        for name, parts in others.items():
            row = path_print(feed, self.crowd.desk.instruments[name], feed.place)
            assert row.trade_id == trade_id(feed.position, feed.part)
            assert {(part.trade_id, part.price, part.maker) for part in parts} == {(row.trade_id, row.price, True)}
            assert sum(part.size for part in parts) <= row.size

    def check_priority(self, fills):
        """Nothing that rests now is better than, or as good as and older than, what was filled as a maker."""
        for fill in fills:
            if fill.maker and fill.order.open is False:
                for other in self.venue.open.values():
                    if other.instrument is fill.order.instrument and other.buys is fill.order.buys:
                        sign = 1 if other.buys else -1
                        assert (sign * other.price, -other.rank) < (sign * fill.price, -fill.order.rank)

    def check_path(self):
        """Whatever the path has come to or gone through does not rest any more, or stands at its price."""
        for order in self.venue.open.values():
            price = self.venue.feed.price(order.instrument.name)
            assert order.price <= price if order.buys else order.price >= price

    def check_books(self):
        """No book is crossed."""
        for name in NAMES:
            bids, asks = self.model.levels(name, 1)
            assert bids[0][0] < asks[0][0]

    def check_levels(self):
        """Without our orders the book is smaller by them, and REST shows the same levels."""
        for name in NAMES:
            instrument = self.crowd.desk.instruments[name]
            own = defaultdict(lambda: [Decimal(0), 0])
            for order in self.venue.open.values():
                if order.instrument is instrument:
                    own[order.buys, order.price][0] += order.rest
                    own[order.buys, order.price][1] += 1
            both = self.model.levels(name, 400)
            row = book(self.venue, instrument, 400)
            for buys, side, shown in ((True, both[0], row["bids"]), (False, both[1], row["asks"])):
                assert [(Decimal(px), Decimal(sz), int(n)) for px, sz, _, n in shown] == side
                worst = side[-1][0]
                held = {
                    px: own[on, px] for on, px in list(own) if on is buys and (px >= worst if buys else px <= worst)
                }
                depth = self.model._pits[name].depth
                for px, size, count in side:
                    others = depth.at(int(px / instrument.tick), bids=buys)
                    rest, orders = held.pop(px, (Decimal(0), 0))
                    assert (size, count) == (others.lots * instrument.lot + rest, others.orders + orders)
                assert not held

    def check_accounts(self):
        """Nothing is created or lost, and what is held is what rests."""
        ledger = self.venue.ledger
        for account in self.crowd.accounts:
            held = defaultdict(Decimal)
            for order in account.open.values():
                held[order.ask.spent] += order.rest * order.price if order.buys else order.rest
            for currency in FUNDS:
                assert ledger.balance(account.uid, currency) == self.owned[account.uid][currency]
                assert ledger.held(account.uid, currency) == held[currency]
                assert ledger.available(account.uid, currency) >= 0
        assert all(ledger.total(currency) == 0 for currency in FUNDS)


def run(seed, actions, *, watched):
    crowd = Crowd(seed)
    watch = Watch(crowd) if watched else None
    for number in range(actions):
        crowd.act()
        if watch:
            watch.check_books()
            if number % 50 == 0:
                watch.check_levels()
                watch.check_accounts()
    return crowd, watch


@pytest.mark.parametrize("seed", [1])
def test_random_streams_keep_every_rule_of_the_book(seed):
    """Assets, holds, the tape, price-time priority, quotes and levels, over ten thousand actions."""
    crowd, watch = run(seed, ACTIONS, watched=True)

    watch.check_levels()
    watch.check_accounts()
    assert watch.fills > ACTIONS / 10
    reached = {source for _, _, source in watch.kinds}
    assert {"", "1", "13", "14", "31", "32"} <= reached
    assert crowd.desk.feed.place > 1000


def test_same_seed_twice_gives_the_same_bytes():
    """The event log does not depend on anything but the seed and what was asked."""
    logs = [run(seed, 1500, watched=False)[0].desk.log.text() for seed in (5, 5, 6)]

    assert logs[0] == logs[1] != logs[2]
    assert logs[0].count('"event":"fill"') > 150
