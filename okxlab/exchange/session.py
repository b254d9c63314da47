"""The session: one frozen profile, one genuine ccxt.okx, one throttle."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import ccxt

from okxlab.config import Workspace
from okxlab.errors import CredentialsError
from okxlab.exchange.account import Account
from okxlab.exchange.lease import Lease
from okxlab.exchange.profile import Profile
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.transport import Transport
from okxlab.exchange.wire.streams import Streams

if TYPE_CHECKING:
    import ccxt.async_support


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Session:
    """What every helper takes first. Close it, or use it as a context manager; the end of the process closes it too.

    ``profile`` never changes, ``ccxt`` is a genuine ``ccxt.okx`` whose every request passes okxlab's transport,
    ``throttle`` keeps OKX's limits, ``workspace`` is where state lies. ``transport`` is the way every request takes,
    ``streams`` ends what streams for it.
    """

    profile: Profile
    ccxt: "ccxt.okx"
    throttle: Throttle
    workspace: Workspace
    transport: Transport = field(repr=False)
    streams: Streams = field(repr=False)
    _account: "Once" = field(repr=False)
    _lease: Lease | None = field(default=None, repr=False)

    @property
    def account(self) -> Account:
        """The account that the session's key belongs to; asked for once.

        Raises
        ------
        CredentialsError
            When the session has no key.
        ExchangeError
            When it cannot be read: see `okxlab.errors`.
        """
        return self._account.of(self)

    def async_ccxt(self) -> "ccxt.async_support.okx":
        """Give a genuine ``ccxt.async_support.okx`` under the same rules as ``ccxt``; await its ``close`` at the end.

        It reads; on the paper exchange it may also send. Each request waits in a thread of the loop's own executor.
        """
        # imported here: ccxt's async half takes half a second to load, and few ask for it
        from okxlab.exchange.async_client import async_client  # noqa: PLC0415 - same reason

        return async_client(self.profile, self.transport)

    def close(self) -> None:
        """Close the streams and connections, and give the lease on the paper exchange back."""
        self.streams.close()
        self.ccxt.session.close()
        self.transport.close()
        self.throttle.close()
        if self._lease is not None:
            self._lease.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        keys = "" if self.profile.keys else ", public data only"
        return f"Session({self.profile.name}, {self.profile.rest}{keys})"

    def __reduce__(self) -> NoReturn:
        raise CredentialsError("A session cannot be pickled or copied to another process.", "Call ox.connect() there.")


class Once:
    """What a session is asked for once."""

    def __init__(self, ask: Callable[[Session], Account]) -> None:
        self._ask = ask
        self._known: Account | None = None

    def of(self, session: Session) -> Account:
        """Give it."""
        if self._known is None:
            self._known = self._ask(session)
        return self._known
