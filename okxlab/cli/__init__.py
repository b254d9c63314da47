"""The okxlab command."""

import sys

import typer

from okxlab.cli import data, demo, kill, paper, report, scan
from okxlab.errors import OkxlabError

__all__ = ["app", "main"]

app = typer.Typer(
    name="okxlab",
    help="Research toolkit for OKX: data, grids, a paper exchange, reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(paper.app, name="paper", help="Run the local paper exchange, or see to this workspace's.")
app.command()(demo.demo)
app.add_typer(data.app, name="data", help="Market data on disk: what is there, files in and out, SQL.")
app.add_typer(report.app, name="report", help="Notebook reports: run one, run the schedule, list what ran.")
app.command()(scan.scan)
app.command()(kill.kill)


@app.callback()
def okxlab() -> None:
    """Research toolkit for OKX: data, grids, a paper exchange, reports."""


def main() -> None:
    """Run the command; an error okxlab raises on purpose is one sentence on stderr and exit code 1."""
    try:
        app()
    except OkxlabError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
