"""Account modes and settings: when they may change, and what they change."""

from decimal import Decimal

import pytest

from tests.paper.contracts import FUTURE, INVERSE, SWAP, ask, contract_desk, get, post, refused


@pytest.fixture
def desk(tmp_path, clock):
    return contract_desk(tmp_path, clock, [50000, 51000, 49000])


def shown(desk):
    """Give what account/config shows."""
    (row,) = get(desk, "config")
    return row


def test_an_account_starts_in_futures_mode_with_net_positions(desk):
    """Spot is cash there, contracts have margin."""
    assert (shown(desk)["acctLv"], shown(desk)["posMode"]) == ("2", "net_mode")
    assert desk.place(ask("BTC-USDT", size="100")).state == "filled"
    assert desk.place(ask(SWAP)).state == "filled"


def test_in_multi_currency_mode_spot_is_cross_and_coins_carry_contracts(desk):
    """1 BTC of 50,000 and 100,000 USDT carry 450,000 / 1.0015 of worth: 898 contracts, which 100,000 would not."""
    assert post(desk, "set-account-level", acctLv="3") == [{"acctLv": "3"}]

    assert refused(desk.place, ask("BTC-USDT", size="100")) == "51010"
    assert desk.place(ask("BTC-USDT", size="100", tdMode="cross")).state == "filled"
    assert refused(desk.place, ask(size="900")) == "51008"
    desk.place(ask(size="890"))
    (row,) = get(desk, "balance")
    assert Decimal(row["imr"]) == Decimal(445000) / 3 // Decimal("1e-18") * Decimal("1e-18")
    assert Decimal(row["availEq"]) < Decimal(row["adjEq"])


def test_the_account_mode_changes_only_when_nothing_is_open(desk):
    """An order or a position stands in the way, and the precheck says so."""
    order = desk.place(ask("BTC-USDT", side="buy", size="0.1", price="40000"))
    assert refused(post, desk, "set-account-level", acctLv="1") == "59000"
    assert get(desk, "set-account-switch-precheck", acctLv="1")[0]["sCode"] == "1"

    desk.cancel({"instId": "BTC-USDT", "ordId": str(order.id)})
    assert get(desk, "set-account-switch-precheck", acctLv="1")[0]["sCode"] == "0"
    post(desk, "set-account-level", acctLv="1")
    assert refused(desk.place, ask()) == "51010"


def test_the_position_mode_changes_only_without_contracts(desk):
    """A spot order does not matter, an order in a swap does."""
    desk.place(ask("BTC-USDT", size="0.1", price="40000"))
    assert post(desk, "set-position-mode", posMode="long_short_mode") == [{"posMode": "long_short_mode"}]
    desk.place(ask(price="40000", posSide="long"))

    assert refused(post, desk, "set-position-mode", posMode="net_mode") == "59000"
    assert shown(desk)["posMode"] == "long_short_mode"


def test_leverage_is_three_until_it_is_set(desk):
    """It changes margins of positions and holds of orders at once; both sides share it in cross mode."""
    desk.place(ask(size="3"))
    order = desk.place(ask(size="2", price="45000"))
    assert get(desk, "leverage-info", instId=SWAP, mgnMode="cross")[0]["lever"] == "3"

    post(desk, "set-leverage", instId=SWAP, lever="10", mgnMode="cross")
    assert get(desk, "leverage-info", instId=SWAP, mgnMode="cross")[0]["lever"] == "10"
    (row,) = get(desk, "positions")
    assert (row["lever"], row["imr"]) == ("10", "150")
    assert (order.lever, order.held) == ("10", Decimal(90) + Decimal("0.45"))


def test_leverage_changes_what_orders_hold_without_a_position(desk):
    """2 contracts at 45,000 hold 300 and the fee at 3x, 90 and the fee at 10x; canceling gives all back."""
    order = desk.place(ask(size="2", price="45000"))
    assert desk.held("USDT") == Decimal("300.45")

    post(desk, "set-leverage", instId=SWAP, lever="10", mgnMode="cross")
    assert (order.held, desk.held("USDT")) == (Decimal("90.45"), Decimal("90.45"))
    desk.cancel({"instId": SWAP, "ordId": str(order.id)})
    assert desk.held("USDT") == 0


def test_dated_futures_share_their_leverage_by_family(desk):
    """Set on one, it is that of the family, but not of the swap."""
    post(desk, "set-leverage", instId=FUTURE, lever="20", mgnMode="cross")

    told = get(desk, "leverage-info", instId=f"{FUTURE},{SWAP}", mgnMode="cross")
    assert [row["lever"] for row in told] == ["20", "3"]


@pytest.mark.parametrize(("lever", "code"), [("0", "59105"), ("101", "59102"), ("x", "51000"), ("", "50014")])
def test_leverage_has_bounds(desk, lever, code):
    """At least 1, at most what the instrument allows."""
    assert refused(post, desk, "set-leverage", instId=SWAP, lever=lever, mgnMode="cross") == code


def test_leverage_is_not_lowered_below_what_the_balance_carries(desk):
    """250,000 worth of contracts needs 83,333 at 3x; at 2x it would need 125,000."""
    desk.place(ask(size="500"))

    assert refused(post, desk, "set-leverage", instId=SWAP, lever="2", mgnMode="cross") == "59103"
    assert get(desk, "positions")[0]["lever"] == "3"


def test_leverage_is_not_lowered_below_what_resting_orders_need(desk):
    """400 contracts at 45,000 hold 60,000 at 3x; at 1x they would need 180,000."""
    order = desk.place(ask(size="400", price="45000"))

    assert refused(post, desk, "set-leverage", instId=SWAP, lever="1", mgnMode="cross") == "59103"
    assert (order.lever, order.held) == ("3", Decimal(60090))


def test_isolated_sides_have_leverages_of_their_own(desk):
    """Long and short are set apart, and a side must be named."""
    desk.account.hedged = True
    assert refused(post, desk, "set-leverage", instId=SWAP, lever="5", mgnMode="isolated") == "51000"
    post(desk, "set-leverage", instId=SWAP, lever="5", mgnMode="isolated", posSide="long")

    told = get(desk, "leverage-info", instId=SWAP, mgnMode="isolated")
    assert [(row["posSide"], row["lever"]) for row in told] == [("long", "5"), ("short", "3")]


def test_margin_is_added_to_an_isolated_position_and_taken_back(desk):
    """50 more make it 216.67; what its leverage needs cannot be taken."""
    desk.place(ask(size="1", tdMode="isolated"))
    change = {"instId": SWAP, "posSide": "net", "amt": "50"}
    post(desk, "position/margin-balance", type="add", **change)

    (position,) = desk.account.positions.values()
    assert position.margin == desk.held("USDT") == Decimal("216.666666666666666667")
    post(desk, "position/margin-balance", type="reduce", **change)
    taken, added = get(desk, "bills", type="6")
    assert (added["subType"], added["posBalChg"], taken["posBalChg"], added["balChg"]) == ("160", "50", "-50", "0")
    assert refused(post, desk, "position/margin-balance", type="reduce", **change) == "59301"
    assert refused(post, desk, "position/margin-balance", type="add", **change | {"amt": "100000"}) == "59300"


@pytest.mark.parametrize(
    ("path", "name", "value", "told"),
    [
        ("set-greeks", "greeksType", "BS", "greeksType"), ("set-fee-type", "feeType", "1", "feeType"),
        ("set-auto-loan", "autoLoan", True, "autoLoan"), ("set-settle-currency", "settleCcy", "USDC", "settleCcy"),
    ],
)  # fmt: skip
def test_what_is_only_kept_is_shown(desk, path, name, value, told):
    """Configuration tells what was set."""
    assert post(desk, path, **{name: value}) == [{name: value}]

    assert shown(desk)[told] == value


def test_a_buyer_may_pay_his_fee_in_quote_currency(desk):
    """With feeType 1, 0.1 BTC at 50,000 arrive whole and cost 5,000 and 5."""
    post(desk, "set-fee-type", feeType="1")
    desk.place(ask("BTC-USDT", size="0.1", tgtCcy="base_ccy"))
    desk.place(ask("BTC-USDT", size="0.01", price="40000"))

    assert desk.balance("BTC") == Decimal("1.1")
    assert desk.balance("USDT") == Decimal(94995)
    assert desk.held("USDT") == Decimal("400.4")


def test_the_demo_balance_is_raised_three_times_a_day(desk, clock):
    """The fourth time is refused; lowering it is not counted."""
    raising = {"type": "increase", "adjustments": [{"ccy": "USDT", "amt": "1000"}]}
    for left in ("2", "1", "0"):
        assert post(desk, "demo-adjust-balance", **raising)[0]["remainCnt"] == left
    assert refused(post, desk, "demo-adjust-balance", **raising) == "50040"

    post(desk, "demo-adjust-balance", **raising | {"type": "decrease"})
    assert (desk.balance("USDT"), desk.total("USDT")) == (102000, 0)
    clock.ms += 86_400_000
    post(desk, "demo-adjust-balance", **raising)


def test_the_largest_size_is_what_an_order_may_have(desk):
    """As many contracts as max-size tells are taken, a lot more is not."""
    (told,) = get(desk, "max-size", instId=SWAP, tdMode="cross")
    assert told["maxBuy"] == told["maxSell"] == "599.1"

    assert refused(desk.place, ask(size="599.11")) == "51008"
    desk.place(ask(size=told["maxBuy"]))
    assert Decimal(get(desk, "max-size", instId=SWAP, tdMode="cross")[0]["maxSell"]) >= Decimal("599.1")


def test_positions_show_their_figures(desk):
    """A long of 4 from 50,000 at 51,000: 40 of profit on a margin of 666.67, and where it would be liquidated."""
    desk.place(ask(size="4", tdMode="isolated"))
    desk.step(4)
    (row,) = get(desk, "positions", instType="SWAP")

    assert (row["pos"], row["avgPx"], row["upl"], row["uplRatio"]) == ("4", "50000", "40", "0.06")
    assert (row["notionalUsd"], row["mmr"], row["fee"], row["markPx"]) == ("2040", "8.16", "-1", "51000")
    assert Decimal(row["liqPx"]) == (Decimal(2000) - Decimal("666.666666666666666667")) / (
        Decimal("0.04") * (1 - Decimal("0.0045"))
    ) // Decimal("1e-8") * Decimal("1e-8")
    assert get(desk, "positions", instId=INVERSE) == []


def test_closed_positions_are_history(desk, clock):
    """One closed in part is type 1, then 2; a new one comes first."""
    desk.place(ask(size="4"))
    desk.step(4)
    desk.place(ask(side="sell", size="1"))
    (row,) = get(desk, "positions-history")
    assert (row["type"], row["closeTotalPos"], row["pnl"]) == ("1", "1", "10")

    desk.place(ask(side="sell", size="3"))
    (row,) = get(desk, "positions-history")
    assert (row["type"], row["openMaxPos"], row["pnl"], row["direction"]) == ("2", "4", "40", "long")
    assert (row["openAvgPx"], row["closeAvgPx"], row["realizedPnl"]) == ("50000", "51000", "37.98")
    clock.ms += 1
    desk.place(ask(side="sell"))
    desk.place(ask())
    assert [row["direction"] for row in get(desk, "positions-history")] == ["short", "long"]


def test_bills_are_paged_and_filtered(desk):
    """Newest first, by currency, type, subtype, and from a bill on."""
    desk.place(ask("BTC-USDT", size="100"))
    desk.place(ask())
    desk.place(ask(side="sell"))
    every = get(desk, "bills")

    assert [row["billId"] for row in every] == sorted((row["billId"] for row in every), reverse=True)
    assert {row["ccy"] for row in get(desk, "bills", ccy="BTC")} == {"BTC"}
    assert [row["side"] if "side" in row else row["subType"] for row in get(desk, "bills", instType="SWAP")] == [
        "2",
        "1",
    ]
    assert get(desk, "bills", after=every[0]["billId"], limit="1") == [every[1]]
    assert sum(Decimal(row["balChg"]) for row in every if row["ccy"] == "USDT") == desk.balance("USDT") - 100000
    assert get(desk, "bills", type="8") == []


def test_a_decrease_that_names_a_currency_twice_takes_no_more_than_there_is(desk):
    """Two times 60,000 of 100,000 are refused, and nothing is taken."""
    twice = [{"ccy": "USDT", "amt": "60000"}] * 2

    assert refused(post, desk, "demo-adjust-balance", type="decrease", adjustments=twice) == "59200"
    assert desk.balance("USDT") == 100000


@pytest.mark.parametrize("names", [[{"a": "USDT"}], [["USDT"]], [None, "USDT"]])
def test_currencies_that_are_no_names_are_refused(desk, names):
    """And the list of those that are no collateral stays as it was."""
    asked = {"type": "custom", "collateralEnabled": "false", "ccyList": names}

    assert refused(post, desk, "set-collateral-assets", **asked) == "51000"
    assert all(row["collateralEnabled"] for row in get(desk, "collateral-assets"))


@pytest.mark.parametrize("price", ["abc", "-1", "0", "1e5"])
def test_largest_size_at_no_price_is_refused(desk, price):
    """Not reckoned at another price."""
    assert refused(get, desk, "max-size", instId=SWAP, tdMode="cross", px=price) == "51000"


def test_the_currency_of_fees_stands_while_spot_orders_rest(desk):
    """A buy that rests has not set its fee aside in quote currency."""
    resting = desk.place(ask("BTC-USDT", size="0.01", price="40000"))
    assert refused(post, desk, "set-fee-type", feeType="1") == "59000"

    desk.cancel({"instId": "BTC-USDT", "ordId": str(resting.id)})
    assert post(desk, "set-fee-type", feeType="1") == [{"feeType": "1"}]


def test_what_stands_for_a_debt_does_not_leave(tmp_path, clock):
    """A loss of 5,000 and 47.50 of fees without any USDT is owed: of 1 BTC at 45,000 only the rest may go."""
    desk = contract_desk(tmp_path, clock, [50000, 45000], level="3")
    desk.venue.ledger.move("USDT", Decimal(100000), desk.account.uid, "outside")
    desk.place(ask(size="100"))
    desk.step(4)
    desk.place(ask(size="100", side="sell"))
    assert desk.balance("USDT") == Decimal("-5047.5")

    (row,) = (row for row in get(desk, "max-withdrawal") if row["ccy"] == "BTC")
    assert Decimal(row["maxWd"]).quantize(Decimal("0.0001")) == Decimal("0.8878")
    take = {"type": "decrease", "adjustments": [{"ccy": "BTC", "amt": "0.9"}]}
    assert refused(post, desk, "demo-adjust-balance", **take) == "59200"
