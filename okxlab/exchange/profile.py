"""Where a session trades: paper, demo or live, and the only address it may speak to."""

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from okxlab.errors import ConfigError

ProfileName = Literal["paper", "demo", "live"]

# OKX's own hosts: REST host, then its WebSocket hosts for live and demo
HOSTS = {
    "openapi.okx.com": ("ws.okx.com", "wspap.okx.com"),
    "www.okx.com": ("ws.okx.com", "wspap.okx.com"),
    "eea.okx.com": ("wseea.okx.com", "wseeapap.okx.com"),
    "us.okx.com": ("wsus.okx.com", "wsuspap.okx.com"),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A place to trade. ``rest`` and ``ws`` are base URLs; ``keys`` tells whether private calls can be signed."""

    name: ProfileName
    rest: str
    ws: str
    keys: bool

    @property
    def simulated(self) -> bool:
        """Whether requests carry OKX's demo-trading header."""
        return self.name == "demo"


def loopback(url: str) -> bool:
    """Tell whether a URL names this machine by a loopback address.

    >>> loopback("http://127.0.0.1:8080"), loopback("http://127.0.0.1.okx.evil"), loopback("https://www.okx.com")
    (True, False, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def okx_profile(name: Literal["demo", "live"], host: str, *, keys: bool) -> Profile:
    """Give the demo or live profile on one of OKX's hosts, or on a loopback URL with a port.

    Raises
    ------
    ConfigError
        When ``host`` is neither.

    Examples
    --------
    >>> okx_profile("demo", "eea.okx.com", keys=False).ws
    'wss://wseeapap.okx.com:8443/ws/v5'
    """
    if host in HOSTS:
        live, demo = HOSTS[host]
        return Profile(name, f"https://{host}", f"wss://{demo if name == 'demo' else live}:8443/ws/v5", keys)
    here = _loopback_place(host)
    if here:
        return Profile(name, f"http://{here}", f"ws://{here}/ws/v5", keys)
    raise ConfigError(
        f"{host!r} is not one of OKX's hosts.", f"Use one of {', '.join(HOSTS)}, or a loopback URL with its port."
    )


def _loopback_place(url: str) -> str:
    """Give address and port of an http URL on loopback, nothing for any other."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "http" and parts.port and parts.username is None and loopback(url)
    except ValueError:  # brackets or a port that cannot be
        return ""
    return parts.netloc if fits else ""
