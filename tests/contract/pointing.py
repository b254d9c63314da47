"""Where the suite is pointed: at a paper exchange of its own, or at OKX's demo trading."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.contract.line import Line

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
    line: Line | None = None
    control: str = field(default="", repr=False)

    def bound(self, ip: str) -> "Place":
        """Give the same place with another key of the main account's, bound to an address."""
        body = json.dumps({"label": "bound", "ips": [ip]}).encode()
        headers = {"X-Okxlab-Token": self.control, "Content-Type": "application/json"}
        asked = Request(f"{self.rest}/okxlab/keys/add", body, headers)  # noqa: S310 - its own exchange
        with urlopen(asked) as answer:  # noqa: S310 - its own exchange
            key = json.load(answer)
        return replace(self, key=key["key"], secret=key["secret"], passphrase=key["passphrase"])


@contextmanager
def pointed() -> Iterator[Place]:
    """Give the exchange the suite runs against, for as long as it does."""
    if DEMO:
        yield Place("", "", *_KEYS, demo=True)
    else:
        with running("--no-limits") as place:  # six clients are one address and one user
            yield place


@contextmanager
def running(*options: str) -> Iterator[Place]:
    """Run a paper exchange in a process of its own, its streams behind a line that can be cut."""
    command = [sys.executable, "-m", "okxlab", "paper", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OKX", "XDG_"))}
    process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(process.stdout.readline())
    line = Line(urlsplit(told["ws"]).port)
    try:
        streams = f"ws://127.0.0.1:{line.port}/ws/v5"
        yield Place(
            told["rest"], streams, told["api_key"], told["api_secret"], told["passphrase"], line=line,
            control=told["control"],
        )  # fmt: skip
    finally:
        line.close()
        process.terminate()
        process.communicate(timeout=30)
