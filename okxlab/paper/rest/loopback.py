"""Names of this machine: only under them is anybody let in, so that no page from elsewhere can pretend."""

import re
from functools import lru_cache

_NAME = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.ASCII)


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Whether a Host, or what follows the scheme of an Origin, names this machine.

    >>> is_loopback("localhost:8888"), is_loopback("localhost:80.example.com")
    (True, False)
    """
    return _NAME.fullmatch(host) is not None
