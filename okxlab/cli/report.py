"""okxlab report: notebooks that run, by hand or by the clock."""

import contextlib
from typing import Annotated

import typer

from okxlab.cli.options import InWorkspace

app = typer.Typer(no_args_is_help=True)


@app.command("run")
def report_run(
    name: Annotated[str, typer.Argument(help="A report's name, or the path of a notebook.")],
    params: Annotated[list[str] | None, typer.Option("-p", "--param", help="name=value; may be repeated.")] = None,
    *,
    due: Annotated[str | None, typer.Option(help="The time it stands for, for a notebook that declares due.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds the run may take.")] = None,
    workspace: InWorkspace = None,
    schedule: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run a report and print where its page lies."""
    from okxlab.reports import run_due, run_report  # noqa: PLC0415 - only this command needs notebooks

    if schedule is not None and due is not None:
        run = run_due(schedule, due, workspace=workspace)
    else:
        run = run_report(name, params, workspace=workspace, timeout=timeout, due=due)
    if run is not None:
        print(run.html)


@app.command("schedule")
def report_schedule(*, workspace: InWorkspace = None) -> None:
    """Run schedule.toml until interrupted; runs under way then go on by themselves."""
    from okxlab.reports import run_schedule  # noqa: PLC0415 - only this command needs notebooks

    with contextlib.suppress(KeyboardInterrupt):
        run_schedule(workspace, tell=lambda line: print(line, flush=True))


@app.command("list")
def report_list(
    name: Annotated[str | None, typer.Argument(help="Only runs of this report.")] = None,
    *,
    workspace: InWorkspace = None,
) -> None:
    """List the runs kept in the workspace, newest first."""
    from okxlab.reports import list_runs  # noqa: PLC0415 - only this command needs notebooks

    for run in list_runs(name, workspace=workspace):
        trouble = f"  {run.error['ename']}: {run.error['evalue']}" if run.error else ""
        print(f"{run.started}  {run.report}  {run.status}  {run.seconds:.1f} s  {run.folder}{trouble}")
