"""Several real processes of one key: one budget, killed processes, cancellations in a flood."""

import statistics
import subprocess
import sys
import time

import pytest

from okxlab.clock import SystemClock
from okxlab.exchange.ledger import FileLedger
from okxlab.exchange.throttle import Throttle

FINE = 200, b'{"code":"0","msg":"","data":[]}'
CANCEL = "POST", "/api/v5/trade/cancel-order", '{"instId":"X-USDT-SWAP"}'
# Each forked child asks on and on and tells when each request left, until it is killed; the first line says all ask.
FLOOD = """
import os, pathlib, random, signal, sys, threading, time
from okxlab.clock import SystemClock
from okxlab.exchange.ledger import FileLedger
from okxlab.exchange.throttle import Throttle

file, told, children, threads, pairs, kills = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
chance, clock = random.Random(3), SystemClock()
throttle = Throttle(FileLedger(pathlib.Path(file), clock), clock, host="okx", key="k")
throttle.wait("GET", "/api/v5/public/time")
paper = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

def ask(number):
    while True:
        name = f"{'X' if pairs == 1 else number % pairs}-USDT-SWAP"
        path = ["order", "amend-order"][number % 2] if pairs > 1 else "order"
        turn = throttle.wait("POST", f"/api/v5/trade/{path}", f'{{"instId":"{name}"}}')
        os.write(paper, f"{turn.sent:.6f}\\n".encode())
        throttle.answered(turn, 200, b'{"code":"0","msg":"","data":[]}')
        number += 1

def fork():
    child = os.fork()
    if child == 0:
        for number in range(threads - 1):
            threading.Thread(target=ask, args=(number,), daemon=True).start()
        ask(threads)
    return child

alive = [fork() for _ in range(children)]
print("asking", flush=True)
for _ in range(kills):
    time.sleep(chance.uniform(0.01, 0.05))
    killed = alive.pop(0)
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    alive.append(fork())
if not kills:
    sys.stdin.read()
for child in alive:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.fixture
def flood(tmp_path):
    """Give a function that starts a flood of orders in processes of its own, and ends it at the end."""
    running = []

    def start(*, children, threads=1, pairs=1, kills=0):
        numbers = map(str, (children, threads, pairs, kills))
        command = [sys.executable, "-c", FLOOD, str(tmp_path / "limits.db"), str(tmp_path / "told"), *numbers]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        running.append(process)
        assert process.stdout.readline() == b"asking\n"
        return process

    yield start
    for process in running:
        process.communicate(timeout=30)


@pytest.fixture
def throttle(tmp_path):
    opened = Throttle(FileLedger(tmp_path / "limits.db", SystemClock()), SystemClock(), host="okx", key="k")
    yield opened
    opened.close()


def told(tmp_path):
    """Read when each request left."""
    return sorted(map(float, (tmp_path / "told").read_text().split()))


def fullest(sent, seconds):
    """Give the most that any window holds."""
    return max(sum(start <= moment < start + seconds for moment in sent) for start in sent)


def test_processes_of_a_key_have_one_budget(tmp_path, flood, throttle):
    """Four processes that place on one instrument share its 48 in two seconds, and another sees what they used."""
    process = flood(children=4)
    time.sleep(3)
    found = {budget.operation: budget for budget in throttle.budgets()}
    process.communicate(timeout=30)
    sent = told(tmp_path)

    assert found["POST trade/order"].named == "X-USDT-SWAP"
    assert found["POST trade/order"].used == pytest.approx(48, abs=8)
    assert fullest(sent, 2) <= 48
    assert len(sent) > 0.8 * 24 * (sent[-1] - sent[0])


def test_a_killed_process_leaves_the_ledger_to_the_others(tmp_path, flood, throttle):
    """Thirty processes are killed anywhere; what is sent stays within the limit, and whoever comes next goes on."""
    flood(children=4, kills=30).wait(timeout=60)
    began = time.monotonic()
    turn = throttle.wait("POST", "/api/v5/trade/order", '{"instId":"X-USDT-SWAP"}')
    throttle.answered(turn, *FINE)

    assert fullest([*told(tmp_path), turn.sent], 2) <= 48
    assert time.monotonic() - began < 5


def test_a_cancellation_goes_through_a_flood_of_orders(flood, throttle):
    """While twelve threads of three processes place and amend as fast as they may, a cancellation waits no slot."""
    flood(children=3, threads=4, pairs=40)
    took, waited = [], []
    for _ in range(60):
        time.sleep(0.05)
        began = time.perf_counter()
        turn = throttle.wait(*CANCEL)
        took.append(time.perf_counter() - began)
        waited.append(turn.waited)
        throttle.answered(turn, *FINE)
    print(f"\ncancellations in a flood: p50 {statistics.median(took) * 1e3:.2f} ms, most {max(took) * 1e3:.2f} ms")

    assert max(waited) < 2 / 48 * 1.01
    assert statistics.median(took) < 2 / 48
