"""The okxlab command."""

import contextlib
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from okxlab.config import find_workspace
from okxlab.errors import OkxlabError, PaperError

if TYPE_CHECKING:
    from okxlab.exchange import Session

app = typer.Typer(
    name="okxlab",
    help="Research toolkit for OKX: data, grids, a paper exchange, reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def okxlab() -> None:
    """Research toolkit for OKX: data, grids, a paper exchange, reports."""


paper_app = typer.Typer(invoke_without_command=True)
app.add_typer(paper_app, name="paper", help="Run the local paper exchange, or see to this workspace's.")
keys_app = typer.Typer(help="The keys of this workspace's paper exchange.", no_args_is_help=True)
paper_app.add_typer(keys_app, name="keys")
InWorkspace = Annotated[Path | None, typer.Option("--workspace", help="A folder in the workspace; default this one.")]
OfAccount = Annotated[str, typer.Option(help="A sub-account's name; default the main account.")]


@paper_app.callback()
def paper(  # noqa: PLR0913 - a command's options are its arguments
    context: typer.Context,
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    prices: Annotated[
        str, typer.Option(help="walk, live, file:PATH of candles or trades, or tape:PATH of recorded messages.")
    ] = "walk",
    symbol: Annotated[str, typer.Option(help="The instrument of a price file; of live, any with commas.")] = "BTC-USDT",
    tick: Annotated[str | None, typer.Option(help="Its price step, when it is not in the table.")] = None,
    lot: Annotated[str | None, typer.Option(help="Its size step, when it is not in the table.")] = None,
    minimum: Annotated[str | None, typer.Option(help="Its smallest size, when it is not in the table.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the walk.")] = 7,
    speed: Annotated[float, typer.Option(help="How much faster than the clock the market runs.")] = 1.0,
    stepped: Annotated[bool, typer.Option("--stepped", help="The market stands until it is stepped.")] = False,
    fills: Annotated[str, typer.Option(help="How orders fill: touch (whole, by the path) or book.")] = "touch",
    quote: Annotated[str, typer.Option(help="What the account owns at first, in quote currency.")] = "100000",
    state: Annotated[Path | None, typer.Option(help="File for the addresses and keys, removed at exit.")] = None,
    leased: Annotated[bool, typer.Option("--leased", help="End when the last lease closes.")] = False,
    data: Annotated[Path | None, typer.Option(help="Database that keeps accounts, orders and keys.")] = None,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Lift OKX's request limits.")] = False,
) -> None:
    """Run the local paper exchange: OKX v5 on loopback."""
    if context.invoked_subcommand:
        return
    from okxlab.paper import PaperOptions, serve  # noqa: PLC0415 - only this command needs the server

    serve(PaperOptions(
        port=port, prices=prices, symbol=symbol, tick=tick, lot=lot, minimum=minimum, seed=seed, speed=speed,
        stepped=stepped, fills=fills, quote=quote, state=state, leased=leased, data=data, limits=not no_limits,
    ))  # fmt: skip


@paper_app.command("reset")
def paper_reset(*, workspace: InWorkspace = None) -> None:
    """End this workspace's paper exchange, and let the next one start anew."""
    from okxlab.paper import reset  # noqa: PLC0415 - only the paper commands need it

    place = find_workspace(workspace)
    there_was = reset(place.exchange_state, place.state / "paper.db")
    print("The next paper exchange starts anew." if there_was else "There was nothing to reset.")


@paper_app.command("deposit")
def paper_deposit(
    currency: Annotated[str, typer.Argument(help="Of what, such as USDT.")],
    amount: Annotated[str, typer.Argument(help="How much.")],
    *,
    account: OfAccount = "main",
    workspace: InWorkspace = None,
) -> None:
    """Give an account of this workspace's paper exchange something: okxlab paper deposit USDT 1000."""
    told = _instruct(workspace, "deposit", ccy=currency, amount=amount, account=account)
    print(f"{told['account']} has {told['balance']} {told['ccy']}.")


@keys_app.command("list")
def keys_list(*, workspace: InWorkspace = None) -> None:
    """List the keys, without their secrets."""
    for key in _instruct(workspace, "keys")["keys"]:
        where = ",".join(key["ips"]) or "anywhere"
        print(
            f"{key['key']}  {key['account']}  {','.join(key['perms'])}  {where}  {key['environment']}  {key['label']}"
        )


@keys_app.command("add")
def keys_add(
    *,
    account: OfAccount = "main",
    label: Annotated[str, typer.Option(help="What it is for.")] = "paper",
    perm: Annotated[list[str] | None, typer.Option(help="read_only, trade or withdraw; may be repeated.")] = None,
    ip: Annotated[list[str] | None, typer.Option(help="An address or network it is bound to; may be repeated.")] = None,
    environment: Annotated[str, typer.Option(help="demo or live; default both.")] = "",
    workspace: InWorkspace = None,
) -> None:
    """Make a key and print it as one line of JSON: its secret is not shown again."""
    asked = {"account": account, "label": label, "perms": perm, "ips": ip, "environment": environment}
    print(json.dumps(_instruct(workspace, "keys/add", **asked)))


@keys_app.command("remove")
def keys_remove(
    key: Annotated[str, typer.Argument(help="As the list shows it.")], *, workspace: InWorkspace = None
) -> None:
    """Let a key be used no more."""
    print(f"Removed {_instruct(workspace, 'keys/remove', key=key)['key']}.")


def _instruct(workspace: Path | None, act: str, **fields: Any) -> dict[str, Any]:
    """Do something on the workspace's exchange, whether it runs or not."""
    from okxlab.paper import PaperOptions, instruct  # noqa: PLC0415 - only the paper commands need it

    place = find_workspace(workspace)
    settings = place.settings.paper
    options = PaperOptions(seed=settings.seed, fills=settings.fills, data=place.exchange_data)
    return instruct(place.exchange_state, options, act, fields)


@app.command()
def demo(  # noqa: PLR0913 - a command's options are its arguments
    *,
    candles: Annotated[
        Path | None, typer.Option(help="Parquet or CSV candles; default the paper exchange's own.")
    ] = None,
    start: Annotated[str, typer.Option(help="First day, UTC; default the latest days.")] = "",
    days: Annotated[int, typer.Option(help="Days of one-minute candles.")] = 14,
    symbol: Annotated[str, typer.Option(help="The instrument.")] = "BTC-USDT",
    grids: Annotated[int, typer.Option(help="Number of intervals.")] = 10,
    reach: Annotated[float, typer.Option("--range", help="Reach below and above the first price, percent.")] = 5.0,
    investment: Annotated[float, typer.Option(help="Quote currency put to work.")] = 1000.0,
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="A folder in the workspace; default this one.")
    ] = None,
) -> None:
    """Backtest a grid, place the same grid on the paper exchange, compare the two, and leave a report."""
    from okxlab.exchange import connect  # noqa: PLC0415 - only this command needs them
    from okxlab.reports import run_report  # noqa: PLC0415 - same

    params = {
        "symbol": symbol,
        "days": days,
        "grids": grids,
        "range_pct": reach,
        "investment": investment,
        "candles_file": str(candles.resolve()) if candles else "",
        "start": start,
    }
    with connect(workspace=workspace) as session:  # the notebook joins the same exchange
        _check_demo(session, params)
        run = run_report("00_quickstart", params, workspace=workspace)
    backtest, paper = run.results["backtest"], run.results["paper"]
    _print_comparison(backtest, paper)
    print(f"Report: {run.html}")
    if as_json:
        print(json.dumps({"backtest": _headline(backtest), "paper": _headline(paper), "report": str(run.html)}))
    if run.results["different_fills"] or _headline(backtest) != _headline(paper):
        raise PaperError("Backtest and paper exchange disagree.", "Report this as a bug, with the report.")


report = typer.Typer(help="Notebook reports: run one, run the schedule, list what ran.", no_args_is_help=True)
app.add_typer(report, name="report")


@report.command("run")
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


@report.command("schedule")
def report_schedule(*, workspace: InWorkspace = None) -> None:
    """Run schedule.toml until interrupted; runs under way then go on by themselves."""
    from okxlab.reports import run_schedule  # noqa: PLC0415 - only this command needs notebooks

    with contextlib.suppress(KeyboardInterrupt):
        run_schedule(workspace, tell=lambda line: print(line, flush=True))


@report.command("list")
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


def _check_demo(session: "Session", params: dict[str, Any]) -> None:
    """Refuse bad input in one sentence before a notebook starts."""
    from okxlab.grid import GridSpec, ladder  # noqa: PLC0415 - only this command needs them
    from okxlab.market import check_span, history, instrument, last_price  # noqa: PLC0415 - same
    from okxlab.trading import check_ladder_fits  # noqa: PLC0415 - same

    steps = instrument(session, params["symbol"])
    price: Any = last_price(session, steps.symbol)
    if params["candles_file"]:
        span = {"days": params["days"], "start": params["start"], "file": params["candles_file"]}
        price = float(history(session, steps.symbol, **span)["open"].iloc[0])
    else:
        check_span(session, steps.symbol, days=params["days"], start=params["start"])
    spec = GridSpec.around(
        steps, price, percent=params["range_pct"], grids=params["grids"], investment=params["investment"]
    )
    check_ladder_fits(spec)
    ladder(spec, steps, price)


def _print_comparison(backtest: dict[str, Any], paper: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only this command prints a table
    from rich.table import Table  # noqa: PLC0415 - same

    table = Table("", "backtest", "paper exchange", title="One grid, measured twice")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, ours in _headline(backtest).items():
        table.add_row(name, ours, _headline(paper)[name])
    Console().print(table)


def _headline(summary: dict[str, Any]) -> dict[str, str]:
    """Give the figures that must agree, as plain exact text."""
    names = ("buys", "sells", "fees", "grid_profit", "equity_end", "identity_residual")
    from okxlab.model import plain  # noqa: PLC0415 - pandas comes with it

    return {name: plain(Decimal(str(summary[name]))) for name in names}


def main() -> None:
    """Run the command; an error okxlab raises on purpose is one sentence on stderr and exit code 1."""
    try:
        app()
    except OkxlabError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
