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
    order_margin,
    profit_rate,
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
