"""Who may ask: OKX's headers on the wire."""

import pytest

BALANCE = "/api/v5/account/balance"
MISSING = {
    "OK-ACCESS-KEY": "50103",
    "OK-ACCESS-PASSPHRASE": "50104",
    "OK-ACCESS-SIGN": "50106",
    "OK-ACCESS-TIMESTAMP": "50107",
}
WRONG = {
    "OK-ACCESS-KEY": ("somebody", "50111"),
    "OK-ACCESS-PASSPHRASE": ("sesame", "50105"),
    "OK-ACCESS-SIGN": ("AAAA", "50113"),
    "OK-ACCESS-TIMESTAMP": ("1597026383085", "50112"),
}


def refused(answer, code):
    return (answer.status, answer.body["code"], "data" in answer.body) == (401, code, False)


@pytest.mark.parametrize(("name", "code"), MISSING.items())
def test_header_when_missing_or_empty_is_401_without_data(shared_exchange, name, code):
    """Each header has its own code, and the envelope holds no data."""
    signed = shared_exchange.signature("GET", BALANCE)

    assert refused(shared_exchange.send("GET", BALANCE, headers=signed | {name: ""}), code)
    del signed[name]
    assert refused(shared_exchange.send("GET", BALANCE, headers=signed), code)


@pytest.mark.parametrize(("name", "value", "code"), [(name, *rest) for name, rest in WRONG.items()])
def test_header_when_wrong_is_401(shared_exchange, name, value, code):
    """Each header has its own code."""
    signed = shared_exchange.signature("GET", BALANCE) | {name: value}

    assert refused(shared_exchange.send("GET", BALANCE, headers=signed), code)


@pytest.mark.parametrize(
    "stamp", ["2024-01-01 00:00:00", "2024-13-01T00:00:00.000Z", "2024-01-01T00:00:00Z", "x\u00e9"]
)
def test_timestamp_when_not_iso_with_milliseconds_is_50112(shared_exchange, stamp):
    """Only the form OKX asks for is taken."""
    signed = shared_exchange.signature("GET", BALANCE) | {"OK-ACCESS-TIMESTAMP": stamp.encode("latin-1")}

    assert refused(shared_exchange.send("GET", BALANCE, headers=signed), "50112")


@pytest.mark.parametrize(("drift", "status"), [(-31_000, 401), (31_000, 401), (-25_000, 200), (25_000, 200)])
def test_clock_when_more_than_30_seconds_off_is_50102(shared_exchange, drift, status):
    """Either way."""
    shared_exchange.drift_ms = drift
    try:
        answer = shared_exchange.get("account/balance")
    finally:
        shared_exchange.drift_ms = 0

    assert answer.status == status
    assert answer.body["code"] == ("0" if status == 200 else "50102")


def test_signature_covers_the_raw_target_and_the_body(shared_exchange, order):
    """A percent-encoded query is signed as it is sent, and a changed body is noticed."""
    target = BALANCE + "?ccy=BTC%2CUSDT"
    good = shared_exchange.send("GET", target, headers=shared_exchange.signature("GET", target))
    signed = shared_exchange.signature("POST", "/api/v5/trade/order", b"{}")
    bad = shared_exchange.send("POST", "/api/v5/trade/order", b'{"a":1}', signed)

    assert good.body["code"] == "0"
    assert refused(bad, "50113")


def test_demo_header_is_accepted(shared_exchange):
    """The header that marks demo trading does no harm."""
    assert shared_exchange.get("account/balance", **{"x-simulated-trading": "1"}).status == 200


def test_control_routes_take_only_their_own_token(shared_exchange):
    """The API key does not step the market."""
    assert shared_exchange.send("GET", "/okxlab/feed").status == 401
    signed = shared_exchange.signature("GET", "/okxlab/feed")
    assert shared_exchange.send("GET", "/okxlab/feed", headers=signed).status == 401
    assert shared_exchange.control("GET", "feed").status == 200


def test_host_header_when_not_loopback_is_403(shared_exchange):
    """A page of a foreign host name that resolves here gets nothing."""
    token = {"X-Okxlab-Token": shared_exchange.told["control"]}

    for name in ("evil.example", "localhost:80.evil.example"):
        assert shared_exchange.send("GET", "/okxlab/feed", headers=token | {"Host": name}).status == 403


def test_header_when_given_twice_is_50114(shared_exchange):
    """Two signatures are no signature."""
    link = shared_exchange.link
    link.putrequest("GET", BALANCE)
    for name, value in [*shared_exchange.signature("GET", BALANCE).items(), ("OK-ACCESS-SIGN", "AAAA")]:
        link.putheader(name, value)
    link.endheaders()
    response = link.getresponse()

    assert (response.status, b'"50114"' in response.read()) == (401, True)
