"""Failures on demand: each strikes what its rule says, leaves the rest alone, and shows in the log."""

import http.client
import json

import pytest

from tests.paper.conftest import order as fields_of

TRADE = "trade/order"


@pytest.fixture
def fault(shared_exchange):
    """Give a function that sets a rule for the length of a test."""

    def add(fault, **conditions):
        answer = shared_exchange.control("POST", "faults", {"fault": fault, **conditions})
        assert answer.status == 200, answer.body
        return answer.body["id"]

    yield add
    shared_exchange.control("DELETE", "faults")
    for path in ("trade/orders-pending",):
        for row in shared_exchange.rows(path):
            shared_exchange.post("trade/cancel-order", {"instId": row["instId"], "ordId": row["ordId"]})


def pending(exchange, name):
    return [row["state"] for row in exchange.rows("trade/orders-pending") if row["clOrdId"] == name]


def place(exchange, **fields):
    return exchange.post(TRADE, fields_of(**fields))


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("drop", {}),
        ("code", {"code": "50004"}),
        ("code", {"code": "51149"}),
        ("code", {"code": "50013"}),
        ("code", {"code": "50026"}),
        ("status", {"status": 502}),
        ("status", {"status": 200, "body": "html"}),
        ("status", {"status": 200, "body": "empty"}),
        ("status", {"status": 200, "body": "json"}),
    ],
)
def test_answer_is_lost_whether_the_order_was_accepted_or_not(shared_exchange, fault, kind, values, accepted):
    """The client learns nothing that it could rely on; the order rests or it does not, as the rule says."""
    fault(kind, endpoint=TRADE, accepted=accepted, **values)

    try:
        told = place(shared_exchange, clOrdId="lost")
    except (http.client.HTTPException, OSError):
        told = None
    shared_exchange.control("DELETE", "faults")

    assert told is None or not (isinstance(told.body, dict) and told.body.get("data"))
    assert pending(shared_exchange, "lost") == (["live"] if accepted else [])


def test_code_comes_with_okxs_status_and_no_rows(shared_exchange, fault):
    """A rate limit is HTTP 429, a body without data."""
    fault("code", endpoint="account/balance", code="50011", accepted=False)

    answer = shared_exchange.get("account/balance")

    assert (answer.status, answer.body["code"], "data" in answer.body) == (429, "50011", False)


def test_cut_answer_is_no_json_and_the_order_stands(shared_exchange, fault):
    """The first bytes of the true answer arrive."""
    fault("cut", endpoint=TRADE, bytes=25)

    answer = place(shared_exchange, clOrdId="cut")
    shared_exchange.control("DELETE", "faults")

    assert answer.body == '{"code":"0","msg":"","data'[:25]
    assert pending(shared_exchange, "cut") == ["live"]


def test_repeated_request_is_a_duplicate_while_the_first_order_rests(shared_exchange, fault):
    """The second delivery is refused by the client id, and nobody hears of it."""
    fault("repeat", endpoint=TRADE)

    answer = place(shared_exchange, clOrdId="twice")
    shared_exchange.control("DELETE", "faults")

    assert answer.body["code"] == "0"
    assert pending(shared_exchange, "twice") == ["live"]


def test_repeated_request_doubles_an_order_that_filled_at_once(shared_exchange, fault):
    """A client id is unique among open orders only: this is how money is lost."""
    fault("repeat", endpoint=TRADE)
    place(shared_exchange, ordType="market", px=None, sz="0.001", tgtCcy="base_ccy", clOrdId="money")
    shared_exchange.control("DELETE", "faults")

    fills = [row for row in shared_exchange.rows("trade/fills") if row["clOrdId"] == "money"]

    assert len({row["ordId"] for row in fills}) == 2


def test_late_request_arrives_after_the_client_has_given_up(shared_exchange, fault, eventually):
    """The connection breaks, and the order appears all the same, as late as it was asked for."""
    fault("late", endpoint=TRADE, ms=300)

    with pytest.raises((http.client.HTTPException, OSError)):
        place(shared_exchange, clOrdId="late")
    shared_exchange.control("DELETE", "faults")

    assert eventually(lambda: pending(shared_exchange, "late") == ["live"])
    (made,) = (int(row["cTime"]) for row in shared_exchange.rows("trade/orders-pending") if row["clOrdId"] == "late")
    (broke,) = (row["ts"] for row in shared_exchange.control("GET", "faults").body["log"] if "late" in row["clOrdIds"])
    assert made - broke >= 299


def test_late_request_is_refused_when_its_exptime_has_passed(shared_exchange, fault, eventually):
    """What came too late is never acted on."""
    now = int(shared_exchange.send("GET", "/api/v5/public/time").body["data"][0]["ts"])
    rule = fault("late", endpoint=TRADE, ms=300, times=1)

    with pytest.raises((http.client.HTTPException, OSError)):
        shared_exchange.post(TRADE, fields_of(clOrdId="past"), expTime=str(now + 100))
    fault("late", endpoint=TRADE, ms=300, times=1)
    with pytest.raises((http.client.HTTPException, OSError)):
        place(shared_exchange, clOrdId="after")

    assert eventually(lambda: pending(shared_exchange, "after") == ["live"])
    assert (pending(shared_exchange, "past"), rule > 0) == ([], True)


def test_batch_when_some_rows_are_struck_ends_with_code_2(shared_exchange, fault):
    """Rows 1 and 3 are refused for want of funds; the others rest, each answer in its place."""
    fault("row_code", endpoint="trade/batch-orders", rows=[1, 3], code="51008")
    batch = [fields_of(clOrdId=f"b{i}") for i in range(5)]

    answer = shared_exchange.post("trade/batch-orders", batch)

    assert answer.body["code"] == "2"
    assert [(row["clOrdId"], row["sCode"]) for row in answer.body["data"]] == [
        ("b0", "0"), ("b1", "51008"), ("b2", "0"), ("b3", "51008"), ("b4", "0"),
    ]  # fmt: skip
    assert sorted(row["clOrdId"] for row in shared_exchange.rows("trade/orders-pending")) == ["b0", "b2", "b4"]


def test_single_order_when_struck_gets_the_code_in_its_row(shared_exchange, fault):
    """As OKX answers: code 1, and the reason in the row."""
    fault("row_code", endpoint=TRADE, code="51006")

    (row,) = place(shared_exchange, clOrdId="single").body["data"]

    assert (row["sCode"], row["ordId"], pending(shared_exchange, "single")) == ("51006", "", [])


def test_rows_may_be_lost_doubled_reversed_and_changed(shared_exchange, fault):
    """What was acted on is one thing, what is told another."""
    batch = [fields_of(clOrdId=f"r{i}") for i in range(3)]
    for kind, values in {"lose_rows": {"rows": [0]}, "shuffle_rows": {}, "repeat_rows": {"rows": [2]}}.items():
        fault(kind, endpoint="trade/batch-orders", **values)
    fault("edit_rows", endpoint="trade/orders-pending", set={"accFillSz": "7"})

    told = [row["clOrdId"] for row in shared_exchange.post("trade/batch-orders", batch).body["data"]]

    assert told == ["r2", "r1"]
    assert [row["accFillSz"] for row in shared_exchange.rows("trade/orders-pending")] == ["7", "7", "7"]


def test_stale_balance_is_that_of_some_time_ago(shared_exchange, fault):
    """A fill is settled at once, and shows only when the lag is over."""
    fault("stale", endpoint="account/balance", ms=60_000)
    before = shared_exchange.rows("account/balance?ccy=USDT")[0]["details"]

    place(shared_exchange, ordType="market", px=None, sz="0.001", tgtCcy="base_ccy")

    assert shared_exchange.rows("account/balance?ccy=USDT")[0]["details"] == before
    shared_exchange.control("DELETE", "faults")
    assert shared_exchange.rows("account/balance?ccy=USDT")[0]["details"] != before


def test_fills_may_come_late(shared_exchange, fault):
    """A fill younger than the rule says is not listed yet."""
    fault("hide_rows", endpoint="trade/fills", ms=60_000)
    place(shared_exchange, ordType="market", px=None, sz="0.001", tgtCcy="base_ccy", clOrdId="hidden")

    assert "hidden" not in {row["clOrdId"] for row in shared_exchange.rows("trade/fills")}
    shared_exchange.control("DELETE", "faults")
    assert "hidden" in {row["clOrdId"] for row in shared_exchange.rows("trade/fills")}


def test_cancel_may_lose_the_race_against_a_fill(shared_exchange, fault):
    """The order is filled a moment before the cancellation arrives, which is refused."""
    ordered = place(shared_exchange, clOrdId="race").body["data"][0]["ordId"]
    fault("fill_first", endpoint="trade/cancel-order")

    (row,) = shared_exchange.post("trade/cancel-order", {"instId": "BTC-USDT", "ordId": ordered}).body["data"]

    assert row["sCode"] == "51400"
    assert shared_exchange.rows(f"trade/order?instId=BTC-USDT&ordId={ordered}")[0]["state"] == "filled"


def test_rule_strikes_only_what_it_fits(shared_exchange, fault):
    """Endpoint, instrument and method all must fit."""
    fault("code", endpoint="market/*", instrument="ETH-USDT", code="50013", accepted=False)

    assert shared_exchange.get("market/ticker?instId=BTC-USDT").body["code"] == "0"
    assert shared_exchange.get("market/ticker?instId=ETH-USDT").body["code"] == "50013"
    assert shared_exchange.get("public/time").body["code"] == "0"


def test_rule_strikes_the_nth_call_and_is_spent(shared_exchange, fault):
    """Only the third call is struck, and the log says so."""
    rule = fault("code", endpoint="public/time", code="50026", accepted=False, nth=3)

    codes = [shared_exchange.get("public/time").body["code"] for _ in range(4)]

    listed = shared_exchange.control("GET", "faults").body
    hits = [(entry["rule"], entry["call"], entry["endpoint"]) for entry in listed["log"] if entry["rule"] == rule]
    assert (codes, hits, listed["rules"]) == (["0", "0", "50026", "0"], [(rule, 3, "public/time")], [])


def test_rule_by_chance_strikes_the_same_calls_with_the_same_seed(shared_exchange, fault):
    """A storm can be had again."""

    def storm():
        fault("code", endpoint="public/time", code="50011", accepted=False, probability=0.5, seed=11)
        codes = [shared_exchange.get("public/time").body["code"] for _ in range(16)]
        shared_exchange.control("DELETE", "faults")
        return codes

    first = storm()

    assert storm() == first
    assert {"0", "50011"} == set(first)


def test_rule_ends_after_its_seconds(shared_exchange, fault, eventually):
    """A short outage heals by itself."""

    def outage():  # a machine that stalls for longer than it lasts sees none of it
        fault("code", endpoint="public/time", code="50001", accepted=False, seconds=0.2)
        return shared_exchange.get("public/time").status == 503

    assert eventually(outage)
    assert eventually(lambda: shared_exchange.get("public/time").status == 200)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"fault": "flood"}, "There is no fault 'flood'"),
        ({"fault": "delay", "ms": "soon"}, "The ms 'soon' is of the wrong type"),
        ({"fault": "delay", "speed": 1}, "takes no 'speed'"),
        ({"fault": "code", "code": "1234567"}, "knows no code '1234567'"),
        ({"fault": "drop", "probability": True}, "The condition probability is True"),
        ({"fault": "drop", "times": -1}, "below zero"),
        ({"fault": "status", "status": 99_999}, "out of range"),
        ({"fault": "status", "body": "xml"}, "There is no body 'xml'"),
        ({"fault": "cut", "bytes": -5}, "out of range"),
        ({"fault": "close", "code": 100_000}, "out of range"),
        ([], "not an object"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused_in_a_sentence(shared_exchange, rule, says):
    """Nothing is set then."""
    answer = shared_exchange.control("POST", "faults", rule)

    assert (answer.status, says in answer.body["error"]) == (400, True)
    assert shared_exchange.control("GET", "faults").body["rules"] == []


def test_faults_are_steered_only_with_the_token(shared_exchange):
    """OKX's own keys do not open the control routes."""
    body = json.dumps({"fault": "drop"}).encode()

    assert shared_exchange.send("POST", "/okxlab/faults", body).status == 401


def test_clock_that_is_off_refuses_true_stamps(exchange):
    """The exchange's time is what it says, and signatures are judged by it."""
    exchange.control("POST", "clock", {"skew_ms": 40_000})

    assert exchange.get("account/balance").body["code"] == "50102"
    exchange.drift_ms = 40_000
    assert exchange.get("account/balance").body["code"] == "0"


def test_maintenance_turns_everything_away_but_the_status_and_the_time(exchange):
    """HTTP 503 with 50001 while it lasts; system/status tells of it."""
    exchange.control("POST", "maintenance", {"seconds": 600, "title": "Upgrade"})

    assert (exchange.get("account/balance").status, exchange.get("market/tickers?instType=SPOT").status) == (503, 503)
    assert exchange.rows("system/status")[0]["state"] == "ongoing"
    assert exchange.get("public/time").body["code"] == "0"
    exchange.control("POST", "maintenance", {"after": -600, "seconds": 1})
    assert exchange.rows("system/status?state=completed")[0]["title"] == "Service upgrade"
    assert exchange.get("account/balance").body["code"] == "0"


def test_market_may_change_its_tick_be_suspended_and_go(exchange):
    """What was true at the quote need not be true at the order."""
    name = "ETH-USDT"
    exchange.control("POST", "market", {"act": "steps", "instId": name, "tick": "0.5"})
    off = place(exchange, instId=name, px="2000.01", sz="0.01").body["data"][0]
    resting = place(exchange, instId=name, px="2000.5", sz="0.01").body["data"][0]

    gone = exchange.control("POST", "market", {"act": "delist", "instId": name}).body

    assert (off["sCode"], resting["sCode"], gone["canceled"]) == ("51150", "0", "1")
    assert exchange.get(f"market/ticker?instId={name}").body["code"] == "51001"
    listed = exchange.rows("trade/orders-history?instType=SPOT")
    assert [(row["state"], row["cancelSource"]) for row in listed] == [("canceled", "0")]
    assert exchange.control("POST", "market", {"act": "explode"}).status == 400


KINDS_OF_ROWS = ("fill_first", "row_code", "lose_rows", "shuffle_rows", "repeat_rows", "hide_rows", "edit_rows")


@pytest.mark.parametrize("kind", KINDS_OF_ROWS)
def test_fault_of_rows_strikes_any_question_without_harm(shared_exchange, fault, kind):
    """A rule for every endpoint meets questions too, and rows that are lists."""
    fault(kind)

    for path in ("market/candles?instId=BTC-USDT", "account/balance", "public/time"):
        answer = shared_exchange.get(path)
        assert (answer.status, answer.body["code"]) == (200, "0")


def test_old_answers_are_kept_only_while_a_rule_asks_for_them(shared_exchange, fault):
    """Questions are forgotten with the rule: the next one of the kind begins anew."""
    number = fault("stale", endpoint="trade/orders-pending", ms=0)
    assert shared_exchange.rows("trade/orders-pending") == []
    shared_exchange.control("DELETE", f"faults/{number}")
    shared_exchange.place(clOrdId="young")
    fault("stale", endpoint="trade/orders-pending", ms=60_000)

    assert [row["clOrdId"] for row in shared_exchange.rows("trade/orders-pending")] == ["young"]
