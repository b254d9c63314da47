"""Recorded prices: what a file must be, and what the feed makes of it."""

import time

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from tests.paper.desk import open_desk

HEAD = "ts,open,high,low,close,volume"
START = 1_704_067_200_000  # 2024-01-01
GOOD = f"{START},10,11,9,10,1"
PRICES = {name: [1.5] for name in ("open", "high", "low", "close")}


def opened(path, clock, **options):
    return open_desk(PaperOptions(stepped=True, prices=f"file:{path}", **options), clock)


def written(tmp_path, *lines):
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1704067140000,10,11,9,10,1", "Row 1 (2023-12-31T23:59:00+00:00) is earlier than the row before it."),
        ("1704067200000,10,11,9,10,1", "Row 1 (2024-01-01T00:00:00+00:00) repeats the time of the row before it."),
        ("1704067260000,10,inf,9,10,1", "Row 1 has a price that is not a finite number."),
        ("1704067260000,nan,11,9,10,1", "Row 1 has a price that is not a finite number."),
        ("1704067260000,10,11,9,,1", "Row 1 has a price that is not a finite number."),
        ("1704067260000,10,11,0,10,1", "Row 1 has a price that is not positive."),
        ("1704067260000,10,9.5,9,10,1", "Row 1 has an open or close outside its low and high."),
        ("1704067260000,10,11,9,8,1", "Row 1 has an open or close outside its low and high."),
        ("1704067260000,ten,11,9,10,1", "Row 1 has the open 'ten', which is not a number."),
        ("1704067260000,1e300,1e300,9,10,1", "Row 1 has a price that is not between 1e-18 and 1e+18."),
        ("1704067260000,10,11,1e-300,10,1", "Row 1 has a price that is not between 1e-18 and 1e+18."),
        ("1704067260000,10,11,9,10,-1", "Row 1 has a volume that is negative or above 1e+18."),
        ("1704067260000,10,11,9,10,1e300", "Row 1 has a volume that is negative or above 1e+18."),
        ("yesterday,10,11,9,10,1", "Row 1 has the time 'yesterday'."),
        (",10,11,9,10,1", "Row 1 has no time."),
        ("1704067200,10,11,9,10,1", "Row 1 has the time 1704067200, which as ms is not in the years 2009 to 2099."),
        ("-1,10,11,9,10,1", "Row 1 has the time -1, which as ms is not in the years 2009 to 2099."),
        (f"1{'0' * 20},10,11,9,10,1", "Row 1 has the time 1e+20, which as ms is not in the years 2009 to 2099."),
    ],
)
def test_tape_when_a_row_is_bad_names_it(tmp_path, clock, row, says):
    """The first row at fault and the next step, in two sentences."""
    with pytest.raises(PaperError) as caught:
        opened(written(tmp_path, HEAD, GOOD, row), clock)

    assert caught.value.what == says
    assert caught.value.fix


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["ts,open,high,low", "1,1,1,1"], "has no column 'close'"),
        ([HEAD], "holds no candles"),
        ([f"{HEAD},close", f"{GOOD},10"], "has the column 'close' twice"),
        ([f"ts,{HEAD}", f"{START},{GOOD}"], "has the column 'ts' twice"),
    ],
)
def test_tape_when_the_file_is_not_candles_says_so(tmp_path, clock, lines, says):
    """What is missing is named."""
    with pytest.raises(PaperError, match=says):
        opened(written(tmp_path, *lines), clock)


@pytest.mark.parametrize("name", ["absent.parquet", "absent.csv"])
def test_tape_when_there_is_no_file_says_so(tmp_path, clock, name):
    """The path is named."""
    with pytest.raises(PaperError, match=name):
        opened(tmp_path / name, clock)


def test_tape_reads_iso_times_and_keeps_the_shortest_decimals(tmp_path, clock):
    """Prices are what the file says, digit by digit."""
    venue = opened(written(tmp_path, HEAD, "2024-01-01T00:00:00Z,0.1,0.3,0.1,0.2,"), clock)

    assert (venue.feed.candle, str(venue.feed.price("BTC-USDT"))) == (1_704_067_200_000, "0.1")


def test_tape_reads_parquet(tmp_path, clock):
    """Integer milliseconds and floats; volume may be absent."""
    columns = {
        "ts": [START, START + 300_000, START + 600_000],
        **{name: [1.5, 1.5, 1.5] for name in ("open", "high", "low", "close")},
    }
    pa_parquet.write_table(pa.table(columns), tmp_path / "p.parquet")

    assert opened(tmp_path / "p.parquet", clock).feed.bar == 300_000


@pytest.mark.parametrize(
    ("stamps", "says"),
    [
        (pa.array([START * 1_000_000]), "Row 0 has the time 1704067200000000000, which as ms is not in the years"),
        (pa.array([START // 1000]), "Row 0 has the time 1704067200, which as ms is not in the years"),
        (
            pa.array([2**64 - 1], pa.uint64()),
            "Row 0 has the time 18446744073709551615, which as ms is not in the years",
        ),
        (pa.array(["9" * 5000]), "Row 0 has the time '999"),
        (pa.array(["0001-01-01T00:00:00+23:59"]), "Row 0 has the time '0001-01-01T00:00:00"),
        (pa.array([10**15], pa.timestamp("s")), "cannot be read"),
        (pa.array([START // 1000], pa.timestamp("ms")), "Row 0 has the time 1970-01-20T17:21:07"),
        (pa.array([None], pa.timestamp("ns")), "Row 0 has no time."),
        (pa.array([float("nan")]), "Row 0 has no time."),
        (pa.array([float("inf")]), "Row 0 has the time inf."),
        (pa.array([True]), "Row 0 has the time True."),
    ],
)
def test_tape_when_times_cannot_be_meant_says_ms_or_iso(tmp_path, clock, stamps, says):
    """Seconds, nanoseconds, nothing, or what no calendar holds: never 1970, never the year 54001715."""
    pa_parquet.write_table(pa.table({"ts": stamps, **PRICES}), tmp_path / "p.parquet")
    with pytest.raises(PaperError) as caught:
        opened(tmp_path / "p.parquet", clock)

    assert says in caught.value.what
    assert "ms since 1970 UTC" in caught.value.fix or "Parquet or CSV file of candles" in caught.value.fix


@pytest.mark.parametrize(
    "stamps",
    [
        pa.array([START * 1_000_000], pa.timestamp("ns")),
        pa.array([START], pa.timestamp("ms", tz="UTC")).cast(pa.timestamp("us", tz="UTC")),
        pa.array([float(START)]),
        pa.array([str(START)]),
        pa.array([START // 86_400_000], pa.int32()).cast(pa.date32()),
    ],
)
def test_tape_reads_the_same_time_however_a_file_keeps_it(tmp_path, clock, stamps):
    """Times of any resolution, numbers, text and dates."""
    pa_parquet.write_table(pa.table({"ts": stamps, **PRICES}), tmp_path / "p.parquet")

    assert opened(tmp_path / "p.parquet", clock).feed.candle == START


def test_steps_when_the_symbol_is_not_in_the_table_must_be_given(tmp_path, clock):
    """The option that is missing is named, and what is given is used."""
    path = written(tmp_path, HEAD, GOOD)
    with pytest.raises(PaperError, match="--tick"):
        opened(path, clock, symbol="XRP-JPY")
    with pytest.raises(PaperError, match="BTC-USDT"):
        opened(path, clock, symbol="BTC/USDT")

    venue = opened(path, clock, symbol="XRP-JPY", tick="0.5", lot="1", minimum="2")

    assert venue.instruments["XRP-JPY"].row()["minSz"] == "2"
    assert venue.balance("JPY") == 100_000


def test_tape_when_the_path_is_a_folder_says_so(tmp_path, clock):
    """A folder without price files is none."""
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(PaperError, match="is a folder"):
        opened(tmp_path, clock)


@pytest.mark.parametrize(
    "options",
    [
        {"prices": "dreams"},
        {"prices": "file:"},
        {"prices": "file: "},
        {"seed": -1},
        {"speed": 0.0},
        {"speed": float("nan")},
        {"speed": float("inf")},
        {"speed": 1e8},
        {"quote": "much"},
        {"port": 70_000},
    ],
)
def test_options_when_unusable_are_refused(clock, options):
    """Before anything starts."""
    with pytest.raises(PaperError) as caught:
        open_desk(PaperOptions(**options), clock)

    assert caught.value.fix.startswith("Give --")


def test_tape_on_the_wire_ends_done_and_refuses_a_finer_bar(launch, tmp_path):
    """A five-minute tape has no one-minute bars; after the last close its last bar is confirmed."""
    rows = [f"{START + i * 300_000},10,12,9,11,4" for i in range(3)]
    exchange = launch("--stepped", "--prices", f"file:{written(tmp_path, HEAD, *rows)}")

    assert exchange.get("market/candles?instId=BTC-USDT&bar=1m").body["code"] == "51000"
    assert exchange.step(points=100) == {
        "moved": 11, "fills": 0, "done": True, "candle": START + 600_000, "point": "close",
    }  # fmt: skip
    (bar,) = exchange.rows("market/candles?instId=BTC-USDT&bar=15m")
    assert bar == [str(START), "10", "12", "9", "11", "12", "126", "126", "1"]
    assert exchange.control("GET", "feed").body["source"] == "file"


def test_gaps_are_traded_over(tmp_path, clock, order):
    """Absent candles are no error: the move across the hole belongs to the candle after it."""
    path = written(tmp_path, HEAD, GOOD, "1704067260000,10,10,10,10,1", "1704070800000,5,5,5,5,1")
    venue = opened(path, clock)
    venue.place(order(px="7", sz="1"))

    venue.step(8)

    assert venue.fills[0].feed_ts == 1_704_070_800_000


def test_tape_of_real_candles_steps_fast_enough(shared, clock, order):
    """170,000 points with an order resting take well under three seconds of a processor."""
    path = shared / "data" / "BTC-USDT_1m_binance_20220101_20240625.parquet"
    venue = opened(path, clock)
    venue.place(order(px="1", sz="1"))
    began = time.process_time()
    moved = venue.step(170_000, until_fill=True)

    assert moved.points == 170_000
    assert time.process_time() - began < 3


def test_exchange_when_too_slow_for_its_speed_falls_behind_and_still_answers(launch, tmp_path):
    """Far more points are due than can be moved over; questions are answered all along."""
    rows = 100_000
    path = tmp_path / "p.parquet"
    columns = {name: values * rows for name, values in PRICES.items()}
    pa_parquet.write_table(pa.table({"ts": range(START, START + rows), **columns}), path)
    exchange = launch("--speed", "100000", "--prices", f"file:{path}")
    exchange.place(px="1", sz="1")
    answered, until = 0, time.monotonic() + 120

    while not exchange.control("GET", "feed").body["done"] and time.monotonic() < until:
        answered += 1

    assert answered > 100
    assert time.monotonic() < until
