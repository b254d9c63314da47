"""A lean load client in a process of its own: N connections, each sends its next request when the last is answered.

``python driver.py JSON`` prints one JSON line: requests a second, also by the time the server spent on its core, the
latencies' p50 and p99 in ms, and what was answered with something else than code 0.
"""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import uvloop
from server import busy
from signed import Signer

INSTRUMENTS = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT", "DOGE-USDT", "BNB-USDT", "ADA-USDT", "TRX-USDT")
PLACE, CANCEL, CANCEL_BATCH = (f"/api/v5/trade/{name}" for name in ("order", "cancel-order", "cancel-batch-orders"))
MOST_OPEN = 4000  # 500 an instrument
GOOD = b'"code":"0"'


class Link(asyncio.Protocol):
    """One connection: sends requests from a queue that is shared, one at a time, and times each."""

    def __init__(self, queue: deque[bytes], done: asyncio.Future[None], result: "Result") -> None:
        self._queue, self._done, self._result = queue, done, result
        self._buffer, self._sent = b"", 0.0
        self.free = asyncio.Event()
        self.free.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport: Any = transport

    def go(self) -> None:
        """Send the next request, or say that there is none."""
        if self._queue:
            self.send(self._queue.popleft(), time.perf_counter())
        elif not self._done.done():
            self._done.set_result(None)

    def send(self, request: bytes, due: float) -> None:
        """Send a request that was due at a moment."""
        self._sent = due
        self.free.clear()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take an answer, which may come in pieces."""
        buffer = self._buffer + data if self._buffer else data
        head = buffer.find(b"\r\n\r\n")
        place = buffer.find(b"Content-Length: ")
        if head < 0 or len(buffer) < head + 4 + int(buffer[place + 16 : buffer.find(b"\r", place)]):
            self._buffer = buffer
            return
        self._buffer = b""
        self._result.latencies.append(time.perf_counter() - self._sent)
        if GOOD not in buffer[head:]:
            self._result.bad.append(buffer[head + 4 :].decode())
        self.free.set()
        self.go()


class Result:
    """What was measured."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.bad: list[str] = []
        self.seconds = self.busy = 0.0

    def told(self) -> dict[str, Any]:
        """Give it in short."""
        ordered = sorted(self.latencies)
        p50, p99 = (ordered[int(share * len(ordered))] * 1000 for share in (0.5, 0.99))
        rate = len(ordered) / self.seconds
        core = len(ordered) / self.busy
        return {"rate": rate, "core": core, "p50": p50, "p99": p99, "bad": len(self.bad), "first_bad": self.bad[:1]}


def orders(signer: Signer, count: int, first: int) -> tuple[list[bytes], list[bytes]]:
    """Give requests that place orders which rest, and those that take all of them back, twenty at a time."""
    stamped, placing, naming = signer.now(), [], []
    for number in range(first, first + count):
        inst, name = INSTRUMENTS[number % len(INSTRUMENTS)], f"b{number}"
        fields = {
            "instId": inst, "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": SIZES[inst], "px": PRICES[inst],
            "clOrdId": name,
        }  # fmt: skip
        placing.append(stamped.post(PLACE, fields))
        naming.append({"instId": inst, "clOrdId": name})
    taking = [stamped.post(CANCEL_BATCH, naming[at : at + 20]) for at in range(0, count, 20)]
    return placing, taking


SIZES = dict(zip(INSTRUMENTS, ("0.00001", "0.0001", "0.001", "1", "10", "0.001", "1", "1"), strict=True))
PRICES = dict(zip(INSTRUMENTS, ("40000", "1500", "60", "0.9", "0.07", "400", "0.2", "0.12"), strict=True))


def bursts(count: int) -> Iterator[int]:
    """Split what is to be placed into what may rest at once."""
    while count > 0:
        yield min(count, MOST_OPEN)
        count -= MOST_OPEN


async def drive(links: list[Link], queue: deque[bytes], requests: list[bytes]) -> float:
    """Send all of it and give the seconds it took."""
    queue.extend(requests)
    began = time.perf_counter()
    waiting = []
    for link in links:
        link._done = asyncio.get_running_loop().create_future()
        waiting.append(link._done)
        link.go()
    await asyncio.gather(*waiting)
    return time.perf_counter() - began


async def pace(links: list[Link], requests: list[bytes], rate: float) -> float:
    """Send so many a second whether or not the last ones are answered, and time each from when it was due."""
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    waiting = []
    for number, request in enumerate(requests):
        due = began + number / rate
        if (left := due - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        link = links[number % len(links)]
        if not link.free.is_set():
            await link.free.wait()
        waiting = [one for one in waiting if not one.done()]
        link._done = loop.create_future()
        waiting.append(link._done)
        link.send(request, due)
    await asyncio.gather(*waiting)
    return time.perf_counter() - began


async def measure(told: dict[str, Any]) -> Result:
    """Place orders in bursts, timed, and take them back, untimed."""
    host, port = told["host"], told["port"]
    signer = Signer(f"{host}:{port}", told["key"], told["secret"], told["passphrase"])
    queue: deque[bytes] = deque()
    loop, result, untimed = asyncio.get_running_loop(), Result(), Result()
    done = loop.create_future()
    links = [
        (await loop.create_connection(lambda: Link(queue, done, result), host, port))[1]
        for _ in range(told["connections"])
    ]
    at = told.get("first", 0)
    for count in bursts(told["orders"]):
        placing, taking = orders(signer, count, at)
        before = busy(told["pid"])
        if "rate" in told:
            result.seconds += await pace(links, placing, told["rate"])
        else:
            result.seconds += await drive(links, queue, placing)
        result.busy += busy(told["pid"]) - before
        for link in links:
            link._result = untimed
        await drive(links, queue, taking)
        for link in links:
            link._result = result
        at += count
    result.bad += untimed.bad
    return result


def main() -> None:
    """Drive what the argument says."""
    told = json.loads(sys.argv[1])
    result = uvloop.run(measure(told))
    print(json.dumps(result.told()))


if __name__ == "__main__":
    main()
