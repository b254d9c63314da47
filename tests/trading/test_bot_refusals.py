"""Grids that must not start: refused in words, with nothing sent."""

import pytest

import okxlab as ox
from okxlab.errors import CredentialsError, OrderDenied, OrderRejected, OrderUnknown, SpecError
from okxlab.trading import GridBot
from okxlab.trading.enquiry import pending
from okxlab.trading.venue import SessionVenue
from tests.trading.grids import SAW, spec


def test_second_bot_on_the_same_grid_is_refused(stepped, bars):
    """Two bots never rotate one ladder."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec())

    with pytest.raises(OrderDenied, match="already runs"):
        GridBot(session, spec())
    bot.leave()


def test_second_grid_that_the_account_cannot_pay_is_refused_whole(stepped, bars):
    """Money held by the orders of a first grid does not count for a second one, of which nothing is sent."""
    session, _ = stepped(bars(*SAW))
    first = GridBot(session, spec(investment=60_000))
    bought = len(first.fills())

    with pytest.raises(OrderDenied, match="available"):
        GridBot(session, spec(investment=60_001))
    assert len(pending(SessionVenue(session))) == 12
    assert len(ox.fills(session)) == bought
    first.leave()


def test_grid_whose_steps_lose_to_the_fees_is_refused_in_words(stepped, bars):
    """A step below break-even is refused with the next step, and accepted when that is said."""
    session, _ = stepped(bars(*SAW))
    narrow = spec(low=59_900, high=60_100, grids=20)

    with pytest.raises(SpecError, match='losing_steps="accept"'):
        GridBot(session, narrow)
    assert pending(SessionVenue(session)) == []
    GridBot(session, narrow, losing_steps="accept").leave()
    assert len(pending(SessionVenue(session))) == 20


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"investment": 2_000_000}, OrderDenied, "100000 are available"),
        ({"grids": 600, "investment": 90_000}, OrderDenied, "more than the 500"),
        ({"investment": 1}, SpecError, "Invest at least"),
        ({"low": "57000.05"}, SpecError, "tick"),
    ],
)
def test_grid_that_cannot_start_leaves_nothing_behind(stepped, bars, change, error, complaint):
    """Bad input is refused before anything is sent, and the grid can then be started properly."""
    session, _ = stepped(bars(*SAW))

    with pytest.raises(error, match=complaint):
        GridBot(session, spec(**change), losing_steps="accept")
    assert pending(SessionVenue(session)) == []
    assert ox.fills(session).empty


@pytest.mark.parametrize("profile", ["demo", "live"])
def test_orders_without_a_key_are_refused_before_anything_leaves(tmp_path, profile):
    """A session that reads public data alone starts no grid and places no order, and asks the network nothing."""
    with ox.connect(profile, workspace=tmp_path) as session:
        with pytest.raises(CredentialsError, match=f"no {profile} key"):
            GridBot(session, spec())
        with pytest.raises(CredentialsError, match=f"no {profile} key"):
            ox.place(session, "buy", "BTC-USDT", amount="0.01")


def test_errors_of_orders_are_three_different_things():
    """Denied here, rejected there, unknown: no one of them is another."""
    kinds = (OrderDenied, OrderRejected, OrderUnknown)

    assert not any(issubclass(one, other) for one in kinds for other in kinds if one is not other)


def test_grid_with_fields_that_no_bot_plays_is_refused_by_name(stepped, bars):
    """What a bot or a replay does not do is said, and nothing is sent."""
    session, _ = stepped(bars(*SAW))

    with pytest.raises(SpecError, match="cannot do stop_loss=50000, reinvest=True"):
        GridBot(session, spec(stop_loss=50_000, reinvest=True))
    with pytest.raises(SpecError, match="The replay cannot do trigger=60000"):
        ox.replay(spec(trigger=60_000), bars(*SAW))
    assert pending(SessionVenue(session)) == []


def test_grid_of_an_okxlab_without_a_journal_is_not_doubled(stepped, bars, tmp_path):
    """What an older okxlab left behind stops the start, with what to do about it."""
    session, _ = stepped(bars(*SAW))
    older = tmp_path / ".okxlab/grids/paper/BTC-USDT-57000-63000-12-arithmetic-1000.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}")

    with pytest.raises(OrderDenied, match="delete that file"):
        GridBot(session, spec())
    assert pending(SessionVenue(session)) == []
