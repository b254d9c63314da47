"""The kill switch from a terminal, while another process trades."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import okxlab as ox
from okxlab.errors import OrderDenied
from tests.trading.guards.keys import live_key
from tests.trading.guards.test_arming import Terminal

LIVE = {"OKX_API_KEY": "a", "OKX_API_SECRET": "b", "OKX_API_PASSPHRASE": "c"}  # okxlab: no secret


@pytest.fixture
def okxlab(tmp_path, monkeypatch):
    """Give a function that runs `okxlab kill` in the test's workspace; flags for all keys are the test's own too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user"))

    def run(*words, fails=False, **keys):
        command = [sys.executable, "-m", "okxlab", "kill", *words]
        ended = subprocess.run(
            command, cwd=tmp_path, env=os.environ | keys, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert (ended.returncode != 0) is fails, ended.stderr
        return ended.stderr if fails else ended.stdout

    return run


@pytest.fixture
def refusing():
    """Give a function that starts a server which refuses every key, and notes what a look gives at each request."""
    servers = []

    def start(look):
        seen = []

        class Refusing(BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append(look())
                text = b'{"code":"50111","msg":"Invalid OK-ACCESS-KEY","data":[]}'
                self.send_response(401)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *told):
                """Say nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Refusing))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def place(session):
    return ox.place(session, "buy", "BTC-USDT", amount="0.001", price="50000")


def test_kernel_that_trades_is_stopped_and_swept(fresh, okxlab):
    """What it has resting is cancelled and named, its next order is refused with the reason, until it is lifted."""
    placed = [place(fresh), place(fresh)]
    fresh.ccxt.load_markets()
    foreign = fresh.ccxt.create_order("BTC/USDT", "limit", "buy", 0.001, 50_000)

    told = okxlab("enough", "is", "enough")

    for order in placed:
        assert f"no longer rests: buy 0.001 BTC-USDT at 50000, 0 filled, {order.order_id}" in told
    assert float(re.search(r"nothing of okxlab's rests there, seen after (\S+) s", told)[1]) >= 3.5
    assert list(ox.open_orders(fresh).index) == [foreign["id"]]
    with pytest.raises(OrderDenied, match="enough is enough"):
        place(fresh)
    assert "lifted" in okxlab("--lift")
    assert place(fresh).state == "live"


def test_key_of_the_workspace_is_swept_though_it_is_bound_to_no_address(fresh, tmp_path, okxlab):
    """A kernel may trade with such a key; profiles that were not named are left alone."""
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{fresh.profile.rest}"\n')
    control = json.loads((tmp_path / ".okxlab" / "paper.json").read_text())["control"]
    order = place(fresh)

    told = okxlab("--profile", "live", **live_key(fresh, control, ips=()))

    assert f"live: no longer rests: buy 0.001 BTC-USDT at 50000, 0 filled, {order.order_id}" in told
    assert place(fresh).state == "live"


def test_flag_stands_though_the_exchange_does_not_answer(tmp_path, okxlab):
    """The command ends with an error, and no process places an order with that key."""
    (tmp_path / "okxlab.toml").write_text('[live]\nhost = "http://127.0.0.1:9"\n')

    said = okxlab("enough", fails=True, **LIVE)

    assert "127.0.0.1:9" in said
    assert "Not everything is stopped and cancelled on live" in said
    assert len(list(tmp_path.glob("user/okxlab/killed-*.json"))) == 1


@pytest.mark.parametrize("words", [(), ("--everywhere",)])
def test_flag_stands_though_the_settings_cannot_be_read(tmp_path, okxlab, words):
    """A slip in okxlab.toml is no reason to go on trading; it is told."""
    (tmp_path / "okxlab.toml").write_text("[live]\nhost = 7 of 9\n")

    said = okxlab(*words, "enough", fails=True, **LIVE)

    assert "okxlab.toml is not TOML" in said
    assert len(list(tmp_path.glob("user/okxlab/killed*.json"))) == 1


def test_all_profiles_are_stopped_before_the_first_is_swept(tmp_path, okxlab, refusing):
    """One that does not answer may take half a minute: the other is not left trading meanwhile."""
    address, seen = refusing(lambda: len(list(tmp_path.glob("user/okxlab/killed-*.json"))))
    (tmp_path / "okxlab.toml").write_text("".join(f'[{name}]\nhost = "{address}"\n' for name in ("live", "demo")))
    demo = {name.replace("OKX_", "OKX_DEMO_"): f"{value}d" for name, value in LIVE.items()}

    okxlab("enough", fails=True, **LIVE, **demo)

    assert seen
    assert set(seen) == {2}


def test_every_key_is_stopped_from_a_folder_without_one_and_a_person_lifts_it(tmp_path, okxlab):
    """The flag of all keys stands, nothing is said to be cancelled, and no script takes the flag away."""
    flag = tmp_path / "user" / "okxlab" / "killed.json"

    said = okxlab("--everywhere", fails=True)

    assert "no order was looked for" in said
    assert "no person to ask" in okxlab("--everywhere", "--lift", fails=True)
    assert flag.exists()


def test_person_lifts_the_switch_of_all_keys_at_a_terminal(tmp_path, okxlab):
    """The command asks, and what is typed there counts."""
    flag = tmp_path / "user" / "okxlab" / "killed.json"
    okxlab("--everywhere", "enough", fails=True)
    command = "import sys\nfrom okxlab.cli import main\nsys.argv = ['okxlab', 'kill', '--lift', '--everywhere']\nmain()"
    terminal = Terminal(command, tmp_path, os.environ)

    terminal.until("Type lift to let every key of this user place orders again: ")
    assert "enough" in terminal.shown
    terminal.type("lift")
    terminal.until("lifted")
    terminal.close()

    assert not flag.exists()


def test_nothing_to_kill_is_said(tmp_path, okxlab):
    """Without a key and without an exchange the command does not pretend."""
    assert "no live or demo key here, and no paper exchange runs" in okxlab("enough", fails=True)
    assert not list(tmp_path.rglob("killed*"))
