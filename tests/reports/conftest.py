"""A workspace with the small notebooks beside these tests, and the means to run a scheduler whose minutes are short."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from okxlab.reports import Ledger

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def notebooks() -> Path:
    return HERE / "notebooks"


@pytest.fixture(scope="session")
def furnish(notebooks) -> Callable[[Path], Path]:
    """Give a maker of workspaces, for tests that share one."""

    def make(place: Path) -> Path:
        root = place / "work {place}"
        (root / "notebooks").mkdir(parents=True)
        shutil.copytree(notebooks, root / "notebooks" / "reports")
        return root

    return make


@pytest.fixture
def workspace(tmp_path, furnish) -> Path:
    return furnish(tmp_path)


@pytest.fixture
def write_schedule(workspace) -> Callable[[str], None]:
    return lambda text: (workspace / "schedule.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def start_scheduler(workspace):
    """Give a starter of real scheduler processes whose minutes pass in ``minute`` seconds, all on one clock.

    The clock stands at half a minute to New Year when the first is ready. Everything ends with the test.
    """
    running, began = [], []

    def start(minute: float = 6.0) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "fast_scheduler.py"), str(workspace), str(60 / minute), *began]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=workspace)
        running.append(process)
        began[:] = began or [process.stdout.readline().strip()]
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
    with Ledger(workspace) as ledger:
        for row in ledger.rows("running"):
            row.process.kill()


@pytest.fixture
def until():
    """Give a wait for a condition that polls, with an end."""

    def wait(condition, seconds: float = 60.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        pytest.fail(f"it did not come about in {seconds} s")

    return wait
