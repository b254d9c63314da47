"""Positions: net, or long and short apart; averages, flips, and orders that may only reduce."""

from decimal import Decimal

import pytest

from okxlab.errors import PaperError
from tests.paper.contracts import INVERSE, SWAP, ask, contract_desk


@pytest.fixture
def desk(tmp_path, clock):
    return contract_desk(tmp_path, clock, [50000, 51000, 49000, 52000])


@pytest.fixture
def hedged(desk):
    desk.account.hedged = True
    return desk


def refused(desk, fields):
    """Give the code an order is refused with."""
    with pytest.raises(PaperError) as told:
        desk.place(fields)
    return told.value.code


def only(desk):
    """Give the one position there is."""
    (position,) = desk.account.positions.values()
    return position


def test_the_average_of_a_linear_contract_is_arithmetic(desk):
    """1 at 50,000 and 3 at 51,000 average 50,750."""
    desk.place(ask(size="1"))
    desk.step(4)
    desk.place(ask(size="3"))

    assert (only(desk).size, only(desk).average) == (4, 50750)


def test_the_average_of_an_inverse_contract_is_harmonic(desk):
    """1 at 50,000 and 1 at 51,000 average 2 / (1/50,000 + 1/51,000)."""
    desk.place(ask(INVERSE, size="1"))
    desk.step(4)
    desk.place(ask(INVERSE, size="1"))

    assert round(only(desk).average, 4) == Decimal("50495.0495")


def test_one_fill_takes_a_net_position_through_zero(desk):
    """A sell of 3 closes a long of 1 (gain 10) and opens a short of 2 at 51,000, which is another position."""
    desk.place(ask(size="1"))
    first = only(desk)
    desk.step(4)
    order = desk.place(ask(side="sell", size="3"))

    assert (order.pnl, first.size, first.ending) == (10, 0, "2")
    assert (only(desk).size, only(desk).average) == (-2, 51000)
    assert only(desk).id != first.id


def test_a_position_mode_takes_only_its_own_position_sides(desk):
    """In net mode long and short are refused; in long_short_mode a side must be given."""
    assert refused(desk, ask(posSide="long")) == "51000"
    desk.place(ask(posSide="net"))

    desk.account.hedged = True
    assert refused(desk, ask()) == "51000"


def test_long_and_short_stand_side_by_side(hedged):
    """A buy long and a sell short make two positions."""
    hedged.place(ask(size="2", posSide="long"))
    hedged.place(ask(side="sell", size="1", posSide="short"))

    assert {key[2]: position.size for key, position in hedged.account.positions.items()} == {"long": 2, "short": -1}


def test_one_cannot_close_more_than_there_is(hedged):
    """Of a long of 2, 1 is spoken for by a resting sell: 2 more are refused, 1 is taken."""
    assert refused(hedged, ask(side="sell", posSide="long")) == "51169"
    hedged.place(ask(size="2", posSide="long"))
    hedged.place(ask(side="sell", size="1", price="53000", posSide="long"))

    assert refused(hedged, ask(side="sell", size="2", posSide="long")) == "51112"
    hedged.place(ask(side="sell", size="1", posSide="long"))
    assert only(hedged).size == 1


@pytest.mark.parametrize(("size", "code"), [("3", "51170"), ("2", None)])
def test_reduce_only_is_refused_beyond_the_position(desk, size, code):
    """It is not trimmed."""
    desk.place(ask(size="2"))

    if code:
        assert refused(desk, ask(side="sell", size=size, reduceOnly="true")) == code
    else:
        desk.place(ask(side="sell", size=size, reduceOnly="true"))
        assert desk.account.positions == {}


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_reduce_only_needs_a_position_to_reduce(desk, side):
    """Without any, and on the side that would add, it is refused with 51169."""
    if side == "buy":
        desk.place(ask())

    assert refused(desk, ask(side=side, reduceOnly="true")) == "51169"


def test_what_may_only_reduce_ends_with_the_position(desk):
    """A resting reduce-only sell is canceled once the position is closed."""
    desk.place(ask(size="2"))
    resting = desk.place(ask(side="sell", size="2", price="53000", reduceOnly="true"))
    desk.place(ask(side="sell", size="2"))

    assert (resting.state, desk.open, desk.held("USDT")) == ("canceled", {}, 0)


def test_spot_mode_knows_no_contracts(desk):
    """51010 in account mode 1, and for tdMode cash in any."""
    assert refused(desk, ask(tdMode="cash")) == "51010"

    desk.account.level = "1"
    assert refused(desk, ask()) == "51010"


def test_cross_and_isolated_are_positions_of_their_own(desk):
    """A buy in each mode makes two positions in one instrument."""
    desk.place(ask())
    desk.place(ask(tdMode="isolated"))

    assert sorted(key[1] for key in desk.account.positions) == ["cross", "isolated"]


def test_bills_tell_how_a_position_was_opened_and_closed(hedged):
    """Subtypes: 3 open long, 4 open short, 5 close long, 6 close short; their changes add up to the balance's."""
    told = []
    hedged.venue.sinks.append(lambda changes: told.extend(changes.bills))
    for side, position_side in (("buy", "long"), ("sell", "short"), ("sell", "long"), ("buy", "short")):
        hedged.place(ask(side=side, posSide=position_side))

    assert [(bill.type, bill.subtype) for bill in told] == [("2", "3"), ("2", "4"), ("2", "5"), ("2", "6")]
    assert sum(bill.change for bill in told) == hedged.balance("USDT") - 100000
    assert {bill.instrument for bill in told} == {SWAP}


def test_what_an_older_order_is_to_close_is_not_closed_twice(desk):
    """Behind a reduce-only sell of all 2 contracts another sell of 2 opens: 1,080 / 3 and the fee, until that is gone.

    It held nothing, so that what it needed once the older one was filled could be spent elsewhere.
    """
    desk.place(ask(size="2"))
    older = desk.place(ask(side="sell", size="2", price="53000", reduceOnly="true"))
    younger = desk.place(ask(side="sell", size="2", price="54000"))
    assert (younger.held, desk.held("USDT")) == (Decimal("360.54"), Decimal("360.54"))

    desk.cancel({"instId": SWAP, "ordId": str(older.id)})
    assert (younger.held, desk.held("USDT")) == (0, 0)
