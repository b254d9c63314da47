"""Where the ledger of request limits lies: one for each key, whatever the workspace."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from okxlab.config import Workspace
from okxlab.exchange.credentials import Credentials
from okxlab.exchange.profile import Profile


def ledger_file(profile: Profile, credentials: Credentials | None, workspace: Workspace) -> Path:
    """Give the ledger of this key, or of this host for public data.

    It lies in the user's state folder, because OKX counts by key and address; in the workspace when that folder cannot
    be written to.
    """
    folder = _user_folder() or workspace.state
    if credentials is None:
        return folder / f"throttle-{urlsplit(profile.rest).netloc.replace(':', '-')}.db"
    return folder / f"throttle-{_digest(credentials)}.db"


def _digest(credentials: Credentials) -> str:
    return hashlib.sha256(credentials.key.reveal().encode()).hexdigest()[:16]


def _user_folder() -> Path | None:
    base = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state")
    try:
        folder = base.expanduser() / "okxlab"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except (OSError, RuntimeError):  # no right to write, or no home
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None
