"""Keys: read once, kept where nothing prints, logs or pickles them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from okxlab.errors import CredentialsError

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


def read_credentials(profile: str, folder: Path) -> Credentials | None:
    """Read the keys of ``demo`` or ``live`` from the environment, else from ``.env`` in ``folder``.

    Gives None when none of the three is set: the session then serves public data only.

    Raises
    ------
    CredentialsError
        When only some of the three are set, or ``.env`` may be read by others.
    """
    names = [_PREFIX[profile] + part for part in _PARTS]
    values = {**_dotenv(folder / ".env"), **os.environ}
    found = [Secret(values.get(name, "")) for name in names]
    if not any(found):
        return None
    if not all(found):
        absent = [name for name, secret in zip(names, found, strict=True) if not secret]
        raise CredentialsError(
            f"The {profile} key is incomplete: {', '.join(absent)} not set.",
            "Set all three in the environment or in .env, or none for public data only.",
        )
    return Credentials(*found)


def _dotenv(file: Path) -> dict[str, str]:
    # imported here: python-dotenv is only needed where a .env lies
    if not file.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - same reason

    if file.stat().st_mode & 0o077:
        raise CredentialsError(f"{file} can be read by other users.", f"Run: chmod 600 {file}")
    return {name: value for name, value in dotenv_values(file).items() if value}
