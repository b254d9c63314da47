"""What stops more than one limit: an address that is shut out, and an exchange that fails."""

import random

import pytest

import okxlab as ox
from okxlab.errors import Blocked, Unreadable
from okxlab.exchange import read
from okxlab.exchange.ledger import MemoryLedger
from okxlab.exchange.throttle import Throttle

TICKERS = "GET", "/api/v5/market/tickers?instType=SPOT"
PENDING = "GET", "/api/v5/trade/orders-pending"
BALANCE = "GET", "/api/v5/account/balance"
PLACE = "POST", "/api/v5/trade/order", '{"instId":"BTC-USDT"}'
CANCEL = "POST", "/api/v5/trade/cancel-order", '{"instId":"BTC-USDT"}'
FINE = 200, b'{"code":"0","msg":"","data":[]}'
PAGE = 429, b"<html><body>Too many requests. error code: 1015</body></html>"
FAILURES = {
    "too often": (429, b'{"msg":"Too Many Requests","code":"50011"}'),
    "too often for the sub-account": (200, b'{"code":"1","data":[{"sCode":"50061","sMsg":""}],"msg":""}'),
    "busy": (200, b'{"code":"50013","data":[],"msg":"Systems are busy."}'),
    "gone": (502, b"<html>Bad Gateway</html>"),
    "page": (200, b"<!doctype html><title>Please wait</title>"),
    "key": (401, b'{"msg":"Invalid Sign","code":"50113"}'),
    "shut out": PAGE,
    "silent": None,
}


def tell(throttle, turn, answer):
    """Hand an answer in, or the silence."""
    if answer is None:
        throttle.unanswered(turn)
    else:
        throttle.answered(turn, *answer)


@pytest.fixture
def other(ledger, clock):
    """Give the throttle of another process with another key."""
    return Throttle(ledger, clock, host="okx", key="other")


@pytest.mark.parametrize("request_", [TICKERS, PLACE, CANCEL])
@pytest.mark.parametrize("status", [403, 429])
def test_a_page_of_the_edge_stops_everything_for_a_minute(throttle, other, clock, request_, status):
    """Whatever was asked and by whom: nothing leaves for the host for a minute, and the error says until when."""
    other.answered(other.wait(*TICKERS), status, PAGE[1])
    clock.sleep(59)

    with pytest.raises(Blocked, match=r"before 1970-01-01T00:17:40\.000Z"):
        throttle.wait(*request_)
    assert clock.now == 1059


def test_after_a_ban_one_request_tries_and_the_others_follow_its_answer(throttle, other, clock):
    """While it tries the others are still stopped; once OKX answers it they go on."""
    throttle.answered(throttle.wait(*TICKERS), *PAGE)
    clock.sleep(60)
    probe = throttle.wait(*PENDING)

    with pytest.raises(Blocked, match="before 1970"):
        other.wait(*TICKERS)
    throttle.answered(probe, *FINE)
    assert other.wait(*CANCEL).waited == 0


def test_a_ban_that_goes_on_doubles_up_to_ten_minutes(throttle, clock):
    """One request a ban is spent on finding out; each ban that follows is twice as long."""
    lengths = []
    for _ in range(7):
        throttle.answered(throttle.wait(*TICKERS), *PAGE)
        start = clock.now
        while True:
            clock.sleep(1)
            try:
                turn = throttle.wait(*TICKERS)
            except Blocked:
                continue
            break
        lengths.append(round(turn.sent - start))
        throttle.answered(turn, *PAGE)
        clock.sleep(lengths[-1] * 2)

    assert lengths[0] == 60
    assert max(lengths) == 600


def test_a_probe_without_an_answer_is_followed_by_another(throttle, clock):
    """Ten seconds after one that nobody answered the next may try."""
    throttle.answered(throttle.wait(*TICKERS), *PAGE)
    clock.sleep(60)
    throttle.unanswered(throttle.wait(*PENDING))
    clock.sleep(9)
    with pytest.raises(Blocked):
        throttle.wait(*TICKERS)
    clock.sleep(1)

    assert throttle.wait(*TICKERS).waited == 0


def test_an_order_is_never_the_probe(throttle, clock):
    """An order may not be spent on finding out: it waits for a read or a cancellation, and the error says so."""
    throttle.answered(throttle.wait(*TICKERS), *PAGE)
    clock.sleep(3600)
    with pytest.raises(Blocked, match="server_time"):
        throttle.wait(*PLACE)
    throttle.answered(throttle.wait(*CANCEL), *FINE)

    assert throttle.wait(*PLACE).waited == 0


def test_a_request_that_waits_is_stopped_when_the_ban_comes(throttle, other, clock):
    """Whoever has a moment already and waits for it does not leave into the ban."""
    under_way = throttle.wait(*TICKERS)
    clock.at(clock.now + 0.05, other.answered, under_way, *PAGE)

    with pytest.raises(Blocked, match="shut this address out"):
        throttle.wait(*TICKERS)


def test_what_was_under_way_when_the_ban_came_does_not_lengthen_it(throttle, clock):
    """Ten answers to ten requests that left before count as one."""
    under_way = [throttle.wait("GET", f"/api/v5/public/funding-rate?instId={name}") for name in range(10)]
    for turn in under_way:
        throttle.answered(turn, *PAGE)
    clock.sleep(60)

    assert throttle.wait(*TICKERS).waited == 0


@pytest.mark.parametrize("answer", [FAILURES["too often"], (403, b'{"msg":"","code":"50035"}'), FAILURES["gone"]])
def test_an_answer_of_okx_is_no_ban(throttle, answer):
    """A limit that was passed, a right that is missing and a gateway that is down stop nobody else."""
    throttle.answered(throttle.wait(*TICKERS), *answer)

    assert throttle.wait(*PENDING).waited == 0


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("seed", range(3))
def test_no_minute_of_failures_sees_more_than_thirty_signed_calls(clock, failure, seed):
    """Ten minutes long everything fails, and programs of two processes that try on and on are held back."""
    chance, calls, ledger = random.Random(seed), [], MemoryLedger(clock)  # noqa: S311 - chance of a test
    programs = [Throttle(ledger, clock, host="okx", key="k") for _ in range(2)]
    pairs = [f"C{number}-USDT" for number in range(5)]

    def asks(program):
        path = chance.choice(["order", "amend-order", "cancel-order"])
        place = "POST", f"/api/v5/trade/{path}", f'{{"instId":"{chance.choice(pairs)}"}}'
        began = clock.now
        try:
            turn = program.wait(*chance.choice([PENDING, BALANCE, place, place]))
        except Blocked:
            clock.at(began + 0.5, asks, program)
        else:
            calls.append(turn.sent)
            answered = turn.sent + chance.uniform(0.02, 0.2)
            clock.at(answered, tell, program, turn, FAILURES[failure])
            clock.at(answered, asks, program)

    for program in programs:
        for _ in range(4):
            clock.at(clock.now, asks, program)
    clock.sleep(600)
    calls.sort()
    busiest = max(sum(start <= call < start + 60 for call in calls) for start in calls)
    print(f"\n{failure}: {busiest} signed calls in the busiest minute, {len(calls)} in ten minutes")

    assert busiest <= 30


def test_one_success_ends_the_holding_back(throttle):
    """After five failures signed reads go ten seconds apart, public ones do not; one that succeeds sets all free."""
    for _ in range(5):
        throttle.answered(throttle.wait(*PENDING), *FAILURES["busy"])
    assert throttle.wait(*TICKERS).waited == 0
    turn = throttle.wait(*PENDING)
    throttle.answered(turn, *FINE)

    assert turn.waited == pytest.approx(10)
    assert throttle.wait(*BALANCE).waited == 0


def test_nobody_waits_long_for_an_exchange_that_fails(throttle, clock):
    """An order is refused unless a try is due, a read when another waits; a cancellation has tries of its own."""
    for _ in range(5):
        throttle.answered(throttle.wait(*PENDING), *FAILURES["busy"])
    began = clock.now
    with pytest.raises(Blocked, match="cancellations still go out"):
        throttle.wait(*PLACE)
    assert throttle.wait(*PENDING).waited == pytest.approx(10)
    clock.now = began
    with pytest.raises(Blocked, match="5 requests"):
        throttle.wait(*PENDING)
    assert throttle.wait(*CANCEL).waited == pytest.approx(5)
    clock.now = began + 20
    assert throttle.wait(*PLACE).waited == 0


def test_a_session_that_was_shut_out_sends_nothing_more(keyed):
    """Over HTTP: after the edge's page the host hears nothing more from this session or from another."""
    session, server = keyed()
    server.answers["/api/v5/market/tickers"] = (429, {"Content-Type": "text/html"}, PAGE[1].decode())
    with pytest.raises(Unreadable, match="429"):
        read(session, "publicGetMarketTickers", {"instType": "SPOT"})
    heard = len(server.seen)

    for method in ("publicGetPublicTime", "privateGetAccountConfig"):
        with pytest.raises(Blocked, match="shut this address out"):
            read(session, method)
    with pytest.raises(Blocked, match="shut this address out"):
        keyed("demo")
    assert len(server.seen) == heard
    assert ox.limits(session)["banned_until"].notna().all()


def test_a_host_that_is_silent_counts_as_failing(keyed):
    """Signed requests that left and were not answered are failures too."""
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (0, {}, "")
    for _ in range(5):
        with pytest.raises(ox.errors.Unreachable):
            read(session, "privateGetAccountBalance")

    with pytest.raises(Blocked, match="5 requests"):
        session.throttle.wait(*PLACE)
