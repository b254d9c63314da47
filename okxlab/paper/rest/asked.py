"""A request that has come whole, whatever brought it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from multidict import CIMultiDictProxy

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Asked(NamedTuple):
    """A request; ``target`` is its path as it was sent, query included, and ``ip`` where it came from."""

    method: str
    target: str
    path: str
    query: Mapping[str, Any]
    headers: CIMultiDictProxy[str]
    body: bytes
    ip: str
