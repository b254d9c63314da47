"""Orders do the same through every client."""

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contract.clients.vocabulary import RefusedError, Wanted
from tests.contract.divergences import through

INST = "BTC-USDT"
WORTH = Decimal(30)  # USDT a market order
MUCH = Decimal(100)  # BTC: more than anybody here can pay, and not above what one order may be
NAMES = (f"contract{number}" for number in itertools.count())


@through("place", "order", "resting", "cancel")
def test_an_order_rests_until_it_is_canceled(client, low):
    """It is found by its id and among the resting orders, as it was asked; canceled, it rests no more."""
    order = client.place(replace(low, name=(name := next(NAMES))))

    seen = client.order(INST, order)
    assert (seen.name, seen.state, seen.size, seen.price, seen.filled) == (name, "open", low.size, low.price, 0)
    assert seen in client.resting(INST)

    client.cancel(INST, order)

    assert client.order(INST, order).state == "canceled"
    assert order not in [one.id for one in client.resting(INST)]


@through("place", "balances")
def test_what_rests_is_set_aside(client, low):
    """A resting buy takes its cost from what is free, and leaves the total alone."""
    before = client.balances()["USDT"]
    client.place(low)

    after = client.balances()["USDT"]

    assert after.total == pytest.approx(before.total, abs=Decimal("1e-6"))
    assert before.free - after.free == pytest.approx(low.size * low.price, abs=Decimal("1e-6"))


@through("place", "cancel")
def test_an_unknown_order_cannot_be_canceled(client):
    """Canceling what does not exist is 51400 everywhere."""
    with pytest.raises(RefusedError) as refused:
        client.cancel(INST, "404404404404")

    assert refused.value.code in {"51400", "51402"}


@through("order")
def test_an_unknown_order_is_not_found(client):
    """Looking up what does not exist is 51603 everywhere."""
    with pytest.raises(RefusedError) as refused:
        client.order(INST, "404404404404")

    assert refused.value.code == "51603"


@through("place")
def test_an_order_that_cannot_be_paid_is_refused(client, low):
    """The code is that of missing funds."""
    with pytest.raises(RefusedError) as refused:
        client.place(replace(low, size=MUCH))

    assert refused.value.code == "51008"


@through("place", "amend", "order")
def test_an_order_is_amended(client, low):
    """Size and price of a resting order change; its id stays."""
    order, market = client.place(low), client.markets()[INST]
    size, price = low.size + market.lot, low.price - market.tick

    client.amend(INST, order, size, price)

    seen = client.order(INST, order)
    assert (seen.state, seen.size, seen.price) == ("open", size, price)


@through("amend")
def test_an_unknown_order_cannot_be_amended(client, low):
    """Amending what does not exist is 51503 everywhere."""
    with pytest.raises(RefusedError) as refused:
        client.amend(INST, "404404404404", low.size, low.price)

    assert refused.value.code == "51503"


@through("place_all", "order")
def test_a_batch_places_what_it_can(client, low):
    """Each order of a batch stands for itself: the second cannot be paid, the others rest."""
    first, second, third = client.place_all([low, replace(low, size=MUCH), low])

    assert isinstance(second, RefusedError)
    assert second.code == "51008"
    assert {client.order(INST, order).state for order in (first, third)} == {"open"}


@through("place", "cancel_all", "order")
def test_a_batch_cancels_what_it_can(client, low):
    """Of an order that rests and one that does not exist, the first is canceled and the answer says so."""
    order = client.place(low)

    canceled = client.cancel_all(INST, [order, "404404404404"])

    assert canceled == [order]
    assert client.order(INST, order).state == "canceled"


@through("place", "order", "balances")
def test_a_market_buy_by_quote_spends_the_quote(client, low):
    """What is asked in quote currency is spent, to the lot, and not more; the fee is taken from what is received."""
    before, market = client.balances(), client.markets()[INST]
    order = client.place(Wanted(INST, "buy", WORTH, kind="market", spend=True))

    seen, after, ask = client.order(INST, order), client.balances(), client.ticker(INST).ask

    assert seen.filled > 0
    spent, got = (change(before, after, currency) for currency in ("USDT", "BTC"))
    assert -WORTH - Decimal("1e-6") <= spent <= -WORTH + 2 * market.lot * ask
    assert Decimal("0.99") * seen.filled < got <= seen.filled


@through("place", "order", "balances")
def test_a_market_buy_by_base_and_a_market_sell_fill_their_size(client, low):
    """A size in base currency is filled whole, both ways."""
    orders = [client.place(Wanted(INST, side, low.size, kind="market")) for side in ("buy", "sell")]

    assert [client.order(INST, order).filled for order in orders] == [low.size, low.size]
    assert {client.order(INST, order).state for order in orders} == {"filled"}


@through("place", "order")
def test_a_post_only_order_that_would_trade_is_accepted_and_canceled(client, low):
    """It gets an id, trades nothing and ends canceled."""
    ask, tick = client.ticker(INST).ask, client.markets()[INST].tick
    price = (ask * Decimal("1.005") / tick).to_integral_value() * tick
    order = client.place(replace(low, kind="post_only", price=price))

    seen = client.order(INST, order)

    assert (seen.state, seen.filled) == ("canceled", 0)


def change(before, after, currency):
    """Give by how much a balance changed."""
    old, new = (found[currency].total if currency in found else Decimal(0) for found in (before, after))
    return new - old
