"""Answers that hold fewer bars than were asked for: what did not come is neither lost nor taken for absent."""

import pandas as pd
import pytest
from pandas.testing import assert_index_equal

import okxlab as ox
from okxlab.store import Series, Store
from tests.market.pulling import ms

DAY = pd.Timedelta(days=1)
SERIES = Series("okx", "candles", "BTC-USDT", "1m")
NEWEST = pd.Timestamp("2024-01-02 00:00", tz="UTC")


def bar(time, done="1"):
    return [str(ms(time)), "10", "12", "9", "11", "5", "5", "50", done]


def served(times, most=300, unfinished=()):
    """Give an endpoint of candles that sends no more than so many, the newest first."""

    def rows(query):
        after, before = int(query.get("after", ["9" * 15])[0]), int(query.get("before", ["0"])[0])
        asked = [time for time in reversed(times) if before < ms(time) < after]
        count = min(most, int(query["limit"][0]))
        return [bar(time, "0" if time in unfinished else "1") for time in asked[:count]]

    return rows


def exchange(told, recent, history):
    return told(
        {
            "market/candles": recent,
            "market/history-candles": history,
            "public/instruments": [
                {"instId": "BTC-USDT", "instType": "SPOT", "tickSz": "0.1", "lotSz": "1", "minSz": "1"}
            ],
        }
    )


def pull(session, store, start, end=None):
    return ox.backfill(session, "BTC-USDT", "1m", start, end, store=store, progress=False).loc["BTC-USDT"]


@pytest.mark.parametrize("lags", ["lacks it", "has it unfinished"])
def test_a_newest_bar_that_one_server_lacks_is_asked_for_again(told, tmp_path, lags):
    """The server that told the newest bar is not the one that sends the page: the bar comes with the next call."""
    times = list(pd.date_range(end=NEWEST, periods=100, freq="min"))
    behind, store = [True], Store(tmp_path / "store")

    def recent(query):
        late = behind[0] and "after" in query
        some = times[:-1] if late and lags == "lacks it" else times
        return served(some, unfinished=times[-1:] if late else ())(query)

    session = exchange(told, recent, served([]))
    first = pull(session, store, times[0])
    behind[0] = False
    second = pull(session, store, times[0])

    assert (first["pulled"], first["absent"], second["pulled"], second["absent"]) == (99, 0, 1, 0)
    assert_index_equal(store.read(SERIES).index, pd.DatetimeIndex(times), check_names=False, exact=False)


def test_one_empty_answer_does_not_mean_that_there_is_nothing(told, tmp_path):
    """The endpoint of recent bars is empty for a moment: the other tells how far the bars go."""
    times = list(pd.date_range(end=NEWEST, periods=500, freq="min"))
    answers = iter([[]])
    session = exchange(told, lambda query: next(answers, served(times)(query)), served(times))

    assert pull(session, Store(tmp_path / "store"), times[0])["pulled"] == 500


def test_an_answer_with_fewer_bars_than_asked_for_is_not_taken_for_all(told, tmp_path):
    """An endpoint that sends a hundred where three hundred were asked for: the others are asked for, none is absent."""
    times = list(pd.date_range(end=NEWEST, periods=900, freq="min"))
    store = Store(tmp_path / "store")
    session = exchange(told, served(times, most=100), served(times, most=100))
    row = pull(session, store, times[0])

    assert (row["pulled"], row["absent"], len(store.read(SERIES))) == (900, 0, 900)


def test_bars_of_days_are_bounded_where_the_exchange_opens_them(told):
    """Days in threes may open on any day: each with start <= time < end comes, and no other."""
    times = list(pd.date_range("2024-01-02", periods=20, freq="3D", tz="UTC"))
    session = exchange(told, served(times), served(times))
    assert any(ms(time) % ms(pd.Timestamp(0, tz="UTC") + 3 * DAY) for time in times)

    frame = ox.candles(session, "BTC-USDT", "3d", start=times[4], end=times[9])
    newest = ox.candles(session, "BTC-USDT", "3d", end=times[9])

    assert list(frame.index) == times[4:9]
    assert list(newest.index) == times[:9]
