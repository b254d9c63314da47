"""The okxlab command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from okxlab.errors import OkxlabError

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


@app.command()
def paper(  # noqa: PLR0913 - a command's options are its arguments
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    prices: Annotated[str, typer.Option(help="walk, or file:PATH of Parquet or CSV candles.")] = "walk",
    symbol: Annotated[str, typer.Option(help="The instrument a price file is of.")] = "BTC-USDT",
    tick: Annotated[str | None, typer.Option(help="Its price step, when it is not in the table.")] = None,
    lot: Annotated[str | None, typer.Option(help="Its size step, when it is not in the table.")] = None,
    minimum: Annotated[str | None, typer.Option(help="Its smallest size, when it is not in the table.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the walk.")] = 7,
    speed: Annotated[float, typer.Option(help="How much faster than the clock the market runs.")] = 1.0,
    stepped: Annotated[bool, typer.Option("--stepped", help="The market stands until it is stepped.")] = False,
    quote: Annotated[str, typer.Option(help="What the account owns at first, in quote currency.")] = "100000",
    state: Annotated[Path | None, typer.Option(help="File for the addresses and keys, removed at exit.")] = None,
    leased: Annotated[bool, typer.Option("--leased", help="End when the last lease closes.")] = False,
) -> None:
    """Run the local paper exchange: OKX v5 on loopback."""
    from okxlab.paper import PaperOptions, serve  # noqa: PLC0415 - only this command needs the server

    serve(
        PaperOptions(
            port=port,
            prices=prices,
            symbol=symbol,
            tick=tick,
            lot=lot,
            minimum=minimum,
            seed=seed,
            speed=speed,
            stepped=stepped,
            quote=quote,
            state=state,
            leased=leased,
        )
    )


def main() -> None:
    """Run the command; an error okxlab raises on purpose is one sentence on stderr and exit code 1."""
    try:
        app()
    except OkxlabError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
