"""Servers to be measured, each on a core of its own, and the clients that measure them on the other."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = (sorted(os.sched_getaffinity(0)) * 2)[:2]

Told = dict[str, Any]


@contextmanager
def paper(*options: str) -> Iterator[Told]:
    """Run a paper exchange that keeps everything on disk and has no request limits, and give what it says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        switches = ["--no-limits", "--data", f"{folder}/bench.db", "--quote", "100000000", *options]
        command = [sys.executable, "-m", "okxlab", "paper", *switches]
        with _serving(command) as told:
            print("the exchange was started with", *switches)
            yield told


@contextmanager
def bare() -> Iterator[Told]:
    """Run the bare handler."""
    with _serving([sys.executable, str(HERE / "bare.py")]) as told:
        yield told


@contextmanager
def canned() -> Iterator[Told]:
    """Run the server that has every answer ready."""
    with _serving([sys.executable, str(HERE / "canned.py")]) as told:
        yield told


@contextmanager
def _serving(command: list[str]) -> Iterator[Told]:
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *command], stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def drive(server: Told, **wanted: Any) -> Told:
    """Drive a server with orders and give what was measured."""
    place = urlsplit(server["rest"])
    told = {
        "host": place.hostname, "port": place.port, "key": server["api_key"], "secret": server["api_secret"],
        "passphrase": server["passphrase"], "pid": server["pid"], **wanted,
    }  # fmt: skip
    done = subprocess.run(_client("driver.py", told), capture_output=True, text=True, check=True)
    result: Told = json.loads(done.stdout)
    assert not result["bad"], result["first_bad"]
    return result


@contextmanager
def listening(server: Told, **wanted: Any) -> Iterator[Told]:
    """Listen to streams meanwhile; what is given is filled with what was heard once the block is over."""
    told = {
        "ws": server["ws"], "key": server["api_key"], "secret": server["api_secret"],
        "passphrase": server["passphrase"], "pid": server["pid"], **wanted,
    }  # fmt: skip
    process = subprocess.Popen(_client("listener.py", told), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()  # everything is subscribed
    heard: Told = {}
    try:
        yield heard
    finally:
        out, _ = process.communicate("end\n", timeout=60)
        heard.update(json.loads(out))


def busy(pid: int) -> float:
    """Give the seconds a process has spent on a core, whoever else wanted it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _client(script: str, told: Told) -> list[str]:
    return ["taskset", "-c", str(CLIENT_CORE), sys.executable, str(HERE / script), json.dumps(told)]
