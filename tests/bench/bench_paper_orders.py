"""How fast the paper exchange takes orders: signed, persisted, on one core, beside a bare handler in the same run.

``python tests/bench/bench_paper_orders.py``; it prints figures and passes no judgement on seconds.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = sorted(os.sched_getaffinity(0))[:2]
ROUNDS, ORDERS = 3, 4000


@contextmanager
def serving(command: list[str]) -> Iterator[dict]:
    """Run a server on a core of its own and give what it says of itself."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),  # noqa: PLW1509
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def exchange(folder: str) -> list[str]:
    """Give the command of the exchange to be measured."""
    return [
        sys.executable,
        "-m",
        "okxlab",
        "paper",
        "--quote",
        "100000000",
        "--no-limits",
        "--data",
        f"{folder}/bench.db",
    ]


def load(server: dict, connections: int, orders: int, first: int) -> dict:
    """Drive a server and give what was measured."""
    place = urlsplit(server["rest"])
    told = {
        "host": place.hostname, "port": place.port, "key": server["api_key"], "secret": server["api_secret"],
        "passphrase": server["passphrase"], "connections": connections, "orders": orders, "first": first,
        "core": CLIENT_CORE, "pid": server["pid"],
    }  # fmt: skip
    command = [sys.executable, str(HERE / "load" / "driver.py"), json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE / "load")
    result = json.loads(done.stdout)
    assert not result["bad"], result["first_bad"]
    return result


def main() -> None:
    """Print the table."""
    bare_command = [sys.executable, str(HERE / "load" / "bare.py"), str(SERVER_CORE)]
    with tempfile.TemporaryDirectory() as folder, serving(exchange(folder)) as paper, serving(bare_command) as bare:
        first = 0
        for connections in (1, 8, 64):
            pairs = []
            for _ in range(ROUNDS):
                mine = load(paper, connections, ORDERS, first)
                theirs = load(bare, connections, ORDERS, first)
                pairs.append((mine, theirs))
                first += ORDERS
            mine, theirs = sorted(pairs, key=lambda pair: pair[0]["rate"])[len(pairs) // 2]
            ratio, core_ratio = (median(a[what] / b[what] for a, b in pairs) for what in ("rate", "core"))
            core, bare_core = (median(pair[which]["core"] for pair in pairs) for which in (0, 1))
            print(
                f"{connections:3} connections: {mine['rate']:8,.0f} orders/s, p50 {mine['p50']:6.2f} ms,"
                f" p99 {mine['p99']:6.2f} ms; bare {theirs['rate']:8,.0f}/s, p50 {theirs['p50']:6.2f},"
                f" p99 {theirs['p99']:6.2f}; ratio {ratio:.2f}\n"
                f"                 by time on the core: {core:8,.0f} orders/s, bare {bare_core:8,.0f}/s,"
                f" ratio {core_ratio:.2f}"
            )


if __name__ == "__main__":
    main()
