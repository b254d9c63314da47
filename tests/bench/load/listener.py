"""A client of streams in a process of its own: N connections of each path that count what they hear.

``python listener.py JSON`` says so on a line once everything is subscribed, counts until a line comes in, and prints
messages, bytes, seconds and the seconds the server was busy meanwhile.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from typing import Any

import aiohttp
import uvloop
from server import busy


class Count:
    """What was heard."""

    def __init__(self) -> None:
        self.messages = self.bytes = self.subscribed = 0


def login(told: dict[str, Any]) -> dict[str, Any]:
    """Give the login request."""
    stamp = str(int(time.time()))
    digest = hmac.new(told["secret"].encode(), f"{stamp}GET/users/self/verify".encode(), hashlib.sha256).digest()
    row = {"apiKey": told["key"], "passphrase": told["passphrase"], "timestamp": stamp}
    return {"op": "login", "args": [row | {"sign": base64.b64encode(digest).decode()}]}


async def hear(socket: aiohttp.ClientWebSocketResponse, count: Count) -> None:
    """Count what comes; nothing of it is read."""
    async for message in socket:
        if message.data.startswith('{"event":"subscribe"'):
            count.subscribed += 1
        elif message.data.startswith('{"event":"error"'):
            raise AssertionError(message.data)
        count.messages += 1
        count.bytes += len(message.data)


async def ping(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Stay."""
    while True:
        await asyncio.sleep(20)
        await socket.send_str("ping")


async def listen(told: dict[str, Any]) -> dict[str, Any]:
    """Subscribe, count, tell."""
    count, wanted, tasks = Count(), 0, []
    async with aiohttp.ClientSession() as session:
        for path, args in told["channels"].items():
            for _ in range(told["clients"]):
                socket = await session.ws_connect(f"{told['ws']}/{path}".rstrip("/"), max_msg_size=0)
                if path == "private":
                    await socket.send_json(login(told))
                    await socket.receive()
                for at in range(0, len(args), 100):
                    await socket.send_json({"op": "subscribe", "args": args[at : at + 100]})
                wanted += len(args)
                tasks += [asyncio.create_task(hear(socket, count)), asyncio.create_task(ping(socket))]
        while count.subscribed < wanted:
            await asyncio.sleep(0.05)
        print("subscribed", flush=True)
        before = count.messages, count.bytes, time.perf_counter(), busy(told["pid"])
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        after = count.messages, count.bytes, time.perf_counter(), busy(told["pid"])
        for task in tasks:
            task.cancel()
    names = "messages", "bytes", "seconds", "busy"
    return {name: new - old for name, old, new in zip(names, before, after, strict=True)}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(listen(json.loads(sys.argv[1])))))
