import json
import os

import pytest

from okxlab.clock import SystemClock
from okxlab.errors import ReportError
from okxlab.reports import list_runs
from okxlab.reports.archive import new_run_folder, read_run, write_record
from okxlab.reports.catalog import find_notebook
from okxlab.reports.process import Process

HOSTILE = [
    "../evil",
    "a/b",
    "/etc/x",
    "{param}",
    "a\x00b",
    "",
    ".",
    "..",
    "CON",
    "nul",
    "a b",
    "ä",
    "x" * 65,
    "-p",
    "a\n",
]


def record(**changes):
    me = Process.this()
    return {
        "report": "ok",
        "parameters": {},
        "status": "ok",
        "started": "2026-01-01T00:00:00.000Z",
        "seconds": 1.0,
        "process": {"pid": me.pid, "created": me.created},
        "error": None,
        "results": {},
    } | changes


@pytest.mark.parametrize("name", HOSTILE)
def test_new_run_folder_when_the_name_could_lead_elsewhere_refuses(workspace, name):
    """A report's name becomes a folder; nothing but letters, digits, _ and - may."""
    with pytest.raises(ReportError, match="not the name of a report"):
        new_run_folder(workspace, name, SystemClock())

    assert not (workspace / "runs" / "evil").exists()


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_find_notebook_when_the_name_could_lead_elsewhere_refuses(workspace, name):
    """Looking a report up is under the same rule."""
    with pytest.raises(ReportError):
        find_notebook(name, workspace)


def test_new_run_folder_when_runs_is_a_link_out_of_the_workspace_refuses(workspace, tmp_path):
    """A link must not carry a run's files elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    (workspace / "runs").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ReportError, match="leads out of the workspace"):
        new_run_folder(workspace, "ok", SystemClock())


def test_new_run_folder_when_a_reports_shelf_is_a_link_out_refuses(workspace, tmp_path):
    """The same one level down."""
    (tmp_path / "elsewhere").mkdir()
    (workspace / "runs").mkdir()
    (workspace / "runs" / "ok").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ReportError, match="leads out of the workspace"):
        new_run_folder(workspace, "ok", SystemClock())


def test_new_run_folder_when_made_is_closed_to_others_and_new_each_time(workspace):
    """Two runs in one second have a folder each, and only the owner enters."""
    first, second = (new_run_folder(workspace, "ok", SystemClock()) for _ in range(2))

    assert first != second
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in (first, first.parent, workspace / "runs"))


def test_write_record_when_written_is_whole_and_private(workspace):
    """run.json is replaced in one step and nothing is left beside it."""
    folder = new_run_folder(workspace, "ok", SystemClock())
    write_record(folder, record())
    write_record(folder, record(seconds=2.0))

    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert (folder / "run.json").stat().st_mode & 0o777 == 0o600
    assert read_run(folder).seconds == 2.0


def test_read_run_when_its_process_is_gone_says_lost(workspace):
    """A run that says running but has no process is not running."""
    folder = new_run_folder(workspace, "ok", SystemClock())
    write_record(folder, record(status="running", seconds=None))
    assert read_run(folder).status == "running"

    write_record(folder, record(status="running", seconds=None, process={"pid": os.getpid(), "created": "of another"}))
    assert read_run(folder).status == "lost"


def test_list_runs_when_several_exist_gives_the_newest_first_and_skips_what_is_no_run(workspace):
    """The archive is listed by start, and a damaged folder does not hide the others."""
    for stamp in ("20260101T000000Z-aa", "20260103T000000Z-bb", "20260102T000000Z-cc"):
        folder = workspace / "runs" / "ok" / stamp
        folder.mkdir(parents=True)
        write_record(folder, record())
    damaged = workspace / "runs" / "ok" / "20260104T000000Z-dd"
    damaged.mkdir()
    (damaged / "run.json").write_text(json.dumps({"report": "ok"}))

    runs = list_runs(workspace=workspace)

    assert [run.folder.name[:8] for run in runs] == ["20260103", "20260102", "20260101"]
    assert list_runs("broken", workspace=workspace) == []


def test_run_when_shown_in_a_notebook_escapes_and_links(workspace):
    """What a run noted is text to the page that shows it."""
    folder = new_run_folder(workspace, "ok", SystemClock())
    write_record(folder, record(results={"<script>": "<img src=x>"}))
    (folder / "report.html").write_text("x")

    shown = read_run(folder)._repr_html_()

    assert "<script>" not in shown
    assert "<img" not in shown
    assert 'href="' in shown
