"""Several writers and readers of one series at once."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from okxlab.store import Series

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")
PROGRAM = Path(__file__).parent / "writing.py"


def writer(spot, clock, *task):
    command = [sys.executable, str(PROGRAM), spot.url, json.dumps(spot.options), str(clock.ms), *map(str, task)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_threads_that_write_at_once_lose_nothing(spot, clock, bars):
    """Two stores of one place, written to by four threads: every row is there, once."""
    day = bars("2024-01-01", 24)
    stores = [spot.open(clock), spot.open(clock)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda row: stores[row % 2].write(MINUTES, day.iloc[[row]], source="okx"), range(24)))

    assert (stores[0].read(MINUTES).to_numpy() == day.to_numpy()).all()
    assert stores[0].verify().empty


def test_processes_that_write_at_once_lose_nothing(shared_spot, clock):
    """Two processes write every other minute of the same month: the lock, or S3's condition, keeps both."""
    with writer(shared_spot, clock, "bars", 0, 12) as one, writer(shared_spot, clock, "bars", 1, 12) as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)
    store = shared_spot.open(clock)

    assert len(store.read(MINUTES)) == 24
    assert store.missing(MINUTES, "2024-01-01", "2024-01-01 00:24") == []
    assert set(store.spans(MINUTES)["source"]) == {"writer 0", "writer 1"}
    assert store.verify().empty


def test_a_reader_beside_a_writer_sees_whole_states(shared_spot, clock):
    """While a process replaces state after state, each read gives all of one state, and states never go back."""
    store, seen = shared_spot.open(clock), []
    with writer(shared_spot, clock, "states", 1) as states:
        while states.stdout.readline().strip() != "1":
            pass
        while len(set(seen)) < 3 and states.poll() is None:
            values = store.read(MINUTES).to_numpy()
            assert (values.size, values.min()) == (5 * 3_000, values.max())
            seen.append(int(values.max()))
        states.kill()

    assert seen == sorted(seen)
    assert len(set(seen)) == 3
