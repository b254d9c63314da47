"""A backfill that is interrupted, killed or has company: what is kept is whole, and it goes on from there."""

import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from statistics import median

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import okxlab as ox
from okxlab.exchange import Control, read_address
from okxlab.market.filling import Filling
from okxlab.market.pages import Page
from okxlab.store import Series, Store
from tests.exchange.conftest import Stopwatch
from tests.market.pulling import MINUTE, fault, ms

DAYS = 30
BARS = DAYS * 1440
SERIES = Series("paper", "candles", "BTC-USDT", "1m")
CHILD = """
import signal, sys
import okxlab as ox
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background would not hear it
workspace, store, symbol, start, end = sys.argv[1:]
with ox.connect(workspace=workspace) as session:
    print("ready", flush=True)
    print(ox.backfill(session, symbol, "1m", start, end, store=store, progress=False)["pages"].sum())
"""


@pytest.fixture(scope="module")
def control(paper):
    """Give the control of an exchange whose answers take a while."""
    opened = Control(read_address(paper.workspace.exchange_state.read_bytes()))
    fault(opened, fault="slow", ms=50, endpoint="market/*")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def span(paper, control):
    end = ox.candles(paper, "BTC-USDT").index[-1]
    return end - BARS * MINUTE, end


@pytest.fixture(scope="module")
def undisturbed(paper, span):
    return ox.candles(paper, "BTC-USDT", start=span[0], end=span[1])


def told(exchange):
    """Give the rules of faults and the log of what they struck."""
    headers = {"X-Okxlab-Token": exchange._address.control.reveal()}
    return exchange._http.get(f"{exchange._address.rest}/okxlab/faults", headers=headers).json()


def arrived(exchange):
    """Count the requests of market data that an exchange has seen."""
    return told(exchange)["rules"][0]["hits"]


def started(workspace, store, span, *, symbol="BTC-USDT"):
    """Start a backfill in a process of its own, and wait until it is about to pull."""
    command = [sys.executable, "-c", CHILD, workspace.root, store.url, symbol, *(time.isoformat() for time in span)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


def check_resumed(session, store, span, undisturbed):
    """What is there is a part of the whole, covered exactly; going on makes it the whole and pulls only the rest."""
    kept, covered = store.read(SERIES), store.spans(SERIES)
    assert_frame_equal(kept, undisturbed.loc[kept.index])
    assert sum((covered["end"] - covered["start"]) / MINUTE) == len(kept)
    row = ox.backfill(session, "BTC-USDT", "1m", *span, store=store, progress=False).loc["BTC-USDT"]

    assert (row["present"], row["pulled"], row["absent"]) == (len(kept), BARS - len(kept), 0)
    assert_frame_equal(store.read(SERIES), undisturbed)
    assert store.verify().empty
    return len(kept)


@pytest.fixture
def kill(paper, control, span, undisturbed, tmp_path):
    """Give a function that kills fresh backfills so many pages, and then seconds, after they began, and goes on."""

    def kept(pages, seconds):
        store, before = Store(tmp_path / f"{pages}-{seconds}"), arrived(control)
        child = started(paper.workspace, store, span)
        while arrived(control) < before + pages:
            time.sleep(0.01)
        time.sleep(seconds)
        child.kill()
        child.communicate()
        return check_resumed(paper, store, span, undisturbed)

    return lambda moments: [kept(*moment) for moment in moments]


def test_a_killed_backfill_goes_on(kill):
    """Killed early and late: the frame is that of one nobody killed, bit for bit."""
    assert [bars > 0 for bars in kill([(10, 0), (90, 0)])] == [False, True]


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_a_backfill_killed_at_any_moment_goes_on(kill, paper, span):
    """The same at fifty random moments, from its start to a little after it would have ended."""
    chance, began = random.Random(50), time.monotonic()  # noqa: S311 - a seeded test
    ox.candles(paper, "BTC-USDT", start=span[0], end=span[1])
    whole = time.monotonic() - began
    kept = kill([(0, chance.uniform(0, 1.5 * whole)) for _ in range(50)])

    print(f"\n50 kills: {sum(not bars for bars in kept)} had kept nothing, {sum(bars == BARS for bars in kept)} all,")
    print(f"the others {sorted(bars for bars in kept if 0 < bars < BARS)} of {BARS} bars")
    assert any(0 < bars < BARS for bars in kept)


def test_pages_wait_fifteen_seconds_at_most(undisturbed, tmp_path):
    """What one symbol has gathered is written in time while others have their turn."""
    store, clock = Store(tmp_path / "store"), Stopwatch()
    filling = Filling(store, SERIES, "candles", clock)
    first = ms(undisturbed.index[0])
    filling.add(Page((first, first + 60_000), [[str(first), "1", "1", "1", "1", "1", "1", "1", "1"]], 1))
    kept = []
    for seconds in (14.9, 0.1):
        clock.sleep(seconds)
        filling.tend()
        kept.append(len(store.read(SERIES)))

    assert kept == [0, 1]


def test_an_interrupted_backfill_keeps_every_page_that_came(paper, control, span, undisturbed, tmp_path):
    """After Ctrl-C it ends as an interrupted program does, with more in the store than was written on the way."""
    store, before = Store(tmp_path / "store"), arrived(control)
    fault(control, fault="delay", ms=200, endpoint="market/*", seconds=10)
    child = started(paper.workspace, store, span)
    while arrived(control) < before + 30:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)

    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert check_resumed(paper, store, span, undisturbed) >= 15 * 300


def test_two_processes_keep_to_one_limit_and_use_it(tmp_path):
    """The exchange refuses nothing, counts at most what is allowed in any two seconds, and waits for neither."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nlimits = true\n")
    with ox.connect(workspace=tmp_path) as session:
        watching = Control(read_address(session.workspace.exchange_state.read_bytes()))
        fault(watching, fault="slow", ms=40, endpoint="market/*")
        end = ox.candles(session, "BTC-USDT").index[-1]
        before, span = len(told(watching)["log"]), (end - pd.Timedelta(days=5), end)
        children = [
            started(session.workspace, Store(tmp_path / symbol), span, symbol=symbol)
            for symbol in ("BTC-USDT", "SOL-USDT")
        ]
        pages = sum(int(child.communicate(timeout=60)[0]) for child in children)
        seen = told(watching)["log"][before:]
        watching.close()
    old = [row["ts"] for row in seen if row["endpoint"] == "market/history-candles"]

    assert len(seen) == pages  # one that is refused would be asked again
    assert max(sum(ts <= other < ts + 2000 for other in old) for ts in old) <= 20
    # of most requests, as the machine may stall between two
    assert median(after - ts for ts, after in pairwise(sorted(old))) <= 1000 / (0.9 * 10)
