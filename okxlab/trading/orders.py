"""Orders and fills as tables."""

from dataclasses import asdict

import pandas as pd

from okxlab.exchange import Session
from okxlab.model import Fill, Order
from okxlab.trading.enquiry import fills_since, pending
from okxlab.trading.venue import SessionVenue


def open_orders(session: Session, symbol: str | None = None) -> pd.DataFrame:
    """List the orders that can still fill.

    Returns
    -------
    DataFrame
        Index ``order_id``, oldest first; columns ``symbol``, ``side``, ``state``, ``price`` (quote, None for market
        orders), ``size``, ``filled`` (base), ``client_id`` and ``time`` (UTC); prices and sizes are exact Decimals.
    """
    columns = ["order_id", "symbol", "side", "state", "price", "size", "filled", "client_id"]
    return _frame(pending(SessionVenue(session), symbol), columns).set_index("order_id")


def fills(session: Session, symbol: str | None = None) -> pd.DataFrame:
    """List the executions of the last three days.

    Returns
    -------
    DataFrame
        Oldest first; columns ``symbol``, ``side``, ``price`` (quote), ``size`` (base), ``fee`` (positive when paid, in
        ``fee_currency``), ``fee_currency``, ``maker``, ``order_id``, ``client_id`` and ``time`` (UTC); numbers are
        exact Decimals.
    """
    columns = ["symbol", "side", "price", "size", "fee", "fee_currency", "maker", "order_id", "client_id"]
    return _frame(fills_since(SessionVenue(session), symbol), columns)


def _frame(rows: list[Order] | list[Fill], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame([asdict(row) for row in rows], columns=[*columns, "time_ms"])
    frame["time"] = pd.to_datetime(frame.pop("time_ms").astype("int64"), unit="ms", utc=True)
    return frame
