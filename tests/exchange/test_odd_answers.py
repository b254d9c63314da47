"""Answers no exchange should give: each ends in a row, an error of the tree or an outcome, and shows no secret."""

import asyncio
import contextlib
import json
import random
import time
import traceback
from collections import Counter

import ccxt
import pytest

from okxlab.config import find_workspace
from okxlab.errors import ExchangeError, OkxlabError
from okxlab.exchange import Address, outcomes_of, paper_session, prepare, read, send
from okxlab.exchange.credentials import Credentials, Secret
from tests.exchange.conftest import CANARIES, tells
from tests.exchange.test_origin import HEAD, TICKERS, talker, transport_to
from tests.exchange.test_permit import ORDER, posts, soon

__all__ = ["talker"]  # the fixture

BALANCE, PLACE = "/api/v5/account/balance", "/api/v5/trade/order"
BODIES = (
    *("", " ", "null", "true", "1", '"text"', "[]", "[1]", "[null]", '[{"code":"0"}]', "{}", "{", "<html>", "\x00"),
    *('{"code":null}', '{"code":[]}', '{"code":{}}', '{"code":0}', '{"code":"0"}', '{"code":"0","data":null}'),
    *('{"code":"0","data":5}', '{"code":"0","data":"x"}', '{"code":"0","data":{"a":1}}', '{"code":"0","data":[null]}'),
    *('{"code":"0","data":[1,"x",[]]}', '{"code":"1","data":5}', '{"code":"1","data":[{"sCode":null}]}'),
    *('{"code":"1","data":[{"sCode":[]}]}', '{"code":"1","msg":null,"data":[]}', '{"code":"0","data":[NaN]}'),
    '{"code":"1","msg":{"a":[]},"data":[{"clOrdId":["a1"],"sCode":"0"}]}',
    '{"code":"0","data":[{"clOrdId":"a1","ordId":null,"sCode":"0"}]}',
    *('{"code":"0","data":[1e999]}', '{"code":"0"', "\ufeff{}", '{"code":"\\ud800"}'),
)


@pytest.fixture
def unhurried(stranger, tmp_path):
    """Give a paper session on a server of the test's own, which counts no limits: (session, server)."""
    server = stranger()
    server.answers["/api/v5/account/config"] = tells(perm="read_only,trade", posMode="net_mode")
    keys = Credentials(*(Secret(text) for text in CANARIES))
    server.answers["/api/v5/public/time"] = lambda: tells(ts=str(int(time.time() * 1000)))
    address = Address(server.url, server.url.replace("http", "ws"), keys, Secret("token"))
    with paper_session(address, None, find_workspace(tmp_path)) as session:
        yield session, server


@pytest.mark.parametrize("status", [200, 400, 500])
def test_order_answered_with_anything_keeps_its_outcome_open(unhurried, status):
    """However ccxt stumbles, sending gives the raw answer, and none of these takes an order for done or refused."""
    session, server = unhurried
    for number, body in enumerate(BODIES):
        server.answers[PLACE] = (status, {}, body)
        name = f"a{number + 1}"
        leave = prepare(session, "trade/order", [ORDER | {"clOrdId": name}])
        wire = send(session, leave, expires_ms=soon(session))
        [outcome] = outcomes_of(wire, [name])
        assert (wire.sent, outcome.kind) == (True, "unknown"), body
    assert len(posts(server)) == len(BODIES)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_read_answered_with_anything_gives_rows_or_says_what_is_wrong(unhurried, status):
    """Nothing but an error of the tree comes out of a read."""
    session, server = unhurried
    for body in BODIES:
        server.answers[BALANCE] = (status, {}, body)
        try:
            rows = read(session, "privateGetAccountBalance")
        except ExchangeError:
            continue
        assert isinstance(rows, list), body


def test_bytes_broken_anywhere_end_in_an_answer_or_a_failure_with_a_name(talker):
    """Three hundred answers with bytes changed, cut or doubled, seeded, raise nothing but errors of the tree."""
    whole = HEAD + b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"code":\r\n4\r\n"0"}\r\n0\r\n\r\n'
    chance, said = random.Random(7), []  # noqa: S311 - a seed, not a secret

    def talk(line):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(broken))
            match chance.randrange(4):
                case 0:
                    broken[place] = chance.randrange(256)
                case 1:
                    del broken[place:]
                    broken += b" "
                case 2:
                    broken[place:place] = broken[place : place + 20]
                case _:
                    broken[place:place] = chance.choice((b"\r\n", b"\x00", b"Content-Length: -1\r\n", b"99999999999"))
        said.append(bytes(broken))
        line.sendall(broken)

    transport = transport_to(talker(talk))
    ended = Counter()
    for _ in range(300):
        with contextlib.suppress(ExchangeError):  # refused for where it leads
            wire = transport.get(TICKERS, 2)
            assert (wire.status is None) == bool(wire.failure)
            ended["answered" if wire.status is not None else "failed"] += 1
    transport.close()

    assert len(set(said)) > 250
    assert min(ended["answered"], ended["failed"]) > 50, ended


FAULTS = {
    "hung up": (0, {}, ""),
    "redirect": (307, {"Location": "http://127.0.0.1:1/x"}, ""),
    "deep": (200, {}, "[" * 10**5),
    "stumbling block": (200, {}, '{"code":{}}'),
    "key refused": (401, {}, '{"code":"50113","msg":"Invalid Sign"}'),
    "clock": (401, {}, '{"code":"50102","msg":"Timestamp request expired"}'),
    "page": (502, {}, "<html>"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_traceback_of_whatever_stops_a_request_shows_no_secret(keyed, fault):
    """As %xmode Verbose prints them, frames and their locals hold no key and no signature: sync, async and order."""
    session, server = keyed()
    leave = prepare(session, "trade/order", [ORDER])
    server.answers[BALANCE] = server.answers[PLACE] = FAULTS[fault]

    async def ask():
        okx = session.async_ccxt()
        try:
            await okx.private_get_account_balance()
        finally:
            await okx.close()

    shown = []
    for call in (
        lambda: send(session, leave, expires_ms=soon(session)),
        lambda: read(session, "privateGetAccountBalance"),
        session.ccxt.private_get_account_balance,
        lambda: asyncio.run(ask()),
        lambda: prepare(session, "trade/order", [ORDER]),
        lambda: send(session, leave, expires_ms=soon(session)),
        session.close,
        session.transport.login,
    ):
        try:
            call()
        except (OkxlabError, ccxt.BaseError) as error:
            shown.append(frames(error))

    signatures = {told["OK-ACCESS-SIGN"] for _, _, told, _ in server.seen if "OK-ACCESS-SIGN" in told}
    text = "".join(shown)
    assert len(shown) >= 3
    assert signatures
    assert not any(secret in text for secret in (*CANARIES, *signatures))


def frames(error):
    """Print an error, and those it came from, with every frame's locals; the frames of this file are the test's own."""
    lines, seen = [], error
    while seen is not None:
        told = traceback.TracebackException.from_exception(seen, capture_locals=True)
        told.stack = traceback.StackSummary.from_list([one for one in told.stack if one.filename != __file__])
        lines += told.format()
        lines.append(repr(vars(seen)))
        seen = seen.__cause__ or seen.__context__
    return "".join(lines)


def test_frames_would_show_a_secret_that_is_there():
    """The look into frames is a real one: a secret in a local of somebody else's frame is found."""
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(f"{CANARIES[0]} is no JSON")

    assert CANARIES[0] in frames(caught.value)
