"""Where the suite is pointed: at a paper exchange of its own, or at OKX's demo trading."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Read once: the tests' own environment is cleared of both.
DEMO = os.environ.get("OKXLAB_CONTRACT") == "demo"
_KEYS = [os.environ.get(name, "") for name in ("OKX_DEMO_API_KEY", "OKX_DEMO_API_SECRET", "OKX_DEMO_API_PASSPHRASE")]
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """An exchange: where it is and who asks. Empty addresses are the client's own, those of OKX."""

    rest: str
    ws: str
    key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    demo: bool = False
    control: str = field(default="", repr=False)
    pid: int = 0


@contextmanager
def pointed() -> Iterator[Place]:
    """Give the exchange the suite runs against, for as long as it does."""
    if DEMO:
        yield Place("", "", *_KEYS, demo=True)
    else:
        with running() as place:
            yield place


@contextmanager
def running(*options: str) -> Iterator[Place]:
    """Run a paper exchange in a process of its own; its market moves by the clock."""
    command = [sys.executable, "-m", "okxlab", "paper", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OKX", "XDG_"))}
    process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        told: dict[str, Any] = json.loads(process.stdout.readline())
        yield Place(
            told["rest"], told["ws"], told["api_key"], told["api_secret"], told["passphrase"],
            control=told["control"], pid=process.pid,
        )  # fmt: skip
    finally:
        process.terminate()
        process.communicate(timeout=30)
