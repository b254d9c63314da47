"""Days: okxlab's are UTC days, while ccxt's two ways disagree with each other."""

import asyncio

import ccxt.pro
import pandas as pd
import pytest

import okxlab as ox


async def pushed_day(profile):
    """Give the opening of the day that ccxt's stream calls one."""
    urls = {"rest": profile.rest, "ws": profile.ws}
    stream = ccxt.pro.okx({"urls": {"api": dict(urls), "test": dict(urls)}, "enableRateLimit": False})
    try:
        return (await stream.watch_ohlcv("BTC/USDT", "1d"))[-1][0]
    finally:
        await stream.close()


@pytest.mark.parametrize(("bar", "hours"), [("6h", 6), ("12h", 12), ("1d", 24)])
def test_bars_of_six_hours_and_more_begin_at_utc_hours(paper, bar, hours):
    """They open where UTC days are cut, whatever OKX's plain name would give."""
    opened = ox.candles(paper, "BTC-USDT", bar).index

    assert (opened == opened.floor(f"{hours}h")).all()


def test_days_of_ccxt_differ_between_its_ways_and_okxlabs_do_not(paper):
    """Over REST ccxt asks for UTC days and over the stream for Hong Kong's; okxlab's days are UTC."""
    fetched = paper.ccxt.fetch_ohlcv("BTC/USDT", "1d", limit=5)[-1][0]
    pushed = asyncio.run(pushed_day(paper.profile))
    days = ox.candles(paper, "BTC-USDT", "1d").index

    assert pd.Timestamp(fetched, unit="ms").hour == 0
    assert pd.Timestamp(pushed, unit="ms").hour == 16
    assert set(days.hour) == {0}
