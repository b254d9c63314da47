"""Whether strangers may reach this kernel, as far as it can be known."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from okxlab.trading.guards.front import look_at_front

EVERYWHERE = "0.0.0.0"  # noqa: S104 - this is what is looked for; nothing is ever accepted there


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Give a function that listens somewhere in this process and tells about it as a Jupyter server does."""
    opened = []

    def tell(address, **more):
        opened.append(socket.create_server((address, 0)))
        port = opened[-1].getsockname()[1]
        about = {"pid": os.getpid(), "port": port, "url": f"http://host:{port}/", "token": "", "password": False}
        (tmp_path / f"jpserver-{os.getpid()}.json").write_text(json.dumps(about | more))
        monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
        return look_at_front(tmp_path)

    yield tell
    for one in opened:
        one.close()


def test_server_open_to_the_network_without_a_word_is_found(told):
    """It listens on every address and asks for nothing, whatever host name it tells."""
    front = told(EVERYWHERE, hostname="localhost")

    assert "listens on 0.0.0.0 and asks for no token or password" in front.open


@pytest.mark.parametrize(
    ("address", "auth"), [("127.0.0.1", {}), (EVERYWHERE, {"token": "t"}), (EVERYWHERE, {"password": True})]
)
def test_server_that_asks_or_stays_at_home_is_fine(told, address, auth):
    """On loopback, or behind a token or password, the kernel is not open; what a proxy lets in is not known."""
    front = told(address, **auth)

    assert front.open == ""
    assert front.unknown == (
        "What a proxy, tunnel or container in front of this machine lets in cannot be seen from here.",
    )


def test_server_that_cannot_be_found_is_said_to_be_unknown(tmp_path, monkeypatch):
    """A kernel whose server tells nothing about itself is not called safe."""
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    (tmp_path / "jpserver-1.json").write_text("{")

    front = look_at_front(tmp_path)

    assert front.open == ""
    assert front.unknown[0] == "Which server runs this kernel, and whom it lets in, cannot be seen from here."


def test_real_server_that_is_open_to_the_network_is_found(tmp_path, monkeypatch):
    """A Jupyter server on every address without a token is what its own file and sockets say it is."""
    place = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path / "run"), "JUPYTER_CONFIG_DIR": str(tmp_path / "conf")}
    options = [
        "--ip=*",
        "--port=0",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options], cwd=tmp_path, env=place, stderr=subprocess.DEVNULL
    )
    try:
        monkeypatch.setenv("JPY_PARENT_PID", str(server.pid))
        for _ in range(300):
            if list((tmp_path / "run").glob("jpserver-*.json")) and look_at_front(tmp_path / "run").open:
                break
            time.sleep(0.1)
        assert "asks for no token or password" in look_at_front(tmp_path / "run").open
    finally:
        server.terminate()
        server.wait()
