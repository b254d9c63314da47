"""Orders that the exchange tells in a way nobody promised: nothing of it may end in the journal and spoil it."""

from decimal import Decimal, localcontext

import pytest

import okxlab as ox
from okxlab.errors import OrderUnknown, Unreadable
from okxlab.trading.desk import hand
from okxlab.trading.enquiry import find_order
from okxlab.trading.records import decode
from okxlab.trading.venue import SessionVenue

ODD = {
    "a filled amount that is no number": {"accFillSz": "NaN"},
    "a filled amount without end": {"accFillSz": "1e3000000"},
    "no size": {"sz": ""},
    "a price that is no number": {"px": "Infinity"},
    "a time in words": {"uTime": "soon"},
    "an order id in words": {"ordId": "the third"},
    "another order": {"ordId": "999"},
    "another instrument": {"instId": "ETH-USDT"},
    "nothing as an answer": {"clOrdId": None, "ordId": None},
}


def place(session):
    return ox.place(session, "buy", "BTC-USDT", amount="0.01", price="30000")


def test_an_order_that_cannot_be_read_counts_as_not_read(tapped):
    """Whoever placed it is told its ids, and everything goes on once the exchange tells it rightly."""
    session, tap = tapped
    for what, change in ODD.items():
        tap.twist = lambda row, change=change: row | change
        with pytest.raises(OrderUnknown, match="The exchange took order"):
            pytest.fail(f"{what}: {place(session)}")
    tap.twist = lambda row: row

    assert place(session).state == "live"
    assert {entry.state for entry in hand(session).blotter.orders.values()} == {"live"}


def test_a_state_that_is_not_known_here_is_one_in_which_an_order_can_still_fill(tapped):
    """A new state of OKX's neither ends an order nor keeps its journal from being read again."""
    session, tap = tapped
    tap.twist = lambda row: row | {"state": "rebasing"}
    order = place(session)
    entry = hand(session).blotter.orders[order.client_id]
    (seen,) = (decode(body.encode()) for body in ox.journal(session).query("kind == 'seen'")["body"])

    assert order.active
    assert entry.active
    assert seen.state == "rebasing"
    hand(session).blotter.apply(seen)


def test_odd_order_of_somebody_else_keeps_nothing_from_being_killed(tapped):
    """The kill switch reads no more of others than that they are others."""
    session, tap = tapped
    session.ccxt.load_markets()
    session.ccxt.create_order("BTC/USDT", "limit", "buy", 0.001, 30_000)
    for what, change in ODD.items():
        ours = place(session)
        tap.twist = lambda row, change=change: row if row["tag"].startswith("okxlab") else row | change
        report = ox.kill(session, what)
        assert [order.order_id for order in report.cancelled] == [ours.order_id], what
        assert (report.clear, report.problems) == (True, ()), what
        ox.lift_kill(session)


@pytest.mark.parametrize("what", [what for what in ODD if not what.startswith(("another", "nothing"))])
def test_odd_order_of_ours_is_killed_by_its_names(tapped, what):
    """What is told wrongly of it keeps nobody from taking it back."""
    session, tap = tapped
    place(session)
    tap.twist = lambda row: row | ODD[what]

    report = ox.kill(session)

    tap.twist = lambda row: row
    assert (report.clear, len(report.cancelled), report.problems) == (True, 1, ())
    assert ox.open_orders(session).empty


def test_an_answer_about_another_order_is_no_evidence(tapped):
    """Whoever asks for one order never takes another for it."""
    session, tap = tapped
    order = place(session)
    tap.twist = lambda row: row | {"clOrdId": "another"}

    with pytest.raises(Unreadable, match="another order"):
        find_order(SessionVenue(session), "BTC-USDT", client_id=order.client_id)


def test_precision_that_a_notebook_has_set_changes_no_order(paper):
    """Whoever works with three digits elsewhere trades with all of them here."""
    with localcontext(prec=3):
        order = ox.place(paper, "buy", "BTC-USDT", amount="0.01234567", price="30000.1")
        bought = [ox.place(paper, "buy", "BTC-USDT", amount=amount) for amount in ("0.01234567", "0.00002001")]
    blotter = hand(paper).blotter

    assert (order.size, order.price) == (Decimal("0.01234567"), Decimal("30000.1"))
    assert [each.state for each in bought] == ["filled", "filled"]
    assert sum(entry.told for entry in blotter.orders.values()) == Decimal("0.01236568")
