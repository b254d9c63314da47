"""The market made up from a seed: pairs that agree, coins that move together, calm and wild times, and rare jumps."""

from decimal import Decimal

import numpy as np
import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.world import World
from okxlab.paper.products.listing import full_listing
from tests.paper.desk import open_desk

START = 1_706_659_200_000  # 2024-01-31T00:00Z
MINUTE, DAY = 60_000, 1440  # ms, candles
PAIRS = ("ETH-USDT", "SOL-USDT", "XRP-USDT", "LINK-USDT", "PEPE-USDT", "AAVE-USDT", "ORDI-USDT", "TRB-USDT")


def opened(seed=7, epoch=START):
    world = World(seed, epoch)
    return Market(full_listing(epoch, world.index), world)


@pytest.fixture(scope="module", name="market")
def _market():
    return opened()


@pytest.fixture(scope="module", name="year")
def _year(market):
    """Closes of BTC-USDT over a year, in ticks."""
    return market["BTC-USDT"].columns(-365 * DAY, 0).close


def logs(market, name, days=30):
    source = market[name]
    return np.log(source.columns(-days * DAY, 0).close * float(source.price(1)))


def returns(market, name, step=60):
    return np.diff(logs(market, name)[::step])


@pytest.mark.parametrize(
    ("cross", "base", "quote"),
    [
        ("ETH-BTC", "ETH-USDT", "BTC-USDT"),
        ("BTC-USDC", "BTC-USDT", "USDC-USDT"),
        ("SOL-EUR", "SOL-USDT", "USDT-EUR"),
        ("PEPE-USDC", "PEPE-USDT", "USDC-USDT"),
    ],
)
def test_pairs_agree_with_each_other(market, cross, base, quote):
    """Whichever way round a triangle, the closes differ by no more than the ticks they are rounded to."""
    listing = full_listing(START, market.world.index)
    sign = 1 if cross == "SOL-EUR" else -1
    gap = logs(market, base) + sign * logs(market, quote) - logs(market, cross)
    rounding = sum(
        float(listing[name].tick) / 2 / np.exp(logs(market, name).min()) for name in (cross, base, quote)
    )  # fmt: skip

    assert np.abs(gap).max() <= rounding * 1.01


def test_stable_coins_stay_near_a_dollar(market):
    """They stray by less than half a percent, but they stray."""
    gap = logs(market, "USDC-USDT", days=300)

    assert np.abs(gap).max() < 0.005
    assert gap.std() > 0.0001


def test_coins_move_together_and_each_on_its_own(market):
    """Hourly returns of every coin go with bitcoin's, none is its copy, and coins share more than bitcoin."""
    bitcoin = returns(market, "BTC-USDT")
    shared = [np.corrcoef(bitcoin, returns(market, name))[0, 1] for name in PAIRS]

    assert min(shared) > 0.25
    assert np.mean(shared) > 0.45
    assert max(shared) < 0.97


def test_volatility_has_calm_and_wild_times(year):
    """Wild days are more than twice as wild as calm ones, and wildness lasts."""
    moves = np.diff(np.log(year[::10])).reshape(-1)[: 364 * 144].reshape(364, 144)
    daily = np.log(moves.std(axis=1))
    weeks = daily.reshape(52, 7).mean(axis=1)

    assert np.exp(np.percentile(daily, 90) - np.percentile(daily, 10)) > 2
    assert np.corrcoef(daily[:-1], daily[1:])[0, 1] > 0.2
    assert np.corrcoef(weeks[:-1], weeks[1:])[0, 1] > 0.1


def test_jumps_are_rare_and_common_ones_hit_all(market, year):
    """A few minutes a month move bitcoin beyond all measure; other coins jump in the same minutes, and in others."""
    moves = np.abs(np.diff(np.log(year)))
    usual = np.sqrt(np.convolve(np.minimum(moves, 0.002) ** 2, np.ones(121) / 121, mode="same"))
    months = (moves > 8 * usual).sum() / 12
    ether = np.abs(returns(market, "ETH-USDT", step=1))
    bitcoin = np.abs(returns(market, "BTC-USDT", step=1))
    both = set(np.flatnonzero(ether > 0.008)) & set(np.flatnonzero(bitcoin > 0.008))

    assert 1 <= months <= 8
    assert both


@pytest.mark.parametrize("seed", range(5))
def test_bitcoin_moves_as_much_as_it_does(seed):
    """Between 40 and 90 % a year, whatever the seed."""
    moves = returns(opened(seed), "BTC-USDT")

    assert 0.4 < np.sqrt((moves**2).mean() * 24 * 365) < 0.9


def test_prices_do_not_depend_on_what_was_asked_before(market):
    """The same seed and instrument give the same candles, in any order; another seed gives others."""
    other, changed = opened(), opened(seed=8)
    names = ("BTC-USD-240628-90000-C", "ETH-BTC", "BTC-USDT-SWAP", "BTC-USD-240628")
    for name in names:
        other[name].columns(3 * DAY, 4 * DAY)

    for name in reversed(names):
        here, there, else_where = (found[name].columns(-2 * DAY, 5 * DAY).close for found in (market, other, changed))
        assert (here == there).all()
        assert (here != else_where).any()


def test_market_opened_later_makes_the_same_moves():
    """Moves belong to their minute: a market that starts elsewhere on the same seed has the same returns."""
    hours = 13
    early, late = opened(), opened(epoch=START + hours * 60 * MINUTE)
    first = returns(early, "BTC-USDT", step=1)
    second = returns(late, "BTC-USDT", step=1)

    assert np.allclose(first[hours * 60 :], second[: -hours * 60], atol=3e-6)


@pytest.mark.parametrize("name", ["BTC-USDT", "SHIB-USDT", "BTC-USDT-SWAP", "BTC-USD-240628", "BTC-USD-240628-90000-P"])
def test_candles_are_whole_and_join(market, name):
    """Two years of minutes without a gap; every candle holds its ends, and opens where the one before closed."""
    source = market[name]
    found = source.columns(-3 * DAY - 77, 2 * DAY + 55)

    assert source.first == -730 * DAY
    assert (np.diff(found.ts) == MINUTE).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.low > 0).all()
    assert (found.volume > 0).all()
    assert np.abs(found.open[1:] - found.close[:-1]).max() <= 1
    assert source.time(source.at(START + 90_000)) == START + MINUTE
    assert len(source.columns(5, 5).ts) == 0


def test_candles_reach_beyond_their_ends(market):
    """Most minutes trade above and below both their open and their close."""
    found = market["BTC-USDT"].columns(0, DAY)

    assert (found.high > np.maximum(found.open, found.close)).mean() > 0.8
    assert (found.low < np.minimum(found.open, found.close)).mean() > 0.8


def test_market_starts_where_the_table_says(market):
    """The first open of every spot pair is its start; swaps stand within half a percent of it."""
    listing = full_listing(START, market.world.index)
    for row in listing.kind("SPOT"):
        assert market[row.name].points(0)[0] == row.start
    for row in listing.kind("SWAP"):
        assert abs(market[row.name].points(0)[0] / row.start - 1) < Decimal("0.005"), row.name


def test_candles_of_two_years_ago_are_there(clock):
    """The oldest day of history answers, for a pair and for a swap."""
    desk = open_desk(PaperOptions(stepped=True), clock)
    for name in ("BTC-USDT", "ETH-USDT-SWAP"):
        source = desk.feed.sources[name]
        assert source.columns(source.first, source.first + 5).ts[0] == START - 730 * DAY * MINUTE
