"""Cancel-all-after: orders that are taken back unless the countdown is wound up again."""

import time

import pytest

from okxlab.paper import PaperOptions
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.countdown import cancel_all_after
from tests.paper.desk import open_desk


def wind(desk, seconds, **fields):
    """Set a countdown."""
    (row,) = cancel_all_after(desk.call(timeOut=str(seconds), **fields))
    return row


def pass_time(desk, seconds):
    """Let protocol time pass and the exchange look at it."""
    desk.clock.sleep(seconds)
    desk.venue.due(desk.clock.now_ms())
    desk.venue.settle()


def test_orders_end_when_the_countdown_does(venue, order):
    """Not a millisecond earlier, with OKX's source, and what they held is free."""
    resting = venue.place(order())

    row = wind(venue, 10)
    pass_time(venue, 9.999)
    assert (resting.state, row["triggerTime"]) == ("live", str(int(row["ts"]) + 10_000))
    pass_time(venue, 0.001)
    assert (resting.state, resting.cancel_source, venue.held("USDT")) == ("canceled", "20", 0)
    late = venue.place(order())
    pass_time(venue, 1000)
    assert late.state == "live"


def test_winding_up_puts_the_end_off_and_zero_stops_it(venue, order):
    """Only the last call counts."""
    resting = venue.place(order())

    wind(venue, 10)
    pass_time(venue, 9)
    wind(venue, 120)
    pass_time(venue, 100)
    assert resting.state == "live"
    assert wind(venue, 0)["triggerTime"] == "0"
    pass_time(venue, 1000)
    assert resting.state == "live"


def test_tag_ends_only_its_own_orders(venue, order):
    """Each tag counts down by itself; no tag means every order."""
    first, second, bare = (venue.place(order(tag=tag)) for tag in ("a", "b", None))

    wind(venue, 10, tag="a")
    wind(venue, 20, tag="b")
    wind(venue, 60)
    pass_time(venue, 10)
    assert [row.state for row in (first, second, bare)] == ["canceled", "live", "live"]
    pass_time(venue, 10)
    assert [row.state for row in (second, bare)] == ["canceled", "live"]
    pass_time(venue, 40)
    assert bare.state == "canceled"


@pytest.mark.parametrize("seconds", ["9", "121", "-10", "ten"])
def test_time_out_is_zero_or_ten_to_120_seconds(venue, seconds):
    """Everything else is 51000."""
    with pytest.raises(Refusal) as refusal:
        wind(venue, seconds)

    assert refusal.value.code == "51000"


def test_account_has_at_most_twenty_tags(venue):
    """The twenty-first is 51071; one that exists may be wound up."""
    for number in range(20):
        wind(venue, 10, tag=f"t{number}")

    wind(venue, 10, tag="t7")
    with pytest.raises(Refusal) as refusal:
        wind(venue, 10, tag="more")
    assert refusal.value.code == "51071"


def test_exchange_that_nobody_asks_ends_orders_by_itself(exchange):
    """The shortest countdown over the wire, on the machine's clock."""
    exchange.place()
    began = time.monotonic()
    (row,) = exchange.post("trade/cancel-all-after", {"timeOut": 10}).body["data"]

    def still_rests():
        log = exchange.control("GET", "log").body
        return '"event":"canceled"' not in (log if isinstance(log, str) else str(log))

    assert still_rests()
    while still_rests() and time.monotonic() < began + 20:
        time.sleep(0.2)
    assert 9.5 < time.monotonic() - began < 20
    assert row["tag"] == ""
    assert exchange.rows("trade/orders-history?instType=SPOT")[0]["cancelSource"] == "20"


def test_countdown_runs_on_while_the_process_is_away(tmp_path, clock, order):
    """Orders that should have gone meanwhile go at once in the next one; one that was stopped stays stopped."""
    options = PaperOptions(stepped=True, data=tmp_path / "data.sqlite")
    desk = open_desk(options, clock)
    tagged, bare = desk.place(order(tag="a")), desk.place(order())
    wind(desk, 10, tag="a")
    wind(desk, 20)
    wind(desk, 0)
    desk.venue.settle()
    desk.exchange.close()

    clock.sleep(10)
    desk = open_desk(options, clock)
    pass_time(desk, 0)

    assert list(desk.open) == [bare.id]
    assert desk.orders[tagged.id].cancel_source == "20"
    late = desk.place(order(tag="a"))
    desk.exchange.close()

    desk = open_desk(options, clock)
    pass_time(desk, 0)
    assert list(desk.open) == [bare.id, late.id]
    desk.exchange.close()
