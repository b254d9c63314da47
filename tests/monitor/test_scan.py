"""The scanner for secrets: what it finds, what it leaves alone, and what it says."""

import base64
import hashlib
import json
import random
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import okxlab as ox
from okxlab.errors import InputError
from tests.monitor.secret_corpus import CARRIERS, assigned, notebook, printed, shown, trio, write

MASKS = {"key", "secret", "passphrase", "signature"}


def digests(values):
    return {hashlib.sha256(value.encode()).hexdigest()[:8] for value in values}


@pytest.mark.parametrize("name", CARRIERS)
def test_a_secret_is_found_where_people_leave_them(tmp_path, name):
    """Every part of a key that was left in a notebook, a log, a traceback or a setting is found there, as a leak."""
    file, planted = write(tmp_path, name, trio(1000 + list(CARRIERS).index(name)))
    found = ox.scan(file)

    assert digests(planted) - set(found["digest"]) == set()
    assert found["leak"].all()


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(CARRIERS)))
def test_any_secret_is_found_in_any_place(tmp_path, seed, name):
    """Whatever OKX draws, it is found wherever it was left."""
    file, planted = write(tmp_path, name, trio(seed))

    assert digests(planted) - set(ox.scan(file)["digest"]) == set()


def test_findings_show_no_secret(tmp_path):
    """A finding has the first four characters, the length and a hash, and no more of the secret in any column."""
    for seed, name in enumerate(CARRIERS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        write(folder, name, trio(seed))
    found = ox.scan(tmp_path)
    told = found.drop(columns="digest").to_csv()

    values = [getattr(trio(seed), part) for seed in range(len(CARRIERS)) for part in vars(trio(seed))]
    assert set(found["kind"]) == MASKS
    assert not [value for value in values if value[:5] in told]
    assert found["shown"].str.fullmatch(r".{4}… \(\d+\)").all()


def noise(seed: int) -> dict[str, str]:
    """Give what looks like secrets and is none."""
    rng = random.Random(seed)  # noqa: S311 - the same seed, the same noise

    def one() -> str:
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    def many(bits: int) -> str:
        return f"{rng.getrandbits(bits):0{bits // 4}x}"

    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + rng.randbytes(20_000)).decode()
    cells = [{"id": one(), "source": [f"order = '{one()}'\n"]} for _ in range(20)]
    orders = [
        {"ordId": str(rng.getrandbits(60)), "clOrdId": many(128), "tag": "okxlab", "uuid": one()} for _ in range(50)
    ]
    figure = {"data": [{"x": {"bdata": picture[:4000], "dtype": "f8"}, "uid": one()}], "layout": {"key": many(128)}}
    return {
        "uuids.log": "\n".join(f"2026-11-25 INFO request {one()} order {one()} trace {many(128)}" for _ in range(200)),
        "hashes.txt": "\n".join(f"{many(256)}  file{n}.whl\n{many(160)} commit\nmd5 {many(128)}" for n in range(200)),
        "pip.txt": "\n".join(f"package=={n}.0 --hash=sha256:{many(256)}" for n in range(100)),
        "lock.json": json.dumps({"integrity": "sha256-" + base64.b64encode(rng.randbytes(32)).decode(), "id": one()}),
        "orders.json": json.dumps({"code": "0", "data": orders}),
        "trace.log": "\n".join(f"traceparent: 00-{many(128)}-{many(64)}-01 x-request-id: {one()}" for _ in range(100)),
        "etag.log": f'ETag: "{many(128).upper()}"\nContent-MD5: {base64.b64encode(rng.randbytes(16)).decode()}',
        "cells.ipynb": notebook(*cells, printed(f"run {one()} of {many(128)}"), shown(**{"image/png": picture})),
        "figure.ipynb": notebook(
            shown(**{"application/vnd.plotly.v1+json": figure, "text/html": f"<div id='{one()}'>"})
        ),
        "page.html": f'<img src="data:image/png;base64,{picture}"><div id="{one()}" class="{many(128)}"></div>',
        "code.py": "def connect(api_key: str, secret: str, passphrase: str):\n"
        "    return Api(api_key=self.api_key, secret=os.environ['OKX_API_SECRET'], passphrase=keys[2].passphrase)\n",
        "guide.md": "Set OKX_API_KEY=your-key, OKX_API_SECRET=... and OKX_API_PASSPHRASE=<8 to 32 letters>.\n"
        "The passphrase has 8-32 characters; a key looks like 01234567-89ab-cdef-0123-456789abcdef.\n",
        "masked.log": "headers: {'OK-ACCESS-KEY': '***', 'OK-ACCESS-PASSPHRASE': '[hidden]'} x-request-id: " + one(),
        "users.json": json.dumps({"user": "ada", "password": f"Analytical-{seed}843", "id": one()}),
        ".okxlab.toml": "[live]\nhost = 'eea.okx.com'\n[paper]\nseed = 7\n",
    }


@pytest.mark.parametrize("seed", range(5))
def test_what_only_looks_like_a_secret_is_left_alone(tmp_path, seed):
    """Ids, hashes, traces, pictures, figures, placeholders and code without values are no findings."""
    for name, text in noise(seed).items():
        (tmp_path / name).write_text(text)

    assert ox.scan(tmp_path).to_dict("records") == []


def test_the_repository_holds_no_secret(root):
    """Nothing in this repository is taken for a secret that leaks."""
    found = ox.scan(root)

    assert found[found["leak"]].to_dict("records") == []


def test_where_okxlab_keeps_keys_they_are_no_leak_while_closed_and_out_of_git(tmp_path):
    """A .env belongs, until another user can read it or git keeps it."""
    file, _ = write(tmp_path, "an open .env", trio(3))
    (opened,) = set(ox.scan(file)["leak"])
    file.chmod(0o600)
    (closed,) = set(ox.scan(file)["leak"])
    for words in (["init", "-q"], ["add", ".env"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    (kept,) = set(ox.scan(tmp_path)["leak"])

    assert (opened, closed, kept) == (True, False, True)


def test_the_paper_exchange_keeps_its_keys_where_they_belong(tmp_path):
    """A workspace with an exchange running has its keys in the exchange's own files, and no leak."""
    with ox.connect(workspace=tmp_path):
        found = ox.scan(tmp_path)

    assert {Path(file).name for file in found["file"]} >= {"paper.json"}
    assert not found["leak"].any()


def test_a_line_may_say_that_it_holds_no_secret(tmp_path):
    """A made-up passphrase in a test is marked on its line; the next line is not covered."""
    (tmp_path / "a.py").write_text(
        "".join(f"{line}  # okxlab: no secret\n" for line in assigned(trio(1)).splitlines()[:2])
    )
    with (tmp_path / "a.py").open("a") as file:
        file.write(assigned(trio(1)).splitlines()[2])

    assert ox.scan(tmp_path)[["place", "kind"]].to_numpy().tolist() == [["line 3", "passphrase"]]


def test_the_place_names_cell_output_and_line(tmp_path):
    """A finding is found again: the cell counts from 0, the line from 1, escapes and all."""
    cells = (
        {"source": "import okx\n\nsecret = '" + trio(1).secret + "'"},
        printed("one\n", f"\nsecret={trio(2).secret}\n"),
    )
    (tmp_path / "a.ipynb").write_text(notebook(*cells))
    (tmp_path / "b.log").write_text("one\n" + json.dumps({"said": f"a\nb\npassphrase: '{trio(3).passphrase}'"}) + "\n")

    assert ox.scan(tmp_path)["place"].tolist() == ["cell 0 line 3", "cell 1 stdout line 3", "line 2"]


def test_a_place_where_nothing_is_is_refused(tmp_path):
    """A misspelt path must not pass for a clean one."""
    with pytest.raises(InputError, match="neither a file nor a folder"):
        ox.scan(tmp_path / "nowhere")


def run(folder, *words):
    command = [sys.executable, "-m", "okxlab", "scan", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_ends_with_an_error_when_there_is_a_leak(tmp_path):
    """Findings are lines on stdout, the sum of leaks one sentence on stderr, exit code 1; clean folders are silent."""
    (tmp_path / "clean").mkdir()
    write(tmp_path, "said in a log", trio(5))
    ended, clean = run(tmp_path), run(tmp_path, "clean")

    assert (ended.returncode, clean.returncode, clean.stdout + clean.stderr) == (1, 0, "")
    assert [line.split(" sha256")[0] for line in ended.stdout.splitlines()] == [
        f"f.log line 1: key {trio(5).key[:4]}… (36)",
        f"f.log line 1: secret {trio(5).secret[:4]}… (32)",
    ]
    assert ended.stderr.startswith("2 secrets lie where they can leak. Delete those API keys at OKX")
