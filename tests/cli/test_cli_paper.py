"""The commands that see to a workspace's paper exchange, run as a user runs them."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def okxlab(tmp_path):
    """Give a function that runs `okxlab paper` with words in a workspace of the test's own."""
    (tmp_path / "okxlab.toml").write_text("", encoding="utf-8")

    def run(*words, fails=False):
        command = [sys.executable, "-m", "okxlab", "paper", *words]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert (ended.returncode != 0) is fails, ended.stderr
        return (ended.stderr if fails else ended.stdout).strip()

    return run


@pytest.fixture
def running(tmp_path):
    """Give the workspace's exchange, running as a session would run it."""
    state = tmp_path / ".okxlab"
    state.mkdir(mode=0o700)
    command = [sys.executable, "-m", "okxlab", "paper", "--state", state / "paper.json", "--data", state / "paper.db"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    told = json.loads(process.stdout.readline())
    yield process, told
    process.terminate()
    process.communicate(timeout=30)


def test_without_a_running_exchange_they_act_on_its_database(okxlab, tmp_path):
    """What one command did the next one sees, and a reset takes it away; the file is its owner's alone."""
    assert okxlab("deposit", "USDT", "500") == "main has 100500 USDT."
    assert okxlab("deposit", "BTC", "0.5") == "main has 0.5 BTC."
    made = json.loads(okxlab("keys", "add", "--label", "bot", "--perm", "trade", "--ip", "127.0.0.1"))
    lines = okxlab("keys", "list").splitlines()

    assert len(lines) == 2
    assert any(line.startswith(made["key"]) and "127.0.0.1" in line and "bot" in line for line in lines)
    assert made["secret"] not in "".join(lines)
    assert os.stat(tmp_path / ".okxlab" / "paper.db").st_mode & 0o077 == 0  # noqa: PTH116 - the number is what matters
    assert okxlab("keys", "remove", made["key"]) == f"Removed {made['key']}."
    assert "anew" in okxlab("reset")
    assert not list((tmp_path / ".okxlab").glob("paper.db*"))
    assert "nothing" in okxlab("reset")
    assert okxlab("deposit", "USDT", "1") == "main has 100001 USDT."


def test_a_running_exchange_is_told_and_a_reset_ends_it(running, okxlab, tmp_path):
    """Through its control routes; its own key stays, and afterwards nothing of it is left."""
    process, told = running

    assert okxlab("deposit", "USDT", "500") == "main has 100500 USDT."
    assert told["api_key"] in okxlab("keys", "list")
    assert "stays" in okxlab("keys", "remove", told["api_key"], fails=True)
    assert "anew" in okxlab("reset")
    assert process.wait(10) == 0
    assert not list((tmp_path / ".okxlab").glob("paper.*"))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("deposit", "USDT", "much"), "'much'"),
        (("deposit", "NOPE", "1"), "'NOPE'"),
        (("deposit", "USDT", "1", "--account", "nobody"), "'nobody'"),
        (("keys", "add", "--perm", "fly"), "'fly'"),
        (("keys", "remove", "nope"), "keys list"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(okxlab, words, complaint):
    """Exit code 1 and one line that says what to do."""
    said = okxlab(*words, fails=True)

    assert complaint in said
    assert len(said.splitlines()) == 1


def test_recorded_candles_keep_nothing(okxlab, tmp_path):
    """Without a running exchange there is nothing to act on, and the sentence says so."""
    (tmp_path / "okxlab.toml").write_text('[paper]\nprices = "file:candles.csv"\n', encoding="utf-8")

    assert "ox.connect()" in okxlab("deposit", "USDT", "1", fails=True)
