"""A decoy that would take signed headers: whatever is tried on a session, none arrives there.

Every name is resolved to this machine, so that a host which only looks like the exchange's would be reached.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import socket
from collections import Counter

import ccxt
import pytest
import requests

from okxlab.errors import Blocked, OkxlabError
from okxlab.exchange import prepare, send
from okxlab.exchange.wire.guard import Guard
from tests.exchange.conftest import CANARIES
from tests.exchange.test_permit import ORDER, soon

# {home} is the exchange's port, {decoy} the other one's
URLS = {
    "user before the host": "http://127.0.0.1:{home}@127.0.0.1:{decoy}",
    "user and password": "http://127.0.0.1:{home}:443@127.0.0.1:{decoy}",
    "OKX as the user": "http://www.okx.com@127.0.0.1:{decoy}",
    "escaped at sign": "http://127.0.0.1:{home}%40127.0.0.1:{decoy}",
    "address as a subdomain": "http://127.0.0.1.evil.example:{decoy}",
    "OKX as a subdomain": "http://www.okx.com.evil.example:{decoy}",
    "address and port as a subdomain": "http://127.0.0.1:{home}.evil.example:{decoy}",
    "hyphen for the dot": "http://www-okx.com:{decoy}",
    "other ending": "http://www.okx.cm:{decoy}",
    "name that an alias leads to": "http://okx.cdn.evil.example:{decoy}",
    "punycode": "http://www.xn--kx-emc.com:{decoy}",
    "letter of another alphabet": "http://www.\u043ekx.com:{decoy}",
    "zero-width letter": "http://www.o\u200bkx.com:{decoy}",
    "decimal address": "http://2130706433:{decoy}",
    "hexadecimal address": "http://0x7f000001:{decoy}",
    "octal address": "http://0177.0.0.1:{decoy}",
    "short address": "http://127.1:{decoy}",
    "IPv6 address": "http://[::1]:{decoy}",
    "IPv4 in IPv6": "http://[::ffff:127.0.0.1]:{decoy}",
    "IPv6 with a zone": "http://[fe80::1%25lo]:{decoy}",
    "other loopback address": "http://127.0.0.2:{decoy}",
    "no address": "http://0.0.0.0:{decoy}",
    "name of this machine": "http://localhost:{decoy}",
    "trailing dot": "http://127.0.0.1.:{decoy}",
    "other port": "http://127.0.0.1:{decoy}",
    "port with a zero": "http://127.0.0.1:0{decoy}",
    "other scheme": "https://127.0.0.1:{decoy}",
    "scheme in capitals": "HTTP://127.0.0.1:{decoy}",
    "no scheme": "//127.0.0.1:{decoy}",
    "one slash": "http:/127.0.0.1:{decoy}",
    "three slashes": "http:///127.0.0.1:{decoy}",
    "backslashes": "http:\\\\127.0.0.1:{decoy}",
    "backslash before the at sign": "http://127.0.0.1:{decoy}\\@127.0.0.1:{home}",
    "backslash after the host": "http://127.0.0.1:{home}\\@127.0.0.1:{decoy}",
    "tab": "http://127.0.0.1:{home}\t@127.0.0.1:{decoy}",
    "newline": "http://127.0.0.1:{decoy}\n",
    "header in the host": "http://127.0.0.1:{decoy}\r\nHost: 127.0.0.1:{home}",
    "blank before": " http://127.0.0.1:{decoy}",
    "NUL": "http://127.0.0.1:{decoy}\x00.okx.com",
    "home in the fragment": "http://127.0.0.1:{decoy}#@127.0.0.1:{home}",
    "home in the query": "http://127.0.0.1:{decoy}?@127.0.0.1:{home}",
    "home in the path": "http://127.0.0.1:{decoy}/127.0.0.1:{home}",
    "ideographic dots": "http://127\u30020\u30020\u30021:{decoy}",
    "full-width dots": "http://127\uff0e0\uff0e0\uff0e1:{decoy}",
    "circled digits": "http://\u2460\u2461\u2466.0.0.1:{decoy}",
    "two hosts": "http://127.0.0.1:{home},127.0.0.1:{decoy}",
    "ftp": "ftp://127.0.0.1:{decoy}",
    "path upwards": "http://127.0.0.1:{home}/../../..",
    "decoy as the path": "http://127.0.0.1:{home}/http://127.0.0.1:{decoy}",
    "double slash": "http://127.0.0.1:{home}//127.0.0.1:{decoy}",
    "escaped slashes": "http://127.0.0.1:{home}/%2f%2f127.0.0.1:{decoy}",
    "escaped dots": "http://127.0.0.1:{home}/%2e%2e/%2e%2e",
    "escaped line break": "http://127.0.0.1:{home}/%0d%0aHost:%20127.0.0.1:{decoy}",
}
REDIRECTS = {
    **{f"{status} to the decoy": (status, {"Location": "{decoy}/api/v5/account/balance"}, "") for status in
       (300, 301, 302, 303, 304, 305, 307, 308, 399)},
    "to a URL without a scheme": (302, {"Location": "//{place}/api/v5/account/balance"}, ""),
    "to backslashes": (302, {"Location": "\\\\{place}\\api"}, ""),
    "with a user": (307, {"Location": "http://home@{place}/api"}, ""),
    "home, and from there": (308, {"Location": "/api/v5/account/config"}, ""),
    "without a place": (302, {}, ""),
    "with two places": (302, {"Location": "{decoy}/a, {decoy}/b"}, ""),
    "in the page": (200, {"Content-Type": "text/html"}, '<meta http-equiv="refresh" content="0;url={decoy}/steal">'),
    "by a Refresh header": (200, {"Refresh": "0;url={decoy}/steal"}, '{{"code":"0","data":[{{}}]}}'),
    "by Content-Location": (200, {"Content-Location": "{decoy}/steal"}, '{{"code":"0","data":[{{}}]}}'),
    "by another service": (200, {"Alt-Svc": 'http/1.1="{place}"'}, '{{"code":"0","data":[{{}}]}}'),
    "to a login": (401, {"WWW-Authenticate": 'Digest realm="{decoy}", nonce="1"'}, '{{"code":"1","data":[]}}'),
    "to a proxy": (407, {"Proxy-Authenticate": "Basic", "Location": "{decoy}"}, '{{"code":"1","data":[]}}'),
}  # fmt: skip


def swap_urls(okx, url):
    okx.urls = {"api": {"rest": url, "ws": url}, "test": {"rest": url, "ws": url}}


def hostname(okx, url):
    okx.urls["api"]["rest"], okx.hostname = "http://{hostname}", url.removeprefix("http://")


def sandbox(okx, url):
    okx.urls["test"] = {"rest": url}
    okx.set_sandbox_mode(True)


def mounted(okx, url):
    swap_urls(okx, url)
    okx.session.mount("http://", requests.adapters.HTTPAdapter())


def own_session(okx, url):
    swap_urls(okx, url)
    okx.session = requests.Session()


def headers(okx, url):
    place = url.removeprefix("http://")
    okx.headers = {"Host": place, "X-Forwarded-Host": place, "Forwarded": f"host={place}", "Connection": "Upgrade"}
    okx.session.headers |= okx.headers


def trusting(okx, url):
    okx.session.trust_env, okx.session.verify, okx.session.proxies = True, False, {"http": url, "https": url}
    okx.session.auth = requests.auth.HTTPDigestAuth("user", "word")


def assigned(name, form="{url}"):
    return lambda okx, url: setattr(okx, name, form.format(url=url))


SETTINGS = {
    "urls": swap_urls,
    "hostname": hostname,
    "sandbox": sandbox,
    "adapter of one's own": mounted,
    "session of one's own": own_session,
    "headers": headers,
    "trusting session": trusting,
    "httpProxy": assigned("httpProxy"),
    "httpsProxy": assigned("httpsProxy"),
    "socksProxy": assigned("socksProxy", "socks5://{url}"),
    "http_proxy": assigned("http_proxy"),
    "aiohttp_proxy": assigned("aiohttp_proxy"),
    "proxyUrl": assigned("proxyUrl", "{url}/?"),
    "proxy_url": assigned("proxy_url", "{url}/"),
    "proxyUrlCallback": lambda okx, url: setattr(okx, "proxyUrlCallback", lambda *_: f"{url}/?"),
    "httpProxyCallback": lambda okx, url: setattr(okx, "httpProxyCallback", lambda *_: url),
    "proxies": lambda okx, url: setattr(okx, "proxies", {"http": url, "https": url}),
    "origin": assigned("origin"),
    "unchecked certificates": lambda okx, _: setattr(okx, "validateServerSsl", False),
    "environment trusted": assigned("aiohttp_trust_env"),
    "sign": lambda okx, url: setattr(okx, "sign", lambda *_, **__: request_to(url)),
    "implode_hostname": lambda okx, url: setattr(okx, "implode_hostname", lambda _: url),
    "prepare_request_headers": lambda okx, _: setattr(
        okx, "prepare_request_headers", lambda *_, **__: {"Host": "evil"}
    ),
}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "SOCKS_PROXY")
TRIED = Counter()
BARE = {"apiKey": "bare-key", "secret": "bare-secret", "password": "bare-passphrase"}  # ccxt writes them to its log


def request_to(url):
    head = {"OK-ACCESS-SIGN": "x", "OK-ACCESS-KEY": "x", "OK-ACCESS-PASSPHRASE": "x", "OK-ACCESS-TIMESTAMP": "x"}
    return {"url": f"{url}/api/v5/account/balance", "method": "GET", "body": None, "headers": head}


@pytest.fixture
def decoy(stranger, monkeypatch):
    """Give a server that takes everything, in a world where every name leads to this machine."""
    server = stranger()
    known = socket.getaddrinfo

    def astray(_host, port, *_, **__):
        return known("127.0.0.1", port, socket.AF_INET, socket.SOCK_STREAM)

    monkeypatch.setattr(socket, "getaddrinfo", astray)
    return server


def secrets_at(server):
    """Count the requests that hold anything of the key, or a signature made with it."""
    found = 0
    for method, path, told, body in server.seen:
        head = {name.upper(): value for name, value in told.items()}
        text = f"{head.get('OK-ACCESS-TIMESTAMP', '')}{method}{path}".encode() + body
        real = base64.b64encode(hmac.digest(CANARIES[1].encode(), text, hashlib.sha256)).decode()
        shown = f"{told} {path} {body!r}"
        found += any(canary in shown for canary in CANARIES) or real == head.get("OK-ACCESS-SIGN")
    return found


def attempts(session, change):
    """Try a change on every client of a session, and send an order through it too."""
    okx = session.ccxt
    with contextlib.suppress(OkxlabError):
        leave = prepare(session, "trade/order", [ORDER])
    with contextlib.suppress(Exception):
        change(okx)
    with contextlib.suppress(Exception):
        okx.private_get_account_balance()
    with contextlib.suppress(Exception):
        okx.private_post_trade_order(dict(ORDER))
    with contextlib.suppress(Exception):
        send(session, leave, expires_ms=soon(session))
    asyncio.run(attempt_async(session, change))
    TRIED["requests"] += 4


async def attempt_async(session, change):
    okx = session.async_ccxt()
    with contextlib.suppress(Exception):
        change(okx)
    with contextlib.suppress(Exception):
        await okx.private_get_account_balance()
    await okx.close()


def clean(server, port):
    """Tell whether everything that came home came to a path of OKX's, under home's own name."""
    return all(
        path.startswith("/api/v5/") and "//" not in path and ".." not in path and told["Host"] == f"127.0.0.1:{port}"
        for _, path, told, _ in server.seen
    )


def port_of(server):
    return int(server.url.rpartition(":")[2])


def test_what_is_tried_arrives_at_the_exchange_when_nothing_is_changed(keyed, decoy):
    """Without a trick the sync and the async read and the order come home, signed: the attempts are real."""
    session, home = keyed()
    before = len(home.seen)
    attempts(session, lambda okx: None)

    came = [(method, path) for method, path, told, _ in home.seen[before:] if "OK-ACCESS-SIGN" in told]
    assert sorted(came) == [
        *[("GET", "/api/v5/account/balance")] * 2,
        ("POST", "/api/v5/trade/order"),
    ]
    assert secrets_at(home) == len(home.seen) - 1  # all but the time
    assert decoy.seen == []


@pytest.mark.parametrize("trick", URLS)
def test_nothing_signed_reaches_a_url_that_is_not_the_exchanges(keyed, decoy, trick):
    """Whatever URL is put into ccxt, sync or async, reading or ordering, the decoy sees no request at all."""
    session, home = keyed()
    url = URLS[trick].format(home=port_of(home), decoy=port_of(decoy))
    attempts(session, lambda okx: swap_urls(okx, url))
    with contextlib.suppress(Exception):
        session.ccxt.session.get(f"{url}/api/v5/account/balance", headers={"OK-ACCESS-SIGN": "x"})
    TRIED["URLs"] += 1

    assert decoy.seen == []
    assert clean(home, port_of(home))


@pytest.mark.parametrize("trick", URLS)
def test_no_stream_is_opened_to_a_url_that_is_not_the_exchanges(keyed, decoy, trick):
    """The same URLs as WebSockets are stopped before a connection is made."""
    session, home = keyed()
    url = URLS[trick].format(home=port_of(home), decoy=port_of(decoy)).replace("http", "ws").replace("HTTP", "WS")

    async def dial():
        guard = Guard(session.profile, session.transport.login, lambda *_: True)
        try:
            async with guard.ws_connect(url):
                pass
        finally:
            await guard.close()

    TRIED["streams"] += 1
    if f"{url}/".startswith(f"{session.profile.ws.removesuffix('/ws/v5')}/"):
        with contextlib.suppress(Exception):
            asyncio.run(dial())  # home's own place: no stream is there
    else:
        with pytest.raises((Blocked, ValueError)):
            asyncio.run(dial())
    assert decoy.seen == []


@pytest.mark.parametrize("trick", REDIRECTS)
def test_nothing_signed_follows_an_answer_that_leads_elsewhere(keyed, decoy, trick):
    """However the exchange points at the decoy, nobody goes there, and no answer of it is taken for the exchange's."""
    session, home = keyed()
    status, told, body = REDIRECTS[trick]
    names = {"decoy": decoy.url, "place": decoy.url.removeprefix("http://")}
    told = {name: value.format(**names) for name, value in told.items()}
    for path in ("account/balance", "trade/order"):
        home.answers[f"/api/v5/{path}"] = (status, told, body.format(**names))
    attempts(session, lambda okx: None)
    TRIED["redirects"] += 1

    assert decoy.seen == []


@pytest.mark.parametrize("trick", SETTINGS)
def test_nothing_signed_reaches_the_decoy_through_a_setting(keyed, decoy, monkeypatch, trick):
    """Of proxies, hosts, headers, sessions and methods that are swapped, none takes anything of the key away."""
    for name in PROXIES:
        monkeypatch.setenv(name, decoy.url)
    monkeypatch.setenv("NO_PROXY", "")
    session, home = keyed()
    attempts(session, lambda okx: SETTINGS[trick](okx, decoy.url))
    TRIED["settings"] += 1

    assert secrets_at(decoy) == 0
    assert clean(home, port_of(home))
    if trick not in {"adapter of one's own", "session of one's own", "socksProxy"}:  # there placeholders may arrive
        assert decoy.seen == []


def test_bare_ccxt_is_caught_by_the_same_decoy(stranger, decoy):
    """The tricks are real: ccxt by itself hands its key over to many of them."""
    home, caught = stranger(), set()
    for trick, form in URLS.items():
        okx = ccxt.okx({**BARE, "timeout": 2000})
        swap_urls(okx, form.format(home=port_of(home), decoy=port_of(decoy)))
        decoy.seen.clear()
        with contextlib.suppress(Exception):
            okx.private_get_account_balance()
        if any(BARE["apiKey"] in str(told) for _, _, told, _ in decoy.seen):
            caught.add(trick)
        okx.session.close()
    for trick, (status, told, body) in REDIRECTS.items():
        names = {"decoy": decoy.url, "place": decoy.url.removeprefix("http://")}
        home.answers["/api/v5/account/balance"] = (
            status, {name: value.format(**names) for name, value in told.items()}, body.format(**names),
        )  # fmt: skip
        okx = ccxt.okx({**BARE, "timeout": 2000})
        swap_urls(okx, home.url)
        decoy.seen.clear()
        with contextlib.suppress(Exception):
            okx.private_get_account_balance()
        if any(BARE["apiKey"] in str(told) for _, _, told, _ in decoy.seen):
            caught.add(trick)
        okx.session.close()

    TRIED["caught"] = len(caught)
    assert len(caught) >= 20, caught
    assert {"OKX as a subdomain", "other port", "user before the host", "302 to the decoy"} <= caught


def test_at_least_thirty_tricks_were_tried(capsys):
    """What was tried is counted, and shown."""
    tricks = len(URLS) + len(REDIRECTS) + len(SETTINGS)
    kinds = f"{len(URLS)} URLs, also as streams, {len(REDIRECTS)} redirects, {len(SETTINGS)} settings"
    tried = TRIED["requests"] + TRIED["URLs"] + TRIED["streams"]
    with capsys.disabled():
        print(f"\ndecoy: {tricks} tricks ({kinds}), {tried} attempts here: 0 signed headers arrived; ", end="")
        print(f"bare ccxt was caught by {TRIED['caught']}")
    assert tricks >= 30
