"""ccxt's clients, bound to a profile, and whether they are still ccxt's own code."""

import weakref
from pathlib import Path
from types import CodeType
from typing import Any

import ccxt

from okxlab.errors import Blocked
from okxlab.exchange.connection import Connection
from okxlab.exchange.profile import Profile
from okxlab.exchange.transport import PLACEHOLDER, Transport

_TIMEOUT_MS = 10_000
_HOME = str(Path(ccxt.__file__).parent) + "/"
# what makes a request and what reads its answer: a package that diverts orders replaces one of these
_VITAL = (
    "describe", "sign", "request", "fetch", "fetch2", "prepare_request_headers", "set_headers", "implode_params",
    "implode_hostname", "handle_errors", "handle_http_status_code", "on_rest_response", "parse_json", "json", "hmac",
    "encode", "nonce", "urlencode",
)  # fmt: skip


def settings(profile: Profile) -> dict[str, Any]:
    """Give what every client of a profile is made with: its URLs, placeholders for keys, no retries."""
    urls = {"rest": profile.rest, "ws": profile.ws}
    made: dict[str, Any] = {
        "enableRateLimit": False,  # okxlab's own throttle counts per endpoint and over processes
        "timeout": _TIMEOUT_MS,
        # both sets of URLs: ccxt's sandbox switch swaps them
        "urls": {"api": dict(urls), "test": dict(urls)},
        "options": {"maxRetriesOnFailure": 0, "brokerId": "", "fetchMarkets": {"types": ["spot"]}},
    }
    if profile.keys:
        made |= {"apiKey": PLACEHOLDER, "secret": PLACEHOLDER, "password": PLACEHOLDER}
    return made


def client(profile: Profile, transport: Transport) -> "ccxt.okx":
    """Make the ``ccxt.okx`` whose every request goes through a transport, which asks it before it signs.

    Raises
    ------
    Blocked
        When ccxt is not its own code, or its URLs lead elsewhere.
    """
    made = ccxt.okx(settings(profile) | {"session": Connection(transport)})
    check_genuine(made)
    for url in (*made.urls["api"].values(), *made.urls["test"].values()):
        if made.implode_hostname(url) not in {profile.rest, profile.ws}:
            raise Blocked(f"ccxt would speak to {url}, not to {profile.rest}.", "Report this as a bug.")
    weak = weakref.ref(made)  # it holds the transport, by its connection
    transport.vouch = lambda: check_genuine(weak() or ccxt.okx)
    return made


def check_genuine(made: object) -> None:
    """Refuse a client whose vital methods come from anywhere but ccxt's own folder.

    Raises
    ------
    Blocked
        With the method and where its code lies.
    """
    for name in _VITAL:
        method = getattr(made, name, None)
        code = getattr(getattr(method, "__func__", method), "__code__", None)
        place = code.co_filename if isinstance(code, CodeType) else "code that is not Python's"
        if not place.startswith(_HOME):
            raise Blocked(
                f"ccxt's {name} was replaced by {place}: nothing is signed for it.",
                "Remove the package or the line that replaces it, restart, and change your keys if you do not know it.",
            )
