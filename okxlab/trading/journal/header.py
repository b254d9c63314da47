"""Whose orders a journal holds, written at each opening so that nobody else's is opened by mistake."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from okxlab.errors import InputError, JournalError

FORMAT = 1
OPENED = b'{"kind":"opened"'

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Header:
    """Whose orders a journal holds; only the same header opens it again.

    Parameters
    ----------
    profile
        ``paper``, ``demo`` or ``live``.
    host
        Where its orders go; for paper, which exchange of the workspace.
    account
        OKX's number of the account (uid).
    strategy
        Who trades on it: up to 64 letters, digits, ``_``, ``-`` and ``.``.

    Examples
    --------
    >>> header = Header("demo", "www.okx.com", "43812", "hand-7")
    >>> header.place(Path("state")).as_posix()
    'state/journal/demo/43812/hand-7.journal'

    Raises
    ------
    InputError
        When profile, account or strategy cannot be a file's name.
    """

    profile: str
    host: str
    account: str
    strategy: str

    def __post_init__(self) -> None:
        for field in ("profile", "account", "strategy"):
            if not _NAME.fullmatch(getattr(self, field)):
                raise InputError(
                    f"{getattr(self, field)!r} cannot be the {field} of a journal.",
                    "Use up to 64 letters, digits, _, - and . and begin with one of the first three.",
                )

    def __str__(self) -> str:
        return f"strategy {self.strategy!r} on {self.profile}, account {self.account} at {self.host}"

    def place(self, state: Path) -> Path:
        """Name the journal's file under a workspace's state folder."""
        return state / "journal" / self.profile / self.account / f"{self.strategy}.journal"

    def opening(self, epoch: int, *, at: int, cut: int = 0) -> bytes:
        """Write the record that begins an epoch; ``cut`` is how many torn bytes were taken off before it."""
        row = {"kind": "opened", "at": at, "epoch": epoch, "format": FORMAT, "cut": cut, **asdict(self)}
        return orjson.dumps(row)

    def check(self, first: bytes | None, name: str) -> None:
        """Raise JournalError unless the first record of a journal is an opening by this header, or there is none."""
        if first is None:
            return
        row: dict[str, Any] = orjson.loads(first) if first.startswith(OPENED) else {}
        if row.get("format") != FORMAT:
            raise JournalError(f"{name} is no journal this okxlab can read.", "Move it away, or use its okxlab.")
        theirs = Header(*(row[field] for field in ("profile", "host", "account", "strategy")))
        if theirs != self:
            raise JournalError(
                f"{name} is the journal of {theirs}, not of {self}.",
                "Connect as that one, or take a strategy's name that has no journal yet.",
            )
