"""Connecting: the workspace's paper exchange starts, is joined, and ends with its last session."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import ccxt
import psutil
import pytest

import okxlab as ox
from okxlab.errors import ConfigError, PaperError, Unreachable

CONNECT = """
import sys, okxlab as ox
session = ox.connect(workspace=sys.argv[1])
print(session.profile.rest, flush=True)
sys.stdin.read()
"""


def told(workspace: Path) -> dict:
    return json.loads((workspace / ".okxlab" / "paper.json").read_text())


def ended(pid: int) -> bool:
    """Wait until a process is gone; zombies of others count as gone."""
    try:
        psutil.Process(pid).wait(timeout=10)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def client(workspace: Path) -> subprocess.Popen:
    """Start a process that holds a session until its input ends."""
    command = [sys.executable, "-c", CONNECT, str(workspace)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_connect_gives_a_genuine_ccxt_whose_every_url_is_loopback(paper):
    """Live and test URLs, REST and WebSocket, all lead to the same loopback address."""
    assert type(paper.ccxt) is ccxt.okx
    home = urlsplit(paper.profile.rest).netloc
    urls = [url for kind in ("api", "test") for url in paper.ccxt.urls[kind].values()]
    assert len(urls) == 4
    assert {urlsplit(url).netloc for url in urls} == {home}
    assert home.startswith("127.0.0.1:")


def test_second_session_joins_the_running_exchange(fresh, tmp_path):
    """A second session in the workspace, even from a folder below, sees the same exchange."""
    below = tmp_path / "notebooks"
    below.mkdir()
    (tmp_path / "okxlab.toml").write_text("")
    with ox.connect(workspace=below) as second:
        assert second.profile.rest == fresh.profile.rest


def test_exchange_stays_while_one_session_is_left_and_ends_with_the_last(tmp_path):
    """The process lives through the first session's end and is gone after the last one's, port and file with it."""
    first, second = ox.connect(workspace=tmp_path), ox.connect(workspace=tmp_path)
    pid, place = told(tmp_path)["pid"], urlsplit(first.profile.rest)
    first.close()
    assert not ox.tickers(second).empty

    second.close()
    assert ended(pid)
    assert not (tmp_path / ".okxlab" / "paper.json").exists()
    with socket.socket() as port:
        port.bind((place.hostname, place.port))


def test_exchange_ends_when_its_only_client_is_killed(tmp_path):
    """After kill -9 of the kernel no exchange is left behind."""
    kernel = client(tmp_path)
    kernel.stdout.readline()
    pid = told(tmp_path)["pid"]
    kernel.send_signal(signal.SIGKILL)
    kernel.communicate()

    assert ended(pid)


def test_exchange_outlives_a_killed_client_while_another_holds_it(fresh, tmp_path):
    """Kill -9 of one client takes nothing from the other."""
    kernel = client(tmp_path)
    assert kernel.stdout.readline().strip() == fresh.profile.rest
    kernel.send_signal(signal.SIGKILL)
    kernel.communicate()

    assert not ox.tickers(fresh).empty


def test_clients_that_connect_at_once_share_one_exchange(tmp_path):
    """Four processes that start together find one exchange."""
    kernels = [client(tmp_path) for _ in range(4)]
    addresses = {kernel.stdout.readline() for kernel in kernels}
    for kernel in kernels:
        kernel.communicate()

    assert len(addresses) == 1


def test_next_connect_after_a_killed_exchange_starts_a_new_one(tmp_path):
    """The state file of an exchange that was killed does not stop the next one."""
    first = ox.connect(workspace=tmp_path)
    psutil.Process(told(tmp_path)["pid"]).kill()
    with ox.connect(workspace=tmp_path) as second:
        assert not ox.tickers(second).empty
    first.close()


@pytest.mark.parametrize(
    "call",
    [
        ox.tickers,
        lambda session: ox.order_book(session, "BTC-USDT", depth=5),
        ox.balances,
        lambda session: ox.place(session, "buy", "BTC-USDT", amount="0.01", price="50000"),
        lambda session: ox.cancel(session, "1", symbol="BTC-USDT"),
    ],
    ids=["tickers", "order_book", "balances", "place", "cancel"],
)
def test_calls_fail_and_say_so_when_the_exchange_is_stopped(stopped, call):
    """With the process gone, each of the tutorial's five calls raises an error that names it."""
    with pytest.raises((Unreachable, ox.OkxlabError), match=r"does not answer|not sent|not cancelled"):
        call(stopped)


@pytest.fixture
def stopped(tmp_path):
    """Give a session whose exchange was killed."""
    session = ox.connect(workspace=tmp_path)
    process = psutil.Process(told(tmp_path)["pid"])
    process.kill()
    ended(process.pid)
    yield session
    session.close()


def test_state_is_closed_to_other_users(fresh, tmp_path):
    """The folder and the file with the keys are for this user alone."""
    assert (tmp_path / ".okxlab").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".okxlab" / "paper.json").stat().st_mode & 0o777 == 0o600
    assert fresh.profile.keys


def test_connect_when_the_workspace_cannot_be_written_to_says_so(tmp_path):
    """A workspace without room for okxlab's folder is refused in one sentence."""
    (tmp_path / ".okxlab").write_text("a file where the folder should be")

    with pytest.raises(ConfigError, match="cannot make its folder"):
        ox.connect(workspace=tmp_path)


def test_connect_when_the_prices_cannot_be_read_gives_the_exchange_own_words(tmp_path):
    """What stops the exchange's process is said by connect, and no process is left."""
    (tmp_path / "okxlab.toml").write_text('[paper]\nprices = "file:nowhere.csv"\n')

    with pytest.raises(PaperError, match=r"nowhere\.csv"):
        ox.connect(workspace=tmp_path)
    assert not (tmp_path / ".okxlab" / "paper.json").exists()


def test_connect_when_a_setting_is_misspelt_names_it(tmp_path):
    """An unknown setting is refused by name."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nsede = 3\n")

    with pytest.raises(ConfigError, match=r"paper\.sede"):
        ox.connect(workspace=tmp_path)


def test_settings_in_the_environment_go_before_the_file(tmp_path, monkeypatch):
    """OKXLAB_… variables win over okxlab.toml."""
    from okxlab.config import find_workspace

    (tmp_path / "okxlab.toml").write_text("[paper]\nseed = 3\n")
    monkeypatch.setenv("OKXLAB_PAPER__SEED", "9")

    assert find_workspace(tmp_path).settings.paper.seed == 9
