"""What one request may meet: answers that never end, or unpack without end, and hosts that cannot prove their name."""

import gzip
import http.client
import io
import signal
import socket
import ssl
import subprocess
import threading
import time
import traceback

import pytest

from okxlab.clock import SystemClock
from okxlab.errors import Blocked, Unreadable
from okxlab.exchange import Profile, Wire, outcomes_of, prepare, read, send
from okxlab.exchange.origin import LARGEST, Origin
from okxlab.exchange.throttle import Throttle
from okxlab.exchange.transport import Transport
from tests.exchange.conftest import CANARIES
from tests.exchange.test_permit import ORDER, soon

TICKERS = "/api/v5/market/tickers"
BALANCE = "/api/v5/account/balance"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def talker():
    """Give a function that opens a port where every request is answered by a function of the socket."""
    opened = []

    def make(talk):
        listening = socket.create_server(("127.0.0.1", 0))
        opened.append(listening)

        def serve():
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    line.recv(65536)
                    try:
                        talk(line)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield make
    for one in opened:
        one.shutdown(socket.SHUT_RDWR)
        one.close()


def transport_to(base, **options):
    clock = SystemClock()
    return Transport(Profile("live", base, "", keys=False), None, Throttle(None, clock), clock, **options)


def drip(text):
    """Give a talk that says a text letter by letter, ten a second."""

    def talk(line):
        for letter in text:
            line.sendall(bytes([letter]))
            time.sleep(0.1)

    return talk


@pytest.mark.parametrize("text", [HEAD + b"\r\n{}", HEAD * 9], ids=["head", "endless head"])
def test_answer_that_drips_is_given_up_when_the_time_is_over(talker, text):
    """Each letter comes in time and the whole does not: the time is for the whole."""
    transport = transport_to(talker(drip(text)))
    began = time.monotonic()
    wire = transport.get(TICKERS, 0.5)
    transport.close()

    assert (wire.sent, wire.status, wire.failure) == (True, None, "ReadTimeout")
    assert time.monotonic() - began < 1.5


def test_body_that_drips_is_given_up_when_the_time_is_over(talker):
    """The same when the head came at once."""

    def talk(line):
        line.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
        drip(b"x" * 500)(line)

    transport = transport_to(talker(talk))
    began = time.monotonic()
    wire = transport.get(TICKERS, 0.5)
    transport.close()

    assert (wire.status, wire.failure) == (None, "ReadTimeout")
    assert time.monotonic() - began < 1.5


def endless(line):
    line.sendall(HEAD + b"\r\n")
    for _ in range(200):
        line.sendall(b" " * (1 << 20))


def bomb(line):
    packed = gzip.compress(b" " * (200 << 20), 1)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    line.sendall(head + packed)


def announced(line):
    line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST + 1))
    endless(line)


@pytest.mark.parametrize("talk", [endless, bomb, announced])
def test_answer_of_more_than_eight_megabytes_is_refused(talker, talk):
    """Two hundred megabytes, as they are or packed into little, are not read to their end."""
    transport = transport_to(talker(talk))
    with pytest.raises(Unreadable, match="more than 8 MB"):
        transport.get(TICKERS, 20)
    transport.close()


@pytest.mark.parametrize("text", ["[" * 10**6 + "]" * 10**6, "[" * 10**6, '{"a":' * 2000 + "1" + "}" * 2000])
def test_answer_nested_without_end_is_refused_before_anybody_parses_it(keyed, text):
    """A million brackets overflow no parser: ccxt never sees them."""
    session, server = keyed()
    server.answers[BALANCE] = (200, {}, text)

    with pytest.raises(Unreadable, match="brackets without end"):
        session.ccxt.private_get_account_balance()


def test_answer_as_deep_and_large_as_okx_gives_is_read(keyed):
    """A whole book, and a text with brackets of its own, pass."""
    session, server = keyed()
    levels = '["60000.1","0.5","0","3"],' * 100_000
    server.answers[BALANCE] = (200, {}, f'{{"code":"0","msg":"[[{{","data":[{{"asks":[{levels[:-1]}]}}]}}')

    assert len(read(session, "privateGetAccountBalance")[0]["asks"]) == 100_000


def test_order_whose_answer_is_slow_is_unknown_after_two_seconds(keyed):
    """An order's answer is awaited for less than the order may live."""
    session, server = keyed()
    server.answers["/api/v5/trade/order"] = lambda: (time.sleep(3), (200, {}, "{}"))[1]
    permit = prepare(session, "trade/order", [ORDER])
    began = time.monotonic()
    wire = send(session, permit, expires_ms=soon(session))

    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["unknown"]
    assert 1.9 < time.monotonic() - began < 2.9


@pytest.mark.parametrize("text", ["[" * 10**5, " " * (LARGEST + 1)], ids=["deep", "large"])
def test_order_answered_with_what_is_no_answer_is_unknown(keyed, text):
    """The exchange may have taken it."""
    session, server = keyed()
    server.answers["/api/v5/trade/order"] = (200, {}, text)
    wire = send(session, prepare(session, "trade/order", [ORDER]), expires_ms=soon(session))

    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["unknown"]


def test_request_that_found_nobody_was_not_sent():
    """A port where nobody listens proves that no byte left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    transport = transport_to(f"http://127.0.0.1:{port}")
    wire = transport.get(TICKERS, 1)
    transport.close()

    assert (wire.sent, wire.failure) == (False, "ConnectionError")
    assert [one.kind for one in outcomes_of(wire, ["a1"])] == ["not_sent"]


# TLS: an authority of the test's own, what it vouches for and what it does not


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Give a function that makes (certificate, key) for a name, valid for so many days, and the file of the roots."""
    folder = tmp_path_factory.mktemp("authority")
    roots, root_key = folder / "roots.pem", folder / "roots.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=authority",
            "-keyout", root_key, "-out", roots)  # fmt: skip

    def make(name, days=2, *, own=False):
        here = folder / f"{name}{days}{own}".replace(":", "")
        here.mkdir()
        key, asked, certificate = here / "key", here / "asked", here / "certificate"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-addext", f"subjectAltName={name}",
                "-keyout", key, "-out", asked)  # fmt: skip
        signer = ["-signkey", key] if own else ["-CA", roots, "-CAkey", root_key, "-CAcreateserial"]
        openssl("x509", "-req", "-in", asked, *signer, "-days", days, "-copy_extensions", "copy", "-out", certificate)
        return certificate, key

    return make, roots


def over_tls(server, certificate, key, newest=ssl.TLSVersion.TLSv1_3):
    """Let a server speak TLS; give where it is then."""
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate, key)
    if newest < ssl.TLSVersion.TLSv1_2:
        secure.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="deprecated"):
            secure.minimum_version, secure.maximum_version = newest, newest
    server.http.socket = secure.wrap_socket(server.http.socket, server_side=True, do_handshake_on_connect=False)
    return server.url.replace("http:", "https:")


def asked_over_tls(base, roots):
    clock, wire = SystemClock(), Wire()
    origin = Origin(base, clock, roots=str(roots))
    answer = origin.ask("GET", TICKERS, lambda: {"OK-ACCESS-KEY": CANARIES[0]}, seconds=5, wire=wire)
    origin.close()
    return answer, wire


def test_host_that_proves_its_name_is_spoken_to(stranger, authority):
    """A certificate for this address, by an authority that counts, opens the way."""
    make, roots = authority
    server = stranger()
    answer, wire = asked_over_tls(over_tls(server, *make("IP:127.0.0.1")), roots)

    assert (answer.status, wire.failure) == (200, "")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("certified", "newest"),
    [
        ({"name": "IP:127.0.0.1", "own": True}, ssl.TLSVersion.TLSv1_3),
        ({"name": "DNS:www.okx.com.evil.example"}, ssl.TLSVersion.TLSv1_3),
        ({"name": "IP:127.0.0.2"}, ssl.TLSVersion.TLSv1_3),
        ({"name": "IP:127.0.0.1", "days": -1}, ssl.TLSVersion.TLSv1_3),
        ({"name": "IP:127.0.0.1", "days": 3}, ssl.TLSVersion.TLSv1_1),
    ],
    ids=["self-signed", "wrong name", "wrong address", "expired", "TLS 1.1"],
)
def test_host_that_cannot_prove_its_name_gets_no_header(stranger, authority, certified, newest):
    """The handshake ends it: nothing was sent, so an order there would count as not sent."""
    make, roots = authority
    server = stranger()
    answer, wire = asked_over_tls(over_tls(server, *make(**certified), newest), roots)

    assert (answer, wire.sent, wire.failure) == (None, False, "SSLError")
    assert server.seen == []


def test_roots_and_key_log_of_the_environment_do_not_count(stranger, authority, monkeypatch, tmp_path):
    """An authority named in the environment vouches for nobody, and no file gets the connection's keys."""
    make, roots = authority
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(roots))
    monkeypatch.setenv("SSL_CERT_DIR", str(roots.parent))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    server = stranger()
    transport = transport_to(over_tls(server, *make("IP:127.0.0.1", 4)))
    wire = transport.get(TICKERS, 5)
    transport.close()

    assert (wire.sent, wire.failure) == (False, "SSLError")
    assert not (tmp_path / "keys.log").exists()


@pytest.mark.parametrize(
    "base",
    [
        *("https://evil.example", "https://www.okx.com.evil.example", "https://www.okx.com:444", "http://www.okx.com"),
        *("https://okx.com", "https://user@www.okx.com", "http://user@127.0.0.1:80", "http://10.0.0.1", "", "//x"),
        *("https://www.okx.com.", "https://WWW.OKX.COM", "https://www.okx.com\\@evil.example", "ftp://www.okx.com"),
    ],
)
def test_no_way_can_be_made_to_another_host(base):
    """The list of hosts stands where connections are made, whatever a profile says."""
    with pytest.raises(Blocked, match="not one of OKX's hosts"):
        Origin(base, SystemClock())


# what must not be seen while a request is under way


def test_headers_are_not_printed_by_http_client_in_debug(keyed, capsys, monkeypatch):
    """The common recipe that prints every header prints none of ours."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    session, _ = keyed()
    read(session, "privateGetAccountBalance")

    printed = capsys.readouterr()
    assert not any(canary in printed.out + printed.err for canary in CANARIES)
    assert "OK-ACCESS" not in printed.out


@pytest.mark.parametrize("ask", [
    lambda session: read(session, "privateGetAccountBalance"),
    lambda session: send(session, prepare(session, "trade/order", [ORDER]), expires_ms=soon(session)),
], ids=["read", "order"])  # fmt: skip
def test_traceback_of_an_interrupted_request_shows_no_secret(keyed, ask):
    """Stopped while it waits, with every frame's locals printed, a request shows no key and no signature."""
    session, server = keyed()
    main = threading.main_thread().ident

    def interrupt():
        signal.pthread_kill(main, signal.SIGINT)
        time.sleep(0.5)
        return 200, {}, "{}"

    server.answers[BALANCE] = server.answers["/api/v5/trade/order"] = interrupt
    with pytest.raises(KeyboardInterrupt) as caught:
        ask(session)

    shown, error = io.StringIO(), caught.value
    while error is not None:
        shown.writelines(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        error = error.__cause__ or error.__context__
    signature = server.seen[-1][2]["OK-ACCESS-SIGN"]
    assert "okxlab/exchange/call.py" in shown.getvalue()
    assert not any(secret in shown.getvalue() for secret in (*CANARIES, signature))
