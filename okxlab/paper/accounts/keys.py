"""API keys: what each may do, from where, and for whom."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

READ, TRADE, WITHDRAW = "read_only", "trade", "withdraw"


@dataclass(frozen=True, repr=False)
class ApiKey:
    """A key with its secret and passphrase, never shown in a repr.

    Parameters
    ----------
    uid
        The account it is of.
    perms
        Of ``read_only``, ``trade`` and ``withdraw``.
    ips
        Addresses and networks it may be used from; empty for any.
    environment
        ``demo`` or ``live`` if it works only with or only without ``x-simulated-trading: 1``; empty for both.
    created
        ms UTC.
    """

    key: str
    secret: str
    passphrase: str
    uid: str
    label: str = "paper"
    perms: frozenset[str] = frozenset((READ, TRADE))
    ips: tuple[str, ...] = ()
    environment: str = ""
    created: int = 0


def new_key(uid: str, *, created: int = 0) -> ApiKey:
    """Make a key that nobody has had before."""
    key, secret, passphrase = (secrets.token_hex(16) for _ in range(3))
    return ApiKey(key, secret, passphrase, uid, created=created)


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


class Keys(Mapping[str, ApiKey]):
    """The keys of the exchange, by key.

    ``on_added`` and ``on_removed`` are told of each change after it: who keeps them, who serves those that use them.
    """

    def __init__(self) -> None:
        self._all: dict[str, ApiKey] = {}
        self.on_added: list[Callable[[ApiKey], object]] = []
        self.on_removed: list[Callable[[ApiKey], object]] = []

    def __getitem__(self, key: str) -> ApiKey:
        return self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def of(self, uid: str) -> list[ApiKey]:
        """Give an account's keys, oldest first."""
        return [key for key in self._all.values() if key.uid == uid]

    def add(self, key: ApiKey) -> ApiKey:
        """Let a key be used, or be used on other terms."""
        self._all[key.key] = key
        for told in self.on_added:
            told(key)
        return key

    def remove(self, key: str) -> None:
        """Let a key be used no more."""
        gone = self._all.pop(key)
        for told in self.on_removed:
            told(gone)
