"""The only way out for streams: one origin, no redirect, no proxy, logins signed here, nothing but reading.

It stands where ccxt.pro expects its aiohttp session. ccxt logs in with placeholders; the real arguments are put on the
frame as it leaves, so that nothing ccxt prints, logs or remembers can show a secret.
"""

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

from okxlab.errors import Blocked, Unreadable
from okxlab.exchange.origin import secure_context
from okxlab.exchange.profile import Profile

_READS = frozenset({"subscribe", "unsubscribe"})
_LARGEST = 10 << 20
_BREATH = 64  # frames after which others get their turn

Hear = Callable[[str, str], bool]
"""Told a URL and a text that came there; whether that was all, or ccxt must see it too. Unreadable: it is torn."""


class Guard:
    """Opens connections for ccxt.pro to one profile's WebSocket host.

    Parameters
    ----------
    profile
        Whose host may be reached.
    login
        Gives the arguments of a login, signed now.
    hear
        Gets what comes before ccxt does.
    """

    def __init__(self, profile: Profile, login: Callable[[], dict[str, str]], hear: Hear) -> None:
        self._profile = profile
        self._login = login
        self._hear = hear
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(self._refuse_redirect)
        secure = aiohttp.TCPConnector(ssl=secure_context())
        self._http = aiohttp.ClientSession(connector=secure, trust_env=False, trace_configs=[trace])

    def ws_connect(self, url: str, **_: Any) -> "Dial":
        """Give the connection to a URL of the profile's host; whatever proxy or header the caller names is left out."""
        place, home = urlsplit(url), urlsplit(self._profile.ws)
        if (place.scheme, place.netloc) != (home.scheme, home.netloc):
            raise Blocked(
                f"A connection to {place.hostname} was stopped: this session reaches {self._profile.ws} only.",
                "Connect with the profile that belongs to that host.",
            )
        return Dial(self, url)

    async def dial(self, url: str) -> "Socket":
        """Connect."""
        socket = await self._http.ws_connect(
            url, autoping=False, autoclose=False, max_msg_size=_LARGEST, timeout=aiohttp.ClientWSTimeout(ws_close=1)
        )
        return Socket(socket, self, url)

    def sealed(self, text: str) -> str:
        """Give the frame that leaves for one of ccxt's.

        Raises
        ------
        Blocked
            It is neither a ping, a login nor a subscription.
        """
        if text == "ping":
            return text
        asked = json.loads(text)
        if asked["op"] == "login":
            return json.dumps(asked | {"args": [self._login()]})
        if asked["op"] not in _READS:
            raise Blocked(f"The operation {asked['op']!r} was stopped: streams only read.", "Use ox.place, ox.cancel.")
        return text

    def heard(self, url: str, text: str) -> bool:
        """Hand a text on that came; whether ccxt need not see it."""
        return self._hear(url, text)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def _refuse_redirect(self, _session: object, _context: SimpleNamespace, told: Any) -> None:
        raise Blocked(
            f"{self._profile.ws} tried to redirect to {told.response.headers.get('Location', '')!r}.",
            "okxlab never follows: check which of OKX's hosts your account belongs to.",
        )


class Dial:
    """A connection about to be made, entered as aiohttp's own."""

    def __init__(self, guard: Guard, url: str) -> None:
        self._guard, self._url = guard, url

    async def __aenter__(self) -> "Socket":
        return await self._guard.dial(self._url)

    async def __aexit__(self, *_: object) -> None:
        """Leave the connection to whoever has it."""


class Socket:
    """One connection as ccxt.pro uses it."""

    _conn = None  # ccxt looks here for a buffer to read past `receive`; there is none

    def __init__(self, socket: "aiohttp.ClientWebSocketResponse[Literal[True]]", guard: Guard, url: str) -> None:
        self._socket = socket
        self._guard = guard
        self._url = url

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._socket.closed

    async def receive(self) -> aiohttp.WSMessage:
        """Give the next message that is ccxt's: an answer to a ping or a login, or the end."""
        taken = 0
        while True:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                return message
            try:
                if not self._guard.heard(self._url, str(message.data)):
                    return message
            except Unreadable as error:
                return aiohttp.WSMessage(aiohttp.WSMsgType.ERROR, error, None)
            taken += 1
            if taken % _BREATH == 0:
                await asyncio.sleep(0)

    async def send_str(self, text: str, _compress: int | None = None) -> None:
        """Send a frame."""
        failure = await self._carry(text)
        if failure is not None:
            raise failure

    async def _carry(self, text: str) -> Exception | None:
        """Give what went wrong instead of raising it: the frame that leaves is in the locals here."""
        try:
            await self._socket.send_str(self._guard.sealed(text))
        except Blocked as error:
            return Blocked(error.what, error.fix)
        except (OSError, aiohttp.ClientError) as error:
            return ConnectionError(type(error).__name__)
        return None

    async def ping(self, data: bytes = b"") -> None:
        """Send a ping of the protocol."""
        await self._socket.ping(data)

    async def pong(self, data: bytes = b"") -> None:
        """Answer one."""
        await self._socket.pong(data)

    async def close(self) -> None:
        """Close it."""
        await self._socket.close()
