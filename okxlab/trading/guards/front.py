"""Whom the Jupyter server that runs this kernel lets in, as far as it can be known from here."""

import ipaddress
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import psutil

_PARENT = "JPY_PARENT_PID"  # set by Jupyter for the kernels it starts


class Front(NamedTuple):
    """What is known of the front end: why it is open to strangers, if it is, and what cannot be known."""

    open: str
    unknown: tuple[str, ...]


def look_at_front(runtime: Path | None = None) -> Front:
    """Look whether the server that this process runs under listens beyond this machine and asks for no password.

    Parameters
    ----------
    runtime
        Where Jupyter servers tell about themselves; default is this user's Jupyter runtime folder.
    """
    processes = _above()
    servers = [told for told in _servers(runtime or _runtime_folder()) if told.get("pid") in processes]
    unknown = ["What a proxy, tunnel or container in front of this machine lets in cannot be seen from here."]
    if not servers and _PARENT in os.environ:
        unknown.insert(0, "Which server runs this kernel, and whom it lets in, cannot be seen from here.")
    for told in servers:
        if told.get("token") or told.get("password"):
            continue
        addresses = _listens(told)
        if addresses is None:
            unknown.insert(0, f"Where the Jupyter server {told.get('url')} listens cannot be seen from here.")
        public = [address for address in addresses or () if not ipaddress.ip_address(address).is_loopback]
        if public:
            return Front(
                f"The Jupyter server {told.get('url')} listens on {public[0]} and asks for no token or password.", ()
            )
    return Front("", tuple(unknown))


def _above() -> set[int]:
    """Give the processes that this one was started by."""
    told = os.environ.get(_PARENT, "")
    return {parent.pid for parent in psutil.Process().parents()} | ({int(told)} if told.isdecimal() else set())


def _runtime_folder() -> Path:
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415 - only whoever arms needs Jupyter's paths

    return Path(jupyter_runtime_dir())


def _servers(runtime: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted([*runtime.glob("jpserver-*.json"), *runtime.glob("nbserver-*.json")]):
        try:
            told = json.loads(file.read_bytes())
        except (OSError, ValueError):
            continue
        found += [told] if isinstance(told, dict) else []
    return found


def _listens(told: dict[str, Any]) -> list[str] | None:
    """Give the addresses that a server listens on at its port; None when the system does not tell."""
    try:
        sockets = psutil.Process(told["pid"]).net_connections("inet")
    except psutil.Error:
        return None
    return [s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN and s.laddr.port == told.get("port")]
