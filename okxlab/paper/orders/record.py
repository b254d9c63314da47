"""An order as it is kept on disk: one flat list of texts and integers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.exact import plain
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import Fill, Order
from okxlab.paper.products.borrowing import margin_pair
from okxlab.paper.products.instrument import Instrument


def write_order(order: Order) -> list[Any]:
    """Give an order's record."""
    ask, last = order.ask, order.last
    told = [last.trade_id, plain(last.price), plain(last.size), last.ts] if last else None
    return [
        order.id, order.account.uid, ask.instrument.name, ask.side, ask.kind, ask.client_id, ask.tag, ask.size_text,
        ask.target, ask.self_trade, ask.mode, ask.pos_side, ask.reduce_only, ask.currency, plain(order.size),
        plain(order.price), order.created, order.updated, order.state, plain(order.filled), plain(order.cost),
        plain(order.fee), order.fee_currency, plain(order.pnl), order.cancel_source, order.category, order.algo_id,
        order.algo_client_id, order.amend_source, list(order.attached), order.lever, told, order.ahead,
        order.rank, order.source,
    ]  # fmt: skip


def read_order(record: list[Any], accounts: Mapping[str, Account], instrument: Instrument) -> Order:
    """Give the order of a record; what it holds is for the venue to set aside again."""
    (number, uid, _, side, kind, client_id, tag, size_text, target, self_trade, mode, pos_side, reduce_only, currency,
     size, price, created, updated, state, filled, cost, fee, fee_currency, pnl, cancel_source, category, algo_id,
     algo_client_id, amend_source, attached, lever, told, ahead, rank, source) = record  # fmt: skip
    if lever and instrument.kind == "SPOT":
        instrument = margin_pair(instrument)
    ask = Ask(
        instrument, side, kind, Decimal(size), Decimal(price) if Decimal(price) else None, in_quote=False,
        client_id=client_id, tag=tag, size_text=size_text, target=target, self_trade=self_trade, mode=mode,
        pos_side=pos_side, reduce_only=reduce_only, currency=currency,
    )  # fmt: skip
    order = Order(
        number, accounts[uid], ask, Decimal(size), Decimal(price), created, updated, state, Decimal(filled),
        Decimal(cost), Decimal(fee), fee_currency, Decimal(pnl), cancel_source, category=category, algo_id=algo_id,
        algo_client_id=algo_client_id, amend_source=amend_source, attached=attached, lever=lever, ahead=ahead,
        rank=rank, source=source,
    )  # fmt: skip
    if told:
        trade, price_told, size_told, ts = told
        nothing = Decimal(0)
        order.last = Fill(
            trade, 0, order, Decimal(price_told), Decimal(size_told), nothing, "", nothing, maker=True, ts=ts,
            feed_ts=0, position=0,
        )  # fmt: skip
    return order
