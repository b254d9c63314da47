"""A key the exchange has refused: asking on would count as guessing, so nothing more is signed."""

import json
import logging

import pytest

from okxlab.errors import Blocked, Refused
from okxlab.exchange import outcomes_of, prepare, read, send
from tests.exchange.test_permit import ORDER, posts, soon

BALANCE = "/api/v5/account/balance"
FIXES = {
    "50101": "demo keys with demo",
    "50105": "Correct the passphrase",
    "50110": "Add this machine's address",
    "50111": "Correct the key",
    "50113": "Correct the secret",
    "50119": "set .live. host",
}


def refuses(code, status=401):
    return status, {}, json.dumps({"code": code, "msg": "no", "data": []})


@pytest.mark.parametrize("code", FIXES)
def test_one_refusal_of_the_key_ends_what_is_signed(keyed, caplog, code):
    """After one answer nothing signed leaves, and each further call names the code and the fix."""
    session, server = keyed()
    server.answers[BALANCE] = refuses(code)
    with pytest.raises(Refused, match=code), caplog.at_level(logging.ERROR):
        read(session, "privateGetAccountBalance")
    before = len(server.seen)

    for call in (
        lambda: read(session, "privateGetTradeOrdersPending"),
        session.ccxt.private_get_account_config,
        lambda: prepare(session, "trade/order", [ORDER]),
        session.transport.login,
    ):
        with pytest.raises(Blocked, match=f"{code}.*{FIXES[code]}.*connect again"):
            call()
    assert len(server.seen) == before
    assert code in caplog.text


def test_refusal_of_an_order_locks_too_and_is_definite(keyed):
    """The order was rejected; the next has no permit."""
    session, server = keyed()
    server.answers["/api/v5/trade/order"] = refuses("50111")
    wire = send(session, prepare(session, "trade/order", [ORDER]), expires_ms=soon(session))

    assert [(one.kind, one.code) for one in outcomes_of(wire, ["a1"])] == [("rejected", "50111")]
    with pytest.raises(Blocked, match="50111"):
        prepare(session, "trade/order", [ORDER])


def test_permit_from_before_the_refusal_sends_nothing(keyed):
    """What was prepared while the key still counted stays here."""
    session, server = keyed()
    leave = prepare(session, "trade/order", [ORDER])
    server.answers[BALANCE] = refuses("50113")
    with pytest.raises(Refused):
        read(session, "privateGetAccountBalance")

    with pytest.raises(Blocked, match="50113"):
        send(session, leave, expires_ms=soon(session))
    assert posts(server) == []


def test_public_data_is_still_read_and_a_new_connect_signs_again(keyed):
    """The lock is the session's, and only what is signed is behind it."""
    session, server = keyed()
    server.answers[BALANCE] = refuses("50110")
    with pytest.raises(Refused):
        read(session, "privateGetAccountBalance")
    assert read(session, "publicGetMarketTickers", {"instType": "SPOT"}) == []

    del server.answers[BALANCE]
    again, _ = keyed()
    assert read(again, "privateGetAccountBalance") == []


def test_key_refused_at_connect_is_tried_once(keyed):
    """A wrong passphrase costs one signed call."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = refuses("50105")
    before = len(server.seen)

    with pytest.raises(Refused, match=r"50105.*Correct the passphrase"):
        keyed()
    assert [path for _, path, *_ in server.seen[before:]] == ["/api/v5/public/time", "/api/v5/account/config"]


@pytest.mark.parametrize("code", ["51000", "50102", "1", "0"])
def test_other_answers_lock_nothing(keyed, code):
    """A wrong parameter, a limit or a clock are no word about the key."""
    session, server = keyed()
    server.answers[BALANCE] = refuses(code, 200)
    if code == "0":
        read(session, "privateGetAccountBalance")
    else:
        with pytest.raises(Refused):
            read(session, "privateGetAccountBalance")

    assert read(session, "privateGetTradeOrdersPending") == []


@pytest.mark.parametrize(
    ("code", "says"), [("50100", "frozen"), ("50027", "restricted"), ("51155", "country or entity")]
)
def test_account_that_may_not_trade_is_told_so_by_name(keyed, code, says):
    """Frozen, restricted and not allowed here are three things, each with its step, and cancelling still leaves."""
    session, server = keyed()
    server.answers[BALANCE] = refuses(code, 200)

    with pytest.raises(Refused, match=f"{code}.*{says}"):
        read(session, "privateGetAccountBalance")
    cancel = prepare(session, "trade/cancel-order", [{"instId": "BTC-USDT", "clOrdId": "a1"}])
    assert send(session, cancel, expires_ms=None).status == 200
