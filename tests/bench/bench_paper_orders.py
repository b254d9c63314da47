"""How fast the paper exchange takes orders: signed, persisted, on one core, beside a bare handler in the same run.

``python tests/bench/bench_paper_orders.py``; ``--full`` places a million orders for the memory instead of 100,000. It
prints figures and passes no judgement on seconds. A busy machine slows the wall's clock, so rates are told by the time
the server spent on its core too.
"""

import sys
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).parent / "load"))
from server import bare, drive, paper

ROUNDS, ORDERS = 3, 8000
MANY, FULL = 100_000, 1_000_000


def speed(exchange: dict, handler: dict) -> int:
    """Print rates and latencies, in turns with the bare handler, and give the number of the next order."""
    first = 0
    for connections in (1, 8, 64):
        pairs = []
        for _ in range(ROUNDS):
            pairs.append(
                [drive(each, connections=connections, orders=ORDERS, first=first) for each in (exchange, handler)]
            )
            first += ORDERS
        mine, theirs = sorted(pairs, key=lambda pair: pair[0]["rate"])[len(pairs) // 2]
        wall, core = (median(a[what] / b[what] for a, b in pairs) for what in ("rate", "core"))
        busy = [median(pair[which]["core"] for pair in pairs) for which in (0, 1)]
        print(
            f"{connections:3} connections: {mine['rate']:7,.0f} orders/s, p50 {mine['p50']:6.2f} ms, p99"
            f" {mine['p99']:6.2f} ms; bare {theirs['rate']:7,.0f}/s, p50 {theirs['p50']:6.2f} ms, p99"
            f" {theirs['p99']:6.2f} ms; ratio {wall:.2f}\n"
            f"     by time on the core: {busy[0]:7,.0f} orders/s; bare {busy[1]:7,.0f}/s; ratio {core:.2f}"
        )
    return first


def memory(exchange: dict, first: int, orders: int) -> None:
    """Print what the exchange's memory is before, in the middle of and after many orders, each placed and canceled."""
    process, sizes = psutil.Process(exchange["pid"]), []
    for part in range(3):
        sizes.append(process.memory_info().rss / 1e6)
        if part < 2:
            drive(exchange, connections=8, orders=orders // 2, first=first + part * (orders // 2))
    told = ", ".join(f"{size:.1f} MB" for size in sizes)
    print(f"memory before, in the middle of and after {orders:,} orders placed and canceled: {told}")


def main() -> None:
    """Print the table."""
    with paper() as exchange:
        with bare() as handler:
            first = speed(exchange, handler)
        memory(exchange, first, FULL if "--full" in sys.argv else MANY)


if __name__ == "__main__":
    main()
