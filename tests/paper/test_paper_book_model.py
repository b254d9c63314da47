"""The fill model `book`: queues, takers that walk, and our own orders among those of others."""

from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from statistics import mean, median

import pyarrow.parquet as pa_parquet
import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.accounts.account import Account
from okxlab.paper.matching.figures import BY_TURNOVER
from okxlab.paper.orders.amendment import amend
from okxlab.paper.prices.prints import path_print
from okxlab.paper.rest.candles import candles

NAME = "BTC-USDT"
FLAT = (100, 100, 100, 100)
LOT = Decimal("0.00000001")


class Trader:
    """Another account at the same desk."""

    def __init__(self, desk, uid, parent=None, **funds):
        self.desk, self.account = desk, Account(uid, parent or uid)
        desk.venue.accounts.add(self.account)
        for currency, amount in funds.items():
            desk.venue.accounts.deposit(self.account, currency, Decimal(amount))

    def place(self, fields):
        """Place an order."""
        return self.desk._turn(self.desk.venue.place, self.account, fields)

    def balance(self, currency):
        """What the trader has."""
        return self.desk.venue.ledger.balance(self.account.uid, currency)


@pytest.fixture
def walk(open_desk, clock):
    """Give a desk over the seeded walk."""
    desk = open_desk(PaperOptions(stepped=True, fills="book", quote="10000000"), clock)
    desk.venue.accounts.deposit(desk.account, "BTC", Decimal(1000))
    return desk


@pytest.fixture
def flat(tape):
    """Give a desk where the path stands at 100 and all its prints are buys; the account has coins."""
    desk = tape(*[FLAT] * 40, fills="book")
    desk.venue.accounts.deposit(desk.account, "BTC", Decimal(100))
    return desk


def quotes(desk, depth=400):
    return desk.book.levels(NAME, depth)


def printed(desk):
    return path_print(desk.feed, desk.instruments[NAME], desk.feed.place)


def taker(order, side, size, **fields):
    return order(ordType="market", px=None, side=side, sz=str(size), tgtCcy="base_ccy", **fields)


def test_quotes_explain_the_last_print_and_never_cross(walk):
    """After a buy the best ask is the print's price, after a sell the best bid is."""
    seen = set()
    for _ in range(300):
        walk.inch()
        (bid, *_), (ask, *_) = quotes(walk, 1)
        trade = printed(walk)
        assert (ask if trade.buys else bid)[0] == trade.price == walk.feed.price(NAME)
        assert bid[0] < ask[0]
        seen.add(trade.buys)
    assert seen == {True, False}


def test_book_changes_only_some_levels_from_one_tenth_of_a_second_to_the_next(walk):
    """Most of what is far from the best stays as it is, as recordings show."""
    walk.step(5)
    before = quotes(walk)[1]
    walk.inch()
    after = {level[0]: level for level in quotes(walk)[1]}

    same = [after.get(level[0]) == level for level in before]

    assert 0.8 < mean(same[100:]) < 1
    assert mean(same[:3]) < mean(same[100:])


def test_books_hold_400_and_5000_distinct_levels_in_order(walk):
    """The best comes first, each on the tick, and the deeper book begins with the other."""
    for depth in (400, 5000):
        bids, asks = quotes(walk, depth)
        prices = [level[0] for level in bids], [level[0] for level in asks]
        assert prices == (sorted(set(prices[0]), reverse=True), sorted(set(prices[1])))
        assert len(bids) == len(asks) == depth
        assert all(size > 0 and count > 0 for _, size, count in bids + asks)
        assert bids[:100] == quotes(walk, 100)[0]


def test_taker_walks_level_by_level_and_each_is_a_print(walk, order):
    """A market buy takes three levels and a part of the fourth, at their prices, with trade ids that rise."""
    _, asks = quotes(walk, 4)
    size = sum(level[1] for level in asks[:3]) + LOT

    done = walk.place(taker(order, "buy", size))

    assert [(fill.price, fill.size) for fill in walk.fills] == [
        *((px, sz) for px, sz, _ in asks[:3]),
        (asks[3][0], LOT),
    ]
    ids = [fill.trade_id for fill in walk.fills]
    tape = [(row.trade_id, row.price, row.size, row.buys) for row in walk.venue.prints.newest(NAME)]
    assert tape[::-1] == [(fill.trade_id, fill.price, fill.size, True) for fill in walk.fills]
    assert (done.state, ids) == ("filled", sorted(set(ids)))


def test_eaten_levels_are_gone_until_they_are_made_anew(walk, order):
    """The next taker finds what the first one left."""
    _, asks = quotes(walk, 3)
    walk.place(taker(order, "buy", asks[0][1] + asks[1][1] / 2 // LOT * LOT))
    (px, size, _), *_ = quotes(walk, 3)[1]

    walk.place(taker(order, "buy", size))

    assert (px, size) == (asks[1][0], asks[1][1] - asks[1][1] / 2 // LOT * LOT)
    assert quotes(walk, 1)[1][0][:2] == asks[2][:2]


def test_print_of_the_path_brings_back_the_quote_that_was_eaten(flat, order):
    """The price traded again, so somebody offers there again."""
    (px, size, _), *_ = quotes(flat, 1)[1]
    flat.place(taker(order, "buy", size))
    eaten = quotes(flat, 1)[1][0][0]

    flat.inch()

    assert (px, eaten > 100, quotes(flat, 1)[1][0][0]) == (100, True, 100)


def test_taker_shortens_the_queue_before_those_who_wait(flat, order):
    """What it takes is taken from the front."""
    flat.inch(9)
    placed = flat.place(order(side="sell", px="100", sz="9"))
    other, before = Trader(flat, "8", USDT="100000"), placed.ahead

    other.place(taker(order, "buy", before // 3 * LOT))
    after = placed.ahead
    other.place(taker(order, "buy", after * LOT + 2))

    assert (after, placed.ahead, placed.filled) == (before - before // 3, 0, 2)


def test_limit_that_crosses_takes_up_to_its_price_and_rests(walk, order):
    """What is left stands at the limit as the best bid, alone."""
    _, asks = quotes(walk, 3)
    size = asks[0][1] + asks[1][1] + 1

    placed = walk.place(order(px=format(asks[1][0], "f"), sz=format(size, "f")))

    assert (placed.state, placed.rest, placed.ahead) == ("partially_filled", 1, 0)
    assert quotes(walk, 1)[0] == [(asks[1][0], Decimal(1), 1)]
    assert quotes(walk, 1)[1] == asks[2:]


@pytest.mark.parametrize(
    ("kind", "over", "ended"),
    [
        ("ioc", 1, ("canceled", "14", True)),
        ("fok", 1, ("canceled", "13", False)),
        ("fok", 0, ("filled", "", True)),
        ("ioc", 0, ("filled", "", True)),
        ("post_only", 0, ("canceled", "31", False)),
    ],
)
def test_order_types_take_what_they_may(walk, order, kind, over, ended):
    """Ioc keeps what it got, fok is whole or nothing, post_only never takes."""
    _, asks = quotes(walk, 2)
    size = asks[0][1] + asks[1][1] + over

    done = walk.place(order(ordType=kind, px=format(asks[1][0], "f"), sz=format(size, "f")))

    assert (done.state, done.cancel_source, bool(done.filled)) == ended


def test_order_between_the_quotes_improves_the_book(flat, order):
    """It is shown with its own size, and counted as one order."""
    (bid, *_), (ask, *_) = quotes(flat, 1)
    price = bid[0] + flat.instruments[NAME].tick
    assert price < ask[0]

    flat.place(order(px=format(price, "f"), sz="0.7"))

    assert quotes(flat, 2)[0] == [(price, Decimal("0.7"), 1), bid]


def test_resting_order_adds_to_its_level(walk, order):
    """Size and count of a level are those of all accounts together."""
    px, size, count = quotes(walk, 3)[0][2]

    walk.place(order(px=format(px, "f"), sz="0.5"))

    assert quotes(walk, 3)[0][2] == (px, size + Decimal("0.5"), count + 1)


def test_order_waits_behind_what_stood_there(flat, order):
    """A print at its price first uses up what was before it: nothing is filled, and the queue is shorter by it."""
    flat.inch(9)
    (_, size, _), *_ = quotes(flat, 1)[1]
    placed = flat.place(order(side="sell", px="100", sz="5"))
    assert placed.ahead == size / LOT

    while not flat.fills:
        before, filled = placed.ahead, placed.filled
        flat.inch()
        level, trade = quotes(flat, 1)[1][0][1] - placed.rest, printed(flat).size
        stood = min(before, level / LOT)
        assert placed.ahead == max(stood - trade / LOT, 0)
        assert placed.filled - filled == max(trade - stood * LOT, 0)

    assert flat.fills[0].trade_id == printed(flat).trade_id


def test_order_at_the_front_is_filled_by_the_sizes_of_prints(flat, order):
    """Partial fills are part of the path's own prints: same trade, same price, and no print beside them."""
    flat.inch(9)
    placed = flat.place(order(side="sell", px="100", sz="50"))
    while not flat.fills:
        flat.inch()
    flat.inch(5)

    last = flat.fills[-1]
    assert (last.trade_id, last.price, last.size, last.maker) == (printed(flat).trade_id, 100, printed(flat).size, True)
    assert (placed.state, list(flat.venue.prints.newest(NAME))) == ("partially_filled", [])


def test_path_that_trades_through_fills_whole_at_the_orders_price(tape, order):
    """A print beyond the price means that the whole level went; each order is paid its own price."""
    desk = tape((100, 100, 100, 100), (100, 100, 90, 90), fills="book")
    orders = [desk.place(order(px=px, sz="3")) for px in ("95", "96", "95")]

    desk.step(8)

    assert [(fill.order.id, fill.price, fill.size) for fill in desk.fills if fill.size == 3] == [
        (orders[1].id, 96, 3), (orders[0].id, 95, 3), (orders[2].id, 95, 3),
    ]  # fmt: skip
    assert {placed.state for placed in orders} == {"filled"}


def test_candle_that_dips_is_not_passed_over(tape, order):
    """Steps over whole candles fill what the path reaches on its way, and pass over quiet ones."""
    desk = tape(FLAT, FLAT, FLAT, (100, 100, 90, 100), FLAT, FLAT, fills="book")
    placed = desk.place(order(px="95", sz="3"))

    moved = desk.step(16, until_fill=True)

    assert (placed.state, desk.feed.index, moved.fills) == ("filled", 3, 1)
    assert desk.feed.price(NAME) < 95


def test_two_accounts_trade_with_each_other_at_the_makers_price(flat, order):
    """One print, one trade id, the maker's rate for the one and the taker's for the other."""
    other = Trader(flat, "8", BTC="10")
    (bid, *_), (ask, *_) = quotes(flat, 1)
    price = bid[0] + flat.instruments[NAME].tick
    maker = flat.place(order(px=format(price, "f"), sz="1"))

    done = other.place(order(side="sell", px=format(bid[0], "f"), sz="0.4"))

    took, gave = flat.fills
    assert (took.order, took.price, took.maker, took.rate) == (done, price, False, Decimal("0.001"))
    assert (gave.order, gave.price, gave.maker, gave.rate) == (maker, price, True, Decimal("0.0008"))
    assert took.trade_id == gave.trade_id
    assert [(row.size, row.buys) for row in flat.venue.prints.newest(NAME)] == [(Decimal("0.4"), False)]
    assert other.balance("USDT") == price * Decimal("0.4") * Decimal("0.999")
    assert (maker.state, done.state, ask[0] > price) == ("partially_filled", "filled", True)


def test_own_orders_of_one_price_fill_in_the_order_they_came(flat, order):
    """The second account's order waits for the first's."""
    other, third = Trader(flat, "8", USDT="1000000"), Trader(flat, "9", BTC="5")
    price = format(quotes(flat, 1)[0][0][0] + flat.instruments[NAME].tick, "f")
    first, second = flat.place(order(px=price, sz="1")), other.place(order(px=price, sz="1"))

    third.place(order(side="sell", px=price, sz="1.5"))

    assert (first.filled, second.filled) == (1, Decimal("0.5"))


@pytest.mark.parametrize(
    ("mode", "ends"),
    [
        ("cancel_maker", [("canceled", "32"), ("filled", "")]),
        ("cancel_taker", [("live", ""), ("canceled", "32")]),
        ("cancel_both", [("canceled", "32"), ("canceled", "32")]),
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_orders_of_one_main_account_never_meet(flat, order, mode, ends, asked):
    """The taker's stpMode, or its account's, says which of the two is canceled; a sub-account is no stranger."""
    sub = Trader(flat, "7001", flat.account.uid, BTC="10")
    sub.account.self_trade = "cancel_maker" if asked else mode
    (bid, *_), _ = quotes(flat, 1)
    resting = flat.place(order(px=format(bid[0] + flat.instruments[NAME].tick, "f"), sz="1"))

    done = sub.place(order(side="sell", px=format(bid[0], "f"), sz="0.00002", stpMode=mode if asked else None))

    assert [(one.state, one.cancel_source) for one in (resting, done)] == ends
    assert all(fill.order is done and fill.price == bid[0] for fill in flat.fills)


def test_fill_or_kill_does_not_count_on_its_own_account(flat, order):
    """What would be canceled on the way fills nothing."""
    bids, _ = quotes(flat, 1)
    flat.place(order(px=format(bids[0][0] + flat.instruments[NAME].tick, "f"), sz="5"))

    done = flat.place(order(side="sell", ordType="fok", px=format(bids[0][0], "f"), sz="4"))

    assert (done.state, done.cancel_source, flat.fills, len(flat.open)) == ("canceled", "13", [], 1)


def test_market_buy_sized_in_quote_spends_it_level_by_level(walk, order):
    """The lots are those the book has for the money; less than a lot's worth of the last level stays."""
    _, asks = quotes(walk, 5)
    budget = sum(px * size for px, size, _ in asks[:3]) + 1

    done = walk.place(order(ordType="market", px=None, sz=format(budget, "f")))

    spent = sum(fill.price * fill.size for fill in walk.fills)
    assert (done.state, len(walk.fills)) == ("filled", 4)
    assert 0 <= budget - spent < asks[3][0] * LOT


def test_market_buy_that_runs_out_of_money_is_cut_short(walk, order):
    """It was payable at the best price; unless banAmend forbids it, the rest is canceled."""
    _, asks = quotes(walk, 50)
    size = sum(level[1] for level in asks[:20])
    cost = sum(px * sz for px, sz, _ in asks[:20])
    other = Trader(walk, "8", USDT=cost - 1)

    with pytest.raises(PaperError) as caught:
        other.place(taker(order, "buy", size, banAmend=True))
    done = other.place(taker(order, "buy", size))

    assert caught.value.code == "51008"
    assert (done.state, done.cancel_source, 0 < done.filled < size) == ("canceled", "14", True)
    assert 0 <= other.balance("USDT") < asks[19][0] * LOT


def test_taker_ends_after_a_thousand_makers(walk, order):
    """The rest of a market order is canceled, what it got stays."""
    walk.venue.accounts.deposit(walk.account, "BTC", Decimal(10**9))
    bids, _ = quotes(walk, 5000)

    done = walk.place(taker(order, "sell", 10**8))

    met = sum(count for _, _, count in bids[: len(walk.fills)])
    assert (done.state, done.cancel_source) == ("canceled", "33")
    assert met <= 1000 < met + bids[len(walk.fills)][2]
    assert quotes(walk, 1)[0] == [bids[len(walk.fills)]]


def test_book_that_is_eaten_up_ends_a_market_order(tape, order):
    """A price near zero leaves few ticks for bids: the rest of the sell is canceled."""
    desk = tape(*[("0.5", "0.5", "0.5", "0.5")] * 3, fills="book")
    desk.venue.accounts.deposit(desk.account, "BTC", Decimal(10**9))

    killed = desk.place(order(side="sell", ordType="fok", px="0.1", sz="100000000"))
    done = desk.place(taker(order, "sell", 10**8))

    assert (killed.cancel_source, killed.filled) == ("13", 0)
    assert (done.state, done.cancel_source, desk.book.levels(NAME, 5)[0]) == ("canceled", "14", [])
    assert [fill.price for fill in desk.fills] == [Decimal(n) / 10 for n in range(4, 4 - len(desk.fills), -1)]


def test_swap_is_taken_level_by_level_and_closed_the_same_way(walk, order):
    """Contracts have books of their own; the position's average price is that of the fills."""
    walk.account.level, swap = "2", {"instId": "BTC-USDT-SWAP", "tdMode": "cross"}
    _, asks = walk.book.levels("BTC-USDT-SWAP", 3)
    size = asks[0][1] + asks[1][1] + asks[2][1]

    walk.place(taker(order, "buy", size) | swap)
    (position,) = walk.account.positions.values()
    paid = sum(px * sz for px, sz, _ in asks) / size
    assert (position.size, [fill.price for fill in walk.fills]) == (size, [level[0] for level in asks])
    assert abs(position.average - paid) < Decimal("1e-12")

    walk.place(taker(order, "sell", size, reduceOnly=True) | swap)
    assert not walk.account.positions or position.size == 0


def test_amended_order_goes_to_the_end_of_the_queue(flat, order):
    """A larger size loses the place, a smaller one keeps it."""
    flat.inch(9)
    first, second = (flat.place(order(side="sell", px="100", sz="9")) for _ in range(2))
    for placed, size in ((second, "8"), (first, "10")):
        fields = {"instId": NAME, "ordId": str(placed.id), "newSz": size}
        flat._turn(amend, flat.venue, flat.account, fields)
    before = first.ahead

    flat.trade(
        {"instId": NAME, "side": "buy", "px": "100", "sz": format(max(first.ahead, second.ahead) * LOT + 1, "f")}
    )

    assert (first.filled, second.filled, before > 0) == (0, 1, True)


def test_print_of_somebody_else_fills_after_what_stands_before(flat, order):
    """The control route's trade passes through the queue at our price, too."""
    flat.inch(9)
    placed = flat.place(order(side="sell", px="100", sz="1"))
    ahead = placed.ahead * LOT

    flat.trade({"instId": NAME, "side": "buy", "px": "100", "sz": format(ahead + Decimal("0.25"), "f")})

    assert (placed.filled, placed.ahead) == (Decimal("0.25"), 0)


def test_last_candle_of_a_file_trades_all_its_volume(tape):
    """A file ends at its last close: what is left of that candle's volume trades there."""
    desk = tape(FLAT, (100, 104, 99, 101), fills="book")
    desk.step(7)

    trades = [path_print(desk.feed, desk.instruments[NAME], place).size for place in range(desk.feed.place + 1)]

    assert desk.feed.done
    assert sum(trades) == 2
    assert [row[5] for row in candles(desk.call(instId=NAME))] == ["1", "1"]


def test_steps_that_change_leave_price_and_orders_where_they_are(walk, order):
    """The book is made anew on the new tick; what rests is still there, and the path does not jump."""
    walk.inch(70)
    placed, price = walk.place(order(px="89000.3", sz="1")), walk.feed.price(NAME)

    walk.instruments.replace(replace(walk.instruments[NAME], tick=Decimal("0.5")))

    assert walk.feed.price(NAME) == price
    for _ in range(200):
        walk.inch()
        (bid, *_), (ask, *_) = quotes(walk, 1)
        assert bid[0] <= walk.feed.price(NAME) <= ask[0]
        assert bid[0] % Decimal("0.5") == 0
    assert abs(walk.feed.price(NAME) - price) < 500
    assert walk.cancel({"instId": NAME, "ordId": str(placed.id)}).state == "canceled"


def test_state_that_changes_leaves_the_queue_as_it_is(flat, order):
    """Suspended for a while, an order does not lose its place."""
    flat.inch(9)
    placed = flat.place(order(side="sell", px="100", sz="1"))
    flat.place(order(side="sell", px="100", sz="5"))
    ahead = placed.ahead

    flat.instruments.replace(replace(flat.instruments[NAME], state="suspend"))

    assert quotes(flat, 1)[1][0][0] == 100
    assert placed.ahead == ahead > 0


def test_exchange_that_comes_back_has_its_orders_in_its_books(open_desk, clock, tmp_path, order):
    """They rest again, each at the end of the queue at its price."""
    options = PaperOptions(stepped=True, fills="book", data=tmp_path / "paper.db")
    desk = open_desk(options, clock)
    desk.inch(70)
    px, size, count = quotes(desk, 3)[0][2]
    placed = desk.place(order(px=format(px, "f"), sz="0.1"))
    before = quotes(desk)
    desk.exchange.close()

    again = open_desk(options, clock)

    assert quotes(again) == before
    assert quotes(again, 3)[0][2] == (px, size + Decimal("0.1"), count + 1)
    assert again.open[placed.id].ahead == size / LOT
    again.exchange.close()


def test_restart_of_the_book_gives_the_same_one(open_desk, clock):
    """The same seed gives the same levels, another seed others."""
    options = {"stepped": True, "fills": "book"}
    books = [quotes(open_desk(PaperOptions(seed=seed, **options), clock)) for seed in (3, 3, 4)]

    assert books[0] == books[1] != books[2]


@pytest.mark.parametrize("row", BY_TURNOVER)
def test_book_has_the_recorded_spread_reach_and_depth_at_its_turnover(tape, row):
    """A market of that turnover a day shows them over two minutes, as near as ten levels a side can tell."""
    turnover, spread, gap, minutes = row
    price = round(turnover / 1440, 2)  # one coin is traded a minute
    desk = tape(*[(price,) * 4] * 10, fills="book", tick="0.01")
    seen = []
    for _ in range(120):
        desk.inch(4)
        bids, asks = quotes(desk, 10)
        reach = bids[0][0] - bids[9][0] + asks[9][0] - asks[0][0]
        seen.append((asks[0][0] - bids[0][0], reach / 18, sum(level[1] for level in bids + asks) / 20))

    shown = [float(mean(column)) for column in zip(*seen, strict=True)]

    bp = price / 1e4
    assert shown[0] == pytest.approx(max(spread * bp, 0.01), rel=0.1)
    assert shown[1] == pytest.approx(gap * bp, rel=0.35)
    assert shown[2] == pytest.approx(minutes, rel=0.6)


def test_book_changes_as_often_as_recorded_ones(walk):
    """Of the levels near the best about a fifth change in 100 ms, of those far from it about a fiftieth."""
    changed = {3: [], 25: []}
    for _ in range(120):
        before = quotes(walk, 50)[1]
        walk.inch()
        after = {level[0]: level for level in quotes(walk, 100)[1]}
        for start, end in ((3, 10), (25, 50)):
            changed[start] += [after.get(level[0]) != level for level in before[start:end]]

    tenths = walk.feed.bar / 4 / walk.feed.parts / 100
    near, far = (1 - (1 - mean(share)) ** (1 / tenths) for share in changed.values())
    assert 0.1 < near < 0.35
    assert 0.01 < far < 0.1


@pytest.mark.parametrize(
    ("file", "name", "day", "row"),
    [
        ("OKX_20220513_book_updates", "BTC-USDT", 17_605.6, 4),
        ("OKX_20220227_book_updates", "UNI-USD-SWAP", 1_699_928, 2),
        ("OKX_20220227_book_updates", "ELON-USDT", 1.551e12, 1),
    ],
)
def test_figures_are_those_of_recorded_books(shared, file, name, day, row):
    """Read anew, a recording has the spread, the gaps and the sizes that the figures give for its turnover a day."""
    table = pa_parquet.read_table(shared / "data" / f"{file}.parquet", filters=[("inst", "=", name)])
    book, seen = {"bid": {}, "ask": {}}, []
    for _, rows in groupby(table.to_pylist(), key=lambda line: (line["ts"], line["action"])):
        for line in rows:
            book[line["side"]][line["price"]] = line["size"]
        sides = [sorted((px, size) for px, size in book[side].items() if size) for side in ("bid", "ask")]
        bids, asks = sides[0][:-11:-1], sides[1][:10]
        reach = bids[0][0] - bids[9][0] + asks[9][0] - asks[0][0]
        sizes = sum(size for _, size in bids + asks) / 20 / (day / 1440)
        seen.append(((asks[0][0] - bids[0][0]) / bids[0][0] * 1e4, reach / 18 / bids[0][0] * 1e4, sizes))

    spread, gap, minutes = (median(column) for column in zip(*seen, strict=True))

    assert spread == pytest.approx(BY_TURNOVER[row][1], rel=0.5) or (row, round(spread, 3)) == (4, 0.033)
    assert gap == pytest.approx(BY_TURNOVER[row][2], rel=0.4)
    assert BY_TURNOVER[row][3] / 3 < minutes < BY_TURNOVER[row][3] * 3


@pytest.mark.parametrize("mode", ["cross", "isolated"])
def test_market_order_that_runs_out_of_margin_is_cut_short(walk, order, mode):
    """On a thin book the levels ask for more margin than the best price did; what closes is filled whole."""
    thin = "CVX-USDT-SWAP"
    wanted = {"instId": thin, "tdMode": mode, "px": None, "ordType": "market"}
    lot = walk.instruments[thin].lot
    walk.venue.accounts.deposit(walk.account, "USDT", Decimal(-9_900_000))
    (_, asks) = walk.book.levels(thin, 1)
    most = walk.available("USDT") * 3 * Decimal("0.998") / asks[0][0] // walk.instruments[thin].contract.value

    bought = walk.place(order(**wanted, sz=str(most // lot * lot)))
    assert (bought.state, bought.cancel_source) == ("canceled", "14")
    assert 0 < bought.filled < bought.size
    assert walk.available("USDT") >= 0

    assert walk.place(order(**wanted, side="sell", sz=format(bought.filled, "f"))).state == "filled"
    assert (walk.account.positions, walk.held("USDT")) == ({}, 0)
