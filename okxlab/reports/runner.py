"""One run of a report: checked, given a folder, executed, rendered, recorded."""

import contextlib
import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from okxlab.clock import Clock, SystemClock, iso
from okxlab.errors import NotebookFailed, ParameterError, ReportError
from okxlab.reports.archive import NOTEBOOK, PAGE, Run, new_run_folder, read_record, read_run, write_record
from okxlab.reports.catalog import find_notebook
from okxlab.reports.inspection import refuse_secrets, without_secrets
from okxlab.reports.parameters import check_parameters, read_parameters
from okxlab.reports.place import workspace_root
from okxlab.reports.private_file import write_private
from okxlab.reports.process import Process
from okxlab.reports.redaction import Redactor
from okxlab.reports.results import read_results
from okxlab.reports.versions import commit_of, versions

if TYPE_CHECKING:
    from okxlab.reports.execution import Failure


_SHOWED = "a key, secret or passphrase of OKX was shown; it is hidden in what was kept"


@dataclass(frozen=True)
class Job:
    """A run that may start: its notebook is there, its parameters fit, its folder is made."""

    report: str
    notebook: Path
    workspace: Path
    folder: Path
    parameters: dict[str, Any]
    timeout: float | None
    clock: Clock


def run_report(
    name: str | Path,
    params: Mapping[str, Any] | Iterable[str] | None = None,
    *,
    workspace: Path | str | None = None,
    progress: bool = True,
    timeout: float | None = None,
    due: str | None = None,
) -> Run:
    """Run a report notebook and keep what it made.

    Parameters
    ----------
    name
        A report's name, looked for among okxlab's notebooks and then in the workspace's ``notebooks/``, or the path of
        an ``.ipynb`` file.
    params
        Name to value, or texts ``"name=value"``; only what the notebook's ``parameters`` cell declares.
    workspace
        A folder in the workspace; default the current one. The notebook runs with the workspace as its working folder.
    progress
        Whether a bar shows the cells passing.
    timeout
        Seconds the whole run may take; default no limit. The cell at work is interrupted then.
    due
        The time the run stands for, handed to a notebook that declares a parameter ``due``.

    Returns
    -------
    Run
        Where the executed notebook, the page and ``run.json`` lie, and what the notebook noted.

    Raises
    ------
    ReportError
        When there is no such report, or a secret of OKX is typed into it; nothing was started then.
    ParameterError
        When a parameter is unknown, of the wrong type or a secret; nothing was started then.
    NotebookFailed
        When a cell raised, the time limit passed, or a secret was shown; the notebook and the page up to there are
        kept, the secret hidden.
    ReportError
        When the page cannot be made; the executed notebook is kept.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     notebook = Path(folder) / "hello.ipynb"
    ...     _ = notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    ...     run_report(notebook, workspace=folder, progress=False).status
    'ok'
    """
    return perform(prepare(name, params, workspace=workspace, timeout=timeout, due=due), progress=progress)


def prepare(
    name: str | Path,
    params: Mapping[str, Any] | Iterable[str] | None = None,
    *,
    workspace: Path | str | None = None,
    timeout: float | None = None,
    due: str | None = None,
) -> Job:
    """Check everything a run rests on, then make its folder; ``due`` goes to a notebook that declares it.

    Raises
    ------
    ReportError, ParameterError
        As ``run_report``.
    """
    if timeout is not None and not (math.isfinite(timeout) and timeout > 0):
        raise ParameterError(f"The time limit is {timeout!r} seconds.", "Give a positive number, or none for no limit.")
    root = workspace_root(workspace)
    notebook = find_notebook(name, root)
    refuse_secrets(notebook)
    parameters = check_parameters(notebook, params)
    if due is not None and any(parameter.name == "due" for parameter in read_parameters(notebook)):
        parameters |= check_parameters(notebook, {"due": due})
    clock = SystemClock()
    folder = new_run_folder(root, notebook.stem, clock)
    return Job(notebook.stem, notebook, root, folder, parameters, timeout, clock)


def perform(job: Job, *, progress: bool = False) -> Run:
    """Execute a prepared run to its end.

    Raises
    ------
    NotebookFailed
        When a cell raised or the time limit passed.
    ReportError
        When something else stopped it; ``run.json`` has it too, as far as the disk allows.
    """
    began = job.clock.monotonic()
    failure = None
    try:
        _open_record(job)
        failure = _execute(job, progress=progress)
        failure = _keep_notebook(job) or failure
        _close_record(job, began, failure)
    except KeyboardInterrupt:
        _stopped(job, began, {"cell": None, "ename": "KeyboardInterrupt", "evalue": "interrupted by hand"})
        raise
    except Exception as error:  # the report runner's border: whatever ended a run is recorded
        what = Redactor().text(str(error))
        if failure is None:
            _stopped(job, began, {"cell": None, "ename": type(error).__name__, "evalue": what})
            raise _broken(job, f"{type(error).__name__}: {what}") from error
        _stopped(job, began, _told(failure), _status(failure))
    if failure is not None:
        raise _failed(job, failure)
    return read_run(job.folder)


def _execute(job: Job, *, progress: bool) -> "Failure | None":
    from okxlab.reports.execution import Execution  # noqa: PLC0415 - papermill takes a second to import

    part = _part(job)
    write_private(part, "")
    execution = Execution(
        job.notebook, part, job.folder, job.workspace, job.parameters, job.clock, job.timeout, progress=progress
    )
    return execution.run()


def _stopped(job: Job, began: float, failure: Mapping[str, Any], status: str = "failed") -> None:
    """Record the end of a run that has no page, then keep its notebook if there is one to read."""
    with contextlib.suppress(OSError, ValueError):  # the folder may be gone or the disk full; the error tells
        write_record(job.folder, _closed(job, began, status, failure))
    with contextlib.suppress(OSError, ValueError):
        _keep_notebook(job)


def _keep_notebook(job: Job) -> "Failure | None":
    """Put the executed notebook in its place without any secret; one that OKX made fails the run."""
    from okxlab.reports.execution import Failure, source_index  # noqa: PLC0415 - papermill takes a second to import
    from okxlab.reports.notebook_file import node, notebook_text, read_notebook  # noqa: PLC0415 - only a run needs it

    clean, showed = without_secrets(Redactor().tree(read_notebook(_part(job))))
    notebook = node(clean)
    write_private(job.folder / NOTEBOOK, notebook_text(notebook))
    _part(job).unlink()
    if not showed:
        return None
    cell = source_index(notebook, showed[0])
    return Failure(overdue=False, cell=cell, ename="SecretShown", evalue=_SHOWED, line="")


def _open_record(job: Job) -> None:
    facts = {"versions": versions(), "commit": commit_of(job.notebook.parent)}
    write_record(job.folder, _opened(job) | facts)


def _opened(job: Job) -> dict[str, Any]:
    return {
        "report": job.report,
        "notebook": str(job.notebook),
        "parameters": job.parameters,
        "status": "running",
        "started": iso(job.clock.now_ms()),
        "ended": None,
        "seconds": None,
        "timeout": job.timeout,
        "process": dataclasses.asdict(Process.this()),
        "error": None,
        "results": {},
    }


def _close_record(job: Job, began: float, failure: "Failure | None") -> None:
    from okxlab.reports.notebook_file import read_notebook  # noqa: PLC0415 - only a run needs it
    from okxlab.reports.render import render_page  # noqa: PLC0415 - nbconvert takes a second to import

    record = _closed(job, began, _status(failure), None if failure is None else _told(failure))
    facts = {name: record[name] for name in ("report", "status", "started", "seconds")} | record["parameters"]
    write_private(job.folder / PAGE, render_page(read_notebook(job.folder / NOTEBOOK), facts))
    write_record(job.folder, record)


def _closed(job: Job, began: float, status: str, error: Mapping[str, Any] | None) -> dict[str, Any]:
    seconds = round(job.clock.monotonic() - began, 3)
    return (read_record(job.folder) or _opened(job)) | {
        "status": status,
        "ended": iso(job.clock.now_ms()),
        "seconds": seconds,
        "error": error,
        "results": read_results(job.folder),
    }


def _status(failure: "Failure | None") -> str:
    if failure is None:
        return "ok"
    return "timeout" if failure.overdue else "failed"


def _told(failure: "Failure") -> dict[str, Any]:
    return {"cell": failure.cell, "ename": failure.ename, "evalue": failure.evalue, "line": failure.line}


def _broken(job: Job, what: str) -> ReportError:
    if (job.folder / NOTEBOOK).is_file() and not _part(job).is_file():
        return ReportError(
            f"{job.report} ran, but its page cannot be finished: {what}.",
            f"The executed notebook is {job.folder / NOTEBOOK}.",
        )
    return NotebookFailed(f"{job.report} could not be run: {what}.", f"Its folder is {job.folder}.")


def _failed(job: Job, failure: "Failure") -> NotebookFailed:
    where = f"cell {failure.cell} of {job.report}" + (f" ({failure.line})" if failure.line else "")
    if failure.overdue:
        what = f"The time limit of {job.timeout:g} s passed in {where}."
    else:
        what = f"{failure.ename} in {where}: {failure.evalue}".rstrip(": ")
        what = what if what.endswith((".", "!", "?")) else f"{what}."
    return NotebookFailed(what, f"The executed notebook is {job.folder / NOTEBOOK}.", cell=failure.cell)


def _part(job: Job) -> Path:
    return job.folder / "notebook.part.ipynb"  # papermill warns of any other ending
