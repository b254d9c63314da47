"""The process: a server on loopback that runs until it is told to stop or its last lease is gone."""

import asyncio
import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import uvloop
from aiohttp import web

from okxlab.clock import Clock, SystemClock
from okxlab.errors import PaperError
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.accounts.office import Office
from okxlab.paper.control.control import Control
from okxlab.paper.control.leases import Leases
from okxlab.paper.control.office import OfficeControl
from okxlab.paper.control.rehearsal import RehearsalControl
from okxlab.paper.ending import Ending
from okxlab.paper.faults.faults import Faults
from okxlab.paper.faults.maintenance import Maintenance
from okxlab.paper.faults.requests import Rehearsal
from okxlab.paper.faults.stale import Past
from okxlab.paper.opening import open_exchange
from okxlab.paper.options import PaperOptions
from okxlab.paper.rest.application import Rest, application
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.state import remove_state, write_state
from okxlab.paper.streams.endpoint import Endpoint
from okxlab.paper.streams.streams import Streams
from okxlab.paper.streams.terms import FREE, Terms
from okxlab.paper.ticking import tick, watch

HOST = "127.0.0.1"
_FIRST_LEASE_SECONDS = 30.0
_SHUTDOWN_SECONDS = 0.2
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
    exchange, ending = open_exchange(options, clock), Ending()
    venue = exchange.venue
    leases = Leases(ending, leased=options.leased)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.tell)
    control = Control(venue, options, exchange.token, leases)
    limiter = Limiter(venue.listing, on=options.limits)
    rest = Rest(venue, exchange.keys, exchange.archive, limiter)
    faults, past, maintenance = Faults(venue.clock), Past(venue.clock), Maintenance(venue.clock)
    venue.sinks.append(past.hear)
    venue.status_rows = maintenance.rows
    rehearsal = Rehearsal(rest.handle, faults, past, maintenance)
    steering = RehearsalControl(venue, faults, maintenance, exchange.clock)
    streams = Streams(venue, exchange.archive, exchange.keys, limiter, Terms() if options.limits else FREE)
    office = OfficeControl(Office(venue, exchange.keys, exchange.first_key), ending)
    beside = [*steering.routes(), *office.routes(), *Endpoint(streams).routes()]
    app = application(rehearsal.handle, control, beside)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    running = (leases.expect(_FIRST_LEASE_SECONDS), watch(venue), streams.run())
    tasks = [asyncio.ensure_future(each) for each in running]
    ending.first(streams.end)
    try:
        port = await _listen(runner, options.port, ending)
        _announce(_start_line(port, exchange.first_key, exchange.token), options.state, ending)
        if not options.stepped:
            tasks.append(asyncio.ensure_future(tick(venue, options.speed)))
        await ending.wait()
    finally:
        ending.tell()
        for task in tasks:
            task.cancel()
        rehearsal.close()
        await runner.cleanup()
        exchange.close()


async def _listen(runner: web.AppRunner, port: int, ending: Ending) -> int:
    """Listen until the end is told, and give the port."""
    handler = cast("Callable[[], asyncio.Protocol]", runner.server)
    try:
        listener = await asyncio.get_running_loop().create_server(handler, HOST, port, backlog=_BACKLOG)
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
