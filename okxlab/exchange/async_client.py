"""ccxt's async client over the same transport: each request takes a thread, so every rule is the same one."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import ccxt.async_support

from okxlab.exchange.client import check_genuine, settings
from okxlab.exchange.origin import Answer, Wire
from okxlab.exchange.profile import Profile
from okxlab.exchange.transport import Transport


def async_client(profile: Profile, transport: Transport) -> "ccxt.async_support.okx":
    """Make the ``ccxt.async_support.okx`` whose every request goes through a transport.

    Raises
    ------
    Blocked
        When ccxt is not its own code.
    """
    made = ccxt.async_support.okx(settings(profile) | {"session": _Connection(transport)})
    check_genuine(made)
    return made


class _Connection:
    """What ccxt uses of an aiohttp session; proxies it names are left out."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.headers: dict[str, str] = {}  # ccxt adds them to its own

    def get(self, url: object, **told: Any) -> "_Exchange":
        """Read."""
        return _Exchange(self._transport, "GET", str(url), told)

    def post(self, url: object, **told: Any) -> "_Exchange":
        """Ask for a change: it needs the leave that no async client has, but on the paper exchange."""
        return _Exchange(self._transport, "POST", str(url), told)


class _Exchange:
    """One request about to be made, entered as aiohttp's own."""

    def __init__(self, transport: Transport, method: str, url: str, told: Mapping[str, Any]) -> None:
        self._transport, self._method, self._url = transport, method, url
        self._body: bytes | None = told["data"]
        self._signed = "OK-ACCESS-SIGN" in told["headers"]
        self._seconds: float = told["timeout"].total

    async def __aenter__(self) -> "_Response":
        wire = Wire()
        answer = await asyncio.to_thread(
            self._transport.carry, self._method, self._url, self._body, signed=self._signed, seconds=self._seconds,
            wire=wire,
        )  # fmt: skip
        if answer is None and wire.failure.endswith("Timeout"):
            raise TimeoutError(wire.failure)
        if answer is None:
            raise aiohttp.ClientConnectionError(wire.failure)
        return _Response(answer)

    async def __aexit__(self, *_: object) -> None:
        """Leave the connection to the transport."""


class _Response:
    """An answer as ccxt reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status, self.reason, self.headers = answer.status, answer.reason, answer.headers
        self.content = answer.body

    async def text(self, errors: str = "strict") -> str:
        """Give the body."""
        return self.content.decode("utf-8", errors)
