"""The child that brings live prices: this exchange has no client of its own."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from okxlab.errors import PaperError

READY = "ready"
_PATIENCE = 60.0  # seconds until the first prices must be there


class Relaying:
    """A process that writes a snapshot of a market and then pushes what follows.

    Parameters
    ----------
    process
        The child.
    folder
        Where the snapshot lies.
    """

    def __init__(self, process: asyncio.subprocess.Process, folder: "tempfile.TemporaryDirectory[str]") -> None:
        self._process = process
        self._folder = folder

    @property
    def snapshot(self) -> Path:
        """The file the market is opened from."""
        return Path(self._folder.name) / "snapshot.json"

    async def first_word(self) -> str:
        """Give the child's first line."""
        try:
            line = await asyncio.wait_for(cast("asyncio.StreamReader", self._process.stdout).readline(), _PATIENCE)
        except TimeoutError:
            return f"nothing came in {_PATIENCE:g} s."
        return line.decode().strip() or "the process that brings them ended at once."

    async def follow(self, start_line: str) -> None:
        """Tell the child where to push to."""
        stdin = cast("asyncio.StreamWriter", self._process.stdin)
        stdin.write(start_line.encode())
        await stdin.drain()

    async def ended(self) -> None:
        """Wait for the child to end, and say that the prices stand still from then on."""
        await self._process.wait()
        sys.stderr.write("The live prices have stopped; the market stands still.\n")

    async def stop(self) -> None:
        """End the child."""
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        self._folder.cleanup()


async def start_relaying(symbols: str, command: Sequence[str] = (sys.executable, "-m", "okxlab.market")) -> Relaying:
    """Start the child and wait for its first word.

    Parameters
    ----------
    symbols
        OKX's ids, with commas between them.
    command
        What to start; the snapshot's path and the symbols are added.

    Raises
    ------
    PaperError
        There are no live prices: the child says why.
    """
    folder = tempfile.TemporaryDirectory(prefix="okxlab-")
    pipe = asyncio.subprocess.PIPE
    relaying = Relaying(
        await asyncio.create_subprocess_exec(
            *command, str(Path(folder.name) / "snapshot.json"), symbols, stdin=pipe, stdout=pipe
        ),
        folder,
    )
    word = await relaying.first_word()
    if word != READY:
        await relaying.stop()
        raise PaperError(f"There are no live prices: {word}", "Give --prices walk, or try again with a network.")
    return relaying
