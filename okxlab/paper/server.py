"""The process: a server on loopback that runs until it is told to stop or its last lease is gone."""

import asyncio
import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from okxlab.clock import Clock, SystemClock
from okxlab.errors import PaperError
from okxlab.paper.control import Control
from okxlab.paper.leases import Leases
from okxlab.paper.opening import open_venue
from okxlab.paper.options import PaperOptions
from okxlab.paper.rest import application
from okxlab.paper.signing import Keys, new_keys
from okxlab.paper.ticking import tick

HOST = "127.0.0.1"
_FIRST_LEASE_SECONDS = 30.0
_SHUTDOWN_SECONDS = 0.2


def serve(options: PaperOptions) -> None:
    """Run a paper exchange until SIGINT, SIGTERM or, if leased, the end of the last lease.

    Prints one JSON line with the addresses and keys once it answers, and writes it to ``options.state``.

    Raises
    ------
    PaperError
        An option cannot be used, the price file cannot be traded over, or the port is taken.
    """
    asyncio.run(_serve(options, SystemClock()))


async def _serve(options: PaperOptions, clock: Clock) -> None:
    venue, keys, ended = open_venue(options, clock), new_keys(), asyncio.Event()
    leases = Leases(ended, leased=options.leased)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    app = application(venue, keys, Control(venue, options, keys.control, leases))
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    tasks = [asyncio.ensure_future(leases.expect(_FIRST_LEASE_SECONDS))]
    try:
        line = _start_line(await _listen(runner, options.port), keys)
        with _state(options.state, line):
            sys.stdout.write(line)
            sys.stdout.flush()
            if not options.stepped:
                tasks.append(asyncio.ensure_future(tick(venue, options.speed)))
            await ended.wait()
    finally:
        for task in tasks:
            task.cancel()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> int:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise PaperError(
            f"Port {port} on {HOST} is in use or not allowed.", "Choose another with --port, or 0 for a free one."
        ) from None
    bound: int = runner.addresses[0][1]
    return bound


def _start_line(port: int, keys: Keys) -> str:
    told = {
        "rest": f"http://{HOST}:{port}",
        "ws": f"ws://{HOST}:{port}/ws/v5",
        "api_key": keys.key,
        "api_secret": keys.secret,
        "passphrase": keys.passphrase,
        "pid": os.getpid(),
        "control": keys.control,
    }
    return json.dumps(told) + "\n"


@contextmanager
def _state(path: Path | None, line: str) -> Iterator[None]:
    """Keep the start line in a file only its owner can read, and take it away if it is still ours."""
    if path is None:
        yield
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(line)
        draft.replace(path)
    except OSError as error:
        raise PaperError(
            f"The state file {path} cannot be written: {error.strerror}.", "Choose another with --state."
        ) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.read_text() == line:
                path.unlink()
