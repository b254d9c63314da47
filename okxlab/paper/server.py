"""The process: a server on loopback that runs until it is told to stop or its last lease is gone."""

import asyncio
import errno
import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvloop
from aiohttp import web

from okxlab.clock import Clock, SystemClock
from okxlab.errors import PaperError
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.assembly import assembled
from okxlab.paper.control.leases import Leases
from okxlab.paper.ending import Ending
from okxlab.paper.following import PREFIX
from okxlab.paper.opening import open_exchange
from okxlab.paper.options import PaperOptions
from okxlab.paper.relaying import Relaying, start_relaying
from okxlab.paper.rest.doorkeeper import hush, make_room
from okxlab.paper.rest.lane import Line
from okxlab.paper.rest.shortcut import shorten
from okxlab.paper.state import remove_state, write_state
from okxlab.paper.ticking import tick, watch

HOST = "127.0.0.1"
_FIRST_LEASE_SECONDS = 30.0
# bodies are taken as they come, packed ones too: nothing is unpacked here, so nothing can burst
_TERMS: dict[str, Any] = {
    "access_log": None, "auto_decompress": False, "keepalive_timeout": 75.0, "lingering_time": 0.5,
}  # fmt: skip
_BACKLOG = 128


def serve(options: PaperOptions) -> None:
    """Run a paper exchange until SIGINT, SIGTERM or, if leased, the end of the last lease.

    Prints one JSON line with the addresses and keys once it answers, and writes it to ``options.state``.

    Raises
    ------
    PaperError
        An option cannot be used, the price file cannot be traded over, or the port is taken.
    """
    uvloop.run(_serve(options, SystemClock()))


async def _serve(options: PaperOptions, clock: Clock) -> None:
    make_room()
    hush()
    if options.prices != "live":
        await _run(options, clock)
        return
    relaying = await start_relaying(options.symbol)
    try:
        await _run(replace(options, prices=f"{PREFIX}{relaying.snapshot}"), clock, relaying)
    finally:
        await relaying.stop()


async def _run(options: PaperOptions, clock: Clock, relaying: Relaying | None = None) -> None:
    exchange, ending = open_exchange(options, clock), Ending()
    venue = exchange.venue
    leases = Leases(ending, leased=options.leased)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.tell)
    wire = assembled(exchange, options, leases, ending)
    runner = web.AppRunner(wire.app, handler_cancellation=True, shutdown_timeout=0.2, **_TERMS)
    await runner.setup()
    server = cast("web.Server", runner.server)
    shorten(server, wire.direct)
    running = (leases.expect(_FIRST_LEASE_SECONDS), watch(venue), wire.streams.run(), wire.keeper.run(server))
    tasks = [asyncio.ensure_future(each) for each in running]
    for task in tasks:
        task.add_done_callback(ending.heed)
    _calm_collector()
    exchange.archive.on_failure.append(ending.tell)
    ending.first(wire.streams.end)
    try:
        factory = partial(Line, server, wire.lane, _TERMS | {"loop": asyncio.get_running_loop()})
        line = _start_line(await _listen(factory, options.port, ending), exchange.first_key, exchange.token)
        _announce(line, options.state, ending)
        if relaying is not None:
            await relaying.follow(line)
            tasks.append(asyncio.ensure_future(relaying.ended()))
        if not (options.stepped or options.prices.startswith(PREFIX)):
            tasks.append(asyncio.ensure_future(tick(venue, options.speed)))
            tasks[-1].add_done_callback(ending.heed)
        await ending.wait()
        if exchange.archive.trouble is not None:
            raise exchange.archive.trouble
    finally:
        ending.tell()
        for task in tasks:
            task.cancel()
        wire.rehearsal.close()
        await runner.cleanup()
        exchange.close()


def _calm_collector() -> None:
    """Let the collector pass over what is there from the start, and look at old objects rarely: it stops the world."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _listen(factory: Callable[[], asyncio.Protocol], port: int, ending: Ending) -> int:
    """Listen until the end is told, and give the port."""
    try:
        listener = await asyncio.get_running_loop().create_server(factory, HOST, port, backlog=_BACKLOG)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise PaperError(
            f"Port {port} on {HOST} is in use or not allowed.", "Choose another with --port, or 0 for a free one."
        ) from None
    bound: int = listener.sockets[0].getsockname()[1]
    ending.first(listener.close)
    return bound


def _announce(line: str, state: Path | None, ending: Ending) -> None:
    """Tell where the exchange is, in the state file for as long as it lets clients in."""
    if state is not None:
        write_state(state, line)
        ending.first(partial(remove_state, state, line))
    sys.stdout.write(line)
    sys.stdout.flush()


def _start_line(port: int, key: ApiKey, token: str) -> str:
    told = {
        "rest": f"http://{HOST}:{port}",
        "ws": f"ws://{HOST}:{port}/ws/v5",
        "api_key": key.key,
        "api_secret": key.secret,
        "passphrase": key.passphrase,
        "pid": os.getpid(),
        "control": token,
    }
    return json.dumps(told) + "\n"
