"""Kill -9 at every point of placing, cancelling and recovering: nothing is doubled, unknown or lost."""

import json
import subprocess
import sys
from decimal import Decimal

import pytest

import okxlab as ox
from tests.faults.killing import NEVER, Grave

PROCESSES, KILLS = 2, 5_000


@pytest.fixture
def sweeps(root, tmp_path):
    """Give a function that kills so many lives in each of some processes, and gives what each found."""

    def run(processes, kills):
        started = []
        for seed in range(processes):
            home = tmp_path / str(seed)
            home.mkdir()
            command = [sys.executable, "-m", "tests.faults.killing", str(home), str(kills), str(seed)]
            started.append(subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True))
        told = [process.communicate()[0] for process in started]
        assert [process.returncode for process in started] == [0] * processes
        return [json.loads(line) for line in told]

    return run


def test_lives_that_are_killed_leave_nothing_doubled_unknown_or_lost(sweeps):
    """Each point of the first life in turn, and of the lives that take up what it left."""
    (told,) = sweeps(1, 24)

    assert told["kills"] >= 24
    assert told["found"] == {}


def test_order_that_no_journal_knows_is_found_by_the_comparison(tmp_path):
    """The comparison itself sees a ghost, and what was never placed."""
    grave = Grave(tmp_path)
    assert not grave.buried("clean", NEVER)
    begin_ms = int(ox.server_time(grave.session).timestamp() * 1000) - 5_000
    clean = grave.verdict("clean", begin_ms)
    ox.place(grave.session, "buy", "BTC-USDT", amount=Decimal("0.0001"), price=grave.price, client_id="cleanghost")
    ghost = grave.verdict("clean", begin_ms)
    grave.close()

    assert sum(clean.values()) == 0
    assert (ghost["ghosts"], ghost["left open"]) == (1, 1)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_ten_thousand_kills(sweeps, capsys):
    """Ten thousand real deaths of real processes."""
    told = sweeps(PROCESSES, KILLS)
    with capsys.disabled():
        for each in told:
            print(f"\n{each}")

    assert sum(each["kills"] for each in told) >= PROCESSES * KILLS
    assert all(each["found"] == {} for each in told)
