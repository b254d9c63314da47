"""The archive: one folder a run, ``runs/<report>/<UTC stamp>-<id>/``, and what stands in its ``run.json``."""

import html
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from okxlab.clock import Clock, utc
from okxlab.errors import ReportError
from okxlab.reports.catalog import check_name
from okxlab.reports.place import workspace_root
from okxlab.reports.private_file import private_folder, write_private
from okxlab.reports.process import Process

RECORD, NOTEBOOK, PAGE = "run.json", "notebook.ipynb", "report.html"
FINAL = ("ok", "failed", "timeout")


@dataclass(frozen=True)
class Run:
    """One run of a report.

    Attributes
    ----------
    folder
        Where its files lie.
    report
        The report's name.
    status
        ``running``, ``ok``, ``failed``, ``timeout``, or ``lost`` when its process is gone without having ended it.
    started
        UTC, ISO 8601.
    seconds
        How long it took; 0 while it runs.
    parameters, results
        What was handed in, and what the notebook noted with ``okxlab.note``.
    error
        ``cell``, ``ename``, ``evalue`` of a run that failed, else empty.
    """

    folder: Path
    report: str
    status: str
    started: str
    seconds: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notebook(self) -> Path:
        """Give the executed notebook."""
        return self.folder / NOTEBOOK

    @property
    def html(self) -> Path:
        """Give the report as one page that opens offline."""
        return self.folder / PAGE

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{_safe(name)}</th><td>{_safe(value)}</td></tr>" for name, value in self.results.items()
        )
        links = " · ".join(_link(path, text) for path, text in ((self.html, "report"), (self.notebook, "notebook")))
        trouble = f": {_safe(self.error.get('ename', ''))} {_safe(self.error.get('evalue', ''))}" if self.error else ""
        head = f"<b>{_safe(self.report)}</b> {_safe(self.status)}{trouble} ({self.seconds:.1f} s) {links}"
        return f"<div>{head}<table>{rows}</table></div>"


def runs_folder(workspace: Path) -> Path:
    """Give ``runs/`` of a workspace.

    Raises
    ------
    ReportError
        When it leads out of the workspace.
    """
    folder = workspace / "runs"
    if not folder.resolve().is_relative_to(workspace.resolve()):
        raise ReportError(f"{folder} leads out of the workspace to {folder.resolve()}.", "Remove the link.")
    return folder


def new_run_folder(workspace: Path, report: str, clock: Clock) -> Path:
    """Make the folder of a new run, closed to other users.

    Raises
    ------
    ReportError
        When the name cannot be part of a path, or the folder cannot be made inside the workspace.
    """
    runs = runs_folder(workspace)
    shelf = runs / check_name(report)
    try:
        private_folder(runs)
        private_folder(shelf)
        if not shelf.resolve().is_relative_to(workspace.resolve()):
            raise ReportError(f"{shelf} leads out of the workspace to {shelf.resolve()}.", "Remove the link.")
        stamp = f"{utc(clock.now_ms()):%Y%m%dT%H%M%SZ}"
        return private_folder(shelf / f"{stamp}-{secrets.token_hex(3)}", new=True)
    except OSError as error:
        raise ReportError(
            f"The run's folder in {shelf} cannot be made ({error.strerror}).", "Free or permit it."
        ) from None


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write ``run.json`` in one step."""
    write_private(folder / RECORD, json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_record(folder: Path) -> dict[str, Any]:
    """Give what ``run.json`` holds; nothing when it is absent or is not a record."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def read_run(folder: Path) -> Run:
    """Give the run in a folder.

    Raises
    ------
    ReportError
        When there is none.
    """
    record = read_record(folder)
    try:
        return Run(
            folder=folder,
            report=str(record["report"]),
            status=_status(record),
            started=str(record["started"]),
            seconds=float(record["seconds"] or 0.0),
            parameters=record["parameters"],
            results=record["results"],
            error=record["error"] or {},
        )
    except (KeyError, TypeError, ValueError):
        raise ReportError(f"{folder} holds no readable run.json.", "Remove the folder or run again.") from None


def list_runs(report: str | None = None, *, workspace: Path | str | None = None) -> list[Run]:
    """Give the runs in a workspace's archive, newest first.

    Parameters
    ----------
    report
        Only runs of this report.
    workspace
        A folder in the workspace; default the current one.

    Returns
    -------
    list of Run
        Folders without a readable ``run.json`` are left out.
    """
    runs = runs_folder(workspace_root(workspace))
    pattern = f"{check_name(report)}/*/{RECORD}" if report else f"*/*/{RECORD}"
    found = []
    for file in sorted(runs.glob(pattern), key=lambda file: file.parent.name, reverse=True):
        try:
            found.append(read_run(file.parent))
        except ReportError:
            continue
    return found


def _status(record: Mapping[str, Any]) -> str:
    status = str(record["status"])
    if status != "running":
        return status
    process = Process(int(record["process"]["pid"]), str(record["process"]["created"]))
    return status if process.alive() else "lost"


def _safe(value: Any) -> str:
    return html.escape(str(value))


def _link(path: Path, text: str) -> str:
    if not path.is_file():
        return text
    here = Path.cwd()
    target = quote(os.path.relpath(path, here)) if path.is_relative_to(here) else path.as_uri()
    return f'<a href="{html.escape(target)}" target="_blank" rel="noopener">{text}</a>'
