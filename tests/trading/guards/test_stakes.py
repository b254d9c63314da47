"""What a strategy has at stake, told from its blotter alone."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.trading.blotter import Blotter
from okxlab.trading.guards.exposure import Resting
from okxlab.trading.guards.stakes import Stakes
from okxlab.trading.records import Answer, Filled, Foreign, Intent, Seen

NOW = 1_700_000_000_000
DAY = 86_400_000


def placed(name, *, side="buy", size="1", price="100", symbol="BTC-USDT", sent=NOW):
    row = {"side": side, "sz": size, "clOrdId": name} | ({"px": price} if price else {})
    return Intent(name, "place", symbol, name, "", row, 0, sent)


def filled(trade, side="buy", *, size="1", price="100", fee="0", currency="USDT", time_ms=NOW):
    return Filled("BTC-USDT", trade, "", f"o{trade}", "", side, price, size, fee, currency, maker=True, time_ms=time_ms)


def known(*records):
    """Give a blotter that knows these records."""
    blotter = Blotter()
    for record in records:
        blotter.apply(record)
    return blotter


def stake(*records, now=NOW, without=()):
    """Give what these records leave at stake."""
    return together(known(*records), now=now, without=without)


def together(*blotters, now=NOW, stakes=None, **more):
    """Give what is at stake in some blotters, one's own first; BTC is at 100 USDT."""
    rates = {"USDT": Decimal(1), "BTC": Decimal(100), "OKB": Decimal(50)}
    return (stakes or Stakes()).exposure(blotters, now, lambda _: Decimal(100), rates.__getitem__, **more)


def test_unknown_orders_count_as_resting():
    """An order whose answer was lost is at stake whole, one that was rejected is not (I13)."""
    told = stake(placed("a"), Answer("a", "unknown"), placed("b", side="sell", price="120"), Answer("b", "rejected"))

    assert told.resting == {"BTC-USDT": Resting(buys=Decimal(1))}
    assert (told.open, told.open_orders) == (100, 1)


def test_orders_of_others_count_too():
    """An order that somebody else has open on the account is at stake, and is not when it is gone (F54)."""
    open_now = Foreign("7", "", "BTC-USDT", "sell", "live", "2", "150")

    assert stake(open_now).open == 300
    assert stake(open_now).resting == {"BTC-USDT": Resting(sells=Decimal(2))}
    assert stake(open_now, Foreign("7", "", "BTC-USDT", "sell", "canceled", "2", "150")).open == 0


def test_market_order_rests_at_the_markets_price():
    """An order without a price that is not known to be over is worth what the market pays."""
    assert stake(placed("a", price=None)).open == 100


def test_change_that_is_open_counts_at_its_larger_end():
    """While an amendment is unknown, the larger size and the higher price are at stake."""
    change = Intent("m1", "amend", "BTC-USDT", "a", "1", {"newSz": "3", "newPx": "110"}, 0, NOW)
    first = (placed("a", size="2"), Answer("a", "acknowledged", "1"))

    assert stake(*first, change).open == 330
    assert stake(*first, change, Answer("m1", "rejected")).open == 200
    assert stake(*first, change, without={"a"}).open == 0


def test_what_the_exchange_tells_has_filled_counts_before_it_is_read():
    """The part that filled is held and traded as soon as it is told, and rests no more; read, it counts once."""
    first = (placed("a", size="2"), Answer("a", "acknowledged", "1"))
    seen = Seen("a", "1", "BTC-USDT", "buy", "partially_filled", "2", "100", "1", NOW)
    fill = Filled("BTC-USDT", "t1", "", "1", "a", "buy", "100", "1", "0", "USDT", maker=True, time_ms=NOW)

    for told in (stake(*first, seen), stake(*first, seen, fill)):
        assert (told.open, told.traded, told.position["BTC-USDT"]) == (100, 100, 1)


def test_what_several_strategies_have_open_is_added_up():
    """Amounts, worth, orders and those of the last minute are those of all; each strategy's own trades are not lost."""
    mine = known(placed("a"), filled("1", price="90"))
    other = known(placed("b", sent=NOW - 61_000), placed("c", side="sell", price="120"), filled("2", price="110"))

    told = together(mine, other)
    assert told.resting == {"BTC-USDT": Resting(buys=Decimal(2), sells=Decimal(1))}
    assert (told.open, told.open_orders, told.sent) == (320, 3, 2)
    assert (told.position["BTC-USDT"], told.traded) == (2, 200)


def test_order_of_another_strategy_counts_once():
    """What one journal calls an order of others and another has itself is counted where it is ours."""
    theirs = Foreign("7", "b", "BTC-USDT", "buy", "live", "1", "100")
    unanswered = Foreign("8", "c", "BTC-USDT", "buy", "live", "1", "100")
    stranger = Foreign("9", "", "BTC-USDT", "buy", "live", "1", "100")
    other = known(placed("b"), Answer("b", "acknowledged", "7"), placed("c"))

    assert together(known(theirs, unanswered, stranger), other).open_orders == 3


def test_some_strategies_are_counted_without_the_orders_of_others():
    """What is asked of strategies together leaves out what is open on the account and none of theirs."""
    stranger = Foreign("9", "", "BTC-USDT", "buy", "live", "1", "100")

    assert together(known(stranger, placed("a")), others=False).open_orders == 1


def test_what_one_strategy_bought_another_sells_at_a_loss():
    """The cost is the account's: bought at 100 in one kernel and sold at 90 in the next loses 10."""
    bought, sold = filled("1", price="100"), filled("2", "sell", price="90", time_ms=NOW + 1)

    assert together(known(sold), known(bought)).lost == 10


def test_what_changes_in_another_strategy_is_counted_anew():
    """Sums that are kept for a strategy hold only until its journal says more."""
    stakes, mine, other = Stakes(), known(), known(placed("b"), placed("c"))
    assert together(mine, other, stakes=stakes).open_orders == 2

    other.apply(Answer("b", "rejected"))
    other.apply(filled("1"))
    told = together(mine, other, stakes=stakes)
    assert (told.open_orders, told.traded) == (1, 100)
    assert together(mine, stakes=stakes).traded == 100


def test_sold_below_its_mean_cost_is_lost_and_fees_with_it():
    """Two bought at 100 and 120, one sold at 90: 20 are lost, and the fees, those in base at the fill's price."""
    told = stake(
        filled("1", price="100", fee="0.001", currency="BTC"), filled("2", price="120", fee="1"),
        filled("3", side="sell", price="90", fee="0.02", currency="OKB"),
    )  # fmt: skip

    assert told.traded == 310
    assert told.fees == Decimal("0.1") + 1 + 1
    assert told.lost == 20 + told.fees


def test_sold_without_having_been_bought_here_loses_nothing():
    """What was held before okxlab saw it has no cost here."""
    assert stake(filled("1", side="sell", size="5", price="1")).lost == 0


def test_a_new_day_begins_at_nothing_and_keeps_the_cost():
    """Yesterday's trades count no more; what was bought then still has its cost."""
    stakes, blotter = Stakes(), known(filled("1", price="100"))
    assert together(blotter, stakes=stakes).traded == 100

    blotter.apply(filled("2", side="sell", price="70", time_ms=NOW + DAY))
    told = together(blotter, now=NOW + DAY, stakes=stakes)
    assert (told.traded, told.lost) == (70, 30)


def test_orders_of_the_last_minute_are_counted():
    """Those sent 60 seconds ago and before are not."""
    assert stake(*[placed(f"a{age}", sent=NOW - age * 1000) for age in (90, 60, 59, 1, 0)]).sent == 3


@pytest.mark.parametrize("parts", [1, 2, 5])
@settings(derandomize=True, deadline=None)
@given(
    trades=st.lists(st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 9), st.integers(50, 150)), max_size=20)
)
def test_counting_as_it_comes_is_counting_at_once(parts, trades):
    """Whenever it is asked in between, the sums are those of counting everything at the end."""
    fills = [
        filled(str(n), side, size=str(size), price=str(price), fee="1") for n, (side, size, price) in enumerate(trades)
    ]
    stakes, blotter = Stakes(), Blotter()
    for number, fill in enumerate(fills):
        blotter.apply(fill)
        if number % parts == 0:
            together(blotter, stakes=stakes)

    assert together(blotter, stakes=stakes) == stake(*fills)


def test_trade_of_a_day_that_began_at_the_exchange_first_counts_for_that_day():
    """A clock that is some milliseconds behind makes nothing of it be forgotten."""
    midnight, stakes = NOW - NOW % DAY + DAY, Stakes()
    mine = known(filled("1", time_ms=midnight - 50), filled("2", price="90", time_ms=midnight + 5))

    assert together(mine, stakes=stakes, now=midnight - 10).traded == 90
    assert together(mine, stakes=stakes, now=midnight + 10).traded == 90
