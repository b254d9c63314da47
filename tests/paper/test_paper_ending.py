"""The end of an exchange: nobody is let in once it has begun, and nothing is left behind."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from okxlab.paper.ending import Ending


def ask_for_a_lease(exchange):
    """Open a connection and ask for a lease on it, without waiting for the answer."""
    place = urlsplit(exchange.told["rest"])
    link = socket.create_connection((place.hostname, place.port), timeout=20)
    head = f"GET /okxlab/lease HTTP/1.1\r\nHost: {place.netloc}\r\nX-Okxlab-Token: {exchange.told['control']}\r\n\r\n"
    link.sendall(head.encode())
    return link


def granted(link):
    """Whether the exchange grants the lease, or hangs up."""
    heard = b""
    try:
        while b"leased" not in heard and (chunk := link.recv(4096)):
            heard += chunk
    except ConnectionError:
        return False
    return b"leased" in heard


@pytest.fixture
def leased(launch, tmp_path):
    """Give an exchange with a state file, its file, and the only lease on it."""
    path = tmp_path / "paper.json"
    exchange = launch("--stepped", "--leased", "--state", path)
    link = ask_for_a_lease(exchange)
    assert granted(link)
    yield exchange, path, link
    link.close()


@pytest.mark.parametrize("newcomers", [1, 20])
def test_lease_when_the_last_one_has_just_closed_is_not_granted_by_an_ending_exchange(leased, newcomers):
    """Whoever is told "leased" finds the exchange alive; whoever is not finds no state file to come back by."""
    exchange, path, last = leased
    os.kill(exchange.process.pid, signal.SIGSTOP)  # so that the end and the newcomers meet in the same turn
    last.close()
    links = [ask_for_a_lease(exchange) for _ in range(newcomers)]
    os.kill(exchange.process.pid, signal.SIGCONT)

    answers = [(granted(link), path.exists()) for link in links]

    alive = any(grant for grant, _ in answers)
    assert answers == [(alive, alive)] * newcomers
    if alive:
        assert exchange.control("GET", "feed").status == 200
    for link in links:
        link.close()
    assert exchange.process.wait(10) == 0


def test_state_file_when_it_is_a_folder_is_one_sentence_and_leaves_no_keys(tmp_path):
    """Nothing is left beside the folder, or in it."""
    folder = tmp_path / "state"
    folder.mkdir()
    command = [sys.executable, "-m", "okxlab", "paper", "--stepped", "--state", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    said = f"The state file {folder} cannot be written: Is a directory. Choose another with --state.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert list(tmp_path.rglob("*")) == [folder]


def test_exchange_ends_when_a_part_of_it_has_failed(loop, caplog):
    """A task that raises ends it with a line in the log; one that was cancelled or is done does not."""

    async def fail():
        raise OverflowError("too large")

    async def run(work, *, cancel=False):
        ending, task = Ending(), asyncio.ensure_future(work)
        task.add_done_callback(ending.heed)
        if cancel:
            task.cancel()
        await asyncio.wait((task,))
        await asyncio.sleep(0)
        return ending.told

    assert not loop.run_until_complete(run(asyncio.sleep(0)))
    assert not loop.run_until_complete(run(asyncio.sleep(9), cancel=True))
    assert loop.run_until_complete(run(fail()))
    assert "too large" in caplog.text
