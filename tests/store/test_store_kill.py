"""A writer killed at any moment leaves the old state or the new one, and nothing in between."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from okxlab.store import Series, Store

MINUTES = Series("okx", "candles", "BTC-USDT", "1m")
PROGRAM = Path(__file__).parent / "writing.py"
ROWS = 3_000


def killed_writer(spot, clock, first: int, chance: np.random.Generator) -> int:
    """Run a writer of states, kill it at some moment, and give the last state it told of."""
    command = [sys.executable, str(PROGRAM), spot.url, json.dumps(spot.options), str(clock.ms), "states", str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        for _ in range(chance.integers(2, 6)):
            began = time.monotonic()
            writer.stdout.readline()
        # Anywhere in the next state, which takes about as long as the last one did.
        time.sleep(chance.uniform(0, time.monotonic() - began))
        writer.kill()
        told = [line for line in writer.stdout.read().split() if line.isdigit()]
    return int(told[-1]) if told else -1


def check_one_state(store: Store, told: int) -> int:
    """Check that the store holds the state last told of or one put after it, whole, and give its number."""
    frame = store.read(MINUTES)
    numbers = set(frame.to_numpy().ravel().tolist())
    found = store.verify()
    assert len(frame) in {0, ROWS}
    assert len(numbers) <= 1
    assert set(found["finding"]) <= {"is named by no manifest; it may be removed"}
    number = int(numbers.pop()) if numbers else -1
    assert number >= told
    return number


def kill_often(spot, clock, times: int) -> int:
    """Kill writers of one series, one after the other, and give how many left files behind."""
    chance, number, left, strays = np.random.default_rng(5), -1, 0, set()
    for _ in range(times):
        told = killed_writer(spot, clock, number + 1, chance)
        store = spot.open(clock)
        number = check_one_state(store, told)
        found = set(store.verify()["file"])
        left += bool(found - strays)
        strays |= found
    return left


def test_a_killed_writer_leaves_one_whole_state(shared_spot, clock):
    """Kills in each place that outlives a process: readers find a whole state, and no finding but strays."""
    kill_often(shared_spot, clock, 2)

    assert shared_spot.open(clock).missing(MINUTES, "2024-01-31", "2024-02-02") == []


def test_the_next_write_removes_what_a_killed_writer_left(tmp_path, clock, bars):
    """In a folder nobody else can be writing, so files no manifest names go with the next write."""
    store = Store(tmp_path, clock)
    store.write(MINUTES, bars("2024-01-01", 5), source="okx")
    for name in ("2024-01.0123456789ab.parquet", "manifest.json.new"):
        (tmp_path / MINUTES.folder / name).write_bytes(b"half")
    (tmp_path / MINUTES.folder / "notes.txt").write_text("mine")
    assert len(store.verify()) == 2

    store.write(MINUTES, bars("2024-01-02", 5), source="okx")

    assert store.verify().empty
    assert (tmp_path / MINUTES.folder / "notes.txt").exists()


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_fifty_kills_leave_fifty_whole_states(shared_spot, clock):
    """Fifty kills, in a folder and on S3; some of them between a new file and its manifest."""
    left = kill_often(shared_spot, clock, 50)

    print(f"{shared_spot.open(clock)}: 50 kills, {left} times files were left behind, every state whole")
    assert left > 0
