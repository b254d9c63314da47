"""What a key may do, from where, and in which environment."""

from ipaddress import ip_address

from okxlab.paper.accounts.keys import READ, TRADE, WITHDRAW, ApiKey, networks
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
    if not reaches(key, address):
        raise Refusal("50110", address)


def authorize(key: ApiKey, route: Route) -> None:
    """Let a key use an endpoint; 50120 without the permission, 50035 where it must be bound to an address."""
    if not key.perms & _NEEDED[route.access]:
        raise Refusal("50120")
    if route.bound and not key.ips:
        raise Refusal("50035")


def reaches(key: ApiKey, address: str) -> bool:
    """Whether a key may be used from an address."""
    if not key.ips:
        return True
    try:
        place = ip_address(address)
    except ValueError:
        return False
    return any(place in network for network in networks(key.ips))
