"""okxlab paper: the local exchange, its keys and its money."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from okxlab.cli.options import InWorkspace
from okxlab.config import find_workspace

app = typer.Typer(invoke_without_command=True)
keys_app = typer.Typer(help="The keys of this workspace's paper exchange.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
OfAccount = Annotated[str, typer.Option(help="A sub-account's name; default the main account.")]


@app.callback()
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


@app.command("reset")
def paper_reset(*, workspace: InWorkspace = None) -> None:
    """End this workspace's paper exchange, and let the next one start anew."""
    from okxlab.paper import reset  # noqa: PLC0415 - only the paper commands need it

    place = find_workspace(workspace)
    there_was = reset(place.exchange_state, place.state / "paper.db")
    print("The next paper exchange starts anew." if there_was else "There was nothing to reset.")


@app.command("deposit")
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
