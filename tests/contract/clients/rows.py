"""OKX's own rows in the suite's words, for clients that hand them out as they are."""

from collections.abc import Mapping
from typing import Any

from tests.contract.clients.vocabulary import (
    STATES,
    Bar,
    Depth,
    Held,
    Holding,
    Market,
    Quote,
    RefusedError,
    Seen,
    Wanted,
    number,
)

Row = Mapping[str, Any]
MINUTE = 60_000
OLD = 1_440 * MINUTE  # market/candles reaches this far back


def market(row: Row) -> Market:
    """Read a row of public/instruments."""
    return Market(number(row["tickSz"]), number(row["lotSz"]), number(row["minSz"]))


def quote(row: Row) -> Quote:
    """Read a row of market/tickers."""
    return Quote(number(row["bidPx"]), number(row["askPx"]), number(row["last"]))


def depth(row: Row) -> Depth:
    """Read the row of market/books."""
    bids, asks = (tuple((number(level[0]), number(level[1])) for level in row[side]) for side in ("bids", "asks"))
    return Depth(bids, asks, int(row["seqId"]))


def bar(row: list[Any]) -> Bar:
    """Read a candle."""
    return Bar(int(row[0]), *(number(value) for value in row[1:5]))


def holdings(row: Row) -> dict[str, Holding]:
    """Read the row of account/balance or of the account channel."""
    return {one["ccy"]: Holding(number(one["eq"]), number(one["availBal"])) for one in row["details"]}


def seen(row: Row) -> Seen:
    """Read an order's row."""
    return Seen(
        row["ordId"], row["clOrdId"], STATES[row["state"]], number(row["sz"]), number(row["px"]),
        number(row["accFillSz"]),
    )  # fmt: skip


def held(row: Row) -> Held:
    """Read a position's row in net mode."""
    return Held(row["instId"], number(row["pos"]), row["mgnMode"])


def asked(wanted: Wanted) -> dict[str, str]:
    """Write an order as OKX takes it."""
    fields = {
        "instId": wanted.inst, "tdMode": wanted.mode, "side": wanted.side, "ordType": wanted.kind,
        "sz": format(wanted.size, "f"),
    }  # fmt: skip
    if wanted.price is not None:
        fields["px"] = format(wanted.price, "f")
    if wanted.name:
        fields["clOrdId"] = wanted.name
    if wanted.kind == "market" and wanted.inst.count("-") == 1:
        fields["tgtCcy"] = "quote_ccy" if wanted.spend else "base_ccy"
    return fields


def outcome(row: Row) -> str | RefusedError:
    """Read one row of an order's acknowledgement."""
    return row["ordId"] if row["sCode"] == "0" else RefusedError(row["sCode"])


def single(rows: list[Row]) -> str:
    """Give the id of the one order that was acted on, or raise what it was refused with."""
    (row,) = rows
    if row["sCode"] != "0":
        raise RefusedError(row["sCode"])
    return row["ordId"]
