"""What a client cannot do, and why: with everything else, each client passes the same tests.

A client that lacks an ability of the vocabulary and is not listed here fails the suite, as does one that is listed and
has it after all.
"""

import pytest

from tests.contract.clients.roster import ROSTER
from tests.contract.clients.vocabulary import ABILITIES

_STREAMS = tuple(name for name in ABILITIES if name.startswith("hear_"))
_REST_ONLY = "it has no streams: that is what ccxt.pro is"

DIVERGENCES: dict[tuple[str, str], str] = {
    **dict.fromkeys([("ccxt", name) for name in _STREAMS], _REST_ONLY),
    **dict.fromkeys([("ccxt_async", name) for name in _STREAMS], _REST_ONLY),
    **dict.fromkeys(
        [("python_okx", name) for name in _STREAMS],
        "its WebSocket factory always passes a TLS context, so that a ws:// address is refused before a byte is sent",
    ),
}

# Warnings a client gives about itself; any other is an error, as everywhere.
_BEARING = {"python_okx": pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")}


def through(*abilities: str) -> pytest.MarkDecorator:
    """Run a test through every client that has these abilities."""
    able = [name for name in ROSTER if not any((name, ability) in DIVERGENCES for ability in abilities)]
    return pytest.mark.parametrize(
        "client", [pytest.param(name, marks=_BEARING.get(name, ())) for name in able], indirect=True
    )
