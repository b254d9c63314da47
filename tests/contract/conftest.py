"""One exchange and one of each client for the whole suite."""

import pytest

from tests.contract.clients.roster import ROSTER
from tests.contract.pointing import DEMO, pointed


def pytest_collection_modifyitems(config, items):
    """Leave out what steers the paper exchange where there is none: OKX cannot be steered."""
    left_out = [item for item in items if DEMO and item.get_closest_marker("steers")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="package")
def place():
    with pointed() as exchange:
        yield exchange


@pytest.fixture(scope="package")
def opened(place):
    """Give a client by its name, made at its first use and closed at the end."""
    made = {}

    def by_name(name):
        if name not in made:
            made[name] = ROSTER[name](place)
        return made[name]

    yield by_name
    for client in made.values():
        client.close()


@pytest.fixture
def client(request, opened):
    return opened(request.param)
