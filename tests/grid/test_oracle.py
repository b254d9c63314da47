"""The figures printed in OKX's own documents, to their last digit, through public functions."""

import json
import math
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from okxlab.grid import (
    Exposure,
    GridSpec,
    contract_profit_rate,
    further,
    ladder,
    levels,
    liquidation_price,
    okx_annualised,
    okx_minimum_investment,
    okx_suggested_rate,
    opening,
    order_margin,
    plan_contract,
    profit_rate,
    rotate,
    worst_price,
)
from okxlab.model import Instrument


def prices(row, tick, rounding):
    return levels(row["L"], row["U"], row["n"], "arithmetic", tick, rounding)


def interval(row, tick="1", rounding="floor"):
    return list(pairwise(prices(row, row.get("tick", tick), rounding)))[row["interval"]]


def number(row, name):
    return Decimal(str(row[name]))


def spot_profit(row):
    return profit_rate(*interval(row), number(row, "f"))


def suggested(row):
    return okx_suggested_rate(*interval(row))


def contract_profit(row):
    return contract_profit_rate(*interval(row, rounding="half_up"), number(row, "f"), number(row, "lever"))


def amount(row):
    coin = Instrument("BTC-USDT", tick=1, lot=row["lot"], minimum="0.00001")
    spec = GridSpec("BTC-USDT", low=row["L"], high=row["U"], grids=row["n"], investment=row["investment"])
    return ladder(spec, coin, 6000).size


def least(row):
    return okx_minimum_investment(prices(row, row["tick"], "floor"), number(row, "minimum_size"))


def resting_margin(row):
    return order_margin([(Decimal(price), Decimal(size)) for price, size in row["orders"]], number(row, "lever"))


def shown(row):
    held = Exposure(number(row, "position"), number(row, "equity"), number(row, "mark"))
    return liquidation_price(held, number(row, "maintenance_and_fee"))


def worst(row):
    held = Exposure(number(row, "position"), number(row, "equity"), number(row, "mark"))
    orders = [(Decimal(price), Decimal(size)) for price, size in row["resting"]]
    return worst_price(further(held, orders, lambda _: number(row, "maintenance_and_fee")))


def annualised(row):
    return okx_annualised(number(row, "pnl_ratio"), timedelta(hours=row["whole_hours"], minutes=33))


ROWS = {
    "spot profit rate, lowest interval": spot_profit,
    "spot profit rate, highest interval": spot_profit,
    "spot amount per grid, X above the range": amount,
    "spot minimum investment": least,
    "AI parameter profit rate, lowest": suggested,
    "AI parameter profit rate, highest": suggested,
    "contract profit rate, lowest": contract_profit,
    "contract profit rate, highest": contract_profit,
    "margin of resting orders": resting_margin,
    "liquidation price shown (long; position only)": shown,
    "liquidation price if the resting buy fills first": worst,
    "total annualised": annualised,
}


@pytest.fixture(scope="module")
def oracle(shared):
    return json.loads((shared / "reference" / "grid_oracle.json").read_text("utf-8"))


def test_every_row_of_the_oracle_is_asked(oracle):
    """Nothing that was printed is left out."""
    assert {row["name"] for row in oracle["rows"]} == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_figure_printed_by_okx_comes_out(oracle, name):
    """Each figure is what was printed, to the last digit a float can tell apart, and within its noted tolerance."""
    row = next(row for row in oracle["rows"] if row["name"] == name)
    printed = Decimal(row.get("value") or row["value_rounded"])
    ours = ROWS[name](row)

    assert abs(ours - printed) <= Decimal(row["tolerance"])
    if "value" in row:
        assert abs(float(ours) - float(printed)) <= math.ulp(max(1.0, float(printed)))  # OKX subtracts 1 in floats
    else:
        assert round(ours, 2) == printed


def test_launch_of_the_contract_sample_comes_out(oracle):
    """Nine units bought, one buy at p_0, nine sells from p_2 up: the first level above the price stays empty."""
    told = oracle["launch"]
    swap = Instrument("BTC-USDT-SWAP", tick="0.1", lot=1, minimum=1, contract="0.001")
    spec = GridSpec("BTC-USDT-SWAP", low="26931.9", high="36437.3", grids=10, investment=100, kind="long", leverage=5)
    made = plan_contract(spec, swap, "27306.9")
    sides = made.orders["side"].value_counts().to_dict()

    for words in ("X=27306.9", "p_0=26931.9", "p_1=27882.4", "9 units bought", "1 buy at p_0 and 9 sells", "is p_1"):
        assert words in told
    assert made.levels[:2] == (Decimal("26931.9"), Decimal("27882.4"))
    assert (made.ladder.launch_units, sides) == (9, {"sell": 9, "buy": 1})
    assert set(made.levels) - set(made.orders["price"]) == {made.levels[1]}


def test_fee_taken_in_what_is_received_comes_out(oracle):
    """A unit bought at 0.1 % is offered in whole lots of what was received."""
    coin = Instrument("BTC-USDT", tick=1, lot="1E-8", minimum="1E-8")
    spec = GridSpec("BTC-USDT", low=100, high=120, grids=4, investment="0.0224546")
    made = ladder(spec, coin, 500, maker="0.001")
    bought, sold = opening(made)[0], rotate(made, opening(made)[0])

    assert oracle["fee_in_received_currency"].startswith(f"buys {bought.size:f} at f=0.001")
    assert oracle["fee_in_received_currency"].endswith(f"= {sold.size:f}")


def test_displayed_liquidation_forgets_what_rests_below(oracle):
    """The price shown lies 1068 USDT below the one that the resting buy leads to: 6.5 % too far away."""
    rows = {row["name"]: row for row in oracle["rows"]}
    alone = shown(rows["liquidation price shown (long; position only)"])
    true = worst(rows["liquidation price if the resting buy fills first"])

    assert round(true - alone, 2) == Decimal("1068.32")
    assert round(true / alone - 1, 3) == Decimal("0.065")
