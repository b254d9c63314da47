"""What pulls are measured against: a server that has every answer ready, so that the client's time is left."""

import asyncio
import json
import random

import uvloop

PAIRS, BARS = 520, 300
STAMP = 1_704_067_200_000
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def ticker(number: int) -> dict[str, str]:
    """Give a pair's ticker, with numbers as long as OKX's."""
    chance = random.Random(number)  # noqa: S311 - made-up prices
    price = 10 ** chance.uniform(-4, 4.8)
    priced = {key: f"{price * chance.uniform(0.9, 1.1):.6g}" for key in (
        "last", "askPx", "bidPx", "open24h", "high24h", "low24h", "sodUtc0", "sodUtc8",
    )}  # fmt: skip
    sizes = {key: f"{chance.uniform(0, 9e4):.8f}" for key in ("lastSz", "askSz", "bidSz", "volCcy24h", "vol24h")}
    return {"instType": "SPOT", "instId": f"C{number:03}-USDT", **priced, **sizes, "ts": str(STAMP)}


def bar(number: int) -> list[str]:
    """Give a finished minute, newest first by its number."""
    chance = random.Random(number)  # noqa: S311 - made-up prices
    price = chance.uniform(59_000, 61_000)
    prices = [f"{price + shift:.1f}" for shift in (0, 9, -9, 4)]
    return [str(STAMP - 60_000 * number), *prices, *(f"{chance.uniform(0, 90):.8f}" for _ in range(3)), "1"]


def listed(number: int) -> dict[str, str]:
    """Give a pair's row of the listing."""
    base = f"C{number:03}"
    empty = dict.fromkeys(("ctVal", "ctMult", "ctType", "settleCcy", "uly", "instFamily", "optType", "stk"), "")
    steps = {"tickSz": "0.1", "lotSz": "0.00000001", "minSz": "0.00001", "maxLmtSz": "9999", "maxMktSz": "1000000"}
    names = {"instType": "SPOT", "instId": f"{base}-USDT", "baseCcy": base, "quoteCcy": "USDT", "state": "live"}
    return {**names, **steps, **empty, "lever": "10", "listTime": str(STAMP), "expTime": ""}


ANSWERS = {
    "/api/v5/market/tickers": [ticker(number) for number in range(PAIRS)],
    "/api/v5/market/candles": [bar(number) for number in range(BARS)],
    "/api/v5/market/history-candles": [bar(number) for number in range(BARS)],
    "/api/v5/public/instruments": [listed(number) for number in range(PAIRS)],
}


def whole(body: str) -> bytes:
    """Give an answer, head and body."""
    return (HEAD.format(len(body)) + body).encode()


READY = {
    path: whole(json.dumps({"code": "0", "msg": "", "data": rows}, separators=(",", ":")))
    for path, rows in ANSWERS.items()
}
ONE = "/api/v5/public/instruments?"  # asked for by its id
READY[ONE] = whole(json.dumps({"code": "0", "msg": "", "data": [listed(0)]}, separators=(",", ":")))
READY["/okxlab/lease"] = whole("leased")


class Canned(asyncio.Protocol):
    """One connection, whose requests are answered by their paths."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember where to answer."""
        self.transport, self.heard = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that has come whole."""
        self.heard += data
        while b"\r\n\r\n" in self.heard:
            request, _, self.heard = self.heard.partition(b"\r\n\r\n")
            target = request.split(b" ", 2)[1].decode()
            path = ONE if target.startswith(ONE) and "instId=" in target else target.split("?")[0]
            self.transport.write(READY[path])


async def serve() -> None:
    """Answer until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0)
    place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    keys = dict.fromkeys(("api_key", "api_secret", "passphrase", "control"), "unused")
    print(json.dumps({"rest": f"http://{place}", "ws": f"ws://{place}/ws/v5", **keys}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
