"""What everybody measures by: index and mark prices, funding, price limits, and options by Black's formula."""

from decimal import Decimal
from itertools import pairwise
from math import sqrt

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.prices import black
from tests.paper.desk import open_desk

HOUR, MINUTE = 3_600_000, 60_000
START = 1_706_659_200_000  # 2024-01-31T00:00Z
EIGHT_HOURS = 4 * 480  # points of the path
CALL, PUT = "BTC-USD-240628-90000-C", "BTC-USD-240628-90000-P"


@pytest.fixture(name="reference")
def _reference(venue):
    return venue.venue.reference


@pytest.fixture(name="listing")
def _listing(venue):
    return venue.instruments


def test_index_is_the_spot_price(venue, reference):
    """Of a family, of a contract and of the pair itself; in dollars it is one of its own."""
    venue.step(101)

    names = ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USDT-240202")
    assert {reference.index_price(name) for name in names} == {venue.feed.price("BTC-USDT")}
    assert reference.index_price("BTC-USD") == venue.feed.price("BTC-USD")
    assert abs(reference.index_price("ETC-USD") / venue.feed.price("ETC-USDT") - 1) < Decimal("0.005")
    for name in ("NOTHING-USDT", "BTC-USDX", "BTC", ""):
        with pytest.raises(Refusal):
            reference.index_price(name)


@pytest.mark.parametrize("name", ["BTC-USDT-SWAP", "ETH-USD-SWAP", "SOL-USDC-SWAP", "BTC-USDT-240202"])
def test_mark_is_near_the_index_and_the_last_trade_near_the_mark(venue, reference, listing, name):
    """Within half a percent, on the tick, and it moves with the feed."""
    marks = set()
    for _ in range(50):
        venue.step(37)
        mark = reference.mark_price(listing[name])
        marks.add(mark)
        assert mark % listing[name].tick == 0
        assert abs(mark / reference.index_price(name) - 1) < Decimal("0.005")
        assert abs(venue.feed.price(name) / mark - 1) < Decimal("0.002")
    assert len(marks) > 40


def test_future_ends_at_its_index(venue, reference, listing):
    """Far from its end a future trades off its index; at 08:00 of its last day they are one."""
    far, near = listing["BTC-USD-240628"], listing["BTC-USD-240202"]
    apart = abs(reference.premium(far))
    venue.step((near.contract.expiry - START) // MINUTE * 4)

    assert venue.feed.now == near.contract.expiry
    assert apart > 0.003
    assert reference.mark_price(near) == reference.delivery_price(near) == reference.index_price("BTC-USD")


def test_calls_and_puts_are_at_parity(venue, reference, listing):
    """A call less a put is one less strike over forward, in coin, at every strike."""
    venue.step(500)
    for row in listing.kind("OPTION")[::5]:
        if row.contract.right == "C":
            put = listing[row.name[:-1] + "P"]
            forward = reference.quoted(row).forward
            gap = float(reference.mark_price(row) - reference.mark_price(put))
            assert gap == pytest.approx(1 - float(row.contract.strike) / forward, abs=3e-8)


def test_options_cost_more_with_time_and_less_with_strike(reference, listing):
    """Calls of one expiry fall with the strike, and those at the money rise with the expiry."""
    calls = [row for row in listing.kind("OPTION") if row.contract.right == "C" and row.base == "BTC"]
    june = sorted(
        (row.contract.strike, reference.mark_price(row))
        for row in calls
        if row.contract.expiry == listing[CALL].contract.expiry
    )
    at_the_money = sorted(
        (row.contract.expiry, reference.mark_price(row)) for row in calls if row.contract.strike == 90_000
    )

    assert len(june) >= 20
    assert [mark for _, mark in june] == sorted((mark for _, mark in june), reverse=True)
    assert len(at_the_money) >= 6
    assert [mark for _, mark in at_the_money] == sorted(mark for _, mark in at_the_money)


def test_chain_gives_no_free_butterflies(venue, reference, listing):
    """Of three strikes the middle call costs no more than its neighbours' mean, on every chain, days later too."""
    for _ in range(2):
        chains = {}
        for row in listing.kind("OPTION"):
            if row.contract.right == "C":
                mark = float(reference.mark_price(row)) * reference.quoted(row).forward
                chains.setdefault((row.base, row.contract.expiry), []).append((float(row.contract.strike), mark))
        for chain in chains.values():
            slopes = [(dear - cheap) / (high - low) for (low, cheap), (high, dear) in pairwise(sorted(chain))]
            assert all(later - earlier > -0.00001 for earlier, later in pairwise(slopes))
        venue.step(3 * EIGHT_HOURS * 5)


@pytest.mark.parametrize("right", ["C", "P"])
@pytest.mark.parametrize("strike", [70_000.0, 90_000.0, 120_000.0])
def test_greeks_are_the_slopes_of_the_price(right, strike):
    """Each is what a small change makes of the price, in dollars and in coin."""
    forward, sigma, years = 91_000.0, 0.55, 0.2

    def dollars(forward=forward, sigma=sigma, years=years):
        return forward * float(black.price(right, forward, strike, sigma * sqrt(years)))

    def slope(value, at, width):
        return (value(at + width) - value(at - width)) / (2 * width)

    found = black.greeks(right, forward, strike, sigma, years)
    close = {"rel": 1e-4, "abs": 1e-9}
    assert found.delta == pytest.approx(slope(lambda f: dollars(forward=f), forward, 1.0), **close)
    assert found.gamma == pytest.approx(
        slope(lambda f: black.greeks(right, f, strike, sigma, years).delta, forward, 1.0), **close
    )
    assert found.vega == pytest.approx(slope(lambda s: dollars(sigma=s), sigma, 1e-4) / 100, **close)
    assert found.theta == pytest.approx(-slope(lambda y: dollars(years=y), years, 1e-5) / 365, **close)
    assert found.coin_delta == pytest.approx(forward * slope(lambda f: dollars(forward=f) / f, forward, 1.0), **close)
    assert found.coin_gamma == pytest.approx(
        slope(lambda f: black.greeks(right, f, strike, sigma, years).coin_delta, forward, 1.0), **close
    )
    assert (found.coin_vega, found.coin_theta) == pytest.approx((found.vega / forward, found.theta / forward))


@pytest.mark.parametrize("name", [CALL, PUT, "ETH-USD-240202-3100-C"])
def test_option_trades_at_its_mark(venue, reference, listing, name):
    """The path's opens and closes are the mark, rounded to the tick."""
    for _ in range(30):
        venue.step(60)
        mark, tick = reference.mark_price(listing[name]), listing[name].tick
        assert abs(venue.feed.price(name) - mark) <= tick * Decimal("0.51")


def test_option_is_worth_what_is_in_it_at_its_end(venue, reference, listing):
    """At expiry nothing but the intrinsic value is left."""
    ends = [row for row in listing.kind("OPTION") if row.contract.expiry == START + 8 * HOUR and row.base == "BTC"]
    venue.step(EIGHT_HOURS)
    index = reference.index_price("BTC-USD")
    for row in ends:
        out = (index - row.contract.strike) * (1 if row.contract.right == "C" else -1)
        assert float(reference.mark_price(row)) == pytest.approx(float(max(out, 0) / index), abs=1e-6)


def test_funding_is_due_at_zero_eight_and_sixteen(reference):
    """The next time is after now, also at a funding time itself."""
    assert reference.next_funding(START) == START + 8 * HOUR
    assert reference.next_funding(START - 1) == START
    assert reference.next_funding(START + 17 * HOUR) == START + 24 * HOUR


@pytest.mark.parametrize("name", ["BTC-USDT-SWAP", "ETH-USD-SWAP", "PEPE-USDT-SWAP"])
def test_funding_is_small_bounded_and_of_both_signs(reference, listing, name):
    """Over a year rates stay within their cap, average a few percent a year, and differ from time to time."""
    swap = listing[name]
    rates = [reference.funding_rate(swap, START - 8 * HOUR * count) for count in range(1000)]

    assert all(abs(rate) <= reference.most_funding(swap) for rate in rates)
    assert min(rates) < 0 < max(rates)
    assert 0 < sum(rates) / len(rates) < Decimal("0.0003")
    assert reference.funding_rate(listing["BTC-USDT"], START) == 0


def test_funding_of_a_period_under_way_becomes_the_final_one(venue, reference, listing):
    """Nothing after now is looked at: what is known grows into the rate that is paid, which then stands."""
    swaps, due = listing.kind("SWAP")[:20], START + 8 * HOUR
    seen = []
    for _ in range(4):
        seen.append([reference.funding_rate(swap, due) for swap in swaps])
        venue.step(EIGHT_HOURS // 4)
    final = [reference.funding_rate(swap, due) for swap in swaps]
    venue.step(4000)

    assert seen[0] != seen[1] != seen[2] != seen[3] != final
    assert [reference.funding_rate(swap, due) for swap in swaps] == final


@pytest.mark.parametrize("name", ["BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-240202", CALL, "ETH-USD-240202-3100-P"])
def test_price_limits_surround_the_mark_on_the_tick(reference, listing, name):
    """One may buy up to the one and sell down to the other."""
    row = listing[name]
    high, low = reference.price_limits(row)

    assert low <= max(reference.mark_price(row), row.tick) < high
    assert low % row.tick == high % row.tick == 0
    assert low > 0


def test_currencies_are_worth_what_they_trade_at(venue, reference):
    """Stable coins count as a dollar, coins by their pair, other money by its rate."""
    worth = {currency: reference.dollars(currency) for currency in ("USD", "USDT", "USDC", "BTC", "EUR")}

    assert worth == {"USD": 1, "USDT": 1, "USDC": 1, "BTC": venue.feed.price("BTC-USDT"), "EUR": Decimal("1.16")}


def test_reference_of_a_price_file_is_the_file(tape):
    """Index, mark and limits of a recorded pair come from its price, and its money counts as a dollar."""
    desk = tape((100, 110, 90, 105), (105, 105, 105, 105))
    reference, pair = desk.venue.reference, desk.instruments["BTC-USDT"]
    desk.step(3)

    assert reference.index_price("BTC-USD") == reference.index_price("BTC-USDT") == reference.mark_price(pair) == 105
    assert reference.price_limits(pair) == (Decimal("115.5"), Decimal("94.5"))
    assert (reference.dollars("BTC"), reference.dollars("USDT")) == (105, 1)
    assert desk.instruments.roll(START + 999 * HOUR) == ([], [])


def test_reference_of_recorded_contracts_is_what_was_recorded(tmp_path, clock):
    """The mark is the swap's own price, the index the pair's, and the funding their mean distance."""
    lines = ["ts,instId,open,high,low,close,volume"]
    for minute in range(600):
        ts = START + MINUTE * minute
        lines += [f"{ts},BTC-USDT,100000,100000,100000,100000,1", f"{ts},BTC-USDT-SWAP,100200,100200,100200,100200,1"]
    path = tmp_path / "both.csv"
    path.write_text("\n".join(lines) + "\n")
    desk = open_desk(PaperOptions(stepped=True, prices=f"file:{path}"), clock)
    reference, swap = desk.venue.reference, desk.instruments["BTC-USDT-SWAP"]
    desk.step(EIGHT_HOURS)

    assert (reference.mark_price(swap), reference.index_price(swap.name)) == (100_200, 100_000)
    assert reference.premium(swap) == pytest.approx(0.002)
    assert reference.funding_rate(swap, START + 8 * HOUR) == Decimal("0.0015")
