"""One endpoint of OKX's: where it is, who may ask, how often, and what answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import ApiKey, Keys
from okxlab.paper.archive.archive import Archive
from okxlab.paper.venue import Venue

Access = Literal["public", "read", "trade", "withdraw"]


@dataclass(frozen=True)
class Limit:
    """How often an endpoint may be asked: ``count`` times in ``window_ms`` by each of what ``by`` names.

    ``by`` holds ``ip`` or ``user`` and names of parameters: ``("user", "instId")``.
    """

    count: int
    window_ms: int = 2000
    by: tuple[str, ...] = ("user",)


@dataclass(slots=True)
class Call:
    """A request that was let in.

    Parameters
    ----------
    params
        The query of a GET, the body's fields of a POST whose body is an object; empty otherwise.
    body
        The body of a POST: an object or a list, numbers as texts.
    account, key
        Who signed; on public endpoints the main account and no key.
    keys
        All keys.
    headers
        As they came.
    arrived
        Protocol time in microseconds.
    """

    venue: Venue
    archive: Archive
    params: Mapping[str, Any]
    account: Account
    body: Any = None
    key: ApiKey | None = None
    keys: Keys = field(default_factory=Keys)
    headers: Mapping[str, str] = field(default_factory=dict)
    ip: str = "127.0.0.1"
    endpoint: str = ""
    arrived: int = 0


class Answer(NamedTuple):
    """What goes out, where it is more than rows that were found.

    ``timed`` adds inTime and outTime.
    """

    rows: Sequence[Any]
    code: str = "0"
    text: str = ""
    timed: bool = False


Act = Callable[[Call], "Answer | Sequence[Any]"]


@dataclass(frozen=True)
class Route:
    """An endpoint; ``path`` is what follows ``/api/v5/``."""

    method: Literal["GET", "POST"]
    path: str
    act: Act
    access: Access = "read"
    limit: Limit | None = None
    listed: bool = False
    """Whether the body is a list."""
    joined: bool = False
    """Whether it may share its turn with requests of the same moment; then it must not read the archive."""
    bound: bool = False
    """Whether it takes only keys that are bound to an address."""
