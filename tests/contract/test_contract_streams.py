"""Streams tell the same through every client, and agree with REST."""

import contextlib
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contract.clients.rows import MINUTE
from tests.contract.clients.vocabulary import RefusedError, Wanted
from tests.contract.divergences import through

INST = "BTC-USDT"
DEPTH = 400
SECONDS, PROOF_SECONDS = 5, 60


@pytest.fixture
def listen():
    """Open subscriptions that end with the test."""
    opened = []

    def to(hear, *arguments):
        opened.append(hear(*arguments))
        return opened[-1]

    yield to
    for one in opened:
        one.close()


def heard(listening, wanted, seconds=20):
    """Wait for a piece of news that fits, and give it."""
    deadline = time.monotonic() + seconds
    while True:
        news = listening.next(max(deadline - time.monotonic(), 0.01))
        if wanted(news):
            return news


def kept_and_asked(client, listening, seconds, low):
    """Keep a book for a while, change it by orders in it, and ask for it over and over: the kept ones, and REST's."""
    kept, asked, end = {}, [], time.monotonic() + seconds
    while time.monotonic() < end:
        asked.append(client.book(INST, DEPTH))
        best, tick = asked[-1].bids[0][0], asked[-1].bids[0][0] - asked[-1].bids[1][0]
        order = client.place(replace(low, price=best - 3 * tick))
        for book in news_of(listening, until=time.monotonic() + 0.4):
            kept[book.seq] = book
        asked.append(client.book(INST, DEPTH))
        with contextlib.suppress(RefusedError):  # the market has just filled it
            client.cancel(INST, order)
    for book in news_of(listening, until=time.monotonic() + 1):
        kept[book.seq] = book
    return kept, asked


def news_of(listening, until):
    """Give what comes until a moment."""
    while (left := until - time.monotonic()) > 0:
        try:
            yield listening.next(left)
        except TimeoutError:
            return


def check_books(client, listening, seconds, low):
    """Assert that books kept by seqId are those REST tells, and give how many were compared."""
    kept, asked = kept_and_asked(client, listening, seconds, low)
    both = [book for book in asked if book.seq in kept]

    assert len({book.seq for book in both}) >= seconds / 8
    assert [book.seq for book in both if kept[book.seq].top(DEPTH) != book] == []
    return len(kept), len(both)


@through("hear_ticker", "ticker")
def test_a_ticker_comes_as_rest_tells_it(client, listen):
    """A push lies on the spread that REST told just before or after it."""
    before = client.ticker(INST)
    quote = listen(client.hear_ticker, INST).next()
    after = client.ticker(INST)

    assert quote.bid < quote.ask
    assert min(before.last, after.last) * Decimal("0.99") < quote.last < max(before.last, after.last) * Decimal("1.01")


@through("hear_book", "book", "place", "cancel")
def test_a_book_kept_by_its_updates_is_the_one_rest_tells(client, listen, low):
    """Whenever REST tells a book of a seqId that was kept, the two are equal, level by level."""
    check_books(client, listen(client.hear_book, INST), SECONDS, low)


@pytest.mark.proof
@through("hear_book", "book", "place", "cancel")
def test_a_book_is_kept_for_a_minute(client, listen, low):
    """The same for a whole minute, with its figures."""
    kept, compared = check_books(client, listen(client.hear_book, INST), PROOF_SECONDS, low)

    print(
        f"\n{type(client).__name__}: {kept} books kept in {PROOF_SECONDS} s, {compared} of REST's compared, all equal"
    )


@through("hear_candles")
def test_a_candle_is_that_of_the_minute(client, listen):
    """The candle under way starts with the minute and holds its own close."""
    bar = listen(client.hear_candles, INST).next(30)

    assert bar.ts % MINUTE == 0
    assert abs(time.time() * 1000 - bar.ts) < 3 * MINUTE
    assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high


@through("hear_orders", "place", "amend", "cancel")
def test_an_order_is_told_of_at_every_turn(client, listen, low):
    """Placed, amended, canceled: each is pushed, with the order's id and what it stands for."""
    orders = listen(client.hear_orders, INST)
    order = client.place(low)
    placed = heard(orders, lambda seen: seen.id == order)
    client.amend(INST, order, low.size * 2, low.price)
    amended = heard(orders, lambda seen: seen.id == order and seen.size == low.size * 2)
    client.cancel(INST, order)
    canceled = heard(orders, lambda seen: seen.id == order and seen.state == "canceled")

    assert (placed.state, placed.size, placed.price) == ("open", low.size, low.price)
    assert (amended.state, amended.filled, canceled.filled) == ("open", 0, 0)


@through("hear_orders", "place")
def test_a_fill_is_told_of(client, listen, low):
    """A market order is pushed filled, by its own size."""
    orders = listen(client.hear_orders, INST)
    order = client.place(Wanted(INST, "buy", low.size, kind="market"))

    assert heard(orders, lambda seen: seen.id == order and seen.state == "filled").filled == low.size


@through("hear_orders", "place")
def test_a_post_only_order_that_would_trade_is_told_canceled(client, listen, low):
    """The only push of it says canceled."""
    orders = listen(client.hear_orders, INST)
    order = client.place(replace(low, kind="post_only", price=low.price * 2))

    assert heard(orders, lambda seen: seen.id == order).state == "canceled"


@through("hear_balances", "place", "balances")
def test_the_account_is_told_at_once_and_when_it_changes(client, listen, low):
    """A snapshot comes first; an order that rests is pushed with what it sets aside."""
    account = listen(client.hear_balances)
    first = heard(account, lambda found: "USDT" in found)["USDT"]
    client.place(low)
    second = heard(account, lambda found: "USDT" in found and found["USDT"].free < first.free)["USDT"]

    assert second.total == pytest.approx(first.total, abs=Decimal("1e-6"))
    assert first.free - second.free == pytest.approx(low.size * low.price, abs=Decimal("1e-6"))


@through("hear_ticker")
def test_who_left_may_come_again(client, listen):
    """After unsubscribing, the same channel can be subscribed to anew and speaks."""
    client.hear_ticker(INST).close()

    assert listen(client.hear_ticker, INST).next().last > 0


@pytest.mark.steers
@through("hear_ticker")
def test_a_client_that_was_cut_off_subscribes_again(client, listen, place):
    """The network breaks; the client comes back by itself and is told on."""
    ticker = listen(client.hear_ticker, INST)
    ticker.next()

    assert place.line.cut() > 0
    for _ in news_of(ticker, until=time.monotonic() + 0.5):
        pass  # what was on its way

    assert ticker.next(30).last > 0


@pytest.mark.steers
@through("hear_orders")
def test_a_client_that_was_cut_off_logs_in_again(client, listen, place, low, opened):
    """The network breaks; the client logs in and subscribes again, and is told of a new order."""
    orders = listen(client.hear_orders, INST)

    assert place.line.cut() > 0
    told = list(new_orders(opened("ccxt"), orders, low))

    assert told[-1] is not None


def new_orders(other, orders, low):
    """Let another client place and cancel orders until one of them is told of."""
    for _ in range(20):
        order = other.place(low)
        other.cancel(INST, order)
        try:
            yield heard(orders, lambda seen, order=order: seen.id == order, seconds=1.5)
        except TimeoutError:
            yield None
        else:
            return
