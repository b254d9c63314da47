"""A bill as OKX's row, and its record on disk."""

from typing import Any

from okxlab.paper.changes import Bill
from okxlab.paper.exact import plain
from okxlab.paper.fields import blank

_EMPTY = "posBalChg posBal earnAmt earnApr from to notes fillIdxPx fillMarkPx fillPxVol fillPxUsd fillMarkVol fillFwdPx"
MARGIN_MOVED = "6"
_WALLETS = {"11": {"from": "6", "to": "18"}, "12": {"from": "18", "to": "6"}}  # funding and trading
# of what account/subtypes tells: the types, each with its subtypes
SUBTYPES = {
    "1": ("Transfer", {"11": "Transfer in", "12": "Transfer out"}),
    "2": (
        "Trade",
        {"1": "Buy", "2": "Sell", "3": "Open long", "4": "Open short", "5": "Close long", "6": "Close short"},
    ),
    "3": (
        "Delivery",
        {
            "112": "Delivery long", "113": "Delivery short", "170": "Exercised", "171": "Counterparty exercised",
            "172": "Expired worthless",
        },
    ),
    "5": ("Liquidation", {"104": "Liquidation long", "105": "Liquidation short"}),
    "6": ("Margin transfer", {"160": "Manual margin increase", "161": "Manual margin decrease"}),
    "8": ("Funding fee", {"173": "Funding fee paid", "174": "Funding fee received"}),
    "10": ("Clawback", {"108": "Loss forgiven"}),
    "12": ("Strategy transfer", {}),
}  # fmt: skip


def write_bill(bill: Bill) -> list[Any]:
    """Give a bill's record: a flat list of texts and integers."""
    fill, entry = bill.fill, bill.entry
    head = [
        bill.id, bill.account.uid, bill.currency, plain(bill.change), plain(bill.balance), bill.type, bill.subtype,
        bill.ts, bill.instrument,
    ]  # fmt: skip
    if fill is not None:
        ask = fill.order.ask
        fee = plain(fill.fee.copy_negate()) if bill.currency == fill.fee_currency else "0"
        return [
            *head, ask.instrument.kind, ask.mode, plain(fill.pnl), plain(fill.price), plain(fill.size), fee,
            str(fill.order.id), ask.client_id, ask.tag, "M" if fill.maker else "T", str(fill.trade_id), str(fill.ts),
        ]  # fmt: skip
    if entry is None or not entry.price:
        return [*head, "", entry.mode if entry else "", *["0", "", plain(bill.change), "0"], *[""] * 6]
    return [*head, "", entry.mode, plain(entry.pnl), plain(entry.price), plain(entry.size), "0", *[""] * 6]


def bill_row(record: list[Any], kind: str) -> dict[str, Any]:
    """Give OKX's row of a bill's record; ``kind`` is the instType of its instrument."""
    (number, _, currency, change, balance, type_, subtype, ts, name, _, mode, pnl, price, size, fee, order, client_id,
     tag, taken, trade, filled) = record  # fmt: skip
    moved = {}
    if type_ == MARGIN_MOVED:  # what an isolated position has set aside now stands where a price would
        moved = {"posBalChg": size if subtype == "160" else f"-{size}", "posBal": price, "px": ""}
    return blank(_EMPTY) | {
        "instType": kind, "billId": str(number), "type": type_, "subType": subtype, "ts": str(ts), "balChg": change,
        "bal": balance, "sz": size, "px": price, "ccy": currency, "pnl": pnl, "fee": fee, "mgnMode": mode,
        "instId": name, "ordId": order, "execType": taken, "interest": "0", "tag": tag, "fillTime": filled,
        "tradeId": trade, "clOrdId": client_id,
    } | _WALLETS.get(subtype, {}) | moved  # fmt: skip
