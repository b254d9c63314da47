"""One exchange and one of each client for the whole suite."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest

from tests.contract.clients.ccxt_rest import Ccxt
from tests.contract.clients.roster import ROSTER
from tests.contract.clients.vocabulary import Wanted
from tests.contract.pointing import DEMO, pointed

INST = "BTC-USDT"
WORTH = Decimal(30)  # USDT an order


def pytest_collection_modifyitems(config, items):
    """Leave out what steers the paper exchange where there is none: OKX cannot be steered."""
    left_out = [item for item in items if DEMO and item.get_closest_marker("steers")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="package")
def place():
    with pointed() as exchange:
        if not exchange.demo:
            allow_swaps(exchange)
        yield exchange


def allow_swaps(exchange):
    """Put the account into futures mode, in which OKX lets it hold swaps beside spot."""
    client = Ccxt(exchange)
    client.api.private_post_account_set_account_level({"acctLv": "2"})
    client.close()


@pytest.fixture(scope="package")
def opened(place):
    """Give a client by its name, made at its first use and closed at the end; ``forget`` makes another next time."""
    made = {}

    def by_name(name):
        if name not in made:
            made[name] = ROSTER[name](place)
        return made[name]

    by_name.forget = lambda name: made.pop(name).close()
    yield by_name
    for client in made.values():
        client.close()


@pytest.fixture
def client(request, opened):
    yield opened(request.param)
    if request.node.get_closest_marker("steers"):  # one that was cut off is no client for the tests that follow
        opened.forget(request.param)


@pytest.fixture
def low(client):
    """Give a small buy order that rests well below the market, and take back what is left of the test's orders."""
    market, bid = client.markets()[INST], client.ticker(INST).bid
    price = (bid * Decimal("0.97") / market.tick).to_integral_value(ROUND_FLOOR) * market.tick
    lots = (WORTH / price / market.lot).to_integral_value(ROUND_CEILING)
    yield Wanted(INST, "buy", max(lots * market.lot, market.minimum), price)
    for order in client.resting(INST):
        client.cancel(INST, order.id)
