"""Secrets and reports: one typed into a notebook stops the run, one that is shown is hidden and fails it."""

import base64
import json

import nbformat
import pytest

import okxlab as ox
from okxlab.errors import NotebookFailed, ReportError
from okxlab.reports import list_runs, run_report
from tests.monitor.secret_corpus import Trio, trio


@pytest.fixture
def write(workspace):
    """Give a writer of notebooks of this workspace, from the sources of their cells."""

    def make(*sources):
        cells = [nbformat.v4.new_markdown_cell("# Account"), *map(nbformat.v4.new_code_cell, sources)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), workspace / "notebooks" / "account.ipynb")
        return "account"

    return make


@pytest.fixture
def keys(workspace) -> Trio:
    """Give keys that lie in a file of the workspace, for a notebook to read."""
    (workspace / "keys.json").write_text(json.dumps(vars(trio(11))))
    return trio(11)


READ = 'import base64, json\n\nkeys = json.load(open("keys.json"))'


@pytest.mark.parametrize(
    "line", ['secret = "{0.secret}"', "ccxt.okx({{'apiKey': '{0.key}', 'secret': S, 'password': '{0.passphrase}'}})"]
)
def test_a_secret_typed_into_a_cell_stops_the_run_before_it_starts(workspace, write, line):
    """The refusal names cell and line and not the secret, and no folder is made."""
    name = write("import ccxt", line.format(trio(4)))

    with pytest.raises(ReportError, match=r"account.ipynb holds a (key|secret) of OKX in cell 2, line 1") as refusal:
        run_report(name, workspace=workspace, progress=False)
    assert not any(value in str(refusal.value) for value in vars(trio(4)).values())
    assert not (workspace / "runs").exists()


def test_a_secret_that_a_run_shows_is_hidden_everywhere_and_fails_it(workspace, write, keys):
    """Printed whole, in pieces or in base64: nothing kept holds it, and the run says in which cell it was."""
    printed = 'print("api_secret:", keys["secret"])\nprint(dict(apiKey=keys["key"], password=keys["passphrase"]))'
    pieces = 'print("secret=" + keys["secret"][:7], end="", flush=True)\nprint(keys["secret"][7:])'
    wrapped = 'print("secret:", base64.b64encode(keys["secret"].encode()).decode())'
    name = write(READ, printed, pieces, wrapped, "6 * 7")

    with pytest.raises(
        NotebookFailed, match="SecretShown in cell 2 of account: a key, secret or passphrase"
    ) as failure:
        run_report(name, workspace=workspace, progress=False)
    (run,) = list_runs(workspace=workspace)
    kept = "".join(file.read_text() for file in run.folder.iterdir()) + str(failure.value)

    said = [keys.key, keys.secret, keys.passphrase, keys.secret[7:], base64.b64encode(keys.secret.encode()).decode()]
    assert not [value for value in said if value in kept]
    assert ox.scan(run.folder).empty
    assert (run.status, run.error["cell"]) == ("failed", 2)
    assert "42" in run.html.read_text()


def test_a_cell_that_fails_with_a_secret_in_its_error_keeps_it_out_of_message_and_record(workspace, write, keys):
    """The value of an error is looked through like any output."""
    name = write(READ, 'raise ValueError("bad api_key " + keys["key"])')

    with pytest.raises(NotebookFailed) as failure:
        run_report(name, workspace=workspace, progress=False)
    (run,) = list_runs(workspace=workspace)

    assert keys.key not in str(failure.value) + "".join(file.read_text() for file in run.folder.iterdir())
    assert run.error["ename"] == "SecretShown"


def test_a_secret_cannot_be_noted():
    """A figure that is a key is refused, whatever its name."""
    with pytest.raises(ReportError, match="'account' holds a key, secret or passphrase"):
        ox.note("account", {"apiKey": trio(2).key, "uid": 7})
