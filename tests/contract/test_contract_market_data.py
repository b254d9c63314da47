"""Public market data is the same through every client."""

import time

import pytest

from tests.contract.clients.rows import MINUTE
from tests.contract.divergences import through

INST = "BTC-USDT"
BORDER = 1_440  # minutes that market/candles reaches back; older ones are history


@through("markets")
def test_markets_have_their_steps(client):
    """Every market has a tick, a lot and a smallest size, each above zero and the size on the lot."""
    markets = client.markets()

    assert INST in markets
    assert len(markets) > 30
    assert [name for name, row in markets.items() if min(row.tick, row.lot, row.minimum) <= 0] == []
    assert markets[INST].minimum % markets[INST].lot == 0


@through("ticker", "markets")
def test_a_ticker_lies_on_the_tick(client):
    """The best bid is below the best ask, and every price is a multiple of the tick."""
    quote, tick = client.ticker(INST), client.markets()[INST].tick

    assert quote.bid < quote.ask
    assert [price for price in (quote.bid, quote.ask, quote.last) if price % tick] == []


@through("tickers", "markets")
def test_there_is_a_ticker_for_every_market(client):
    """One call gives every market's ticker, none of them crossed."""
    tickers = client.tickers()

    assert set(client.markets()) <= set(tickers)
    assert [name for name, row in tickers.items() if row.bid and row.ask and row.bid >= row.ask] == []


@through("book", "ticker")
@pytest.mark.parametrize("depth", [1, 5, 400])
def test_a_book_is_in_order(client, depth):
    """Bids fall, asks rise, nothing crosses, no level is empty, and it is as deep as was asked."""
    book = client.book(INST, depth)
    bids, asks = ([price for price, _ in side] for side in (book.bids, book.asks))

    assert (len(bids), len(asks)) == (depth, depth)
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert min(size for _, size in book.bids + book.asks) > 0


@through("candles")
def test_candles_page_across_the_border_of_history(client):
    """Page by page from before the border to now: every minute once, from whichever endpoint it comes."""
    now = int(time.time() * 1000)
    start = (now // MINUTE - BORDER - 250) * MINUTE
    bars, since = [], start
    while since < now - 2 * MINUTE:
        page = client.candles(INST, since, 100)
        assert page, since
        bars += page
        since = page[-1].ts + MINUTE

    assert [bar.ts for bar in bars] == list(range(start, start + len(bars) * MINUTE, MINUTE))
    assert len(bars) >= BORDER + 245
    assert [
        bar for bar in bars if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
    ] == []


@through("candles")
def test_both_sides_of_the_border_tell_the_same(client):
    """A candle of yesterday is the same in a page that began in history and in one that did not."""
    now = int(time.time() * 1000) // MINUTE
    old = client.candles(INST, (now - BORDER - 50) * MINUTE, 100)
    young = client.candles(INST, (now - BORDER + 30) * MINUTE, 100)
    both = {bar.ts for bar in old} & {bar.ts for bar in young}

    assert len(both) >= 15
    assert [bar for bar in old if bar.ts in both] == [bar for bar in young if bar.ts in both]
