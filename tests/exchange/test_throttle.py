"""The throttle: OKX's limits, shared by all processes of a key."""

import subprocess
import sys

import pytest

import okxlab as ox
from okxlab.errors import Blocked
from okxlab.exchange.throttle import LIMITS, Throttle
from tests.exchange.conftest import CANARIES


class Stopwatch:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0

    def now_ms(self):
        return int(self.now * 1000)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("path", sorted(LIMITS))
def test_no_window_holds_more_than_the_limit(tmp_path, path):
    """However fast requests come, no window of the endpoint's length holds more than it allows."""
    allowed, seconds, key = LIMITS[path]
    clock = Stopwatch()
    throttle = Throttle(tmp_path / "t.db", clock)
    moments = []
    for _ in range(3 * allowed):
        throttle.wait("GET", f"/api/v5/{path}?{key or 'x'}=BTC-USDT")
        moments.append(clock.now)

    busiest = max(sum(start <= moment < start + seconds - 1e-9 for moment in moments) for start in moments)
    assert busiest == allowed


def test_limits_are_kept_apart_by_instrument(tmp_path):
    """Orders of one instrument do not wait for another's."""
    clock = Stopwatch()
    throttle = Throttle(tmp_path / "t.db", clock)
    throttle.wait("POST", "/api/v5/trade/batch-orders", b'[{"instId":"BTC-USDT"}]')

    assert throttle.wait("POST", "/api/v5/trade/batch-orders", b'[{"instId":"ETH-USDT"}]') == 0
    assert throttle.wait("POST", "/api/v5/trade/batch-orders", b'[{"instId":"BTC-USDT"}]') > 0


def test_two_processes_share_one_budget(tmp_path):
    """Two processes that send at once take turns in one sequence of moments."""
    script = (
        "import sys, pathlib\n"
        "from okxlab.clock import SystemClock\n"
        "from okxlab.exchange.throttle import Throttle\n"
        "clock = SystemClock()\n"
        "throttle = Throttle(pathlib.Path(sys.argv[1]), clock)\n"
        "for _ in range(8):\n"
        "    throttle.wait('GET', '/api/v5/market/tickers?instType=SPOT'); print(clock.monotonic())\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "t.db")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    moments = sorted(float(line) for child in children for line in child.communicate()[0].split())

    assert len(moments) == 16
    assert moments[-1] - moments[0] >= 15 * 0.1 - 0.05


def test_a_moment_from_before_a_restart_is_forgotten(tmp_path):
    """After the machine restarts its monotonic clock begins anew, and nobody waits for the old one."""
    clock = Stopwatch()
    clock.now = 1_000_000.0
    Throttle(tmp_path / "t.db", clock).wait("GET", "/api/v5/market/tickers")
    clock.now = 5.0

    assert Throttle(tmp_path / "t.db", clock).wait("GET", "/api/v5/market/tickers") == 0


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"junk" * 999), lambda file: file.mkdir()])
def test_ledger_that_cannot_be_used_stops_the_request_in_one_sentence(tmp_path, spoil):
    """Without its ledger the throttle lets nothing through and names the file."""
    spoil(tmp_path / "t.db")

    with pytest.raises(Blocked, match=r"t\.db.*Remove that file"):
        Throttle(tmp_path / "t.db", Stopwatch()).wait("GET", "/api/v5/market/tickers")


def test_workspaces_of_one_key_share_one_ledger(keyed, user_state, tmp_path):
    """The exchange counts by key, so the ledger lies with the user, named without showing the key."""
    first, _ = keyed()
    below = tmp_path / "other"
    below.mkdir()
    (below / "okxlab.toml").write_text((tmp_path / "okxlab.toml").read_text())
    with ox.connect("live", workspace=below):
        (ledger,) = user_state.rglob("*.db")

    assert CANARIES[0] not in str(ledger)
    assert ledger.parent.stat().st_mode & 0o777 == 0o700
    assert first.profile.keys


def test_ledger_lies_in_the_workspace_when_the_user_folder_cannot_be_written(keyed, user_state, tmp_path):
    """A file where the state folder should be leaves the limits kept in the workspace."""
    user_state.write_text("")
    keyed()

    assert list((tmp_path / ".okxlab").glob("throttle-*.db"))


def test_ledger_of_public_data_is_named_by_its_host(stranger, user_state, tmp_path):
    """Without a key the limits are those of the address that is asked."""
    server = stranger()
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{server.url}"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        ox.tickers(session)

    assert [file.name for file in user_state.rglob("*.db")] == [f"throttle-127.0.0.1-{server.url.split(':')[-1]}.db"]
