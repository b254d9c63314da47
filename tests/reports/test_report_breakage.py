"""Runs that something other than a cell stops: whatever it is, the record and the ledger have it."""

import nbformat
import pytest

from okxlab.errors import NotebookFailed, ReportError
from okxlab.reports import Ledger, list_runs, run_due, run_report
from okxlab.reports.results import RUN_VARIABLE
from okxlab.reports.runner import perform, prepare

KEY = ("s", "2026-01-01T00:00:00Z")
IN_THE_WAY = f'import os, pathlib, shutil\n\nfolder = pathlib.Path(os.environ["{RUN_VARIABLE}"])\n'
PAGE_TAKEN = f'{IN_THE_WAY}(folder / "report.html").mkdir()'
FOLDER_GONE = f"{IN_THE_WAY}shutil.rmtree(folder)"


@pytest.fixture
def write_notebook(workspace):
    """Give a writer of the workspace's notebook ``breaking``, one cell a source."""

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), workspace / "notebooks" / "breaking.ipynb")

    return write


@pytest.fixture
def run_entered(workspace):
    """Enter a due time of ``breaking`` and run it, which fails; give the error and the row."""

    def run(expected, params=None):
        entry = {"schedule": KEY[0], "due": KEY[1], "report": "breaking", "timeout": 60.0, "state": "due"}
        entry["params"] = params or {}
        with Ledger(workspace) as ledger:
            ledger.claim(entry, KEY[1], unless_active=False)
            with pytest.raises(expected) as error:
                run_due(*KEY, workspace=workspace)
            return error.value, ledger.row(KEY)

    return run


def test_run_when_its_page_cannot_be_made_is_failed_with_the_reason_and_keeps_its_notebook(
    workspace, write_notebook, run_entered
):
    """The reader is told where the executed notebook is; no row and no record stays running."""
    write_notebook(PAGE_TAKEN)

    error, row = run_entered(ReportError)

    (run,) = list_runs(workspace=workspace)
    assert "ran, but its page cannot be finished: IsADirectoryError" in str(error)
    assert str(run.notebook) in str(error)
    assert run.notebook.is_file()
    assert (run.status, run.error["ename"], run.error["cell"]) == ("failed", "IsADirectoryError", None)
    assert (row.state, row.error) == ("failed", str(error))


def test_run_when_a_cell_raised_and_its_page_cannot_be_made_names_the_cell(workspace, write_notebook):
    """The cell is what has to be mended; the page's trouble does not hide it."""
    write_notebook(PAGE_TAKEN, "1 / 0")

    with pytest.raises(NotebookFailed, match="ZeroDivisionError in cell 1 of breaking"):
        run_report("breaking", workspace=workspace, progress=False)

    (run,) = list_runs(workspace=workspace)
    assert (run.status, run.error["ename"], run.error["cell"]) == ("failed", "ZeroDivisionError", 1)


def test_run_when_its_folder_is_removed_meanwhile_settles_its_row(workspace, write_notebook, run_entered):
    """Nothing is left to record in; the error and the ledger say it."""
    write_notebook(FOLDER_GONE)

    error, row = run_entered(NotebookFailed)

    assert "breaking could not be run: FileNotFoundError" in str(error)
    assert (row.state, row.error) == ("failed", str(error))


def test_run_when_its_first_record_cannot_be_written_says_so(workspace, write_notebook):
    """What goes wrong before the kernel starts is under the same rule."""
    write_notebook("1")
    job = prepare("breaking", workspace=workspace)
    (job.folder / "run.json").mkdir()

    with pytest.raises(NotebookFailed, match="breaking could not be run: IsADirectoryError"):
        perform(job)


def test_run_due_when_something_nobody_foresaw_is_raised_settles_the_row(write_notebook, run_entered):
    """A row no scheduler would write: its error's kind and words stay in it and go on to whoever reads the log."""
    write_notebook("1")

    error, row = run_entered(TypeError, params=5)

    assert (row.state, row.error) == ("failed", f"TypeError: {error}")
