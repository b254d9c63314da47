"""The grid of the design, traded order by order on the exchange, earns the figures it must."""

import json
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal

import pyarrow.compute as pa_compute
import pyarrow.parquet as pa_parquet
import pytest

from okxlab.paper import PaperOptions
from tests.paper.desk import open_desk

NAME = "BTC-USDT"


@pytest.fixture(params=[0, 1, 2, 3])
def case(request, shared):
    cases = json.loads((shared / "checks" / "grid_cases.json").read_text())["cases"]
    recorded = [case for case in cases if "file" in case and case["fill"] == "touch"]
    return recorded[request.param]


def cut(case, shared, tmp_path):
    """Write the case's window of candles to a file of its own."""
    table = pa_parquet.read_table(shared / "data" / case["file"])
    first, last = (
        round(datetime.fromisoformat(case[end]).replace(tzinfo=UTC).timestamp() * 1000) for end in ("start", "end")
    )
    ts = table["ts"]
    window = table.filter(pa_compute.and_(pa_compute.greater_equal(ts, first), pa_compute.less(ts, last)))
    pa_parquet.write_table(window, tmp_path / "window.parquet")
    return tmp_path / "window.parquet"


def whole_lots(size, lot):
    return (size / lot).to_integral_value(ROUND_FLOOR) * lot


def place(venue, side, price, size):
    fields = {"instId": NAME, "tdMode": "cash", "side": side, "sz": format(size, "f")}
    fields |= {"ordType": "limit", "px": format(price, "f")} if price else {"ordType": "market", "tgtCcy": "base_ccy"}
    return venue.place(fields)


def trade(venue, case):
    """Launch the grid and answer each fill with the order that follows, until the tape ends."""
    levels, lot = [Decimal(level) for level in case["expect"]["levels"]], Decimal(case["lot"])
    unit, start = Decimal(case["expect"]["size"]), venue.feed.price(NAME)
    maker_lots, taker_lots = (whole_lots(unit * (1 - Decimal(case[who])), lot) for who in ("maker", "taker"))
    held = [i for i in range(case["grids"]) if levels[i] >= start]
    if held:
        place(venue, "buy", None, unit * len(held))
    resting = {}
    for i in range(case["grids"]):
        side, at, size = ("sell", i + 1, taker_lots) if i in held else ("buy", i, unit)
        resting[place(venue, side, levels[at], size).id] = i
    seen = len(venue.fills)
    while not venue.feed.done:
        venue.step(10_000_000, until_fill=True)
        for fill in venue.fills[seen:]:
            i = resting.pop(fill.order.id)
            bought = fill.order.ask.side == "buy"
            follows = ("sell", levels[i + 1], maker_lots) if bought else ("buy", levels[i], unit)
            resting[place(venue, *follows).id] = i
        seen = len(venue.fills)


def test_grid_traded_on_the_exchange_earns_the_figures_of_the_definition(case, shared, tmp_path, clock):
    """Every buy, sell and the last digit of both balances, over weeks of real candles."""
    steps = {"tick": case["tick"], "lot": case["lot"], "minimum": case["lot"]}
    prices = f"file:{cut(case, shared, tmp_path)}"
    venue = open_desk(PaperOptions(stepped=True, prices=prices, quote=case["investment"], **steps), clock)
    trade(venue, case)

    made = [fill.order.ask.side for fill in venue.fills if fill.maker]
    expect = case["expect"]
    assert (made.count("buy"), made.count("sell")) == (expect["buys"], expect["sells"])
    assert venue.balance("BTC") == Decimal(expect["base_end"])
    assert venue.balance("USDT") == Decimal(expect["quote_end"])
