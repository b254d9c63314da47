"""The feed between the points of the path: small steps on the tick, the same every time, and one trade at each."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from time import perf_counter, process_time

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.exact import floored
from okxlab.paper.matching.touch import Touch
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.prints import path_print
from okxlab.paper.prices.tape import read_tape
from okxlab.paper.prices.world import World
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.listing import Listing
from okxlab.paper.ticking import tick
from okxlab.paper.venue import Venue

EPOCH, PARTS = 1_706_659_200_000, 60
BTC = Instrument("BTC-USDT", Decimal("0.1"), Decimal("0.00000001"), Decimal("0.00001"), start=Decimal(90_000))


def feed(seed=7, parts=PARTS, instrument=BTC):
    listing = Listing({instrument.name: instrument})
    return Feed(Market(listing, World(7, EPOCH)), 0, parts, instruments=listing, seed=seed)


def inched(moving, count):
    """Give the prices of the places ahead, one by one."""
    prices = []
    for _ in range(count):
        prices.append(moving.price(BTC.name))
        moving.inch()
    return prices


def test_places_between_two_points_are_counted_and_timed():
    """A place is a position and a part; time moves evenly with the parts, and forward goes to a point."""
    moving = feed()
    stood = [(moving.position, moving.part, moving.place, moving.now - EPOCH)]
    for _ in range(61):
        moving.inch()
    stood.append((moving.position, moving.part, moving.place, moving.now - EPOCH))
    moving.forward(2)
    stood.append((moving.position, moving.part, moving.place, moving.now - EPOCH))

    assert stood == [(0, 0, 0, 0), (1, 1, 61, 15_250), (3, 0, 180, 45_000)]


def test_micro_path_keeps_to_the_points_the_tick_and_the_candle():
    """At the points it is the path; in between it stays on the tick within low and high, and at last at the close."""
    for index in range(30):
        moving = feed()
        moving.forward(4 * index)
        points = moving.sources[BTC.name].points(index)
        prices = inched(moving, 4 * PARTS)

        assert tuple(prices[::PARTS]) == points
        assert all(price % BTC.tick == 0 for price in prices)
        assert (min(prices), max(prices)) == (min(points), max(points))
        assert set(prices[3 * PARTS :]) == {points[3]}


def test_micro_path_is_the_same_for_the_same_seed():
    """Whatever was asked before; another seed gives another one over the same candles."""
    walked, again, other = feed(), feed(), feed(seed=8)
    again.forward(400)
    again.price_at(BTC.name, 404, 7)
    sought = [(position, part) for position in range(3) for part in range(PARTS)]
    prices = [walked.price_at(BTC.name, *place) for place in sought]

    assert prices == [again.price_at(BTC.name, *place) for place in sought]
    assert prices != [other.price_at(BTC.name, *place) for place in sought]


@pytest.mark.parametrize("parts", [1, PARTS])
def test_prints_of_a_candle_add_up_to_its_volume(parts):
    """One trade at each place, at its price, ids rising; the taker bought where the price rose."""
    standing = feed(parts=parts)
    places = range(4 * parts * 20, 4 * parts * 21)
    rows = [path_print(standing, BTC, place) for place in places]
    moved = [(now.price > before.price, now.buys) for before, now in pairwise(rows) if now.price != before.price]

    assert sum(row.size for row in rows) == standing.sources[BTC.name].volume(20)
    assert all(row.size % BTC.lot == 0 for row in rows)
    assert [row.price for row in rows] == [standing.price_at(BTC.name, *divmod(place, parts)) for place in places]
    assert [row.trade_id for row in rows] == sorted({row.trade_id for row in rows})
    assert moved
    assert all(rose == buys for rose, buys in moved)


def test_prints_keep_volume_that_is_no_whole_lot(tmp_path):
    """A recorded volume finer than the lot goes whole into its candle's trades."""
    path = tmp_path / "p.csv"
    path.write_text(
        "ts,open,high,low,close,volume\n1704067200000,10,12,9,11,0.123456789\n1704067260000,11,11,11,11,0\n"
    )
    coarse = Instrument("BTC-USDT", Decimal(1), Decimal("0.01"), Decimal("0.01"))
    for parts in (1, PARTS):
        standing = Feed({coarse.name: read_tape(path)}, 0, parts, instruments={coarse.name: coarse})
        sizes = [path_print(standing, coarse, place).size for place in range(8 * parts)]

        assert sum(sizes[: 4 * parts]) == Decimal("0.12345679")
        assert sum(sizes[4 * parts :]) == 0


def test_recorded_prices_are_put_on_the_tick_for_a_book(tmp_path):
    """Every price of the path and of the candles is a multiple of the tick then."""
    path = tmp_path / "p.csv"
    path.write_text("ts,open,high,low,close\n1704067200000,0.30004,0.34,0.26001,0.31\n")
    rounded = read_tape(path).on(Decimal("0.05"))

    assert [str(price) for price in rounded.points(0)] == ["0.3", "0.25", "0.35", "0.3"]


def book_venue(clock):
    """Give a venue with micro steps; what fills there is the path's doing."""
    listing = Listing({BTC.name: BTC})
    venue = Venue(listing, Feed(Market(listing, World(7, EPOCH)), 0, PARTS, instruments=listing, seed=7), clock)
    venue.accounts.deposit(venue.accounts.main, "USDT", Decimal(1_000_000))
    return venue


def test_an_order_fills_between_two_points_and_the_market_stands_there(clock):
    """Stepping until a fill ends at the place of the fill, with a trade id between those of the path."""
    venue = book_venue(clock)
    account = venue.accounts.main
    points = venue.feed.sources[BTC.name].points(0)
    price = floored((points[0] + min(points)) / 2, BTC.tick)
    fields = {"instId": BTC.name, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.1", "px": str(price)}
    order = venue.place(account, fields)
    moved = venue.step(8, until_fill=True)
    (row,) = venue.prints.newest(BTC.name)

    assert min(points) < price < points[0]
    assert (moved.fills, order.state) == (1, "filled")
    assert venue.feed.part > 0
    assert path_print(venue.feed, BTC, venue.feed.place - 1).trade_id < row.trade_id
    assert row.trade_id < path_print(venue.feed, BTC, venue.feed.place).trade_id
    venue.step(1)
    assert venue.feed.part == 0


def test_a_long_walk_is_quick_where_nothing_rests(clock):
    """A month of minutes takes seconds of a processor although every point has sixty places."""
    venue = book_venue(clock)
    assert isinstance(venue.model, Touch)
    began = process_time()
    venue.step(170_000)

    assert venue.feed.position == 170_000
    assert process_time() - began < 4


def test_time_moves_the_market_by_places(tmp_path, clock):
    """A market by the clock passes every place and ends with its tape."""
    path = tmp_path / "p.csv"
    path.write_text("ts,open,high,low,close\n1704067200000,10,12,9,11\n1704067260000,11,13,10,12\n")
    coarse = Instrument("BTC-USDT", Decimal(1), Decimal("0.01"), Decimal("0.01"))
    listing = Listing({coarse.name: coarse})
    venue = Venue(listing, Feed({coarse.name: read_tape(path)}, 0, PARTS, instruments=listing), clock)
    venue.accounts.deposit(venue.accounts.main, "USDT", Decimal(1_000_000))
    fields = {"instId": coarse.name, "tdMode": "cash", "side": "sell", "ordType": "limit", "sz": "1", "px": "13"}
    venue.accounts.deposit(venue.accounts.main, "BTC", Decimal(10))
    order = venue.place(venue.accounts.main, fields)
    seen = []
    venue.sinks.append(lambda _changes: seen.append(venue.feed.place))
    clock.monotonic = lambda: perf_counter() * 1000

    asyncio.run(tick(venue, 1))

    assert order.state == "filled"
    assert venue.feed.done
    assert set(seen) > set(range(5 * PARTS, 6 * PARTS))


def test_fill_model_is_named_where_the_feed_is(exchange):
    """The control answer says how orders fill."""
    assert exchange.control("GET", "feed").body["fills"] == "touch"


def test_unknown_fill_model_is_refused(open_desk, clock):
    """In words, with the ones there are."""
    with pytest.raises(PaperError, match="no fill model 'magic'"):
        open_desk(PaperOptions(fills="magic"), clock)
