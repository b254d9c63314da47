"""Requests of one moment share a turn, and so a commit; none is answered before it is saved."""

import asyncio

import pytest

from okxlab.paper.rest.turns import Turns


@pytest.fixture
def floor(venue):
    """Give the exchange behind the desk, whose turns nobody ends."""
    return venue.venue


@pytest.fixture
def saved(floor):
    """Give the number of orders in each turn that ended."""
    turns = []
    floor.sinks.append(lambda changes: turns.append(len(changes.orders)))
    return turns


def place(floor, order):
    """Place an order without ending the turn."""
    return floor.place(floor.accounts.main, order(px="80000"))


async def three(floor, order, saved, going=()):
    """Three requests at once; those named go away before their turn is over."""
    turns = Turns(floor)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    async def ask():
        place(floor, order)
        await turns.end()
        return list(saved)

    asked = [asyncio.ensure_future(ask()) for _ in range(3)]
    await asyncio.sleep(0)
    for number in going:
        asked[number].cancel()
    return await asyncio.gather(*asked, return_exceptions=True)


def test_requests_of_one_moment_are_saved_together(floor, order, saved):
    """Three orders in one beat end one turn, and each is answered after it."""
    assert asyncio.run(three(floor, order, saved)) == [[3], [3], [3]]


def test_who_goes_away_takes_nobody_along(floor, order, saved):
    """A client that hangs up ends neither the turn nor the answers of the others."""
    first, gone, third = asyncio.run(three(floor, order, saved, going=[1]))

    assert isinstance(gone, asyncio.CancelledError)
    assert (first, third, saved) == ([3], [3], [3])


def test_a_turn_that_cannot_be_saved_answers_nobody(floor, order, saved):
    """When saving fails, every request of the turn is given up: no answer says that it was done."""

    def fail(_changes):
        raise OSError("disk full")

    floor.sinks.append(fail)

    told = asyncio.run(three(floor, order, saved))

    assert [type(one) for one in told] == [asyncio.CancelledError] * 3
