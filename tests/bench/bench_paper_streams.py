"""What streams cost: the latency of orders beside a full set of them, and messages to 50 clients at once.

``python tests/bench/bench_paper_streams.py``; it prints figures and passes no judgement on seconds.
"""

import sys
import time
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).parent / "load"))
from server import bare, drive, listening, paper

RATE, ORDERS, CONNECTIONS = 1000, 12_000, 64
CLIENTS, SECONDS = 50, 10


def names(exchange: dict, kind: str) -> list[str]:
    """Give the instruments of a kind."""
    rows = requests.get(f"{exchange['rest']}/api/v5/public/instruments?instType={kind}", timeout=30).json()["data"]
    return [row["instId"] for row in rows]


def channels(kinds: dict[str, list[str]]) -> list[dict[str, str]]:
    """Give subscriptions: channels, each of some instruments."""
    return [{"channel": channel, "instId": name} for channel, insts in kinds.items() for name in insts]


def everything(exchange: dict) -> dict[str, list[dict[str, str]]]:
    """Give a full set of streams: every ticker, the books of 20 pairs, candles of 50, and all of the account's."""
    spot, swaps = names(exchange, "SPOT"), names(exchange, "SWAP")
    books = [*spot[:15], *swaps[:5]]
    public = {"tickers": spot + swaps, "books": books, "books5": books, "bbo-tbt": books, "trades": books}
    private = [{"channel": name, "instType": "ANY"} for name in ("orders", "positions")]
    return {
        "public": channels(public | {"funding-rate": swaps[:5], "mark-price": swaps[:5]}),
        "business": channels({"candle1m": spot[:50]}),
        "private": [*private, {"channel": "account"}, {"channel": "balance_and_position"}],
    }


def beside_streams(exchange: dict, handler: dict) -> None:
    """Print the latency of paced orders: of the bare handler, of the exchange, and beside a full set of streams."""
    wanted, first = everything(exchange), 1
    for told, server, heard_of in (
        ("the bare handler", handler, {}),
        ("the exchange", exchange, {}),
        ("beside a full set of streams", exchange, wanted),
    ):
        with listening(exchange, clients=1, channels=heard_of) as heard:
            result = drive(server, connections=CONNECTIONS, orders=ORDERS, first=first, rate=RATE)
        first += ORDERS
        print(
            f"{RATE:,} orders/s, {told}: p50 {result['p50']:6.2f} ms, p99 {result['p99']:6.2f} ms,"
            f" {result['rate']:,.0f} answered/s; {heard['messages'] / heard['seconds']:7,.0f} messages/s heard;"
            f" the exchange's core {heard['busy'] / heard['seconds']:.0%} busy"
        )


def fan_out(exchange: dict) -> None:
    """Print what pushes to 50 clients cost, beside a bare handler that sends each its own."""
    spot = names(exchange, "SPOT")[:40]
    wanted = {"public": channels({"tickers": spot, "books5": spot[:20], "trades": spot})}
    with listening(exchange, clients=CLIENTS, channels=wanted) as mine:
        time.sleep(SECONDS)
    with bare() as handler, listening(handler, clients=CLIENTS, channels={"public": wanted["public"][:1]}) as theirs:
        time.sleep(SECONDS)
    for who, heard in (("paper", mine), ("bare ", theirs)):
        print(
            f"{who}: {heard['messages'] / heard['seconds']:8,.0f} messages/s to {CLIENTS} clients,"
            f" {heard['bytes'] / heard['messages']:,.0f} bytes each, {heard['busy'] / heard['messages'] * 1e6:5.1f} us"
            f" on the core for each, {heard['busy'] / heard['seconds']:.0%} of it busy"
        )


def main() -> None:
    """Print the table."""
    with paper() as exchange, bare() as handler:
        beside_streams(exchange, handler)
    with paper("--speed", "60") as exchange:
        fan_out(exchange)


if __name__ == "__main__":
    main()
