"""What a durable record costs, beside a bare write and fdatasync in the same run, and how fast a long journal opens.

``python tests/bench/bench_journal.py [FOLDER]``: FOLDER lies on the disk to be measured, a temporary one by default.
The two take turns record by record, so that a busy disk slows both; ratios of medians are what to compare.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from okxlab.trading.journal import FileLog, Header, SystemDisk, read_log

HEADER = Header("demo", "www.okx.com", "43812", "bench")
RECORD = (
    b'{"kind":"intent","at":1764000000000,"client_id":"mfrggzdfmztwq2lk","symbol":"BTC-USDT","body":{"instId":"BTC-USDT",'
    b'"tdMode":"cash","side":"buy","ordType":"limit","px":"60000.1","sz":"0.01","tag":"okxlabmfrggzdf"},"exp":1764000003000}'
)
ROUNDS, APPENDS, THREADS, MANY = 3, 2000, 8, 1_000_000


def timed(act: Callable[[], object]) -> float:
    """Give how many microseconds something takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e6


def percentiles(times: list[float]) -> tuple[float, float]:
    """Give the median and the 99th of a hundred."""
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def durable(log: FileLog, folder: Path) -> None:
    """Print what a durable append takes beside a bare one, in turns."""
    bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def bare_append() -> None:
        os.write(bare, RECORD)
        os.fdatasync(bare)

    for _ in range(ROUNDS):
        pairs = [(timed(bare_append), timed(lambda: log.append([RECORD], durable=True))) for _ in range(APPENDS)]
        (bare50, bare99), (mine50, mine99) = (percentiles(list(times)) for times in zip(*pairs, strict=True))
        print(
            f"append + fdatasync: p50 {mine50:.0f} us, p99 {mine99:.0f} us; bare {bare50:.0f} us, {bare99:.0f} us; "
            f"ratio p50 {mine50 / bare50:.2f}, p99 {mine99 / bare99:.2f}"
        )
    os.close(bare)


def in_groups(log: FileLog) -> None:
    """Print how many durable records a second one thread and several get through, and twenty in one call."""
    one = timed(lambda: [log.append([RECORD], durable=True) for _ in range(APPENDS)])
    work = [Thread(target=lambda: [log.append([RECORD], durable=True) for _ in range(APPENDS)]) for _ in range(THREADS)]
    many = timed(lambda: ([t.start() for t in work], [t.join() for t in work]))
    batch = timed(lambda: [log.append([RECORD] * 20, durable=True) for _ in range(APPENDS // 10)])
    print(
        f"durable records a second: one thread {APPENDS / one * 1e6:,.0f}, {THREADS} threads "
        f"{THREADS * APPENDS / many * 1e6:,.0f}, twenty a call {APPENDS * 2 / batch * 1e6:,.0f}"
    )
    kept = timed(lambda: [log.append([RECORD], durable=False) for _ in range(APPENDS)]) / APPENDS
    print(f"append without a sync: {kept:.1f} us")


def reopened(folder: Path) -> None:
    """Print how long a journal of a million records takes to be opened and checked."""
    header = Header("demo", "www.okx.com", "43812", "long")
    log = FileLog.open(SystemDisk(header.place(folder)), header, at=0)
    for _ in range(MANY // 1000):
        log.append([RECORD] * 1000, durable=False)
    log.close()
    opening = timed(lambda: FileLog.open(SystemDisk(header.place(folder)), header, at=0).close())
    reading = timed(lambda: read_log(header.place(folder)))
    size = header.place(folder).stat().st_size
    print(f"{MANY:,} records, {size / 1e6:.0f} MB: opened in {opening / 1e6:.2f} s, read in {reading / 1e6:.2f} s")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        log = FileLog.open(SystemDisk(HEADER.place(folder)), HEADER, at=0)
        durable(log, folder)
        in_groups(log)
        reopened(folder)


if __name__ == "__main__":
    main()
