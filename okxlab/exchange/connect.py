"""Opening a session: the profile decides where, and everything is checked before the first byte leaves."""

from pathlib import Path

import ccxt

from okxlab.clock import Clock, SystemClock
from okxlab.config import Workspace, find_workspace
from okxlab.errors import Blocked, ConfigError, CredentialsError
from okxlab.exchange import local
from okxlab.exchange.call import read
from okxlab.exchange.credentials import read_credentials
from okxlab.exchange.lease import Lease
from okxlab.exchange.profile import HOSTS, Profile, ProfileName, loopback, okx_profile
from okxlab.exchange.session import Session
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.transport import PLACEHOLDER, Connection, Transport

_TIMEOUT_MS = 10_000


def connect(profile: ProfileName = "paper", *, workspace: Path | str | None = None) -> Session:
    """Open a session on okxlab's paper exchange, OKX demo trading or OKX.

    Parameters
    ----------
    profile
        ``"paper"`` starts the workspace's paper exchange on loopback, or joins the one that runs; it ends with its last
        session. ``"demo"`` and ``"live"`` read ``OKX_DEMO_API_KEY``, ``…_API_SECRET``, ``…_API_PASSPHRASE`` (``OKX_…``
        for live) from the environment or ``.env``; without keys they serve public data only.
    workspace
        A folder; default is the nearest one upward that holds ``okxlab.toml``, else the current one.

    Raises
    ------
    ConfigError
        For an unknown profile, or a workspace that cannot be used.
    CredentialsError
        When keys are incomplete, or may withdraw.
    PaperError
        When the paper exchange cannot start.
    """
    place = find_workspace(workspace)
    if profile == "paper":
        address, lease = local.join(place)
        return paper_session(address, lease, place)
    if profile not in {"demo", "live"}:
        raise ConfigError(f"There is no profile {profile!r}.", "Use 'paper', 'demo' or 'live'.")
    settings = place.settings.demo if profile == "demo" else place.settings.live
    credentials = read_credentials(profile, place.root)
    where = okx_profile(profile, settings.host, keys=credentials is not None)
    clock = SystemClock()
    throttle = Throttle(place.state / f"throttle-{profile}.db", clock)
    transport = Transport(where, credentials, throttle, clock)
    session = _session(where, transport, throttle, place)
    if credentials is not None:
        _refuse_withdrawal(session, transport, clock)
    return session


def paper_session(address: local.Address, lease: Lease, workspace: Workspace) -> Session:
    """Open a session on a paper exchange that already runs."""
    profile = Profile("paper", address.rest, address.ws, keys=True)
    clock = SystemClock()
    throttle = Throttle(None, clock)
    transport = Transport(profile, address.credentials, throttle, clock)
    return _session(profile, transport, throttle, workspace, lease)


def _session(
    profile: Profile, transport: Transport, throttle: Throttle, workspace: Workspace, lease: Lease | None = None
) -> Session:
    urls = {"rest": profile.rest, "ws": profile.ws}
    config = {
        "enableRateLimit": False,  # okxlab's own throttle counts per endpoint and over processes
        "timeout": _TIMEOUT_MS,
        # both sets of URLs: ccxt's sandbox switch swaps them
        "urls": {"api": dict(urls), "test": dict(urls)},
        "session": Connection(transport),
        "options": {"maxRetriesOnFailure": 0, "brokerId": "", "fetchMarkets": {"types": ["spot"]}},
    }
    if profile.keys:
        config |= {"apiKey": PLACEHOLDER, "secret": PLACEHOLDER, "password": PLACEHOLDER}
    exchange = ccxt.okx(config)
    _assert_at_home(exchange, profile)
    return Session(profile, exchange, throttle, workspace, lease)


def _assert_at_home(exchange: "ccxt.okx", profile: Profile) -> None:
    """Refuse an exchange object whose URLs, live or test, lead anywhere but to the profile."""
    for kind in ("api", "test"):
        for url in exchange.urls[kind].values():
            place = exchange.implode_hostname(url)
            if place not in {profile.rest, profile.ws}:
                raise Blocked(f"ccxt would speak to {place}, not to {profile.rest}.", "Report this as a bug.")
    if not loopback(profile.rest) and profile.rest.removeprefix("https://") not in HOSTS:
        raise Blocked(f"{profile.rest} is not one of OKX's hosts.", f"Use one of {', '.join(HOSTS)}.")


def _refuse_withdrawal(session: Session, transport: Transport, clock: Clock) -> None:
    before = clock.now_ms()
    server = int(read(session, "publicGetPublicTime")[0]["ts"])
    transport.offset_ms = server - (before + clock.now_ms()) // 2
    config = read(session, "privateGetAccountConfig")[0]
    if "withdraw" in str(config.get("perm", "")):
        session.close()
        raise CredentialsError(
            f"The {session.profile.name} key may withdraw.", "Make one with Read and Trade only, and delete this one."
        )
