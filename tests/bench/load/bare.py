"""What the paper exchange is compared with: a handler that checks the signature, reads the JSON and answers."""

import asyncio
import contextlib
import json
import os

import orjson
import uvloop
from aiohttp import web

from okxlab.clock import SystemClock
from okxlab.paper.accounts.keys import Keys, new_key
from okxlab.paper.rest.signing import Signed, check

ROW = {"ordId": "1000000001", "clOrdId": "", "tag": "", "ts": "1750000000000", "sCode": "0", "sMsg": "", "subCode": ""}

PUSH = json.dumps({"arg": {"channel": "tickers", "instId": "BTC-USDT"}, "data": ["x" * 400]})


async def serve() -> None:
    """Answer until the process is ended."""
    keys, clock = Keys(), SystemClock()
    key = keys.add(new_key("1"))

    async def place(request: web.Request) -> web.Response:
        body = await request.read()
        check(Signed(request.method, request.raw_path, body, request.headers), keys, clock)
        fields = orjson.loads(body)
        row = ROW | {"clOrdId": fields["clOrdId"]} if isinstance(fields, dict) else ROW
        answer = orjson.dumps({"code": "0", "msg": "", "data": [row], "inTime": "0", "outTime": "0"})
        return web.Response(body=answer, content_type="application/json", charset="utf-8")

    sockets: set[web.WebSocketResponse] = set()

    async def subscribe(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            for arg in json.loads(message.data).get("args", ()) if message.data != "ping" else ():
                await socket.send_str(json.dumps({"event": "subscribe", "arg": arg}, separators=(",", ":")))
            sockets.add(socket)
        sockets.discard(socket)
        return socket

    async def broadcast() -> None:
        while True:
            await asyncio.sleep(0.01)
            for socket in [*sockets] * 5:
                with contextlib.suppress(ConnectionError):  # he has just left
                    await socket.send_str(PUSH)

    app = web.Application()
    app.router.add_get("/ws/v5/public", subscribe)
    for path in ("order", "cancel-order", "cancel-batch-orders"):
        app.router.add_post(f"/api/v5/trade/{path}", place)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (host, port), *_ = runner.addresses
    place = f"{host}:{port}"
    told = {"rest": f"http://{place}", "ws": f"ws://{place}/ws/v5", "api_key": key.key, "api_secret": key.secret}
    told["passphrase"] = key.passphrase
    print(json.dumps(told | {"pid": os.getpid()}), flush=True)
    await broadcast()


if __name__ == "__main__":
    uvloop.run(serve())
