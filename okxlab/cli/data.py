"""okxlab data: market data on disk."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from okxlab.cli.options import InWorkspace
from okxlab.errors import InputError, StoreError

if TYPE_CHECKING:
    import pandas as pd

    from okxlab.store import Series, Store

app = typer.Typer(no_args_is_help=True)
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
InStore = Annotated[str, typer.Option("--store", help="Its folder or URL; default the workspace's, .okxlab/data.")]
OneSeries = Annotated[str, typer.Argument(help="As the list writes it: okx/candles/BTC-USDT/1m.")]
From = Annotated[str, typer.Option(help="First moment, UTC; default the first there is.")]
To = Annotated[str, typer.Option(help="The moment before which it ends, UTC; default the last there is.")]


@app.command("list")
def list_series(*, store: InStore = "", workspace: InWorkspace = None) -> None:
    """List the series: their span, rows, bytes, holes, and who they are from."""
    place = _open(store, workspace)
    held = place.coverage()[["first", "last", "rows", "bytes", "spans", "gaps", "source"]]
    _print(held.set_axis([str(one) for one in place.series()]))


@app.command()
def verify(
    series: Annotated[str, typer.Argument(help="As the list writes it; default all.")] = "",
    *,
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Read every file again and compare it with the manifest; ends with an error when something is wrong."""
    place = _open(store, workspace)
    asked = [_series(series)] if series else place.series()
    found = place.verify(asked[0] if series else None)
    for finding in found.to_dict("records"):
        print(f"{finding['series']}/{finding['file']} {finding['finding']}")
    for one in asked:
        if str(one) not in set(found["series"]):
            absent, rows = place.absent(one), sum(file.rows for file in place.files(one))
            print(f"{one}: {rows:,} rows, {absent['bars'].sum():,} bars absent, holes: {len(absent):,}")
    if len(found):
        raise StoreError(f"{len(found)} findings.", "Bring the files back from a copy, or pull those spans again.")


@app.command()
def pull(  # noqa: PLR0913 - a command's options are its arguments
    symbols: Annotated[list[str], typer.Argument(help="Instruments, in either spelling.")],
    *,
    start: Annotated[str, typer.Option(help="First moment, UTC, such as 2024-01-01.")],
    end: Annotated[
        str, typer.Option(help="The moment before which it ends, UTC; default the newest finished bar.")
    ] = "",
    timeframe: Annotated[str, typer.Option(help="The length of bars.")] = "1m",
    kind: Annotated[
        Literal["candles", "mark", "index"], typer.Option(help="Bars of trades, mark prices or indices.")
    ] = "candles",
    profile: Annotated[
        Literal["paper", "demo", "live"],
        typer.Option(help="From where: paper, demo or live. Public data needs no keys."),
    ] = "paper",
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Pull what the store lacks of some instruments; interrupted, the next call goes on."""
    from okxlab.exchange import connect  # noqa: PLC0415 - only this command needs a session
    from okxlab.market import backfill  # noqa: PLC0415 - same

    place = _open(store, workspace)
    with connect(profile, workspace=workspace) as session:
        told = backfill(session, symbols, timeframe, start, end or None, kind=kind, store=place)
    _print(told)


@app.command("import")
def import_files(  # noqa: PLR0913 - a command's options are its arguments
    files: Annotated[list[Path], typer.Argument(help="Parquet, CSV or Feather.")],
    *,
    exchange: Annotated[str, typer.Option(help="Where the data is from, when the files' names do not tell.")] = "",
    symbol: Annotated[str, typer.Option(help="The instrument, when neither names nor files tell.")] = "",
    kind: Annotated[str, typer.Option(help="With --symbol: candles, mark, index, trades or funding.")] = "candles",
    timeframe: Annotated[str, typer.Option(help="With --symbol: the length of bars, such as 1m.")] = "",
    order: Annotated[
        Literal["refuse", "first", "last"],
        typer.Option(help="Rows that go back or share a time: refuse, or keep the first or last."),
    ] = "refuse",
    complete: Annotated[bool, typer.Option("--complete", help="The files are all their source has.")] = False,
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Put files into the store; names like BTC-USDT_1m_okx.parquet and freqtrade's tell what is in them."""
    from okxlab.store import Series, import_file  # noqa: PLC0415 - pandas comes with it

    place = _open(store, workspace)
    series = Series(exchange, kind, symbol, timeframe) if symbol else exchange or None
    for file in files:
        for told in import_file(place, file, series, order=order, complete=complete).to_dict("records"):
            counts = ", ".join(f"{told[name]:,} {name}" for name in ("added", "replaced", "unchanged", "dropped"))
            left_out = f", left out: {told['left_out']}" if told["left_out"] else ""
            print(f"{told['series']}: rows {counts}{left_out}")


@app.command("export")
def export_series(
    series: OneSeries,
    target: Annotated[Path, typer.Argument(help="A file in .parquet, .csv or .feather (freqtrade's), or a folder.")],
    *,
    start: From = "",
    end: To = "",
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Write a series to a file, to the last bit, and print its path."""
    from okxlab.store import export_file  # noqa: PLC0415 - pandas comes with it

    place = _open(store, workspace)
    print(export_file(place, _series(series), target, start=start or None, end=end or None))


@app.command()
def resample(
    series: OneSeries,
    timeframe: Annotated[str, typer.Argument(help="The length of the longer bars, such as 1h or 1d.")],
    *,
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Make longer bars of a series and keep them beside it."""
    from okxlab.store import resample_series  # noqa: PLC0415 - pandas comes with it

    done = resample_series(_open(store, workspace), _series(series), timeframe)
    print(f"{done.added:,} bars added, {done.replaced:,} replaced, {done.unchanged:,} there already.")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over candles, mark, index, trades and funding.")],
    *,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, whole numbers of digits included.")] = False,
    start: From = "",
    end: To = "",
    store: InStore = "",
    workspace: InWorkspace = None,
) -> None:
    """Ask the store in SQL: okxlab data sql "select symbol, count(*) from candles group by symbol"."""
    from okxlab.store import sql as ask  # noqa: PLC0415 - pandas comes with it

    answer = ask(query, _open(store, workspace), start=start or None, end=end or None)
    if csv:
        print(answer.map(_inert).to_csv(index=False), end="")
    else:
        _print(answer)


def _inert(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula and not _NUMBER.fullmatch(str(value)) else value


def _open(url: str, workspace: Path | None) -> "Store":
    from okxlab.store import Store, open_store  # noqa: PLC0415 - pandas comes with it

    if url and workspace:
        raise InputError(f"Both --store {url} and --workspace {workspace} are given.", "Give one of them.")
    return Store(url) if url else open_store(workspace)


def _series(text: str) -> "Series":
    from okxlab.store import series_at  # noqa: PLC0415 - pandas comes with it

    return series_at(text)


def _print(frame: "pd.DataFrame") -> None:
    print(frame.to_string() if len(frame) else "There is nothing.")
