"""Swaps, their leverage, funding and positions are the same through every client."""

import time
from decimal import Decimal

import pytest

from tests.contract.clients.vocabulary import Wanted
from tests.contract.divergences import through
from tests.contract.test_contract_streams import heard

SWAP = "BTC-USDT-SWAP"
ONE = Decimal(1)


def traded(client, side, size=ONE):
    """Trade contracts at the market."""
    return client.place(Wanted(SWAP, side, size, kind="market", mode="cross"))


@pytest.fixture
def bought(client):
    """Hold one contract for the length of a test."""
    traded(client, "buy")
    yield
    traded(client, "sell")


@through("funding")
def test_a_swap_has_a_funding_rate(client):
    """It is a share, above or below zero, within what OKX allows."""
    assert abs(client.funding(SWAP)) < Decimal("0.02")


@through("set_leverage", "leverage")
def test_leverage_is_what_was_set(client):
    """What is set is told, and a second setting replaces the first."""
    told = []
    for times in (3, 5):
        client.set_leverage(SWAP, times)
        told.append(client.leverage(SWAP))

    assert told == [3, 5]


@through("place", "positions")
def test_a_position_opens_and_closes(client, bought):
    """A bought contract is a long position of cross margin; sold again, there is none."""
    held = {one.inst: one for one in client.positions()}[SWAP]
    traded(client, "sell", held.size)
    after = [one for one in client.positions() if one.inst == SWAP and one.size]
    traded(client, "buy", held.size)

    assert (held.size, held.mode) == (ONE, "cross")
    assert after == []


@through("hear_positions", "place")
def test_a_position_is_told_of(client):
    """Who listens to positions is told of one that opens."""
    positions = client.hear_positions()
    try:
        traded(client, "buy")
        told = heard(positions, lambda found: any(one.inst == SWAP and one.size for one in found))
    finally:
        traded(client, "sell")
        positions.close()

    assert ONE in [one.size for one in told if one.inst == SWAP]


@through("hear_positions", "place")
def test_a_position_that_closes_is_told_of(client):
    """Who listens to positions is told when one is gone."""
    positions = client.hear_positions()
    try:
        traded(client, "buy")
        heard(positions, lambda found: any(one.inst == SWAP and one.size for one in found))
        began = time.monotonic()
    finally:
        traded(client, "sell")
    told = heard(positions, lambda found: any(one.inst == SWAP and not one.size for one in found))
    positions.close()

    assert {one.size for one in told if one.inst == SWAP} == {0}
    assert time.monotonic() - began < 10
