"""Permits: on demo and live a change leaves once, byte for byte as it was prepared, or not at all."""

import json

import pytest

from okxlab.errors import Blocked
from okxlab.exchange import Permit, outcomes_of, prepare, send

ORDER = {
    "instId": "BTC-USDT",
    "tdMode": "cash",
    "side": "buy",
    "ordType": "limit",
    "sz": "1",
    "px": "1",
    "clOrdId": "a1",
}
PATHS = {
    "trade/order": [ORDER],
    "trade/batch-orders": [ORDER, ORDER | {"clOrdId": "a2"}],
    "trade/amend-order": [{"instId": "BTC-USDT", "clOrdId": "a1", "newPx": "2"}],
    "trade/amend-batch-orders": [{"instId": "BTC-USDT", "clOrdId": "a1", "newPx": "2"}],
    "trade/cancel-order": [{"instId": "BTC-USDT", "clOrdId": "a1"}],
    "trade/cancel-batch-orders": [{"instId": "BTC-USDT", "clOrdId": "a1"}],
    "trade/cancel-all-after": [{"timeOut": "60", "tag": "okxlab"}],
    "trade/mass-cancel": [{"instType": "OPTION", "instFamily": "BTC-USD"}],
}


def posts(server):
    return [one for one in server.seen if one[0] == "POST"]


def soon(session):
    return session.transport.now_ms() + 3000


@pytest.mark.parametrize("profile", ["demo", "live"])
@pytest.mark.parametrize("path", PATHS)
def test_what_was_prepared_leaves_once_signed_and_byte_for_byte(keyed, profile, path):
    """Each path that changes orders goes out under its permit, and the server sees the very bytes."""
    session, server = keyed(profile)
    permit = prepare(session, path, PATHS[path])
    assert posts(server) == []

    wire = send(session, permit, expires_ms=soon(session))
    [(_, target, headers, body)] = posts(server)
    assert (wire.status, target, body) == (200, f"/api/v5/{path}", permit.body)
    assert json.loads(body) == (PATHS[path] if "batch" in path else PATHS[path][0])
    assert headers["OK-ACCESS-SIGN"]


def test_expiry_is_a_header_by_the_exchange_clock_where_okx_takes_it(keyed):
    """Placing and amending carry expTime, cancelling does not, and no body holds it."""
    session, server = keyed()
    until = soon(session)
    for path, rows in PATHS.items():
        send(session, prepare(session, path, rows), expires_ms=until)

    told = {target.removeprefix("/api/v5/"): headers.get("expTime") for _, target, headers, _ in posts(server)}
    assert {path for path, stamp in told.items() if stamp == str(until)} == set(list(PATHS)[:4])
    assert set(told.values()) == {str(until), None}
    assert not any(b"expTime" in body for *_, body in posts(server))


def test_permit_is_used_up_by_its_first_request(keyed):
    """The second send of the same permit is stopped here."""
    session, server = keyed()
    permit = prepare(session, "trade/order", [ORDER])
    send(session, permit, expires_ms=soon(session))

    with pytest.raises(Blocked, match="used before"):
        send(session, permit, expires_ms=soon(session))
    assert len(posts(server)) == 1


def test_permit_is_used_up_though_the_answer_was_lost(keyed):
    """A lost answer leaves the order unknown, and its permit sends nothing more."""
    session, server = keyed()
    server.answers["/api/v5/trade/order"] = (0, {}, "")
    permit = prepare(session, "trade/order", [ORDER])
    wire = send(session, permit, expires_ms=soon(session))

    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["unknown"]
    with pytest.raises(Blocked, match="used before"):
        send(session, permit, expires_ms=soon(session))


def test_permit_of_another_session_is_stopped(keyed):
    """Leave given for one session is none on another."""
    (one, server), (other, _) = keyed("live"), keyed("demo")
    permit = prepare(one, "trade/order", [ORDER])

    with pytest.raises(Blocked, match="for another"):
        send(other, permit, expires_ms=soon(other))
    assert posts(server) == []


def test_what_was_frozen_leaves_whatever_becomes_of_the_rows(keyed):
    """Whoever changes the rows after they were frozen changes nothing that leaves."""
    session, server = keyed()
    row = dict(ORDER)
    permit = prepare(session, "trade/order", [row])
    row["sz"] = "1000"
    send(session, permit, expires_ms=soon(session))
    assert json.loads(posts(server)[0][3])["sz"] == "1"

    other = prepare(session, "trade/order", [ORDER])
    other.rows[0]["sz"] = "1000"
    send(session, other, expires_ms=soon(session))
    assert json.loads(posts(server)[1][3])["sz"] == "1"


def test_order_whose_time_is_over_is_not_sent(keyed):
    """An order held up here past its expTime stays here, and its outcome says so."""
    session, server = keyed()
    permit = prepare(session, "trade/order", [ORDER])
    wire = send(session, permit, expires_ms=session.transport.now_ms() - 1)

    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["not_sent"]
    assert posts(server) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirected_order_is_unknown_and_goes_nowhere_else(keyed, stranger, status):
    """The exchange may have taken what it then redirected; the place it names receives nothing."""
    session, server = keyed()
    elsewhere = stranger()
    body = json.dumps({"code": "0", "data": [{"clOrdId": "a1", "ordId": "7", "sCode": "0"}]})
    server.answers["/api/v5/trade/order"] = (status, {"Location": elsewhere.url}, body)
    wire = send(session, prepare(session, "trade/order", [ORDER]), expires_ms=soon(session))

    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["unknown"]
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("path", "rows", "says"),
    [
        ("asset/withdrawal", [{"ccy": "BTC"}], "orders and cancellations"),
        ("asset/transfer", [{"ccy": "BTC"}], "orders and cancellations"),
        ("users/subaccount/apikey", [{"label": "x"}], "orders and cancellations"),
        ("account/set-leverage", [{"lever": "100"}], "orders and cancellations"),
        ("trade/order/../../asset/transfer", [{"ccy": "BTC"}], "orders and cancellations"),
        ("trade/order", [ORDER, ORDER], "do not fit"),
        ("trade/batch-orders", [], "do not fit"),
        ("trade/batch-orders", [ORDER, ORDER | {"clOrdId": ""}], "client id"),
    ],
)
def test_what_okxlab_never_sends_gets_no_permit(keyed, path, rows, says):
    """Nothing but orders and cancellations, whole and named, is prepared."""
    session, _ = keyed()

    with pytest.raises(Blocked, match=says):
        prepare(session, path, rows)


class Disguised(Permit):
    """A permit that names an order and leaves as something else."""

    target = "/api/v5/asset/withdrawal"


@pytest.mark.parametrize("profile", ["demo", "live"])
@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("asset/withdrawal", Permit, "orders and cancellations"),
        ("asset/transfer", Permit, "orders and cancellations"),
        ("users/subaccount/apikey", Permit, "orders and cancellations"),
        ("trade/order/../../asset/withdrawal", Permit, "orders and cancellations"),
        ("trade/order", Disguised, "no permit"),
    ],
)
def test_permit_made_by_hand_lets_nothing_else_out(keyed, profile, path, kind, says):
    """Whoever builds a permit past prepare, or changes a good one, withdraws and moves nothing."""
    session, server = keyed(profile)
    good = prepare(session, "trade/order", [ORDER])
    built = kind(path, [], b'{"ccy":"USDT","amt":"1"}', good.turn, session.transport)

    with pytest.raises(Blocked, match=says):
        send(session, built, expires_ms=soon(session))
    object.__setattr__(good, "path", "asset/withdrawal")
    with pytest.raises(Blocked, match="orders and cancellations"):
        send(session, good, expires_ms=soon(session))
    assert posts(server) == []


@pytest.mark.parametrize("profile", ["demo", "live"])
@pytest.mark.parametrize(
    "call",
    [
        lambda okx: okx.private_post_trade_order(dict(ORDER)),
        lambda okx: okx.private_post_asset_transfer({"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}),
        lambda okx: okx.private_post_users_subaccount_apikey({"subAcct": "x", "label": "y", "passphrase": "z"}),
        lambda okx: okx.private_post_asset_withdrawal({"ccy": "USDT", "amt": "1"}),
        lambda okx: okx.private_post_trade_cancel_order({"instId": "BTC-USDT", "ordId": "1"}),
        lambda okx: okx.cancel_all_orders_after(30_000),
        lambda okx: okx.set_leverage(3, "BTC/USDT:USDT", {"mgnMode": "cross"}),
        lambda okx: okx.session.post(okx.urls["api"]["rest"] + "/api/v5/trade/order", json=ORDER),
        lambda okx: okx.session.put(okx.urls["api"]["rest"] + "/api/v5/trade/order", json=ORDER),
        lambda okx: okx.session.delete(okx.urls["api"]["rest"] + "/api/v5/trade/order"),
    ],
)
def test_ccxt_in_the_users_hands_changes_nothing(keyed, profile, call):
    """Without a permit no change leaves, whichever of ccxt's ways asks for it."""
    session, server = keyed(profile)
    server.answers["/api/v5/public/instruments"] = (200, {}, json.dumps({"code": "0", "data": [SWAP]}))
    session.ccxt.options["fetchMarkets"] = {"types": ["swap"]}

    with pytest.raises(Blocked, match=r"only reads|never withdraws"):
        call(session.ccxt)
    assert {request[0] for request in server.seen} == {"GET"}


SWAP = {
    "instId": "BTC-USDT-SWAP", "instType": "SWAP", "instFamily": "BTC-USDT", "uly": "BTC-USDT", "settleCcy": "USDT",
    "ctVal": "0.01", "ctValCcy": "BTC", "ctMult": "1", "ctType": "linear", "tickSz": "0.1", "lotSz": "1", "minSz": "1",
    "state": "live", "lever": "100", "baseCcy": "", "quoteCcy": "",
}  # fmt: skip


def test_permit_of_one_request_covers_no_other_made_meanwhile(keyed):
    """Outside its own send a permit is nothing: ccxt is stopped as before."""
    session, server = keyed()
    prepare(session, "trade/order", [ORDER])

    with pytest.raises(Blocked, match="only reads"):
        session.ccxt.private_post_trade_order(dict(ORDER))
    assert posts(server) == []


def test_permit_of_a_session_that_closed_is_worth_nothing(keyed):
    """After close a prepared order stays here."""
    session, server = keyed()
    permit = prepare(session, "trade/order", [ORDER])
    session.close()

    with pytest.raises(Blocked, match="closed"):
        send(session, permit, expires_ms=soon(session))
    assert posts(server) == []
