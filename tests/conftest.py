"""What every test shares: no keys from outside, and the data folder beside the checkout when it is there."""

import os
import signal
from pathlib import Path

import pytest

from tests import canaries

ROOT = Path(__file__).resolve().parents[1]
NO_SHARED_DATA = "the shared data folder is not beside this checkout"
# On the build machine everything is there, so a skipped test would be a test nobody runs.
MAY_SKIP = os.environ.get("CI") != "true" and not os.environ.get("OKXLAB_NO_SKIPS")


def pytest_configure(config: pytest.Config) -> None:
    """Watch over every secret the tests use; and let Ctrl-C be heard, which a job in the background ignores."""
    canaries.pytest_configure(config)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected = hasattr(report, "wasxfail") or NO_SHARED_DATA in str(report.longrepr)
    if report.skipped and not (MAY_SKIP or expected):
        report.outcome = "failed"
        report.longrepr = f"nothing may be skipped here: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Turn a skipped test into a failed one where nothing may be skipped."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Do the same for a file that skips itself."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch, tmp_path_factory):
    for name in list(os.environ):
        if name.startswith(("OKX_", "OKXLAB_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real market data beside the checkout, or skip."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(NO_SHARED_DATA)
    return folder


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """Give a session on a paper exchange that the tests of one file share."""
    import okxlab as ox

    with ox.connect(workspace=tmp_path_factory.mktemp("workspace")) as session:
        yield session


@pytest.fixture
def fresh(tmp_path):
    """Give a session on a paper exchange of the test's own, with 100,000 USDT, nothing done, and prices that stand."""
    import okxlab as ox

    (tmp_path / "okxlab.toml").write_text("[paper]\nspeed = 1e-9\n")  # the next price is centuries away
    with ox.connect(workspace=tmp_path) as session:
        yield session


@pytest.fixture
def stepped(tmp_path):
    """Give a function that opens a stepped paper exchange on candles: (session, control)."""
    from okxlab.config import find_workspace
    from okxlab.exchange import Control, paper_session, start
    from okxlab.store import write_candles

    opened = []

    def make(candles, *options):
        file = write_candles(candles, tmp_path / "candles.parquet")
        address, lease = start(
            ["--prices", f"file:{file}", "--symbol", "BTC-USDT", "--stepped", *options], log=tmp_path / "paper.log"
        )
        control = Control(address)
        session = paper_session(address, lease, find_workspace(tmp_path))
        opened.extend((session, control))
        return session, control

    yield make
    for door in opened:
        door.close()
