"""The kill switch on disk: a file that stands there stops every order of every process that looks for it.

That it stands is all that counts: it takes hold before a byte is written into it, holds when it is damaged or cannot be
read, and is still there after the machine was started again. What it says is for people.
"""

import json
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from okxlab.clock import Clock, iso
from okxlab.errors import ConfigError

_UNREADABLE = "(its flag cannot be read, and holds)"


class FileFlags:
    """Looks whether one of these files stands, each time anew."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(os.fspath(file) for file in files)

    def why(self) -> str:
        """Say who pressed the kill switch, when and why; empty while no file stands."""
        for file in self._files:
            try:
                mode = os.lstat(file).st_mode
            except FileNotFoundError:
                continue
            except OSError as error:
                return f"Whether the kill switch was pressed cannot be read from {file} ({error.strerror})."
            return f"The kill switch was pressed {_told(file) if S_ISREG(mode) else _UNREADABLE}, see {file}."
        return ""


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """The flags of one key, or of all keys of this user, in each of these folders.

    ``own`` is the file's name for the key, ``all`` the one for all keys; either stops the key's orders.
    """

    folders: tuple[Path, ...]
    own: str
    all: str

    def flags(self) -> FileFlags:
        """Give what looks for them."""
        return FileFlags([folder / name for folder in self.folders for name in (self.all, self.own)])

    def press(self, reason: str, clock: Clock, *, everywhere: bool = False) -> tuple[list[Path], list[str]]:
        """Set the flag in every folder; give the files that stand, and what went wrong with the others.

        One that stands already is left as it is.
        """
        stand, wrong = [], []
        why = str(reason).encode(errors="backslashreplace").decode()  # whatever it is, it keeps nothing from stopping
        text = json.dumps({"who": who(), "when": iso(clock.now_ms()), "why": why}, ensure_ascii=False)
        for file in self._files(everywhere=everywhere):
            try:
                _set(file, text)
            except OSError as error:
                wrong.append(f"{file} was not set ({error.strerror}).")
            if os.path.lexists(file):
                stand.append(file)
        return stand, wrong

    def stands(self, *, everywhere: bool = False) -> bool:
        """Whether there is something to lift."""
        return bool(FileFlags(self._files(everywhere=everywhere)).why())

    def lift(self, *, everywhere: bool = False) -> list[Path]:
        """Take the flag out of every folder; give the files that stood.

        Raises
        ------
        ConfigError
            When one cannot be removed.
        """
        gone = []
        for file in self._files(everywhere=everywhere):
            try:
                file.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ConfigError(f"{file} cannot be removed ({error.strerror}).", "Remove it yourself.") from None
            gone.append(file)
        return gone

    def _files(self, *, everywhere: bool) -> list[Path]:
        return [folder / (self.all if everywhere else self.own) for folder in self.folders]


def _set(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:  # it holds already, whatever becomes of the text
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _told(file: str) -> str:
    """Read what a flag says; one that says nothing readable holds all the same."""
    try:
        said = json.loads(Path(file).read_bytes())
        who, when, why = (str(said[name]) for name in ("who", "when", "why"))
    except (OSError, ValueError, KeyError, TypeError):
        return _UNREADABLE
    return f"at {when} by {who}" + (f": {why}" if why else "")


def who() -> str:
    """Name this user and process."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user that the system has no name for
        name = str(os.getuid())
    return f"{name}, process {os.getpid()}"
