"""Keys on the wire: what each may do, from where, and in which environment."""

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.accounts.keys import READ, ApiKey
from okxlab.paper.accounts.office import Office
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.access import admit

DEMO = {"x-simulated-trading": "1"}
WITHDRAWAL = {"ccy": "USDT", "amt": "1", "dest": "3", "toAddr": "somebody"}


def told(answer):
    return answer.status, answer.body["code"]


def test_a_key_that_only_reads_does_not_trade(shared_exchange, order):
    """50120 with HTTP 200, and nothing is placed."""
    reader = shared_exchange.with_key(perms=["read_only"])

    assert told(reader.get("account/balance")) == (200, "0")
    assert told(reader.post("trade/order", order())) == (200, "50120")
    assert reader.rows("account/config")[0]["perm"] == "read_only"
    assert reader.rows("trade/orders-pending") == []


def test_only_a_key_with_the_permission_reaches_withdrawals_and_nothing_leaves(shared_exchange):
    """A trading key is refused by its permission, the other in the exchange's own words."""
    assert told(shared_exchange.post("asset/withdrawal", WITHDRAWAL)) == (200, "50120")
    answer = shared_exchange.with_key(perms=["withdraw"]).post("asset/withdrawal", WITHDRAWAL)

    assert told(answer) == (200, "58200")
    assert "cannot leave" in answer.body["msg"]


@pytest.mark.parametrize(
    ("ips", "address", "lets_in"),
    [
        (("127.0.0.1",), "127.0.0.1", True),
        (("10.0.0.0/8", "127.0.0.0/8"), "127.0.0.1", True),
        (("10.0.0.1", "::1"), "127.0.0.1", False),
        (("fd00::/8",), "fd12::7", True),
        (("fd00::/8",), "fe80::1", False),
        ((), "203.0.113.9", True),
    ],
)
def test_a_key_is_let_in_from_its_addresses_only(ips, address, lets_in):
    """IPv4, IPv6 and networks; a key without a list comes from anywhere."""
    key = ApiKey("k", "s", "p", "1", ips=ips)
    if lets_in:
        admit(key, address, demo=False)
    else:
        with pytest.raises(Refusal, match=address) as caught:
            admit(key, address, demo=False)
        assert caught.value.code == "50110"


def test_a_wrong_address_is_401_and_named(shared_exchange):
    """50110 says which address it was, without data."""
    answer = shared_exchange.with_key(ips=["10.1.2.3"]).get("account/balance")

    assert told(answer) == (401, "50110")
    assert "127.0.0.1" in answer.body["msg"]
    assert "data" not in answer.body


@pytest.mark.parametrize(
    ("environment", "headers", "code"),
    [("demo", DEMO, "0"), ("demo", {}, "50101"), ("live", DEMO, "50101"), ("live", {}, "0"), ("", DEMO, "0")],
)
def test_a_key_belongs_to_its_environment(shared_exchange, environment, headers, code):
    """A demo key needs the header, a live key must not have it; the exchange's own first key takes both."""
    holder = shared_exchange.with_key(environment=environment) if environment else shared_exchange
    answer = holder.get("account/balance", **headers)

    assert told(answer) == (200 if code == "0" else 401, code)


def test_a_connection_knows_permissions_and_addresses_too(shared_exchange, connect, order):
    """A key that only reads places nothing over it, and one that is bound elsewhere does not log in."""
    wire = connect(shared_exchange, "private")
    wire.login(shared_exchange.with_key(perms=["read_only"]).told)
    (row,) = shared_exchange.rows("public/instruments?instType=SPOT&instId=BTC-USDT")
    asked = order(instId=None) | {"instIdCode": row["instIdCode"]}

    assert wire.operate("order", asked)["code"] == "50120"
    elsewhere = connect(shared_exchange, "private")
    assert elsewhere.login(shared_exchange.with_key(ips=["10.1.2.3"]).told)["code"] == "60009"


def test_a_removed_key_opens_nothing_and_those_who_served_it_are_told(clock):
    """Whoever asked to hear of it gets the key."""
    exchange = open_exchange(PaperOptions(stepped=True), clock)
    office, heard = Office(exchange.venue, exchange.keys, exchange.first_key), []
    exchange.keys.on_removed.append(heard.append)
    row = office.do("keys/add", {"label": "bot", "perms": [READ]})
    office.do("keys/remove", {"key": row["key"]})

    assert [key.label for key in heard] == ["bot"]
    assert row["key"] not in exchange.keys
    exchange.close()


def test_removed_on_the_wire_it_is_unknown(shared_exchange):
    """The next request with it is 50111."""
    gone = shared_exchange.with_key()
    assert told(gone.get("account/balance")) == (200, "0")
    shared_exchange.control("POST", "keys/remove", {"key": gone.told["api_key"]})

    assert told(gone.get("account/balance")) == (401, "50111")


def test_the_list_of_keys_holds_no_secrets(shared_exchange):
    """Secrets are told once, when a key is made."""
    made = shared_exchange.control("POST", "keys/add", {"label": "once"}).body
    listed = shared_exchange.control("POST", "keys").body["keys"]
    (row,) = [row for row in listed if row["key"] == made["key"]]

    assert row == {name: value for name, value in made.items() if name not in {"secret", "passphrase"}}
    assert made["secret"] not in str(listed)


@pytest.mark.parametrize(
    ("act", "fields", "complaint"),
    [
        ("keys/add", {"ips": ["300.0.0.1"]}, "address"),
        ("keys/add", {"perms": ["fly"]}, "'fly'"),
        ("keys/add", {"environment": "moon"}, "'moon'"),
        ("keys/add", {"account": "nobody"}, "'nobody'"),
        ("keys/remove", {"key": "nope"}, "'nope'"),
        ("deposit", {"ccy": "USDT", "amount": "-1"}, "'-1'"),
        ("deposit", {"ccy": "NOPE", "amount": "1"}, "'NOPE'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(clock, act, fields, complaint):
    """It names the value, and nothing changes."""
    exchange = open_exchange(PaperOptions(stepped=True), clock)
    before = dict(exchange.keys)
    with pytest.raises(PaperError, match=complaint):
        Office(exchange.venue, exchange.keys, exchange.first_key).do(act, fields)

    assert dict(exchange.keys) == before
    exchange.close()


def test_the_exchange_keeps_its_own_key(shared_exchange):
    """Okxlab's sessions live by it."""
    answer = shared_exchange.control("POST", "keys/remove", {"key": shared_exchange.told["api_key"]})

    assert answer.status == 400
    assert "stays" in answer.body["fix"]


def test_a_deposit_is_booked_and_billed(clock):
    """The balance rises, the total stays zero, and a bill of type 1 tells of it."""
    exchange = open_exchange(PaperOptions(stepped=True), clock)
    office = Office(exchange.venue, exchange.keys, exchange.first_key)

    assert office.do("deposit", {"ccy": "BTC", "amount": "1.5"}) == {"account": "main", "ccy": "BTC", "balance": "1.5"}
    assert exchange.venue.ledger.total("BTC") == 0
    ((kind,),) = exchange.archive.base.execute("SELECT type FROM bills WHERE ccy = 'BTC'").fetchall()
    assert kind == "1"
    exchange.close()
