"""The watch over secrets: a test that lets one out anywhere fails, and one that does not passes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import base64, gzip, html, json, logging, secrets, sqlite3, urllib.parse
from pathlib import Path

import pytest

from okxlab.exchange.credentials import Credentials, Secret

@pytest.fixture
def key():
    return Secret(secrets.token_hex(16)).reveal()

@pytest.fixture
def phrase():
    return Secret('a "quoted" & <awkward> ' + secrets.token_hex(2)).reveal()

@pytest.fixture
def sign(key):
    from okxlab.exchange import transport
    return transport._signature(Credentials(Secret(key), Secret(key), Secret(key)), secrets.token_hex(4))

def test_it(tmp_path, key, phrase, sign):
    out = tmp_path / "deep" / "left.txt"
    out.parent.mkdir()
"""
LEAKS = {
    "key in a file": "out.write_text(f'order of {key}')",
    "key in capitals": "out.write_text(key.upper())",
    "key in base64": "out.write_text(base64.b64encode(key.encode()).decode())",
    "key among others in base64": "out.write_text(base64.b64encode(f'user: {key}: {key}'.encode()).decode())",
    "key packed": "out.write_bytes(gzip.compress(key.encode()))",
    "key in bytes": "out.write_bytes(bytes(9) + key.encode() + bytes(9))",
    "key in a database": "b = sqlite3.connect(out); b.execute(f'CREATE TABLE a{key} (b)'); b.commit(); b.close()",
    "key in Parquet": "import pandas as pd; pd.DataFrame({'a': [key] * 99}).to_parquet(out, compression='zstd')",
    "passphrase in JSON": "out.write_text(json.dumps({'said': phrase}))",
    "passphrase in a page": "out.write_text(html.escape(phrase))",
    "passphrase in a URL": "out.write_text(urllib.parse.quote(phrase, safe=''))",
    "passphrase in base64": "out.write_text(base64.b64encode(f'said {phrase}'.encode()).decode())",
    "signature in a file": "out.write_text(f'OK-ACCESS-SIGN: {sign}')",
    "signature in a URL": "out.write_text(urllib.parse.quote(sign, safe=''))",
    "printed": "print(key)",
    "logged for nobody": "logging.getLogger('some.library').debug('sent %s', key)",
    "shown by a failure": "assert key == 'x'",
    "the exchange's own file, open": "out = tmp_path / 'paper.json'; out.write_text(key); out.chmod(0o644)",
}
CLEAN = {
    "nothing": "out.write_text('order filled')",
    "a key nobody knows": "out.write_text(secrets.token_hex(16))",
    "where keys are kept": "out = tmp_path / 'paper.json'; out.touch(0o600); out.write_text(key)",
    "a .env": "(tmp_path / '.env').write_text(key)",
}


def run(folder, *bodies, options=("-p", "no:xdist")):
    """Run tests in a process of their own, under the watch; give the code it ended with and what it said."""
    for number, body in enumerate(bodies):
        (folder / f"test_{number}.py").write_text(HEAD + "    " + body)
    (folder / "pytest.ini").write_text("[pytest]\n")
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.canaries", "-p", "no:cacheprovider", *options, "."]
    command += [f"--basetemp={folder / 'left'}"]
    surroundings = os.environ | {"PYTHONPATH": root}
    ended = subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False, timeout=120
    )
    shutil.rmtree(folder / "left")  # or the watch over this very test would find it
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """Run a test of each kind, all in one process, and give what was said of each by its number."""
    folder = tmp_path_factory.mktemp("watched")
    code, said = run(folder, *LEAKS.values(), *CLEAN.values())
    return code, said


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_fails_the_test_that_lets_it_out(watched, name):
    """Whatever the way, the test is named, the secret is not."""
    code, said = watched
    number = list(LEAKS).index(name)

    assert code == 1
    assert re.search(rf"^(FAILED|ERROR) test_{number}\.py::test_it", said, re.MULTILINE), said
    assert "a secret leaks" in said
    assert not re.search(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", said)


@pytest.mark.parametrize("name", CLEAN)
def test_a_test_that_lets_nothing_out_passes(watched, name):
    """A random text of a key's shape is no leak, and keys may lie where they are kept."""
    number = len(LEAKS) + list(CLEAN).index(name)

    assert f"test_{number}.py" not in watched[1].partition("short test summary")[2]


def test_the_watch_is_kept_by_every_worker(tmp_path):
    """Under xdist each process looks through what its own tests left."""
    code, said = run(tmp_path, LEAKS["key packed"], CLEAN["nothing"], options=("-n2", "--dist=loadfile"))

    assert code == 1
    assert re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE) == ["test_0.py::test_it"]
