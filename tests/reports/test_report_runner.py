import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest

from okxlab.errors import NotebookFailed, ParameterError, ReportError
from okxlab.reports import Run, list_runs, run_report

AWKWARD = 'a"b\'c\\d\n{e} ${f} 😀 __import__("os")\t#'
DUE = "2026-01-01T00:00:00Z"
CANARY = "canary'52\"b91\\f7-secret"


def only_run(workspace):
    (run,) = list_runs(workspace=workspace)
    return run


def kernels():
    return [child for child in psutil.Process().children(recursive=True) if "ipykernel_launcher" in child.cmdline()]


@dataclass(frozen=True)
class Ran:
    """A run of ``ok`` from a subfolder of its workspace, and what was seen the moment it was over."""

    workspace: Path
    run: Run
    here: Path
    kernels: list[psutil.Process]


@pytest.fixture(scope="module")
def ran(tmp_path_factory, furnish):
    """Run once what several tests look at: parameters, one of them awkward, and a due time, from a subfolder."""
    workspace = furnish(tmp_path_factory.mktemp("ran"))
    (workspace / "okxlab.toml").write_text("")
    (workspace / "deep").mkdir()
    with contextlib.chdir(workspace / "deep"):
        run = run_report("ok", {"levels": 12, "symbol": AWKWARD}, progress=False, due=DUE)
        return Ran(workspace, run, Path.cwd(), kernels())


def test_run_report_when_the_notebook_runs_keeps_notebook_page_record_and_results(ran):
    """A run leaves four private files, and its record says what it was made with."""
    run = ran.run

    assert run.status == "ok"
    assert run.results["levels"] == 12
    assert run.results["profit"] == "12.340"
    assert run.parameters == {"levels": 12, "symbol": AWKWARD, "due": DUE}
    names = sorted(path.name for path in run.folder.iterdir())
    assert names == ["notebook.ipynb", "report.html", "results.json", "run.json"]
    assert {path.stat().st_mode & 0o777 for path in run.folder.iterdir()} == {0o600}
    record = json.loads((run.folder / "run.json").read_text())
    assert {"python", "okxlab", "ccxt", "pandas", "papermill"} <= record["versions"].keys()
    assert record["ended"] > record["started"]
    assert ran.kernels == []


def test_run_report_when_a_parameter_is_overridden_runs_with_it_and_leaves_the_source_alone(workspace, notebooks):
    """The executed copy holds the parameter, the source notebook stays as it was."""
    before = (notebooks / "ok.ipynb").read_bytes()
    run = run_report(notebooks / "ok.ipynb", ["symbol=ETH-USDT"], workspace=workspace, progress=False)

    printed = nbformat.read(run.notebook, as_version=4).cells[-1].outputs[0].text
    assert printed == "levels 10\n"
    assert run.results["symbol"] == "ETH-USDT"
    assert (notebooks / "ok.ipynb").read_bytes() == before


def test_run_report_when_due_is_given_hands_it_to_a_notebook_that_declares_it(ran):
    """The time a run stands for reaches the notebook."""
    assert ran.run.results["due"] == DUE


def test_run_report_when_strings_are_awkward_hands_them_over_unchanged(ran):
    """Quotes, braces, line breaks and code are text to the notebook."""
    assert ran.run.results["symbol"] == AWKWARD


def test_run_report_when_run_from_a_subfolder_works_in_the_workspace(ran):
    """The nearest okxlab.toml upward makes the workspace, and this process keeps its own folder."""
    assert ran.run.results["folder"] == str(ran.workspace)
    assert ran.run.folder.is_relative_to(ran.workspace / "runs")
    assert ran.here == ran.workspace / "deep"


def test_run_report_when_a_cell_raises_names_cell_line_and_error(workspace):
    """The index counts the source notebook's cells, whatever cells papermill adds."""
    with pytest.raises(NotebookFailed, match="ZeroDivisionError in cell 3 of broken") as failure:
        run_report("broken", {"divisor": 0}, workspace=workspace, progress=False)

    run = only_run(workspace)
    assert failure.value.cell == 3
    assert "quotient = 1 / divisor" in str(failure.value)
    assert "\x1b" not in str(failure.value)
    assert str(run.notebook) in str(failure.value)
    assert run.status == "failed"
    assert run.error == {
        "cell": 3,
        "ename": "ZeroDivisionError",
        "evalue": "division by zero",
        "line": "quotient = 1 / divisor",
    }
    assert "ZeroDivisionError" in run.html.read_text(encoding="utf-8")


def test_run_report_when_a_cell_raises_without_injected_parameters_counts_the_same(workspace):
    """With and without parameters handed in, the same cell has the same number."""
    with pytest.raises(NotebookFailed) as failure:
        run_report("broken", workspace=workspace, progress=False)

    assert failure.value.cell == 3


def test_run_report_when_a_parameter_is_unknown_starts_no_kernel_and_makes_no_folder(workspace):
    """What cannot be run leaves nothing behind."""
    with pytest.raises(ParameterError, match="Did you mean 'levels'"):
        run_report("ok", {"level": 1}, workspace=workspace)

    assert not (workspace / "runs").exists()


def test_run_report_when_the_name_is_unknown_suggests_the_nearest(workspace):
    """A slip of the pen is answered with the right name."""
    with pytest.raises(ReportError, match="Did you mean 'broken'"):
        run_report("brokem", workspace=workspace)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_run_report_when_the_limit_is_no_time_refuses(workspace, limit):
    """A time limit is a positive number of seconds."""
    with pytest.raises(ParameterError, match="time limit"):
        run_report("ok", workspace=workspace, timeout=limit)


def test_run_report_when_the_limit_passes_records_timeout(workspace):
    """The notebook itself may say completed; run.json says timeout."""
    with pytest.raises(NotebookFailed, match=r"time limit of 8 s passed in cell 2 of slow \(time.sleep\(seconds\)\)"):
        run_report("slow", workspace=workspace, progress=False, timeout=8)

    run = only_run(workspace)
    assert run.status == "timeout"
    assert run.seconds < 30
    assert run.html.is_file()
    assert kernels() == []


def test_run_report_when_a_cell_swallows_the_interrupt_kills_the_kernel(workspace, monkeypatch):
    """A cell that catches KeyboardInterrupt cannot run past the limit for ever."""
    monkeypatch.setattr("okxlab.reports.execution.LAST_WORD", 1.0)
    with pytest.raises(NotebookFailed, match="time limit"):
        run_report("stubborn", workspace=workspace, progress=False, timeout=8)

    run = only_run(workspace)
    assert run.status == "timeout"
    assert run.seconds < 40
    assert kernels() == []


def test_run_report_when_a_secret_is_printed_raised_or_noted_keeps_it_out_of_every_file(workspace, monkeypatch):
    """A canary in the environment appears in no artefact in any spelling, not even when printed in two pieces."""
    monkeypatch.setenv("OKX_API_SECRET", CANARY)
    with pytest.raises(NotebookFailed) as failure:
        run_report("leaky", workspace=workspace, progress=False)

    run = only_run(workspace)
    kept = [path.read_text(encoding="utf-8") for path in run.folder.iterdir()]
    assert len(kept) == 4
    spellings = {CANARY, repr(CANARY)[1:-1], json.dumps(CANARY)[1:-1], json.dumps(repr(CANARY))[1:-1], "canary&#39;52"}
    assert not any(spelling in text for spelling in spellings for text in [*kept, str(failure.value)])
    assert all("52" + middle not in text for middle in ('"b91', "&quot;b91", '\\"b91') for text in kept)
    assert run.results == {"leak": ["[hidden]"]}


def test_run_report_when_the_kernel_dies_records_failed(workspace):
    """A kernel killed from outside is a failed run, not a hang."""
    notebook = workspace / "dying.ipynb"
    cells = [nbformat.v4.new_code_cell("import os, signal\n\nos.kill(os.getpid(), signal.SIGKILL)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)

    with pytest.raises(NotebookFailed, match="DeadKernelError in cell 0 of dying"):
        run_report(notebook, workspace=workspace, progress=False)

    assert only_run(workspace).status == "failed"


def test_run_report_when_called_inside_a_running_event_loop_works_without_a_due_time_nobody_asked_for(workspace):
    """Jupyter's kernel runs a loop, and a report is started from a cell; one that takes no due time gets none."""

    async def cell():
        return run_report("no_parameters", workspace=workspace, progress=False, due=DUE)

    run = asyncio.run(cell())
    assert (run.status, run.parameters) == ("ok", {})


# A shell lets the programs it starts in the background ignore SIGINT, and a test run may be one of them.
HEARS_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom okxlab.cli import main; main()"
)


def test_run_report_when_interrupted_by_hand_records_failed_and_leaves_no_kernel(workspace, until):
    """Ctrl-C at the command line ends the run, says so in run.json and takes the kernel along."""
    command = [sys.executable, "-c", HEARS_CTRL_C, "report", "run", "slow", "--workspace", str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        me = psutil.Process(run.pid)
        (kernel,) = until(me.children)
        part = until(lambda: [file for file in workspace.glob("runs/slow/*/*.part.ipynb") if file.stat().st_size])[0]
        until(lambda: '"status": "running"' in part.read_text() and "time.sleep" in part.read_text())
        os.kill(run.pid, signal.SIGINT)
        assert run.wait(timeout=60) != 0

    assert only_run(workspace).status == "failed"
    assert only_run(workspace).error["ename"] == "KeyboardInterrupt"
    until(lambda: not kernel.is_running(), seconds=20)
