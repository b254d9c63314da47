"""Orders over a connection: named by instIdCode, answered with OKX's rows."""

import pytest


@pytest.fixture
def wire(shared_exchange, connect):
    """Give a connection that has logged in."""
    one = connect(shared_exchange, "private")
    one.login(shared_exchange.told)
    return one


@pytest.fixture
def code(shared_exchange):
    """Give BTC-USDT's instIdCode."""
    (row,) = shared_exchange.rows("public/instruments?instType=SPOT&instId=BTC-USDT")
    return row["instIdCode"]


@pytest.fixture
def asked(code, order):
    """Give the fields of an order as an operation takes them."""

    def one(**fields):
        return {**order(instId=None), "instIdCode": code, **fields}

    return one


def test_an_order_is_placed_and_canceled(shared_exchange, wire, asked, code):
    """An order is placed and taken back, and REST knows it."""
    told = wire.operate("order", asked(clOrdId="ws1"))
    assert (told["id"], told["op"], told["code"], told["msg"]) == ("7", "order", "0", "")
    assert int(told["inTime"]) <= int(told["outTime"])
    (row,) = told["data"]
    assert (row["sCode"], row["clOrdId"]) == ("0", "ws1")
    assert [order["ordId"] for order in shared_exchange.rows("trade/orders-pending")] == [row["ordId"]]
    told = wire.operate("cancel-order", {"instIdCode": code, "ordId": row["ordId"]})
    assert told["data"][0]["sCode"] == "0"
    assert shared_exchange.rows("trade/orders-pending") == []


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"instIdCode": None}, "50014"),
        ({"instIdCode": 1}, "51001"),
        ({"instIdCode": "BTC"}, "51000"),
        ({"sz": "0"}, "51000"),
    ],
)
def test_a_wrong_order_is_refused_in_its_row(wire, asked, wrong, refused):
    """A refused order's code stands in its row, and the answer's is 1."""
    told = wire.operate("order", asked(**wrong))
    assert (told["code"], told["data"][0]["sCode"]) == ("1", refused)


def test_the_instrument_s_name_is_not_looked_at(wire, asked):
    """An instId does not stand in for instIdCode."""
    told = wire.operate("order", asked(instIdCode=None, instId="BTC-USDT"))
    assert told["data"][0]["sCode"] == "50014"
    assert "instIdCode" in told["data"][0]["sMsg"]


def test_a_batch_is_answered_in_the_order_asked(wire, asked, code):
    """Good and bad orders of a batch are answered in their places, with code 2."""
    told = wire.operate("batch-orders", asked(clOrdId="a"), asked(instIdCode=None, clOrdId="b"), asked(clOrdId="c"))
    assert [(row["clOrdId"], row["sCode"]) for row in told["data"]] == [("a", "0"), ("b", "50014"), ("c", "0")]
    assert told["code"] == "2"
    told = wire.operate("batch-cancel-orders", *({"instIdCode": code, "clOrdId": name} for name in "ac"))
    assert told["code"] == "0"


@pytest.mark.parametrize("args", [[], ["x"], [{}] * 21])
def test_a_batch_of_nothing_or_too_much_is_refused_as_a_whole(wire, args):
    """An empty, malformed or overlong batch is refused with 60013."""
    told = wire.operate("batch-orders", *args)
    assert (told["id"], told["code"], told["data"]) == ("7", "60013", [])


def test_an_order_that_comes_after_its_deadline_is_refused(wire, asked):
    """An expTime in the past refuses the request."""
    told = wire.operate("order", asked(), expTime="1600000000000")
    assert (told["code"], told["data"]) == ("50036", [])


def test_orders_before_a_login_or_on_another_path_are_refused(shared_exchange, connect, asked):
    """Nobody acts on orders without a login, or where they are not to be had."""
    assert connect(shared_exchange, "private").operate("order", asked())["code"] == "60011"
    public = connect(shared_exchange, "public")
    public.login(shared_exchange.told)
    assert public.operate("order", asked())["code"] == "60028"


def test_an_order_placed_here_is_told_on_the_orders_channel(wire, asked, code):
    """What an operation does is news like any other."""
    wire.subscribe("orders", instType="ANY")
    wire.say({"id": "8", "op": "order", "args": [asked(clOrdId="news1")]})
    assert wire.push("orders")["data"][0]["clOrdId"] == "news1"
    wire.operate("cancel-order", {"instIdCode": code, "clOrdId": "news1"})
