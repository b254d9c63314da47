"""What the market shows: candles, tickers, books and trades agree with each other and with the path."""

from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from tests.paper.desk import open_desk

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START = 1_706_659_200_000  # 2024-01-31T00:00Z


def candles(exchange, bar="1m", route="candles", **params):
    query = "".join(f"&{name}={value}" for name, value in params.items())
    return exchange.rows(f"market/{route}?instId=BTC-USDT&bar={bar}{query}")


def aggregated(rows, length, shift=0):
    """Aggregate one-minute rows (newest first) the plain way, into {opening time: (o, h, l, c, volume)}."""
    bars = {}
    for ts, *prices, volume, _, _, _ in reversed(rows):
        start = (int(ts) - shift) // length * length + shift
        o, h, low, c = map(Decimal, prices)
        old = bars.get(start, (o, h, low, c, Decimal(0)))
        bars[start] = (old[0], max(old[1], h), min(old[2], low), c, old[4] + Decimal(volume))
    return bars


def minutes(exchange, pages):
    rows = candles(exchange, limit=300)
    for _ in range(pages - 1):
        rows += candles(exchange, route="history-candles", limit=300, after=rows[-1][0])
    return rows


@pytest.mark.parametrize(
    ("bar", "length", "shift"),
    [
        ("3m", 3 * MINUTE, 0),
        ("15m", 15 * MINUTE, 0),
        ("1H", HOUR, 0),
        ("4H", 4 * HOUR, 0),
        ("6H", 6 * HOUR, -8 * HOUR),
        ("12Hutc", 12 * HOUR, 0),
        ("1D", DAY, -8 * HOUR),
        ("1Dutc", DAY, 0),
    ],
)
def test_bars_are_the_minutes_put_together(shared_exchange, bar, length, shift):
    """Every bar, the running one included, is what its minutes make; days begin at midnight in Hong Kong or UTC."""
    exchange = shared_exchange
    exchange.step(points=4 * 95 + 1)
    expected = aggregated(minutes(exchange, 11), length, shift)
    oldest = min(expected)

    rows = [row for row in candles(exchange, bar, limit=50) if int(row[0]) > oldest]

    assert rows
    for ts, *prices, volume, _, _, _ in rows:
        assert (*map(Decimal, prices), Decimal(volume)) == expected[int(ts)]


def test_week_begins_on_monday(exchange):
    """In Hong Kong time, or in UTC where asked."""
    opened = {bar: int(candles(exchange, bar, limit=1)[0][0]) for bar in ("1W", "1Wutc")}

    assert opened == {"1W": 1_706_457_600_000, "1Wutc": 1_706_486_400_000 - 0 * DAY}


def test_running_candle_grows_with_the_path_and_is_confirmed_when_left(exchange):
    """Nothing after the standing point is shown."""
    shown = []
    for _ in range(5):
        shown.append(candles(exchange, limit=2))
        exchange.step(points=1)

    first = [rows[0] for rows in shown[:4]]
    assert {row[8] for row in first} == {"0"}
    assert first[0][1] == first[0][2] == first[0][3] == first[0][4] == "90000"
    assert [row[8] for row in shown[4]] == ["0", "1"]
    assert shown[4][1][1:6] == first[3][1:6]


def test_candles_page_exclusively_newest_first(exchange):
    """After is older than, before is newer than, neither includes its own bar."""
    exchange.step(points=400)
    rows = candles(exchange, limit=10)

    assert [int(row[0]) for row in rows] == [START + (100 - i) * MINUTE for i in range(10)]
    assert candles(exchange, limit=5, after=rows[2][0]) == rows[3:8]
    assert candles(exchange, before=rows[3][0]) == rows[:3]
    assert candles(exchange, after=rows[1][0], before=rows[5][0]) == rows[2:5]


def test_candles_hold_the_newest_1440_and_history_goes_back_a_month_and_more(exchange):
    """The running bar is not in the history."""
    newest = candles(exchange, limit=300)
    edge = START - 1439 * MINUTE
    month = candles(exchange, route="history-candles", after=START - 40 * DAY, limit=500)

    assert len(newest) == len(month) == 300
    assert [int(row[0]) for row in candles(exchange, after=edge + MINUTE)] == [edge]
    assert int(month[0][0]) == START - 40 * DAY - MINUTE
    assert candles(exchange, route="history-candles", limit=1)[0][8] == "1"
    assert candles(exchange, route="history-candles", after=1) == []


def test_ticker_book_and_trades_agree_with_the_standing_price(exchange):
    """The last trade is the path's point, inside the spread, and the day's figures are those of its candles."""
    exchange.step(points=6)
    (ticker,) = exchange.rows("market/ticker?instId=BTC-USDT")
    (book,) = exchange.rows("market/books?instId=BTC-USDT&sz=400")
    trades = exchange.rows("market/trades?instId=BTC-USDT")
    day = minutes(exchange, 5)[:1441]
    within = [row for row in day if int(row[0]) > int(ticker["ts"]) - DAY]

    assert ticker["last"] == trades[0]["px"] == day[0][4]
    assert Decimal(ticker["bidPx"]) < Decimal(ticker["last"]) < Decimal(ticker["askPx"])
    assert [ticker["bidPx"], ticker["askPx"]] == [book["bids"][0][0], book["asks"][0][0]]
    assert Decimal(ticker["high24h"]) == max(Decimal(row[2]) for row in within)
    assert Decimal(ticker["vol24h"]) == sum(Decimal(row[5]) for row in within)
    assert len(book["bids"]) == len(book["asks"]) == 400
    assert len(trades) == 100


def test_own_resting_orders_stand_in_the_book(exchange):
    """An order between the made-up levels' prices adds its size to its level."""
    (before,) = exchange.rows("market/books?instId=BTC-USDT&sz=5")
    price, size, _, count = before["bids"][2]
    exchange.place(px=price, sz="0.5")

    (after,) = exchange.rows("market/books?instId=BTC-USDT&sz=5")

    assert Decimal(after["bids"][2][1]) == Decimal(size) + Decimal("0.5")
    assert after["bids"][2][3] == str(int(count) + 1)


def test_all_instruments_have_tickers_on_their_tick(exchange):
    """Hundreds of pairs, each with OKX's fields."""
    listed = exchange.rows("public/instruments?instType=SPOT")
    tickers = {row["instId"]: row for row in exchange.rows("market/tickers?instType=SPOT")}

    assert len(listed) >= 500
    assert {row["instId"] for row in listed} == tickers.keys()
    for row in listed:
        assert Decimal(tickers[row["instId"]]["last"]) % Decimal(row["tickSz"]) == 0
    assert len({row["instIdCode"] for row in listed}) == len(listed)


def test_walk_of_an_instrument_is_its_own_and_the_seeds(venue, clock):
    """The same seed gives the same prices whatever else is asked; volatility is near 60 % a year."""
    other = open_desk(PaperOptions(stepped=True), clock)
    other.feed.price("ETH-USDT")
    changed = open_desk(PaperOptions(stepped=True, seed=8), clock)
    month = [v.feed.sources["BTC-USDT"].columns(-43_200, 1440).close for v in (other, venue, changed)]

    assert (month[0] == month[1]).all()
    assert (month[0] != month[2]).any()
    returns = [b / a - 1 for a, b in zip(month[0][::60], month[0][60::60], strict=False)]
    yearly = (sum(r * r for r in returns) / len(returns) * 24 * 365) ** 0.5
    assert 0.4 < yearly < 0.9


def test_books_when_asked_for_more_than_allowed_give_400(exchange):
    """Depth is 1 unless asked, and 400 at most."""
    assert len(exchange.rows("market/books?instId=BTC-USDT")[0]["asks"]) == 1
    assert len(exchange.rows("market/books?instId=BTC-USDT&sz=9999")[0]["asks"]) == 400
