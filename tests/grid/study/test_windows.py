"""Where candles are cut into what is chosen on and what is judged on."""

from datetime import timedelta

import pandas as pd
import pytest

from okxlab.errors import CandleError, InputError
from okxlab.grid import split, windows


def bars(times):
    """Make idle candles that open at some times."""
    return pd.DataFrame({"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0}, index=pd.DatetimeIndex(times, tz="UTC"))


def days(count, start="2024-01-01"):
    return bars(pd.date_range(start, periods=count, freq="D"))


def edges(made):
    """Give the days of January on which the four edges of each window lie."""
    return [(one.train_start.day, one.train_end.day, one.test_start.day, one.test_end.day) for one in made]


def test_windows_roll_and_their_tests_join():
    """Without a step each test begins where the last one ended, and the training stretch moves along."""
    assert edges(windows(days(10), train="4d", test="2d")) == [(1, 5, 5, 7), (3, 7, 7, 9), (5, 9, 9, 11)]


def test_windows_when_anchored_keep_their_beginning():
    """An anchored training stretch grows from the first candle on."""
    made = windows(days(10), train="4d", test="2d", anchored=True)

    assert edges(made) == [(1, 5, 5, 7), (1, 7, 7, 9), (1, 9, 9, 11)]


def test_windows_with_an_embargo_keep_both_sides_apart():
    """The embargo lies between the two stretches and belongs to neither."""
    candles = days(10)

    made = windows(candles, train="4d", test="2d", embargo="1d")

    assert edges(made) == [(1, 5, 6, 8), (3, 7, 8, 10)]
    assert [one.test(candles).index[0] - one.train(candles).index[-1] for one in made] == [timedelta(days=2)] * 2


def test_windows_with_a_step_overlap_or_leave_room():
    """A step shorter than the test makes tests overlap, a longer one leaves days out."""
    assert edges(windows(days(8), train="4d", test="2d", step="1d")) == [(1, 5, 5, 7), (2, 6, 6, 8), (3, 7, 7, 9)]
    assert edges(windows(days(10), train="4d", test="2d", step="3d")) == [(1, 5, 5, 7), (4, 8, 8, 10)]


def test_windows_hold_their_start_and_not_their_end():
    """No candle is on both sides, and every candle is where its opening lies."""
    candles = bars(pd.date_range("2024-01-01", periods=24 * 9, freq="h"))

    made = windows(candles, train="3d", test="2d", embargo="6h")

    assert len(made) == 2
    for one in made:
        train, test = one.train(candles).index, one.test(candles).index
        assert (train[0], train[-1] + timedelta(hours=1)) == (one.train_start, one.train_end)
        assert (test[0], test[-1] + timedelta(hours=1)) == (one.test_start, one.test_end)


def test_windows_when_the_end_is_uneven_leave_the_last_one_out():
    """A test that the candles do not fill to its last bar is not judged on."""
    full, short = (bars(pd.date_range("2024-01-01", periods=hours, freq="h")) for hours in (8 * 24, 8 * 24 - 1))

    assert len(windows(full, train="4d", test="2d")) == 2
    assert len(windows(short, train="4d", test="2d")) == 1


def test_windows_when_candles_have_a_hole_count_time_and_skip_what_is_empty():
    """A hole makes a stretch poorer but not longer; a window with nothing on one side is no window."""
    candles = days(20).drop(pd.date_range("2024-01-07", "2024-01-10", tz="UTC"))

    made = windows(candles, train="4d", test="2d")

    assert edges(made) == [(1, 5, 5, 7), (9, 13, 13, 15), (11, 15, 15, 17), (13, 17, 17, 19), (15, 19, 19, 21)]
    assert [len(one.train(candles)) for one in made] == [4, 2, 4, 4, 4]


def test_windows_of_candles_in_another_zone_are_utc():
    """The edges are UTC whatever the zone of the index."""
    here = days(8)
    there = here.tz_convert("Asia/Shanghai")

    made = windows(there, train="4d", test="2d")

    assert made == windows(here, train="4d", test="2d")
    assert str(made[0].test_start.tz) == "UTC"
    assert len(made[0].test(there)) == 2


def test_windows_when_none_fits_say_how_much_is_needed():
    """Too few candles are refused with the lengths."""
    with pytest.raises(InputError, match=r"reach over 5 days.*6 days"):
        windows(days(5), train="4d", test="2d")


def test_windows_take_timedeltas():
    """A timedelta is as good as text."""
    assert windows(days(8), train=timedelta(days=4), test=timedelta(days=2)) == windows(days(8), train="4d", test="2d")


@pytest.mark.parametrize("train", ["", "4", "d", "-4d", "0d", "4y", 4, None, timedelta(0), timedelta(days=-1)])
def test_windows_when_a_length_is_none_refuse_it(train):
    """What is no length of time above zero is refused by its name."""
    with pytest.raises(InputError, match="train is"):
        windows(days(8), train=train, test="2d")


def test_windows_when_candles_cannot_be_traded_over_refuse_them():
    """Candles are looked at before they are cut."""
    with pytest.raises(CandleError, match="earlier than"):
        windows(days(8)[::-1], train="4d", test="2d")


def test_split_at_a_moment_and_by_a_length_are_one():
    """The last three days begin where the moment says."""
    assert split(days(10), at="2024-01-08") == split(days(10), test="3d")


def test_split_with_an_embargo_shortens_what_is_chosen_on():
    """The embargo is taken from the training side."""
    assert edges([split(days(10), at="2024-01-08", embargo="2d")]) == [(1, 6, 8, 11)]


@pytest.mark.parametrize("at", ["2024-01-01", "2023-01-01", "2024-01-11", "2025-01-01"])
def test_split_when_a_side_is_empty_refuses(at):
    """A moment at or beyond an end leaves nothing on one side."""
    with pytest.raises(InputError, match="empty"):
        split(days(10), at=at)


def test_split_needs_one_of_moment_and_length():
    """Neither and both are refused."""
    with pytest.raises(InputError, match="moment or a length"):
        split(days(10))
    with pytest.raises(InputError, match="moment or a length"):
        split(days(10), at="2024-01-08", test="3d")
