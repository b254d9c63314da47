"""Sub-accounts over REST: opened, given keys and money, and kept apart."""

from decimal import Decimal

import pytest

PASSPHRASE = "Sesame-0pen!"  # okxlab: no secret
MANY = ",".join(f"10.0.0.{number}" for number in range(21))


@pytest.fixture(scope="module")
def main(shared_exchange):
    """Give the main account's holder, with a key bound to this machine."""
    return shared_exchange.with_key(ips=["127.0.0.1"], perms=["trade", "withdraw"])


@pytest.fixture(scope="module")
def subs(main):
    """Give two sub-accounts, each with its own key."""
    return [open_sub(main, name) for name in ("GridBot1", "GridBot2")]


def good(answer):
    assert answer.body["code"] == "0", answer.body
    return answer.body["data"]


def open_sub(main, name):
    good(main.post("users/subaccount/create-subaccount", {"subAcct": name, "type": "1", "label": "a bot"}))
    asked = {"subAcct": name, "label": "key", "passphrase": PASSPHRASE, "perm": "read_only,trade"}
    (row,) = good(main.post("users/subaccount/apikey", asked))
    return main.with_key(row["apiKey"], row["secretKey"], PASSPHRASE)


def send(holder, amount, **fields):
    asked = {"type": "0", "ccy": "USDT", "amt": amount, "from": "18", "to": "6"} | fields
    return holder.post("asset/transfer", asked)


def funds(holder, wallet="funding"):
    path, field = ("asset/balances", "bal") if wallet == "funding" else ("account/balance", "cashBal")
    rows = holder.rows(path)
    rows = rows if wallet == "funding" else rows[0]["details"]
    return {row["ccy"]: Decimal(row[field]) for row in rows}


def test_a_new_sub_account_is_listed_and_empty(main, subs):
    """With OKX's fields; its own key sees its own balance, which is nothing."""
    rows = main.rows("users/subaccount/list?subAcct=GridBot1")

    assert [(row["subAcct"], row["label"], row["enable"], row["canTransOut"]) for row in rows] == [
        ("GridBot1", "a bot", True, False)
    ]
    assert [row["subAcct"] for row in main.rows("users/subaccount/list")] == ["GridBot2", "GridBot1"]
    assert funds(subs[0], "trading") == {}
    assert subs[0].rows("account/config")[0]["mainUid"] == main.rows("account/config")[0]["uid"]


def test_money_goes_to_a_sub_account_and_back_and_is_billed_on_both_sides(main, subs):
    """Types 1 and 2; what the one gives the other has, to the last digit."""
    before = funds(main, "trading")["USDT"]
    (gone,) = good(send(main, "250.5", type="1", to="18", subAcct="GridBot1", clientId="there1"))
    assert funds(subs[0], "trading")["USDT"] == Decimal("250.5")
    assert main.rows("account/subaccount/max-withdrawal?subAcct=GridBot1")[0]["maxWd"] == "250.5"
    good(send(main, "50", type="2", to="18", subAcct="GridBot1"))

    assert before - funds(main, "trading")["USDT"] == Decimal("200.5")
    (row,) = main.rows(f"asset/transfer-state?transId={gone['transId']}")
    assert (row["state"], row["amt"], row["type"], row["subAcct"]) == ("success", "250.5", "1", "GridBot1")
    assert main.rows("asset/transfer-state?clientId=there1") == [row]
    bills = main.rows("asset/subaccount/bills?subAcct=GridBot1")
    assert [(bill["type"], bill["amt"]) for bill in bills][:2] == [("1", "50"), ("0", "250.5")]
    assert main.rows("account/subaccount/balances?subAcct=GridBot1")[0]["details"][0]["cashBal"] == "200.5"


def test_the_funding_wallet_has_bills_of_its_own(main, subs):
    """In from trading (130), out to a sub-account (20), newest first, with the balance after each."""
    good(send(main, "10"))
    good(send(main, "4", type="1", **{"from": "6", "to": "6"}, subAcct="GridBot2"))
    bills = main.rows("asset/bills")

    assert [(bill["type"], bill["balChg"], bill["bal"]) for bill in bills[:2]] == [
        ("20", "-4", "6"),
        ("130", "10", "10"),
    ]
    assert main.rows("asset/bills?type=130") == bills[1:]
    assert subs[1].rows("asset/bills")[0]["type"] == "23"
    assert funds(main) == {"USDT": 6}
    assert main.rows("asset/subaccount/balances?subAcct=GridBot2")[0]["availBal"] == "4"


def test_a_sub_account_sends_home_but_to_another_only_when_it_may(main, subs):
    """Type 3 always, type 4 after the main account has allowed it."""
    good(send(main, "100", type="1", to="18", subAcct="GridBot2"))
    sub = subs[1]

    good(send(sub, "30", type="3", to="18"))
    assert send(sub, "20", type="4", to="18", subAcct="GridBot1").body["code"] == "50030"
    good(main.post("users/subaccount/set-transfer-out", {"subAcct": "GridBot2", "canTransOut": True}))
    good(send(sub, "20", type="4", to="18", subAcct="GridBot1"))
    (row,) = good(main.post("asset/subaccount/transfer", {
        "ccy": "USDT", "amt": "1", "from": "18", "to": "18", "fromSubAccount": "GridBot2", "toSubAccount": "GridBot1",
    }))  # fmt: skip
    assert funds(sub, "trading") == {"USDT": 49}
    assert row["transId"].isdigit()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amt": "1000000000"}, "58350"),
        ({"amt": "0"}, "58114"),
        ({"amt": "x"}, "51000"),
        ({"ccy": "NOPE"}, "51000"),
        ({"to": "18"}, "51000"),
        ({"to": "9"}, "51000"),
        ({"type": "1", "subAcct": "Nobody99"}, "58115"),
        ({"type": "1"}, "50014"),
        ({"type": "3"}, "58127"),
        ({"ccy": ""}, "50014"),
        ({"clientId": "no-dash"}, "51000"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_and_moves_nothing(main, fields, code):
    """Each with its own code."""
    before = funds(main), funds(main, "trading")
    answer = send(main, fields.get("amt", "1"), **{name: value for name, value in fields.items() if name != "amt"})

    assert answer.body["code"] == code
    assert (funds(main), funds(main, "trading")) == before


def test_a_client_id_is_taken_once(main):
    """A repeated request is not a second transfer."""
    good(send(main, "1", clientId="once1"))
    assert send(main, "1", clientId="once1").body["code"] == "50071"


def test_what_orders_hold_stays(main, subs, order):
    """A resting order's money cannot be moved away."""
    good(send(main, "1000", type="1", to="18", subAcct="GridBot1"))
    free = funds(subs[0], "trading")["USDT"]
    placed = subs[0].place(sz="0.001", px="80000")

    assert placed["sCode"] == "0"
    assert send(subs[0], str(free - 79), type="3", to="18").body["code"] == "58350"
    good(send(subs[0], str(free - 80), type="3", to="18"))
    assert subs[0].place(sz="0.001", px="80000")["sCode"] == "51008"


def test_orders_of_one_account_are_nothing_to_another(main, subs):
    """Neither seen nor canceled."""
    placed = main.place()

    assert [row["ordId"] for row in subs[1].rows("trade/orders-pending")] == []
    asked = {"instId": "BTC-USDT", "ordId": placed["ordId"]}
    assert subs[1].post("trade/cancel-order", asked).body["data"][0]["sCode"] == "51400"
    assert main.post("trade/cancel-order", asked).body["code"] == "0"


def test_a_key_of_a_sub_account_is_made_changed_and_deleted(main, subs):
    """Its secret is told once; deleted, it opens nothing."""
    asked = {"subAcct": "GridBot2", "label": "second", "passphrase": PASSPHRASE, "ip": "127.0.0.1,10.0.0.0/8"}
    (made,) = good(main.post("users/subaccount/apikey", asked))
    holder = main.with_key(made["apiKey"], made["secretKey"], PASSPHRASE)
    name = {"subAcct": "GridBot2", "apiKey": made["apiKey"]}

    assert (made["perm"], made["ip"]) == ("read_only", "127.0.0.1,10.0.0.0/8")
    assert holder.get("account/config").status == 200
    (listed,) = main.rows(f"users/subaccount/apikey?subAcct=GridBot2&apiKey={made['apiKey']}")
    assert listed == {key: made[key] for key in ("label", "apiKey", "perm", "ip", "ts")}
    good(main.post("users/subaccount/modify-apikey", name | {"ip": "10.0.0.1"}))
    assert holder.get("account/config").body["code"] == "50110"
    (row,) = good(main.post("users/subaccount/modify-apikey", name | {"ip": "", "perm": "read_only,trade"}))
    assert (row["ip"], row["perm"], row["label"]) == ("", "read_only,trade", "second")
    assert holder.get("account/config").body["code"] == "0"
    good(main.post("users/subaccount/delete-apikey", name))
    assert holder.get("account/config").body["code"] == "50111"


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("create-subaccount", {"subAcct": "GridBot1", "type": "1", "label": "again"}, "59601"),
        ("create-subaccount", {"subAcct": "123456", "type": "1", "label": "digits"}, "51000"),
        ("create-subaccount", {"type": "1", "label": "nameless"}, "50014"),
        ("apikey", {"subAcct": "Nobody99", "label": "x", "passphrase": PASSPHRASE}, "59510"),
        ("apikey", {"subAcct": "GridBot1", "label": "key", "passphrase": PASSPHRASE}, "59502"),
        ("apikey", {"subAcct": "GridBot1", "label": "x", "passphrase": "simple"}, "59505"),
        ("apikey", {"subAcct": "GridBot1", "label": "x", "passphrase": PASSPHRASE, "perm": "withdraw"}, "59504"),
        ("apikey", {"subAcct": "GridBot1", "label": "x", "passphrase": PASSPHRASE, "ip": "here"}, "51000"),
        ("apikey", {"subAcct": "GridBot1", "label": "x", "passphrase": PASSPHRASE, "ip": MANY}, "59503"),
        ("delete-apikey", {"subAcct": "GridBot1", "apiKey": "nope"}, "59506"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(main, subs, path, fields, code):
    """Each with its own code."""
    assert main.post(f"users/subaccount/{path}", fields).body["code"] == code


def test_a_key_without_an_address_opens_no_sub_accounts(shared_exchange):
    """50035 with HTTP 403."""
    asked = {"subAcct": "Unbound1", "type": "1", "label": "x"}
    answer = shared_exchange.post("users/subaccount/create-subaccount", asked)

    assert (answer.status, answer.body["code"]) == (403, "50035")


def test_a_sub_account_does_not_rule_others(subs):
    """59500 from its own key."""
    assert subs[0].get("users/subaccount/list").body["code"] == "59500"
    assert subs[0].get("asset/subaccount/balances?subAcct=GridBot2").body["code"] == "59500"


def test_everything_is_worth_what_the_market_says(main):
    """Funding and trading add up, in the currency asked for."""
    (row,) = main.rows("asset/asset-valuation?ccy=USDT")
    parts = {name: Decimal(value) for name, value in row["details"].items()}

    assert Decimal(row["totalBal"]) == sum(parts.values())
    assert parts["funding"] == funds(main)["USDT"]
    assert set(parts) == {"funding", "trading", "classic", "earn"}


@pytest.mark.parametrize(
    "path", ["asset/deposit-history", "asset/withdrawal-history", "asset/deposit-address?ccy=USDT",
             "asset/non-tradable-assets", "asset/convert/currencies", "users/entrust-subaccount-list"]
)  # fmt: skip
def test_what_is_not_here_is_an_empty_list(main, path):
    """Nothing comes from a chain and nothing leaves."""
    assert main.rows(path) == []


def test_label_that_is_no_text_is_refused_and_the_exchange_lives_on(exchange):
    """Half a surrogate pair could not be kept: it is refused before anything is opened."""
    bound = exchange.with_key(ips=["127.0.0.1"])

    refused = bound.post("users/subaccount/create-subaccount", b'{"subAcct": "writer1", "label": "\\ud800"}')

    assert (refused.status, refused.body["code"]) == (400, "50002")
    assert bound.rows("users/subaccount/list") == []
    assert exchange.place()["sCode"] == "0"
