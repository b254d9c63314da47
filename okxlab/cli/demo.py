"""okxlab demo: one grid, measured by the backtest and on the paper exchange."""

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from okxlab.cli.options import InWorkspace
from okxlab.errors import PaperError

if TYPE_CHECKING:
    from okxlab.exchange import Session


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
    workspace: InWorkspace = None,
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
