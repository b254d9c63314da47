"""Keys: read once, kept where nothing prints, logs or pickles them."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn

from okxlab.config import Workspace
from okxlab.errors import CredentialsError
from okxlab.exchange.profile import ProfileName

_PREFIX = {"demo": "OKX_DEMO_", "live": "OKX_"}
_PARTS = ("API_KEY", "API_SECRET", "API_PASSPHRASE")


class Secret:
    """A text that shows itself only to ``reveal``.

    >>> Secret("hunter2")
    Secret('***')
    >>> f"{Secret('hunter2')}"
    '***'
    """

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        # kept inside a closure, so that vars(), dataclasses.asdict() and debuggers' locals show no text
        self._reveal: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """Give the text, for signing only."""
        return self._reveal()

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._reveal())

    def __reduce__(self) -> NoReturn:
        raise CredentialsError("A secret cannot be pickled or copied to another process.", "Connect again there.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One API key with its secret and passphrase."""

    key: Secret
    secret: Secret
    passphrase: Secret

    @property
    def fingerprint(self) -> str:
        """Give 16 hex digits that tell this key from others and do not give it away."""
        return hashlib.sha256(self.key.reveal().encode()).hexdigest()[:16]


def read_credentials(profile: str, folder: Path) -> Credentials | None:
    """Read the keys of ``demo`` or ``live`` from the environment, else from ``.env`` in ``folder``.

    Gives None when none of the three is set: the session then serves public data only.

    Raises
    ------
    CredentialsError
        When only some of the three are set, one cannot be sent in a header, or ``.env`` may be read by others or is not
        UTF-8.
    """
    names = [_PREFIX[profile] + part for part in _PARTS]
    dotenv = _dotenv(folder / ".env")
    found = [_value(name, dotenv) for name in names]
    if not any(found):
        return None
    for name, secret in zip(names, found, strict=True):
        if not _sendable(secret):
            raise CredentialsError(
                f"{name} holds characters that no header can carry.",
                "Copy it again from OKX: plain ASCII, no line break.",
            )
    absent = [name for name, secret in zip(names, found, strict=True) if not secret]
    if absent:
        raise CredentialsError(
            f"The {profile} key is incomplete: {', '.join(absent)} not set.",
            "Set all three in the environment or in .env, or none for public data only.",
        )
    return Credentials(*found)


def key_id(profile: ProfileName, workspace: Workspace) -> str:
    """Give the fingerprint of the key that a session on ``profile`` would take in a workspace; empty without one.

    Raises
    ------
    CredentialsError
        As `read_credentials`.
    """
    keys = None if profile == "paper" else read_credentials(profile, workspace.root)
    return keys.fingerprint if keys else ""


# below, plain text lives only in functions that raise nothing: a traceback printed with its locals shows none of it


def _value(name: str, dotenv: dict[str, Secret]) -> Secret:
    if name in os.environ:
        return Secret(os.environ[name].strip())
    return dotenv.get(name, Secret(""))


def _sendable(secret: Secret) -> bool:
    text = secret.reveal()
    return text.isascii() and text.isprintable()


def _dotenv(file: Path) -> dict[str, Secret]:
    if not file.is_file():
        return {}
    if file.stat().st_mode & 0o077:
        raise CredentialsError(f"{file} can be read by other users.", f"Run: chmod 600 {file}")
    content = _content(file)
    if content is None:
        raise CredentialsError(f"{file} cannot be read as UTF-8 text.", "Save it as UTF-8, readable for yourself.")
    return _parsed(content)


def _content(file: Path) -> Secret | None:
    try:
        return Secret(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return None


def _parsed(content: Secret) -> dict[str, Secret]:
    # imported here: python-dotenv is only needed where a .env lies
    from dotenv import dotenv_values  # noqa: PLC0415 - same reason

    values = dotenv_values(stream=StringIO(content.reveal()))
    return {name: Secret(value.strip()) for name, value in values.items() if value}
