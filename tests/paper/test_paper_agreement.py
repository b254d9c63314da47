"""One tape: trades, candles of every length, tickers and the last price agree, our own trades included."""

import random
from decimal import Decimal

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.rest import candles, market
from okxlab.paper.rest.route import Call
from tests.paper.desk import open_desk

EPOCH, MINUTE = 1_706_659_200_000, 60_000
BTC = "BTC-USDT"


class Watcher:
    """Trades on a venue at random and looks at what the market shows."""

    def __init__(self, venue, seed):
        self.venue = venue
        self.account = self.venue.accounts.main
        self.random = random.Random(seed)  # noqa: S311 - a test is no secret
        for currency in ("BTC", "USDT"):
            self.venue.accounts.deposit(self.account, currency, Decimal(10_000_000))
        self.confirmed = {}

    def rows(self, act, **params):
        return act(Call(self.venue, None, {"instId": BTC, **params}, self.account))

    def every_trade(self):
        rows = page = self.rows(market.history_trades)
        while int(page[-1]["ts"]) > EPOCH - MINUTE:
            page = self.rows(market.history_trades, after=page[-1]["tradeId"])
            rows += page
        return [row for row in rows if int(row["ts"]) >= EPOCH]

    def live(self, places):
        """Let time pass, trade now and then, and take down each candle when it is confirmed."""
        for _ in range(places):
            self.venue.inch()
            if self.random.random() < 0.3:
                self.trade()
            self.venue.settle()
            for row in self.rows(candles.candles, limit="2"):
                if row[8] == "1":
                    self.confirmed.setdefault(row[0], row)
            self.agree()

    def trade(self):
        price = self.venue.feed.price(BTC)
        offset = self.random.choice([-300, -20, 0, 20, 300])
        fields = {"instId": BTC, "tdMode": "cash", "side": self.random.choice(["buy", "sell"]), "sz": "0.01"}
        self.venue.place(self.account, fields | {"ordType": "limit", "px": str(price + offset)})
        if self.random.random() < 0.3:
            far = price + self.random.choice([-500, 500])
            self.venue.trade({"instId": BTC, "side": fields["side"], "sz": "0.02", "px": str(far)})

    def agree(self):
        """The last trade, the ticker's and the running candle's are one."""
        (ticker,), (bar,) = self.rows(market.ticker), self.rows(candles.candles, limit="1")
        trade = self.rows(market.trades, limit="1")[0]
        assert (ticker["last"], ticker["lastSz"], bar[4]) == (trade["px"], trade["sz"], trade["px"])
        assert Decimal(ticker["low24h"]) <= Decimal(bar[3])
        assert Decimal(bar[2]) <= Decimal(ticker["high24h"])


@pytest.fixture(params=["touch", "book"])
def watched(request, clock):
    """A market that was watched for five minutes, in either fill model."""
    venue = open_desk(PaperOptions(stepped=True, fills=request.param), clock).venue
    watcher = Watcher(venue, seed=5)
    watcher.live(5 * 4 * venue.feed.parts)
    return watcher


def told(trades):
    """Aggregate trades (newest first) by the minute: {opening: (high, low, close, volume)}."""
    minutes = {}
    for row in reversed(trades):
        minutes.setdefault(int(row["ts"]) // MINUTE * MINUTE, []).append((Decimal(row["px"]), Decimal(row["sz"])))
    return {
        ts: (max(px for px, _ in rows), min(px for px, _ in rows), rows[-1][0], sum(sz for _, sz in rows))
        for ts, rows in minutes.items()
    }


def test_trades_of_a_candle_are_the_candle(watched):
    """High, low, close and volume of each minute are those of its trades, and what it was when it ended stays."""
    expected = told(watched.every_trade())
    rows = [row for row in watched.rows(candles.candles) if int(row[0]) >= EPOCH]
    history = watched.rows(candles.history_candles, after=str(watched.venue.feed.candle))

    assert len(rows) == 6
    assert any(watched.venue.prints.newest(BTC))
    for row in rows:
        assert (*map(Decimal, row[2:6]),) == expected[int(row[0])]
    assert [row for row in history if int(row[0]) >= EPOCH] == [watched.confirmed[row[0]] for row in rows[1:]]


def test_seconds_add_up_to_minutes(watched):
    """Bars of a second hold every trade once and follow each other without a gap."""
    seconds = watched.rows(candles.candles, bar="1s", limit="300")
    minute = watched.rows(candles.candles, limit="2")[1]
    within = [row for row in seconds if int(minute[0]) <= int(row[0]) < int(minute[0]) + MINUTE]

    assert len(within) == 60
    assert sum(Decimal(row[5]) for row in within) == Decimal(minute[5])
    assert max(Decimal(row[2]) for row in within) == Decimal(minute[2])
    assert min(Decimal(row[3]) for row in within) == Decimal(minute[3])
    assert (within[-1][1], within[0][4]) == (minute[1], minute[4])
    assert {row[8] for row in within} == {"1"}


def test_day_counts_our_trades(watched):
    """The 24 hours of the ticker are those of the candles, in base and in quote currency."""
    (ticker,) = watched.rows(market.ticker)
    since = int(ticker["ts"]) - 1440 * MINUTE
    rows, after = [], str(2**60)
    while not rows or int(rows[-1][0]) > since:
        rows += watched.rows(candles.candles, limit="300", after=after)
        after = rows[-1][0]
        if len(rows) >= 1440:
            break
    day = [row for row in rows if int(row[0]) > since]

    assert Decimal(ticker["vol24h"]) == sum(Decimal(row[5]) for row in day)
    assert float(ticker["volCcy24h"]) == pytest.approx(sum(float(row[6]) for row in day))
    assert Decimal(ticker["high24h"]) == max(Decimal(row[2]) for row in day)
    assert Decimal(ticker["low24h"]) == min(Decimal(row[3]) for row in day)


def test_ticker_tells_of_trades_on_margin(open_desk, clock):
    """A pair traded on margin is the same pair: its ticker, told before, is told anew."""
    desk = open_desk(PaperOptions(stepped=True), clock)
    desk.account.level = "2"
    for size in ("0.01", "0.02"):
        fields = {"instId": BTC, "tdMode": "cross", "ccy": "USDT", "side": "sell", "ordType": "market"}
        desk.place(fields | {"sz": size, "tgtCcy": "base_ccy"})

        (ticker,) = market.ticker(desk.call(instId=BTC))

        assert ticker["lastSz"] == market.trades(desk.call(instId=BTC, limit="1"))[0]["sz"] == size


def test_history_of_trades_pages_by_id_and_by_time(watched):
    """Pages follow each other without a gap, newest first, and both ways lead to the same trades."""
    first = watched.rows(market.history_trades)
    second = watched.rows(market.history_trades, after=first[-1]["tradeId"], limit="20")
    timed = watched.rows(market.history_trades, type="2", after=first[50]["ts"])
    ids = [int(row["tradeId"]) for row in first + second]

    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 120
    assert timed[0] == next(row for row in first if int(row["ts"]) < int(first[50]["ts"]))
    assert watched.rows(market.history_trades, before=first[3]["tradeId"]) == first[:3]
