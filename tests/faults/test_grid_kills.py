"""Kill -9 at every point of a grid bot's life, and silence: no order is doubled, no fill lost, each is rotated once."""

import json
import subprocess
import sys

import pytest

PROCESSES, KILLS = 2, 2_000


@pytest.fixture
def sweeps(root, tmp_path):
    """Give a function that kills so many bots in each of some processes, and gives what each found."""

    def run(processes, kills, bars):
        started = []
        for seed in range(1, processes + 1):
            command = [sys.executable, "-m", "tests.faults.grid_killing", str(tmp_path / str(seed))]
            command += [str(number) for number in (kills, seed, bars)]
            started.append(subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True))
        told = [process.communicate()[0] for process in started]
        assert [process.returncode for process in started] == [0] * processes
        return [json.loads(line) for line in told]

    return run


def test_grid_whose_bots_are_killed_ends_as_its_backtest(sweeps):
    """Killed through the launch and the first rotations: one order an interval rests, the account is right."""
    (told,) = sweeps(1, 24, 10)

    assert told["kills"] == 24
    assert told["fills"] > 20
    assert told["found"] == {}


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_thousands_of_killed_bots_lose_and_double_nothing(sweeps):
    """Each point in turn and random times, also in silence; the last of each market runs to its end."""
    told = sweeps(PROCESSES, KILLS, 60)
    for line in told:
        print(line)

    assert [line["found"] for line in told] == [{}] * PROCESSES
    assert sum(line["kills"] for line in told) == PROCESSES * KILLS
    assert all(line["outages"] > KILLS / 10 for line in told)
