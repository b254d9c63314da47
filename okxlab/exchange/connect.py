"""Opening a session: the profile decides where, and everything is checked before the first byte leaves."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from okxlab.clock import Clock, SystemClock
from okxlab.config import Workspace, find_workspace
from okxlab.errors import ConfigError, CredentialsError, OkxlabError, Unreadable
from okxlab.exchange import local
from okxlab.exchange.account import Account, account_of
from okxlab.exchange.call import read
from okxlab.exchange.client import client
from okxlab.exchange.credentials import Credentials, read_credentials
from okxlab.exchange.lease import Lease
from okxlab.exchange.ledger import FileLedger, ledger_file
from okxlab.exchange.profile import Profile, ProfileName, okx_profile
from okxlab.exchange.session import Once, Session
from okxlab.exchange.sync import sync_clock
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.transport import Transport
from okxlab.exchange.wire.streams import Streams

_ALLOWED = {"read_only", "trade"}


def connect(
    profile: ProfileName = "paper", *, workspace: Path | str | None = None,
    unbound_key: Literal["refuse", "accept"] = "refuse",
) -> Session:  # fmt: skip
    """Open a session on okxlab's paper exchange, OKX demo trading or OKX.

    Parameters
    ----------
    profile
        ``"paper"`` starts the workspace's paper exchange on loopback, or joins the one that runs; it ends with its last
        session. ``"demo"`` and ``"live"`` read ``OKX_DEMO_API_KEY``, ``…_API_SECRET``, ``…_API_PASSPHRASE`` (``OKX_…``
        for live) from the environment or ``.env``; without keys they serve public data only.
    workspace
        A folder; default is the nearest one upward that holds ``okxlab.toml``, else the current one.
    unbound_key
        ``"accept"`` takes a live key that is bound to no IP address: whoever copies it can trade from anywhere.

    Raises
    ------
    ConfigError
        For an unknown profile, or a workspace that cannot be used.
    CredentialsError
        When keys are incomplete, may do more than read and trade, or, on live, are bound to no IP address.
    ExchangeError
        When the account or the exchange's clock cannot be read, or this machine's clock is 25 seconds off.
    PaperError
        When the paper exchange cannot start.
    """
    place = find_workspace(workspace)
    if profile == "paper":
        address, lease = local.join(place)
        return paper_session(address, lease, place, limits=place.settings.paper.limits)
    if profile not in {"demo", "live"}:
        raise ConfigError(f"There is no profile {profile!r}.", "Use 'paper', 'demo' or 'live'.")
    if unbound_key not in {"refuse", "accept"}:
        raise ConfigError(f"unbound_key cannot be {unbound_key!r}.", "Say 'refuse' or 'accept'.")
    settings = place.settings.demo if profile == "demo" else place.settings.live
    credentials = read_credentials(profile, place.root)
    where = okx_profile(profile, settings.host, keys=credentials is not None)
    clock = SystemClock()
    throttle = _throttle(where, credentials, place, clock)
    transport = Transport(where, credentials, throttle, clock)
    session = _session(where, transport, throttle, place, clock=clock)
    if credentials is not None:
        try:
            sync_clock(session)
            _check_key(session, bound=profile == "demo" or unbound_key == "accept")
        except OkxlabError:
            session.close()
            raise
    return session


def paper_session(address: local.Address, lease: Lease, workspace: Workspace, *, limits: bool = False) -> Session:
    """Open a session on a paper exchange that already runs; ``limits`` says whether OKX's are to be kept there."""
    profile = Profile("paper", address.rest, address.ws, keys=True)
    clock = SystemClock()
    throttle = _throttle(profile, address.credentials, workspace, clock) if limits else Throttle(None, clock)
    transport = Transport(profile, address.credentials, throttle, clock)
    return _session(profile, transport, throttle, workspace, clock=clock, lease=lease)


def _throttle(profile: Profile, credentials: Credentials | None, workspace: Workspace, clock: Clock) -> Throttle:
    key = credentials.fingerprint if credentials else ""
    ledger = FileLedger(ledger_file(profile, workspace), clock)
    return Throttle(ledger, clock, host=urlsplit(profile.rest).netloc, key=key)


def _session(
    profile: Profile, transport: Transport, throttle: Throttle, workspace: Workspace, *, clock: Clock,
    lease: Lease | None = None,
) -> Session:  # fmt: skip
    return Session(
        profile, client(profile, transport), throttle, workspace, transport, Streams(clock), Once(_read_account), lease
    )


def _check_key(session: Session, *, bound: bool) -> None:
    account = session.account
    granted = account.permissions
    if granted and granted <= _ALLOWED:
        if not (bound or account.ip):
            raise CredentialsError(
                f"The live key {account.label or 'of this account'} is bound to no IP address: whoever copies it can "
                "trade from anywhere.",
                'Bind it to this machine\'s address on OKX\'s site, or say ox.connect("live", unbound_key="accept").',
            )
        return
    told = ", ".join(sorted(granted))
    may = "may withdraw" if "withdraw" in granted else f"has permissions {told!r}, which are not read and trade alone"
    raise CredentialsError(
        f"The {session.profile.name} key {may}.", "Make one with Read and Trade only, and delete this one."
    )


def _read_account(session: Session) -> Account:
    rows = read(session, "privateGetAccountConfig")
    if not rows or not isinstance(rows[0], dict):
        raise Unreadable(
            f"{session.profile.rest} answered account/config with nothing in it.",
            "Try again; if it stays, check the host.",
        )
    return account_of(rows[0])
