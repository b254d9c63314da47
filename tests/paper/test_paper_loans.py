"""Spot on margin: long with borrowed quote currency, short with borrowed base currency; figures worked out by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.paper.contracts import ask, contract_desk, get, post, refused

PAIR = "BTC-USDT"


@pytest.fixture
def desk(tmp_path, clock):
    desk = contract_desk(tmp_path, clock, [50000, 51000, 45000, 10000])
    desk.instruments.replace(replace(desk.instruments[PAIR], lever="10"))
    return desk


def on_margin(side, size, **more):
    """Give an order on margin, its size in base currency."""
    return ask(PAIR, side=side, size=size, tdMode="cross", tgtCcy="base_ccy") | more


def test_a_long_borrows_quote_currency_and_brings_the_difference(desk):
    """0.3 BTC from 50,000 to 51,000: 300, less 0.1% of 15,000 and of 15,300; spot balances stay as they are."""
    order = desk.place(on_margin("buy", "0.3"))
    assert (order.instrument.kind, order.lever) == ("MARGIN", "3")
    (row,) = get(desk, "positions", instType="MARGIN")
    assert (row["pos"], row["posCcy"], row["liab"], row["liabCcy"]) == ("0.3", "BTC", "-15000", "USDT")
    assert row["imr"] == "5000"

    desk.step(4)
    desk.place(on_margin("sell", "0.3"))
    assert desk.balance("USDT") == 100000 + 300 - 15 - Decimal("15.3")
    assert (desk.balance("BTC"), desk.account.positions, desk.total("USDT")) == (1, {}, 0)


def test_a_short_borrows_base_currency(desk):
    """0.3 BTC sold at 50,000 owe 0.3 BTC; bought back at 45,000 they bring 1,500."""
    desk.place(on_margin("sell", "0.3"))
    (row,) = get(desk, "positions")
    assert (row["pos"], row["posCcy"], row["liab"], row["liabCcy"]) == ("15000", "USDT", "-0.3", "BTC")

    desk.step(8)
    assert desk.place(on_margin("buy", "0.3")).pnl == 1500


def test_cash_and_margin_stand_side_by_side(desk):
    """A cash order of the same pair makes no position, in either position mode."""
    desk.account.hedged = True
    desk.place(ask(PAIR, size="100"))
    desk.place(on_margin("buy", "0.1"))

    assert [row["instType"] for row in get(desk, "positions")] == ["MARGIN"]
    assert desk.balance("BTC") > 1


def test_a_loan_has_a_leverage_and_is_liquidated(desk):
    """At 10x an isolated 1 BTC has 5,000 of margin: at 45,000 it is gone, and costs no more than that and the fee."""
    post(desk, "set-leverage", instId=PAIR, lever="10", mgnMode="isolated")
    desk.place(on_margin("buy", "1", tdMode="isolated"))
    assert desk.held("USDT") == 5000

    desk.step(8)
    assert desk.account.positions == {}
    assert desk.balance("USDT") == 100000 - 50 - 5000
    assert desk.held("USDT") == 0


def test_a_pair_without_leverage_is_cash_only(desk):
    """51010, as in spot mode."""
    desk.instruments.replace(replace(desk.instruments[PAIR], lever=""))
    assert refused(desk.place, on_margin("buy", "0.1")) == "51010"


def test_an_order_on_margin_is_found_again(desk):
    """Lists of instType MARGIN show it, its fill and its bill; those of SPOT do not."""
    order = desk.place(on_margin("buy", "0.1"))

    for path in ("trade/orders-history", "trade/fills", "bills"):
        (row,) = get(desk, path, instType="MARGIN")
        assert (row["ordId"], row["instId"], row["instType"]) == (str(order.id), PAIR, "MARGIN")
        assert get(desk, path, instType="SPOT") == []


def test_what_is_lent_and_what_could_be_is_told(desk):
    """3x of 100,000 may be borrowed to buy, 6 BTC to sell; 0.3 BTC bought owe 15,000."""
    buy, sell = sorted(get(desk, "max-loan", instId=PAIR, mgnMode="cross"), key=lambda row: row["side"])
    assert (buy["ccy"], buy["maxLoan"], sell["ccy"], sell["maxLoan"]) == ("USDT", "300000", "BTC", "6")

    desk.place(on_margin("buy", "0.3"))
    (row,) = get(desk, "interest-limits", ccy="USDT")
    assert (row["debt"], row["interest"], row["records"][0]["usedLmt"]) == ("15000", "0", "15000")
    assert (get(desk, "interest-accrued"), get(desk, "interest-rate", ccy="BTC")[0]["interestRate"]) == ([], "0")
