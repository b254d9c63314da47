"""Orders against the path, on a venue without a wire."""

from decimal import Decimal

import pytest

from okxlab.errors import PaperError

FLAT = (100, 100, 100, 100)


def refusal(call, *arguments):
    with pytest.raises(PaperError) as caught:
        call(*arguments)
    return caught.value.code


def test_market_buy_when_sized_in_base_fills_whole_at_the_paths_price_unrounded(tape, order):
    """A taker gets the path's price as it is recorded, off the tick, and pays 0.1 % of what it receives."""
    venue = tape((100.123456789, 101, 99, 100))

    done = venue.place(order(ordType="market", px=None, sz="2", tgtCcy="base_ccy"))

    (fill,) = venue.fills
    assert (done.state, fill.price, fill.size) == ("filled", Decimal("100.123456789"), 2)
    assert venue.balance("BTC") == Decimal("1.998")
    assert venue.balance("USDT") == 100000 - 2 * Decimal("100.123456789")


def test_market_buy_when_sized_in_quote_buys_whole_lots(tape, order):
    """OKX's default for a market buy is quote currency: the lots it buys are rounded down."""
    venue = tape((3, 3, 3, 3), lot="0.01", minimum="0.01")

    done = venue.place(order(ordType="market", px=None, sz="10"))

    assert (done.filled, venue.balance("USDT")) == (Decimal("3.33"), 100000 - Decimal("9.99"))


def test_market_sell_takes_its_fee_in_quote(tape, order):
    """A sell brings quote currency less 0.1 %."""
    venue = tape(FLAT)
    venue.place(order(ordType="market", px=None, sz="1", tgtCcy="base_ccy"))

    venue.place(order(ordType="market", side="sell", px=None, sz="0.999"))

    assert venue.balance("BTC") == 0
    assert venue.balance("USDT") == 100000 - 100 + Decimal("99.9") * Decimal("0.999")


def test_resting_buy_when_the_path_touches_it_fills_at_its_own_price(tape, order):
    """Touching is enough, the price is the order's, and the maker pays 0.08 % of what it receives."""
    venue = tape((100, 101, 90, 95))
    venue.place(order(px="90", sz="1"))

    venue.step(2)

    (fill,) = venue.fills
    assert (fill.price, fill.maker, fill.fee) == (90, True, Decimal("0.0008"))
    assert (venue.held("USDT"), venue.balance("BTC")) == (0, Decimal("0.9992"))


def test_resting_orders_on_one_segment_fill_along_the_path_then_by_time(tape, order):
    """Nearer prices fill first, and of equal prices the older."""
    venue = tape((100, 101, 90, 95))
    placed = [venue.place(order(px=px, sz="1")).id for px in ("92", "95", "95", "98")]

    venue.step(2)

    assert [fill.order.id for fill in venue.fills] == [placed[3], placed[1], placed[2], placed[0]]


def test_gap_between_candles_is_a_segment_of_the_later_candle(tape, order):
    """The move from one close to the next open fills what lies between, dated in the later candle."""
    venue = tape(FLAT, (80, 80, 80, 80))
    venue.place(order(px="90", sz="1"))

    moved = venue.step(4)

    assert (moved.points, moved.fills, venue.fills[0].feed_ts) == (4, 1, 1_704_067_260_000)


@pytest.mark.parametrize(
    ("candle", "path"),
    [
        ((10, 12, 9, 11), [10, 9, 12, 11]),
        ((10, 11, 8, 9), [10, 11, 8, 9]),
        ((10, 11, 9, 10), [10, 9, 11, 10]),
        ((0.3, 0.4, 0.2, 0.3), ["0.3", "0.2", "0.4", "0.3"]),
    ],
)
def test_path_goes_to_the_nearer_extreme_first_and_to_the_low_when_equal(tape, candle, path):
    """The path is compared in exact decimals: 0.4 - 0.3 equals 0.3 - 0.2."""
    venue = tape(candle)
    seen = [venue.feed.price("BTC-USDT")]
    while not venue.feed.done:
        venue.step(1)
        seen.append(venue.feed.price("BTC-USDT"))

    assert seen == [Decimal(price) for price in path]


def test_limit_that_crosses_is_a_taker_at_the_paths_price(tape, order):
    """A buy above the market does not pay its limit."""
    venue = tape(FLAT)

    done = venue.place(order(px="110", sz="1"))

    assert (done.state, venue.fills[0].price, venue.fills[0].maker) == ("filled", 100, False)


@pytest.mark.parametrize(
    ("asked", "ended"),
    [
        (("post_only", "100"), ("canceled", "31")),
        (("post_only", "99"), ("live", "")),
        (("ioc", "99"), ("canceled", "14")),
        (("fok", "99"), ("canceled", "13")),
        (("ioc", "100"), ("filled", "")),
        (("fok", "100"), ("filled", "")),
    ],
)
def test_order_types_end_as_okx_ends_them(tape, order, asked, ended):
    """Post-only never takes; ioc and fok never rest."""
    venue = tape(FLAT)

    done = venue.place(order(ordType=asked[0], px=asked[1], sz="1"))

    assert (done.state, done.cancel_source) == ended


def test_taker_when_an_own_order_rests_beyond_the_price_trades_with_the_market(tape, order):
    """A market order never meets our own resting orders: it fills at the path's price."""
    venue = tape(FLAT)
    venue.place(order(ordType="market", px=None, sz="2", tgtCcy="base_ccy"))
    venue.place(order(side="sell", px="100.1", sz="1"))

    venue.place(order(px="200", sz="1"))

    assert [fill.maker for fill in venue.fills] == [False, False]
    assert len(venue.open) == 1


def test_print_fills_in_price_time_order_and_partially(tape, order):
    """Another participant's limited size hits the best price, then the oldest, and stops when it is used up."""
    venue = tape(FLAT)
    first, second, third = (venue.place(order(px=px, sz="1")) for px in ("99", "98", "99"))

    venue.trade({"instId": "BTC-USDT", "side": "sell", "px": "98", "sz": "1.5"})

    assert [(fill.order.id, fill.size) for fill in venue.fills] == [(first.id, 1), (third.id, Decimal("0.5"))]
    assert (third.state, second.state) == ("partially_filled", "live")


def test_cancel_when_partially_filled_gives_back_exactly_the_rest(tape, order):
    """What was filled is settled, what was not is free again, and nothing is held."""
    venue = tape(FLAT)
    placed = venue.place(order(px="99", sz="1"))
    venue.trade({"instId": "BTC-USDT", "side": "sell", "px": "99", "sz": "0.25"})

    venue.cancel({"instId": "BTC-USDT", "ordId": str(placed.id)})

    assert (placed.state, placed.filled, venue.held("USDT")) == ("canceled", Decimal("0.25"), 0)
    assert venue.available("USDT") == 100000 - Decimal("24.75")


def test_until_fill_stops_at_the_segment_that_filled(tape, order):
    """The feed stands where the first fill happened, so that a bot can answer it."""
    venue = tape(FLAT, FLAT, (100, 100, 90, 90), FLAT)
    venue.place(order(px="95", sz="1"))

    moved = venue.step(1000, until_fill=True)

    assert (moved.fills, venue.feed.index, venue.feed.done) == (1, 2, False)
    assert venue.step(1000, until_fill=True).fills == 0
    assert venue.feed.done


def test_holds_keep_an_order_from_being_paid_twice(tape, order):
    """What a resting buy holds is not available to the next order."""
    venue = tape(FLAT)
    venue.place(order(px="90", sz="1000"))

    assert refusal(venue.place, order(px="90", sz="200")) == "51008"
    assert venue.held("USDT") == 90000


def test_accounts_are_untouched_when_an_order_is_refused(tape, order):
    """A refused order leaves neither an event nor a hold."""
    venue = tape(FLAT)

    code = refusal(venue.place, order(side="sell", px="110", sz="1"))

    assert (code, venue.log.text(), venue.held("BTC"), len(venue.orders)) == ("51008", "", 0, 0)
