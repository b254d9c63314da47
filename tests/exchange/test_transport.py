"""The transport: one origin, no redirects, signatures made here."""

import base64
import hashlib
import hmac
import time
from datetime import datetime

import pytest

from okxlab.errors import Blocked, ExchangeError
from okxlab.exchange import read
from tests.exchange.conftest import CANARIES, tells

SECRET = CANARIES[1]


def test_signature_covers_the_bytes_that_leave(keyed):
    """The header signature is the HMAC of stamp, method and raw target, made with the real secret."""
    session, server = keyed()
    read(session, "privateGetTradeOrdersPending", {"instType": "SPOT", "instId": "BTC-USDT"})
    method, target, headers, _ = server.seen[-1]

    signed = f"{headers['OK-ACCESS-TIMESTAMP']}{method}{target}".encode()
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    assert headers["OK-ACCESS-SIGN"] == expected
    assert headers["OK-ACCESS-KEY"] == CANARIES[0]
    assert headers["OK-ACCESS-PASSPHRASE"] == CANARIES[2]


def test_signing_time_follows_the_exchange_clock(keyed):
    """The stamp is the exchange's time, not this machine's, when the two differ."""
    _, server = keyed()
    server.answers["/api/v5/public/time"] = tells(ts=str(int(time.time() * 1000) + 4000))
    session, _ = keyed()
    read(session, "privateGetAccountBalance")

    stamp = datetime.fromisoformat(server.seen[-1][2]["OK-ACCESS-TIMESTAMP"])
    assert 3 < stamp.timestamp() - time.time() < 4.1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_refused_and_no_header_follows(keyed, stranger, status):
    """A redirect raises, and the host it names receives nothing."""
    session, server = keyed()
    elsewhere = stranger()
    server.answers["/api/v5/account/balance"] = (status, {"Location": f"{elsewhere.url}/steal"}, "{}")

    with pytest.raises(Blocked, match="redirect"):
        read(session, "privateGetAccountBalance")
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "https://www.okx.com.evil.example/api/v5/public/time",
        "https://www.okx.com@evil.example/api/v5/public/time",
        "http://www.okx.com/api/v5/public/time",
        "https://www.okx.com:444/api/v5/public/time",
        "http://127.0.0.1:1/api/v5/public/time",
        "http://localhost/api/v5/public/time",
        "https://93.184.216.34/",
    ],
)
def test_another_origin_is_refused_before_a_byte_leaves(keyed, url):
    """The connection that ccxt holds reaches the profile's own origin only."""
    session, _ = keyed()

    with pytest.raises(Blocked, match="reaches"):
        session.ccxt.session.get(url)


def test_withdrawal_is_refused_everywhere(keyed):
    """A withdrawal never leaves."""
    session, server = keyed()

    with pytest.raises(Blocked, match="withdraw"):
        session.ccxt.private_post_asset_withdrawal({"ccy": "BTC", "amt": "1"})
    assert {request[0] for request in server.seen} == {"GET"}


def test_demo_requests_carry_the_simulation_header(keyed):
    """Every demo request says that it is simulated, and no live one does."""
    demo, server = keyed("demo")
    read(demo, "publicGetMarketTickers", {"instType": "SPOT"})
    assert server.seen[-1][2]["x-simulated-trading"] == "1"

    live, server = keyed("live")
    read(live, "publicGetMarketTickers", {"instType": "SPOT"})
    assert "x-simulated-trading" not in server.seen[-1][2]


def test_sandbox_switch_does_not_change_the_host(keyed):
    """The sandbox switch of ccxt swaps URL sets, and both lead to the same place."""
    session, server = keyed()
    session.ccxt.set_sandbox_mode(True)
    before = len(server.seen)
    session.ccxt.public_get_public_time()

    assert len(server.seen) == before + 1


def test_closed_session_lets_nothing_out(keyed):
    """After close a call is stopped here, though the exchange lives on."""
    session, server = keyed()
    session.close()
    before = len(server.seen)

    with pytest.raises(Blocked, match=r"session is closed.*ox\.connect"):
        read(session, "publicGetMarketTickers", {"instType": "SPOT"})
    assert len(server.seen) == before


def test_proxy_set_on_ccxt_receives_nothing(keyed, stranger):
    """A proxy is another host: the request goes straight to the exchange."""
    session, server = keyed()
    elsewhere = stranger()
    session.ccxt.httpProxy = elsewhere.url
    read(session, "privateGetAccountBalance")

    assert elsewhere.seen == []
    assert server.seen[-1][1] == "/api/v5/account/balance"


def test_call_that_ccxt_refuses_to_send_gives_its_own_reason(keyed):
    """What stops ccxt before a byte leaves is said as it is, not as a missing key."""
    session, _ = keyed()
    session.ccxt.httpProxy = session.ccxt.socksProxy = "http://127.0.0.1:1"

    with pytest.raises(ExchangeError, match="conflicting proxy") as caught:
        read(session, "privateGetAccountBalance")
    assert "key" not in str(caught.value)
