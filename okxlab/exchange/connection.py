"""The requests session that stands where ccxt expects its own."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from okxlab.errors import Blocked
from okxlab.exchange.origin import Answer, Wire
from okxlab.exchange.transport import Transport

_SECONDS = 10.0

_listening: ContextVar[Wire | None] = ContextVar("okxlab_wire", default=None)


@contextmanager
def listen() -> Iterator[Wire]:
    """Keep the raw outcome of the request made inside the block."""
    wire = Wire()
    token = _listening.set(wire)
    try:
        yield wire
    finally:
        _listening.reset(token)


class Connection(requests.Session):
    """A requests session that goes through the transport alone."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("", _Adapter(transport))  # every URL: what may not be reached is the transport's to say

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow none: the transport has refused it before."""


class _Adapter(BaseAdapter):
    """Speaks requests on one side, and to the transport on the other."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self._transport = transport

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        """Send once; of what the caller names, proxies and certificates are left out."""
        wire = _listening.get() or Wire()
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if not isinstance(body, bytes | None):
            raise Blocked(f"{request.method} {request.url} was stopped: its body is no text.", "Hand in JSON.")
        answer = self._transport.carry(
            str(request.method), str(request.url), body, signed="OK-ACCESS-SIGN" in request.headers,
            seconds=_total(kwargs.get("timeout")), wire=wire,
        )  # fmt: skip
        if answer is None:
            raise _error(wire.failure, request)
        response = _response(answer)
        response.url, response.request = str(request.url), request  # as the caller made it, without the signature
        return response

    def close(self) -> None:
        """Leave the transport to the session."""


def _total(timeout: object) -> float:
    """Give the seconds of requests' timeout, of which there may be two."""
    if isinstance(timeout, tuple):
        timeout = max((each for each in timeout if each), default=None)
    return float(timeout) if isinstance(timeout, int | float) else _SECONDS


def _error(failure: str, request: requests.PreparedRequest) -> requests.RequestException:
    kinds = {
        "ReadTimeout": requests.ReadTimeout, "ConnectTimeout": requests.ConnectTimeout,
        "SSLError": requests.exceptions.SSLError,
    }  # fmt: skip
    return kinds.get(failure, requests.ConnectionError)(f"no answer: {failure}", request=request)


def _response(answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code, response.reason = answer.status, answer.reason
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = io.BytesIO(answer.body)  # unpacked already
    response.encoding = "utf-8"
    return response
