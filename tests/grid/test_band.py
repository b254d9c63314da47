"""The band against every choice there is: its ends, its courses, its samples."""

from collections import Counter
from decimal import Decimal
from itertools import product

import numpy as np
import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import InputError, SpecError
from okxlab.grid import GridSpec, backtest, band, ladder, low_first_chances
from okxlab.model import Instrument

FIGURES = ("equity_end", "grid_profit", "round_trips")
SMALL = GridSpec("AAA-USDT", low=100, high=120, grids=4, investment=10_000)
LOT = Instrument("AAA-USDT", tick="0.5", lot="0.0001", minimum="0.0001")


def price(random, first, width, tick):
    """Draw a price around the range: on a tick three times of five, else between two or a float beside one."""
    ticks = int(random.integers(max(1, first - width // 2), first + width + width // 2 + 1))
    kind = random.integers(5)
    if kind == 3:
        return tick * ticks + tick * int(random.integers(1, 10)) / 10
    if kind == 4:
        return Decimal(repr(float(np.nextafter(float(tick * ticks), random.choice([0.0, np.inf])))))
    return tick * ticks


def games(seed, count):
    """Draw small grids and a few candles that visit them: gaps, ties, prices on levels and beside them."""
    random = np.random.default_rng(seed)
    while count:
        tick = Decimal(str(random.choice(["0.1", "0.0001", "0.25", "5"])))
        first, width, rows = int(random.integers(5, 3000)), int(random.integers(4, 40)), []
        for _ in range(random.integers(1, 7)):
            drawn = [price(random, first, width, tick) for _ in range(random.integers(2, 5))]
            open_, close = drawn[:2]
            rows.append((open_, max(drawn), min(drawn), close))
        lot = str(random.choice(["0.00000001", "0.001", "0.03"]))
        spec = GridSpec(
            "AAA-USDT",
            low=first * tick,
            high=(first + width) * tick,
            grids=int(random.integers(2, 9)),
            investment=(first + width) * tick * int(random.integers(1, 10**4)),
            spacing=str(random.choice(["arithmetic", "geometric"])),
        )
        terms = {
            "instrument": Instrument("AAA-USDT", tick=tick, lot=lot, minimum=lot),
            "maker": str(random.choice(["0.0008", "0", "0.02", "-0.0001"])),
            "taker": str(random.choice(["0.001", "0", "0.03"])),
        }
        try:
            ladder(spec, launch_price=rows[0][0], **terms)
        except SpecError:
            continue
        count -= 1
        yield spec, rows, terms | {"fill": str(random.choice(["touch", "through"]))}


def every_course(reference, made, rows, fill):
    """Play every order of every candle with the plain reference, and give the summaries."""
    for low_first in product((True, False), repeat=len(rows)):
        yield reference.play(made, rows, through=fill == "through", low_first=list(low_first))[0]


def check_ends(reference, frame, game):
    """Compare a band with every course, and its three courses with the reference; give whether the ends differ."""
    spec, rows, terms = game
    made = band(spec, frame(rows), paths=20, **terms)
    every = list(every_course(reference, made.low.ladder, rows, terms["fill"]))
    for name in FIGURES:
        reached = [summary[name] for summary in every]
        assert made.ends[name]["low"] == min(reached), game
        assert made.ends[name]["high"] == max(reached), game
        assert made.ends[name]["likely"] in reached, game
        assert set(made.samples[name]) <= {float(one) for one in reached}, game
    for name, result in (("low", made.low), ("likely", made.likely), ("high", made.high)):
        flags = made.choices[name].tolist()
        summary, fills = reference.play(result.ladder, rows, through=terms["fill"] == "through", low_first=flags)
        assert summary["equity_end"] == made.ends["equity_end"][name], game
        assert {key: result.summary[key] for key in summary} == summary, game
        assert len(result.fills) == len(fills), game
    return made.ends["equity_end"]["low"] < made.ends["equity_end"]["high"]


def test_ends_are_those_of_every_choice(reference, frame):
    """On 120 drawn games, ends are the least and most of every course, and the courses replay to the last digit."""
    wide = [check_ends(reference, frame, game) for game in games(seed=5, count=120)]

    assert sum(wide) > 40


@pytest.mark.proof
def test_ends_are_those_of_every_choice_a_thousand_times(reference, frame):
    """The same on 1,000 drawn games."""
    wide = [check_ends(reference, frame, game) for game in games(seed=6, count=1000)]

    assert len(wide) == 1000
    assert sum(wide) > 300


def walk(rows, seed=3):
    """Give candles of a walk around 110 with ranges of several intervals."""
    random = np.random.default_rng(seed)
    points = 110 + np.cumsum(random.normal(0, 0.6, (rows, 8)).ravel()).reshape(-1, 8) % 12 - 6
    return [tuple(Decimal(f"{p:.1f}") for p in (row[0], row.max(), row.min(), row[-1])) for row in points]


@pytest.mark.parametrize("fill", ["touch", "through"])
def test_a_backtest_and_every_sample_lie_within_the_ends(frame, fill):
    """Over 2,000 candles no backtest, whichever way it goes, and no sampled course is outside, in any figure."""
    candles = frame(walk(2000))

    made = band(SMALL, candles, instrument=LOT, fill=fill, paths=300)
    ways = ("nearest", "optimistic", "pessimistic")
    played = [backtest(SMALL, candles, instrument=LOT, fill=fill, path=way).summary for way in ways]

    for name in FIGURES:
        low, likely, high = (float(one) for one in made.ends[name])
        assert low < likely < high
        assert all(low <= float(summary[name]) <= high for summary in played)
        assert made.samples[name].between(low, high).all()


def test_samples_are_as_frequent_as_their_courses(reference, frame):
    """With even odds each end is drawn as often as courses lead to it: within four standard deviations of 20,000."""
    rows = [tuple(map(Decimal, row)) for row in [(110, 116, 104, 108), (109, 111, 99, 103), (107, 121, 105, 113)] * 2]
    made = band(SMALL, frame(rows), instrument=LOT, odds="even", paths=20_000)
    share = Counter(float(one["equity_end"]) for one in every_course(reference, made.low.ladder, rows, "touch"))

    drawn = Counter(made.samples["equity_end"])

    assert len(share) > 4
    assert set(drawn) == set(share)
    for end, count in share.items():
        chance = count / 2 ** len(rows)
        assert abs(drawn[end] - 20_000 * chance) < 4 * (20_000 * chance * (1 - chance)) ** 0.5


def test_direction_is_what_the_odds_follow(frame):
    """A candle that rises from its low to its high is taken low first, nearly always; with even odds, half the time."""
    rows = [("110", "115", "110", "115"), ("115", "115", "110", "110")] * 500

    directed = band(SMALL, frame(rows), instrument=LOT, paths=50).choices["likely"].to_numpy()
    even = band(SMALL, frame(rows), instrument=LOT, odds="even", paths=50).choices["likely"].to_numpy()
    rises = np.tile([True, False], 500)

    assert (directed == rises).mean() > 0.99
    assert 0.4 < (even == rises).mean() < 0.6


def test_a_band_is_the_same_for_the_same_seed(frame):
    """The seed fixes the samples; another seed draws others, and the ends stay."""
    candles = frame(walk(500))
    first, again, other = (band(SMALL, candles, instrument=LOT, paths=50, seed=seed) for seed in (1, 1, 2))

    assert first.samples.equals(again.samples)
    assert first.choices.equals(again.choices)
    assert not first.samples.equals(other.samples)
    assert first.ends.loc[["low", "high"]].equals(other.ends.loc[["low", "high"]])


def test_a_longer_list_of_choices_is_drawn_in_parts(frame):
    """Choices beyond one block of draws are made too: both orders occur until the end, and the figures agree."""
    candles = frame([("110", "116", "104", "108")] * 5000)

    made = band(SMALL, candles, instrument=LOT, paths=30, odds="even")
    late = made.choices["likely"].to_numpy()[4000:]

    assert made.open_choices == 5000
    assert 0.4 < late.mean() < 0.6
    assert made.likely.summary["equity_end"] == made.ends["equity_end"]["likely"]


def test_candles_that_leave_no_choice_have_no_width(frame):
    """Where no order matters, low, likely and high are the backtest."""
    candles = frame([("110", "111", "109", "110"), ("110", "114", "110", "114"), ("114", "114", "106", "107")])

    made = band(SMALL, candles, instrument=LOT, paths=5)
    plain = backtest(SMALL, candles, instrument=LOT)

    assert made.open_choices == 0
    assert made.ends["equity_end"].to_list() == [plain.summary["equity_end"]] * 3
    assert made.high.fills.equals(plain.fills)
    assert made.samples["round_trips"].to_list() == [plain.summary["round_trips"]] * 5


def test_quantiles_are_values_that_were_drawn(frame):
    """Each quantile is one of the samples, rising, with the likely end in the middle."""
    made = band(SMALL, frame(walk(500)), instrument=LOT, paths=200)

    assert made.quantiles.index.to_list() == [0.05, 0.25, 0.5, 0.75, 0.95]
    assert made.quantiles["equity_end"].is_monotonic_increasing
    assert set(made.quantiles["equity_end"]) <= set(made.samples["equity_end"])
    assert made.quantiles["equity_end"][0.5] == float(made.likely.summary["equity_end"])


def test_a_band_shows_itself(frame):
    """Text and HTML name the grid, the three ends of each figure, and how much was open."""
    made = band(SMALL, frame(walk(50)), instrument=LOT, paths=10)
    low, likely, high = made.ends["round_trips"]

    assert repr(made).startswith("Band(GridSpec('AAA-USDT'")
    assert f"round_trips={low} / {likely} / {high}" in repr(made)
    assert f"<td>{low}</td><td>{likely}</td><td>{high}</td>" in made._repr_html_()
    assert f"{made.open_choices} of 50 candles" in made._repr_html_()


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"odds": "evn"}, "Did you mean 'even'"),
        ({"odds": "fair"}, "Use 'direction' or 'even'"),
        ({"paths": 0}, "paths is 0"),
        ({"paths": 2.5}, "paths is 2.5"),
        ({"fill": "thru"}, "fill is 'thru'"),
        *(({"seed": seed}, "seed is") for seed in (-1, "a", None, 1.5)),
    ],
)
def test_a_band_of_unknown_terms_is_refused(frame, terms, says):
    """What cannot be done is refused, with the value and the next step."""
    with pytest.raises(InputError, match=says):
        band(SMALL, frame(walk(5)), instrument=LOT, **terms)


def test_a_band_of_a_grid_with_more_state_is_refused(frame):
    """A grid that stops or follows the price has more than one number of state, and is no grid for a band."""
    spec = GridSpec("AAA-USDT", low=100, high=120, grids=4, investment=10_000, stop_loss=90)

    with pytest.raises(SpecError, match="The band cannot do stop_loss=90"):
        band(spec, frame(walk(5)), instrument=LOT)


@pytest.fixture(scope="module")
def minutes(shared):
    """Give a recorded year of minutes."""
    file = shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet"
    return ox.read_candles(file, start="2023-01-01", end="2024-01-01")[["open", "high", "low", "close"]]


def test_chances_are_the_recorded_frequencies(minutes):
    """Of recorded quarters of an hour given a chance, the low came first as often, within 3 points."""
    whole = len(minutes) // 15 * 15
    high, low = (minutes[name].to_numpy()[:whole].reshape(-1, 15) for name in ("high", "low"))
    bars = pd.DataFrame(
        {
            "open": minutes["open"].to_numpy()[:whole:15],
            "high": high.max(axis=1),
            "low": low.min(axis=1),
            "close": minutes["close"].to_numpy()[14:whole:15],
        }
    )
    told = high.argmax(axis=1) != low.argmin(axis=1)
    came_first = low.argmin(axis=1)[told] < high.argmax(axis=1)[told]

    chances = low_first_chances(bars)[told]
    part = np.digitize(chances, [0.05, 0.2, 0.4, 0.6, 0.8, 0.95])

    for number in range(7):
        assert abs(chances[part == number].mean() - came_first[part == number].mean()) < 0.03


def test_a_recorded_year_has_its_backtest_within_the_ends(minutes):
    """A year of recorded minutes on 50 and on 200 intervals: the ends differ, and the backtest lies between them."""
    instrument = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    for grids in (50, 200):
        spec = GridSpec("BTC-USDT", low=24_000, high=30_000, grids=grids, investment=10_000)
        made, plain = (make(spec, minutes, instrument=instrument) for make in (band, backtest))

        assert made.open_choices > 100
        for name in FIGURES:
            assert made.ends[name]["low"] < plain.summary[name] < made.ends[name]["high"]
