"""What the exchange says no to, and with which of OKX's codes."""

import json

import pytest

BAD_ORDERS = [
    ({"instId": None}, "50014"),
    ({"tdMode": ""}, "50014"),
    ({"side": None}, "50014"),
    ({"ordType": None}, "50014"),
    ({"sz": None}, "50014"),
    ({"px": None}, "50014"),
    ({"instId": "NO-SUCH"}, "51001"),
    ({"instId": "PAXG-USDT", "tdMode": "cross"}, "51010"),
    ({"tdMode": "money"}, "51000"),
    ({"side": "hold"}, "51000"),
    ({"ordType": "optimal_limit_ioc"}, "51000"),
    ({"sz": "0"}, "51000"),
    ({"sz": "-1"}, "51000"),
    ({"sz": "1e3"}, "51000"),
    ({"sz": {"a": 1}}, "51000"),
    ({"sz": "9" * 60}, "51000"),
    ({"px": "NaN"}, "51000"),
    ({"posSide": "long"}, "51000"),
    ({"tgtCcy": "gold"}, "51000"),
    ({"stpMode": "never"}, "51000"),
    ({"clOrdId": "a-b"}, "51000"),
    ({"clOrdId": "a" * 33}, "51000"),
    ({"clOrdId": "\u00e9"}, "51000"),
    ({"tag": "a" * 17}, "51000"),
    ({"attachAlgoOrds": [{"tpTriggerPx": "1"}]}, "50014"),
    ({"sz": "0.000001"}, "51020"),
    ({"sz": "0.123456789"}, "51121"),
    ({"px": "80000.05"}, "51150"),
    ({"sz": "2"}, "51008"),
    ({"side": "sell", "px": "99000"}, "51008"),
    ({"ordType": "market", "px": None, "sz": "0.0001"}, "51020"),
    ({"ordType": "market", "px": None, "sz": "1000000"}, "51008"),
]


@pytest.mark.parametrize(("change", "code"), BAD_ORDERS)
def test_order_when_something_is_wrong_gets_okxs_code_in_its_row(shared_exchange, order, change, code):
    """HTTP 200, code 1, and the reason in the row."""
    answer = shared_exchange.post("trade/order", order(**change))

    (row,) = answer.body["data"]
    assert (answer.status, answer.body["code"], row["sCode"], row["ordId"]) == (200, "1", code, "")
    assert row["sMsg"].endswith(".")
    assert {"clOrdId", "tag", "ts", "subCode"} <= row.keys()


BAD_BODIES = [
    ("trade/order", b"", 400, "50000"),
    ("trade/order", b"{", 400, "50002"),
    ("trade/order", b"[]", 400, "50002"),
    ("trade/order", b'{"sz": NaN}', 400, "50002"),
    ("trade/order", b"\xff\xfe", 400, "50002"),
    ("trade/order", b"[" * 100_000, 400, "50002"),
    ("trade/batch-orders", b"{}", 400, "50002"),
    ("trade/batch-orders", b"[1]", 400, "50002"),
    ("trade/batch-orders", b"[]", 400, "50000"),
    ("trade/batch-orders", json.dumps([{}] * 21).encode(), 200, "51111"),
    ("trade/cancel-batch-orders", b'"x"', 400, "50002"),
    ("trade/order", b"x" * 2_000_000, 413, "413"),
]


@pytest.mark.parametrize(("path", "body", "status", "code"), BAD_BODIES)
def test_body_when_malformed_is_refused_and_never_a_500(shared_exchange, path, body, status, code):
    """Whatever bytes come, the answer is JSON with a code."""
    answer = shared_exchange.post(path, body)

    assert (answer.status, answer.body["code"]) == (status, code)


def test_body_when_numbers_and_booleans_are_bare_is_read_exactly(shared_exchange, order):
    """JSON numbers are taken digit by digit, and empty strings are absent."""
    fields = order(sz=0.00001234, px=80000.1, reduceOnly=False, banAmend=True, posSide="", ccy="")

    row = shared_exchange.post("trade/order", fields).body["data"][0]

    (found,) = shared_exchange.rows(f"trade/order?instId=BTC-USDT&ordId={row['ordId']}")
    assert (found["sz"], found["px"]) == ("0.00001234", "80000.1")


def test_batch_when_some_fail_has_code_2_and_a_row_each(shared_exchange, order):
    """Rows come back in the order asked."""
    answer = shared_exchange.post("trade/batch-orders", [order(clOrdId="good1"), order(clOrdId="bad1", sz="0")])

    assert answer.body["code"] == "2"
    assert [(row["clOrdId"], row["sCode"]) for row in answer.body["data"]] == [("good1", "0"), ("bad1", "51000")]
    assert int(answer.body["outTime"]) >= int(answer.body["inTime"]) > 10**15


def test_batch_when_all_fail_has_code_1(shared_exchange, order):
    """Nothing went through."""
    assert shared_exchange.post("trade/batch-orders", [order(sz="0")] * 2).body["code"] == "1"


def test_client_id_is_unique_among_open_orders_and_free_again_when_done(shared_exchange, order):
    """A second open order with the id is 51016, also within one batch; a finished one may be followed."""
    first = shared_exchange.place(clOrdId="twice")
    again = shared_exchange.place(clOrdId="twice")
    batch = shared_exchange.post("trade/batch-orders", [order(clOrdId="pair"), order(clOrdId="pair")]).body["data"]
    shared_exchange.post("trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "twice"})
    after = shared_exchange.place(clOrdId="twice")

    assert [first["sCode"], again["sCode"], after["sCode"]] == ["0", "51016", "0"]
    assert [row["sCode"] for row in batch] == ["0", "51016"]
    (found,) = shared_exchange.rows("trade/order?instId=BTC-USDT&clOrdId=twice")
    assert found["ordId"] == after["ordId"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"instId": "BTC-USDT", "ordId": "404"}, "51400"),
        ({"instId": "BTC-USDT", "ordId": "9" * 50}, "51400"),
        ({"instId": "BTC-USDT"}, "50014"),
        ({"ordId": "1"}, "50014"),
    ],
)
def test_cancel_when_there_is_nothing_to_cancel_says_so(shared_exchange, fields, code):
    """An order that is done, canceled or unknown cannot be canceled."""
    answer = shared_exchange.post("trade/cancel-order", fields)

    assert (answer.body["code"], answer.body["data"][0]["sCode"]) == ("1", code)


@pytest.mark.parametrize(
    ("deadline", "status", "code"), [("1", 200, "50036"), ("soon", 400, "51000"), ("99999999999999", 200, "0")]
)
def test_order_when_its_deadline_has_passed_is_not_processed(shared_exchange, order, deadline, status, code):
    """The expTime header is a promise not to act late."""
    answer = shared_exchange.post("trade/order", order(), expTime=deadline)

    assert (answer.status, answer.body["code"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("market/ticker", 400, "50014"),
        ("market/ticker?instId=NO-SUCH", 200, "51001"),
        ("market/tickers?instType=LOANS", 400, "51000"),
        ("public/instruments", 400, "50014"),
        ("market/candles?instId=BTC-USDT&bar=7m", 400, "51000"),
        ("market/candles?instId=BTC-USDT&limit=x", 400, "51000"),
        ("market/candles?instId=BTC-USDT&after=-5", 400, "51000"),
        ("trade/order?instId=BTC-USDT&ordId=404", 200, "51603"),
        ("trade/orders-history", 400, "50014"),
        ("trade/nothing", 404, "404"),
    ],
)
def test_query_when_a_parameter_is_wrong_gets_okxs_code(shared_exchange, path, status, code):
    """Status and code are those of OKX's table."""
    answer = shared_exchange.get(path)

    assert (answer.status, answer.body["code"]) == (status, code)


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "OPTIONS"])
def test_method_when_wrong_is_405(shared_exchange, method):
    """A path takes one method."""
    assert shared_exchange.send(method, "/api/v5/public/time").status == 405
