"""The workspace's paper exchange: found when it runs, started when it does not."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import requests

from okxlab.config import Workspace
from okxlab.errors import PaperError, Unreachable
from okxlab.exchange.credentials import Credentials, Secret
from okxlab.exchange.lease import Lease


@dataclass(frozen=True, slots=True)
class Address:
    """Where a paper exchange answers, and what it takes to trade and to steer there."""

    rest: str
    ws: str
    credentials: Credentials
    control: Secret = field(repr=False)


def join(workspace: Workspace) -> tuple[Address, Lease]:
    """Give the workspace's paper exchange and a lease on it, starting the process when none answers.

    One that grants the lease and no longer serves is about to end with its last lease: it counts as none.

    Raises
    ------
    PaperError
        When it cannot be started.
    """
    file = workspace.exchange_state
    settings = workspace.settings.paper
    with _alone(workspace.state / "paper.lock"):
        found = _leased(file)
        if found:
            return found
        options = ["--prices", _prices(workspace), "--symbol", settings.symbol]
        options += ["--seed", str(settings.seed), "--speed", str(settings.speed), "--fills", settings.fills]
        options += ["--state", str(file)]
        if workspace.exchange_data:
            options += ["--data", str(workspace.exchange_data)]
        return start(options, log=workspace.state / "paper.log", limits=settings.limits)


def start(options: list[str], *, log: Path, limits: bool = False) -> tuple[Address, Lease]:
    """Start ``okxlab paper`` with these options as a process of its own and give its address and a lease on it.

    Without ``limits`` it answers as fast as it can: measuring a grid or fetching a year of candles would take hours.

    Raises
    ------
    PaperError
        When the process ends before it serves; the message is its own.
    """
    pace = [] if limits else ["--no-limits"]
    command = [sys.executable, "-m", "okxlab", "paper", "--leased", *pace, *options]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C in a notebook is not meant for the exchange
        )
    # an exchange may outlive the session that started it; its end is awaited here so that no zombie is left
    threading.Thread(target=process.wait, name="okxlab-paper", daemon=True).start()
    output = cast("IO[bytes]", process.stdout)
    with output:
        address = read_address(output.readline())
    if address is None:
        process.wait()
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise PaperError(said[-1] if said else "The paper exchange ended at once.", f"Its log is {log}.")
    return address, Lease(address.rest, address.control)


def _leased(file: Path) -> tuple[Address, Lease] | None:
    """Lease the exchange that ``file`` names; None for no file, a torn one, or a process that is gone or going."""
    address = _told(file)
    if address is None:
        return None
    try:
        lease = Lease(address.rest, address.control)
    except Unreachable:
        return None
    if _serves(address) and lease.held:
        return address, lease
    lease.close()
    return None


def _serves(address: Address) -> bool:
    with requests.Session() as http:
        http.trust_env = False
        try:
            return http.get(f"{address.rest}/api/v5/public/time", timeout=10).ok
        except requests.RequestException:
            return False


def _prices(workspace: Workspace) -> str:
    """Give the setting; a file is named from the workspace, wherever the program runs."""
    kind, _, path = workspace.settings.paper.prices.partition(":")
    if kind not in {"file", "tape"} or not path:
        return workspace.settings.paper.prices
    return f"{kind}:{workspace.root / Path(path).expanduser()}"


def _told(file: Path) -> Address | None:
    try:
        return read_address(file.read_bytes())
    except OSError:
        return None


def read_address(line: bytes) -> Address | None:
    """Read a start line; None when it is none. It raises nothing: the keys are in its locals."""
    try:
        row = json.loads(line)
        keys = Credentials(Secret(row["api_key"]), Secret(row["api_secret"]), Secret(row["passphrase"]))
        return Address(row["rest"], row["ws"], keys, Secret(row["control"]))
    except (ValueError, KeyError, TypeError):
        return None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
