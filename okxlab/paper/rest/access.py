"""What a key may do, from where, and in which environment."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from okxlab.paper.accounts.keys import READ, TRADE, WITHDRAW, ApiKey
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.route import Access, Route

_NEEDED: dict[Access, frozenset[str]] = {
    "read": frozenset((READ, TRADE, WITHDRAW)),
    "trade": frozenset((TRADE,)),
    "withdraw": frozenset((WITHDRAW,)),
}  # one of these


def admit(key: ApiKey, address: str, *, demo: bool) -> None:
    """Let a key in from an address, with or without ``x-simulated-trading: 1``.

    Raises
    ------
    Refusal
        50101 for the wrong environment, 50110 for an address that is not on the key's list.
    """
    if key.environment and key.environment != ("demo" if demo else "live"):
        raise Refusal("50101")
    if key.ips and not _listed(address, key.ips):
        raise Refusal("50110", address)


def authorize(key: ApiKey, route: Route) -> None:
    """Let a key use an endpoint; 50120 without the permission, 50035 where it must be bound to an address."""
    if not key.perms & _NEEDED[route.access]:
        raise Refusal("50120")
    if route.bound and not key.ips:
        raise Refusal("50035")


@lru_cache(maxsize=256)
def networks(ips: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read addresses and networks.

    Raises
    ------
    ValueError
        One is neither.

    Examples
    --------
    >>> networks(("127.0.0.1", "fd00::/8"))
    (IPv4Network('127.0.0.1/32'), IPv6Network('fd00::/8'))
    """
    return tuple(ip_network(text, strict=False) for text in ips)


def _listed(address: str, ips: Sequence[str]) -> bool:
    try:
        place = ip_address(address)
    except ValueError:
        return False
    return any(place in network for network in networks(tuple(ips)))
