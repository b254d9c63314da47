"""A line between clients and the exchange's streams that can be cut, as a network does."""

import asyncio
import contextlib

from tests.contract.clients.loop import Loop


class Line:
    """Relays connections to a port of this machine.

    Parameters
    ----------
    port
        Where they go.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = Loop()
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server = self._loop.run(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> int:
        """Break every connection off and give how many there were."""
        return self._loop.run(self._cut())

    def close(self) -> None:
        """Take no more connections."""
        self.cut()
        self._loop.run(self._close())
        self._loop.close()

    async def _cut(self) -> int:
        ends, self._ends = self._ends, set()
        for end in ends:
            end.transport.abort()
        return len(ends) // 2

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        mine = {writer, back}
        self._ends |= mine
        await asyncio.gather(_carry(reader, back), _carry(there, writer))
        self._ends -= mine


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
