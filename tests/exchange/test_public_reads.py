"""Public reads: they go straight to the exchange, under every rule of the transport."""

import ssl
import subprocess

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import Blocked, Refused, Unreachable, Unreadable
from okxlab.exchange import Profile, read
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.transport import Transport
from tests.exchange.conftest import OK

TICKERS = "/api/v5/market/tickers"


@pytest.fixture
def public(stranger, tmp_path):
    """Give a session without keys on a server of the test's own: (session, server)."""
    server = stranger()
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{server.url}"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        yield session, server


def ask(session):
    return read(session, "publicGetMarketTickers", {"instType": "SPOT"})


def test_public_read_asks_what_ccxt_would_ask(public):
    """The same target leaves as from ccxt's implicit method of that name, whatever stands in the parameters."""
    session, server = public
    params = {"instType": "SPOT", "uly": "a b&c=d/é", "limit": 5}
    read(session, "publicGetMarketTickers", params)
    session.ccxt.publicGetMarketTickers(params)

    assert server.seen[-2][:2] == server.seen[-1][:2]


def test_public_read_does_not_go_through_ccxt(public):
    """Of a public read ccxt knows nothing."""
    session, server = public
    ask(session)

    assert len(server.seen) == 1
    assert session.ccxt.last_http_response is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_of_a_public_read_is_refused(public, stranger, status):
    """A redirect raises, and the host it names receives nothing."""
    session, server = public
    elsewhere = stranger()
    server.answers[TICKERS] = (status, {"Location": f"{elsewhere.url}/steal"}, "{}")

    with pytest.raises(Blocked, match="redirect"):
        ask(session)
    assert elsewhere.seen == []


def test_public_read_carries_no_key(keyed):
    """A session with keys signs nothing that is public."""
    session, server = keyed()
    ask(session)

    assert not [name for name in server.seen[-1][2] if name.upper().startswith("OK-ACCESS")]


def test_public_read_takes_its_turn(public):
    """It reserves its moment in the ledger of limits: who comes after it waits."""
    session, _ = public
    ask(session)

    assert session.throttle.wait("GET", f"{TICKERS}?instType=SPOT").waited > 0


def test_public_read_meets_no_proxy(public, stranger, monkeypatch):
    """A proxy of the environment is another host and receives nothing."""
    session, server = public
    elsewhere = stranger()
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
    monkeypatch.setenv("http_proxy", elsewhere.url)
    ask(session)

    assert elsewhere.seen == []
    assert server.seen[-1][1] == f"{TICKERS}?instType=SPOT"


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((0, {}, ""), Unreachable, "does not answer"),
        ((200, {}, OK[:20]), Unreadable, "not OKX v5"),
        ((200, {}, "<html>are you human</html>"), Unreadable, "not OKX v5"),
        ((502, {}, "<html>bad gateway</html>"), Unreadable, "HTTP 502"),
        ((429, {}, '{"code":"50011","msg":"Too Many Requests","data":[]}'), Refused, "50011"),
        ((200, {}, '{"code":"51001","msg":"no such","data":[]}'), Refused, "51001"),
    ],
    ids=["hung up", "cut", "html", "gateway", "limit", "refusal"],
)
def test_answer_that_is_none_is_judged_as_ever(public, answer, error, says):
    """Silence, a page, a limit and a refusal are each the error of their own."""
    session, server = public
    server.answers[TICKERS] = answer

    with pytest.raises(error, match=says):
        ask(session)


def test_slow_answer_is_given_up_in_the_time_set_on_the_session(public):
    """An exchange that takes connections and says nothing ends in an error that says so."""
    import socket

    session, _ = public
    with socket.create_server(("127.0.0.1", 0)) as mute, ox.connect("live", workspace=_pointed(session, mute)) as slow:
        slow.ccxt.timeout = 100
        with pytest.raises(Unreachable, match="in time"):
            ask(slow)


def _pointed(session, mute):
    place = session.workspace.root / "mute"
    place.mkdir()
    (place / "okxlab.toml").write_text(f'[live]\nhost = "http://127.0.0.1:{mute.getsockname()[1]}"\n')
    return place


def test_host_that_cannot_prove_its_name_gets_no_request(stranger, tmp_path):
    """Over TLS a certificate nobody vouches for ends the read before anything is asked."""
    server, certificate, key = stranger(), tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    server.http.socket = secure.wrap_socket(server.http.socket, server_side=True)
    profile = Profile("live", server.url.replace("http:", "https:"), "", keys=False)
    transport = Transport(profile, None, Throttle(None, SystemClock()), SystemClock())
    wire = transport.get(TICKERS, 5)
    transport.close()

    assert (wire.status, wire.failure) == (None, "SSLError")
    assert server.seen == []
