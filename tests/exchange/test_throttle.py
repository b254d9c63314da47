"""The throttle: OKX's limits, shared by all processes of a user."""

import csv
import json
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from timeit import timeit

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import Blocked
from okxlab.exchange import read
from okxlab.exchange.ledger import FileLedger
from okxlab.exchange.limits import LIMITS
from okxlab.exchange.throttle import Throttle
from tests.exchange.conftest import CANARIES

TICKERS = "/api/v5/market/tickers?instType=SPOT"
OK, TOO_MANY = (200, b'{"code":"0","msg":"","data":[]}'), (429, b'{"msg":"","code":"50011"}')


@pytest.fixture
def kept(tmp_path, clock):
    """Give a throttle whose ledger is a file."""
    opened = Throttle(FileLedger(tmp_path / "t.db", clock), clock, host="okx", key="k")
    yield opened
    opened.close()


def moments(throttle, clock, count, *, trip=0.0, request=("GET", TICKERS)):
    """Send one request after another, each answered while later ones wait; give when each left."""
    turns = []
    for _ in range(count):
        turn = throttle.wait(*request)
        turns.append(clock.now)
        clock.at(clock.now + trip, throttle.answered, turn, *OK)
        clock.sleep(0)
    return turns


def busiest(arrivals, seconds):
    """Give the most arrivals that any window holds, wherever it begins."""
    return max(sum(start <= moment < start + seconds - 1e-9 for moment in arrivals) for start in arrivals)


@pytest.mark.parametrize(("method", "path"), {limit: place for place, limit in LIMITS.items()}.values())
def test_no_window_holds_more_than_the_limit(throttle, clock, method, path):
    """No window holds more than the limit, or four fifths of it where something changes; 95 % of that is used."""
    limit = LIMITS[method, path]
    body = None if method == "GET" else '[{"instId":"BTC-USDT"},{"instId":"BTC-USDT"}]'
    many = 2 if path.endswith("batch-orders") else 1
    target = f"/api/v5/{path}?{limit.by[-1]}=BTC-USDT"
    started = moments(throttle, clock, 2 * limit.count + 1, request=(method, target, body))

    most = limit.count if method == "GET" else max(1, limit.count * 4 // 5)
    assert busiest(started, limit.seconds) * many <= most
    allowed = (started[-1] - started[0]) * most / limit.seconds
    assert (len(started) - 1) * many >= 0.95 * allowed


@pytest.mark.parametrize("seed", range(5))
def test_no_window_holds_too_many_as_they_arrive(throttle, clock, seed):
    """With trips that differ by half a second, and requests late by as much, the exchange never counts one too many."""
    chance, arrivals = random.Random(seed), []  # noqa: S311 - chance of a test
    for _ in range(200):
        turn = throttle.wait("GET", TICKERS)
        arrived = clock.now + 0.03 + (chance.random() < 0.2) * chance.uniform(0, 0.5)
        arrivals.append(arrived)
        clock.at(arrived + 0.03, throttle.answered, turn, *OK)

    assert busiest(sorted(arrivals), 2) <= 20


def test_a_steady_way_costs_no_rate(throttle, clock):
    """However long the way is, as long as it stays the same 95 % of what is allowed is used."""
    started = moments(throttle, clock, 201, trip=0.4)

    assert 200 / (started[-1] - started[0]) >= 0.95 * 10


def test_limits_are_kept_apart_by_what_they_count(throttle, clock, ledger):
    """Orders count by instrument and user, a batch by its orders, public data by address whatever the key."""
    other = Throttle(ledger, clock, host="okx", key="other")

    def waited(throttle, *request):
        start = clock.now
        throttle.wait(*request)
        passed, clock.now = clock.now - start, start
        return pytest.approx(passed, abs=1e-6)

    batch = '[{"instId":"BTC-USDT"},{"instId":"BTC-USDT"}]'
    for one, request in (
        (throttle, ("POST", "/api/v5/trade/batch-orders", '[{"instId":"BTC-USDT"}]')),
        (throttle, ("POST", "/api/v5/trade/batch-orders", batch)),
        (throttle, ("GET", TICKERS)),
    ):
        assert waited(one, *request) == 0
    assert waited(throttle, "POST", "/api/v5/trade/order", '{"instId":"ETH-USDT"}') == 0
    assert waited(throttle, "POST", "/api/v5/trade/order", '{"instId":"BTC-USDT"}') == 2 / 48 * 1.01
    assert waited(throttle, "POST", "/api/v5/trade/batch-orders", batch) == 4 / 240 * 1.01
    assert waited(other, "POST", "/api/v5/trade/order", '{"instId":"BTC-USDT"}') == 0
    assert waited(other, "GET", TICKERS) == 0.101


def test_after_one_too_many_everybody_rests_and_goes_slower_for_a_while(throttle, clock, ledger):
    """A refusal is heard by others too and halves the rate; half a minute later it is whole again."""
    other = Throttle(ledger, clock, host="okx", key="other")
    under_way = [throttle.wait("GET", TICKERS) for _ in range(3)]
    for turn in under_way:
        throttle.answered(turn, *TOO_MANY)

    rested, slow = other.wait("GET", TICKERS).waited, other.wait("GET", TICKERS).waited
    clock.now += 30
    other.wait("GET", TICKERS)
    assert (rested, slow) == (pytest.approx(2), pytest.approx(0.202, rel=0.07))
    assert other.wait("GET", TICKERS).waited == pytest.approx(0.101, rel=0.01)


ORDER, BATCH, AMEND, CANCEL = "trade/order", "trade/batch-orders", "trade/amend-order", "trade/cancel-order"


def post(path, *names):
    """Write a request of one row a name."""
    rows = [{"instId": name} for name in names]
    return "POST", f"/api/v5/{path}", json.dumps(rows if "batch" in path else rows[0])


def test_a_sub_account_has_one_budget_for_new_and_amended_orders_of_derivatives(throttle, clock):
    """Of 1,000 in two seconds over all instruments four fifths are used, however orders come; spot pairs are exempt."""
    sent, chance = [], random.Random(7)  # noqa: S311 - chance of a test
    requests = [(1, ORDER), (1, AMEND), (20, BATCH)]
    while len(sent) < 2_000:
        count, path = chance.choice(requests)
        turn = throttle.wait(*post(path, *[f"C{chance.randrange(200)}-USDT-SWAP" for _ in range(count)]))
        throttle.answered(turn, *OK)
        sent += [clock.now] * count

    assert busiest(sent, 2) <= 800
    assert len(sent) / (clock.now - sent[0]) > 0.95 * 400
    assert all(throttle.wait(*post(ORDER, f"C{n}-USDT")).waited == 0 for n in range(100))


def test_options_of_a_family_have_one_limit(throttle):
    """Two options of one family wait for each other, those of another do not."""
    options = ("BTC-USD-250328-60000-C", "BTC-USD-250328-70000-P", "ETH-USD-250328-4000-C")
    waited = [throttle.wait(*post(ORDER, name)).waited for name in options]

    assert [wait > 0.04 for wait in waited] == [False, True, False]


def test_a_cancellation_never_waits_for_orders_or_reads(throttle, clock):
    """While orders, amendments and reads of an instrument wait their turns, its cancellations wait a slot at most."""
    for _ in range(100):
        for request in (
            post(ORDER, "X-USDT-SWAP"),
            post(AMEND, "X-USDT-SWAP"),
            ("GET", "/api/v5/trade/order?instId=X"),
        ):
            now = clock.now
            assert throttle.wait(*request).waited >= 0
            clock.now = now
    queued = throttle.wait(*post(ORDER, "X-USDT-SWAP")).waited
    waited = [throttle.wait(*post(CANCEL, "X-USDT-SWAP")).waited for _ in range(10)]

    assert queued > 2
    assert max(waited) == pytest.approx(2 / 48 * 1.01)


@pytest.mark.parametrize("code", ["50011", "50061"])
def test_a_refused_order_does_not_hold_up_cancellations(throttle, code):
    """After 50011 the orders of that instrument rest, after 50061 all new orders do; cancellations go on."""
    turn = throttle.wait(*post(ORDER, "X-USDT-SWAP"))
    throttle.answered(turn, 200, f'{{"code":"1","data":[{{"sCode":"{code}"}}],"msg":""}}'.encode())

    assert throttle.wait(*post(CANCEL, "X-USDT-SWAP")).waited == 0
    rests = [throttle.wait(*post(ORDER, name)).waited > 1.9 for name in ("Y-USDT", "Z-USDT-SWAP", "X-USDT-SWAP")]
    assert rests == ([True, False, False] if code == "50061" else [False, False, True])


def test_threads_take_turns(tmp_path):
    """Requests of many threads get moments of their own, evenly spread, in whatever order they come."""
    shared = Throttle(FileLedger(tmp_path / "t.db", SystemClock()), SystemClock())

    def send(_):
        turn = shared.wait("GET", "/api/v5/market/trades?instId=BTC-USDT")
        shared.answered(turn, *OK)
        return turn.moment

    with ThreadPoolExecutor(16) as pool:
        reserved = sorted(pool.map(send, range(64)))
    shared.close()

    assert min(later - earlier for earlier, later in pairwise(reserved)) >= 0.02


def test_two_processes_share_one_budget(tmp_path):
    """Two processes that send at once take turns in one sequence of moments."""
    script = (
        "import sys, pathlib\n"
        "from okxlab.clock import SystemClock\n"
        "from okxlab.exchange.ledger import FileLedger\n"
        "from okxlab.exchange.throttle import Throttle\n"
        "clock = SystemClock()\n"
        "throttle = Throttle(FileLedger(pathlib.Path(sys.argv[1]), clock), clock)\n"
        "for _ in range(8):\n"
        "    print(throttle.wait('GET', '/api/v5/market/tickers?instType=SPOT').moment)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "t.db")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    reserved = sorted(float(line) for child in children for line in child.communicate()[0].split())

    assert len(reserved) == 16
    assert min(later - earlier for earlier, later in pairwise(reserved)) >= 0.1


def test_a_moment_from_before_a_restart_is_forgotten(kept, clock, tmp_path):
    """After the machine restarts its monotonic clock begins anew, and nobody waits for the old one."""
    moments(kept, clock, 30)
    clock.now -= 10
    again = Throttle(FileLedger(tmp_path / "t.db", clock), clock, host="okx", key="k")

    assert again.wait("GET", TICKERS).waited == 0
    again.close()


def test_a_killed_process_costs_the_others_a_second_at_most(kept, clock, tmp_path):
    """Moments it had reserved pass unused, and its requests without an answer are taken to arrive in a second."""
    for _ in range(20):
        kept.wait("GET", TICKERS)
    other = Throttle(FileLedger(tmp_path / "t.db", clock), clock, host="okx", key="k")
    started = moments(other, clock, 41)

    assert started[-1] - started[0] < 40 * 0.101 + 1.1
    other.close()


def test_a_ledger_that_was_removed_is_made_anew(kept, clock, tmp_path):
    """While a session goes on its ledger may go; the next request counts in the new one, which others see."""
    kept.wait("GET", TICKERS)
    for file in tmp_path.glob("t.db*"):
        file.unlink()
    kept.wait("GET", TICKERS)
    other = Throttle(FileLedger(tmp_path / "t.db", clock), clock, host="okx", key="k")

    assert other.wait("GET", TICKERS).waited > 0
    other.close()


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"junk" * 999), lambda file: file.mkdir()])
def test_ledger_that_cannot_be_used_stops_orders_in_one_sentence(kept, clock, tmp_path, spoil):
    """Without its ledger the throttle lets nothing be placed and names the file; cancellations and reads go in turn."""
    spoil(tmp_path / "t.db")

    for path in ("trade/order", "trade/batch-orders", "trade/amend-order"):
        with pytest.raises(Blocked, match=r"t\.db.*Remove that file"):
            kept.wait("POST", f"/api/v5/{path}", b"{}")
    for request in (("POST", "/api/v5/trade/cancel-order", b"{}"), ("GET", TICKERS)):
        turns = [kept.wait(*request), kept.wait(*request)]
        kept.answered(turns[0], *TOO_MANY)
        assert [turn.waited > 0 for turn in (*turns, kept.wait(*request))] == [False, True, True]


def test_counting_costs_little(throttle):
    """A request and its answer cost well under a millisecond, on a busy machine."""

    def once():
        throttle.answered(throttle.wait("GET", TICKERS), *OK)

    cost = min(timeit(once, number=200) for _ in range(5)) / 200
    print(f"\na request and its answer in the ledger: {cost * 1e6:.0f} us")
    assert cost < 1e-3


def test_workspaces_of_one_user_share_one_ledger(keyed, user_state, tmp_path):
    """The exchange counts by key and address, so the ledger lies with the user and does not show the key."""
    first, _ = keyed()
    below = tmp_path / "other"
    below.mkdir()
    (below / "okxlab.toml").write_text((tmp_path / "okxlab.toml").read_text())
    with ox.connect("live", workspace=below):
        (ledger,) = user_state.rglob("*.db")
        assert all(CANARIES[0].encode() not in file.read_bytes() for file in ledger.parent.iterdir())

    assert ledger.parent.stat().st_mode & 0o777 == 0o700
    assert first.profile.keys


def test_ledger_lies_in_the_workspace_when_the_user_folder_cannot_be_written(keyed, user_state, tmp_path):
    """A file where the state folder should be leaves the limits kept in the workspace."""
    user_state.write_text("")
    keyed()

    assert (tmp_path / ".okxlab" / "limits.db").exists()


def test_a_read_that_came_too_soon_is_repeated(keyed):
    """50011 is waited out; when it stays the read ends with it."""
    session, server = keyed()
    refusals = iter([(429, {}, '{"msg":"Too many","code":"50011"}')])
    server.answers["/api/v5/market/tickers"] = lambda: next(refusals, (200, {}, OK[1].decode()))
    started = len(server.seen)
    rows = read(session, "publicGetMarketTickers", {"instType": "SPOT"})

    assert rows == []
    assert len(server.seen) - started == 2


def test_an_error_page_that_looks_like_an_answer_is_none(keyed):
    """A 502 with an empty list in it is not an empty list."""
    session, server = keyed()
    server.answers["/api/v5/market/tickers"] = (502, {}, '{"code":"0","msg":"","data":[]}')

    with pytest.raises(ox.errors.Unreadable, match="502"):
        read(session, "publicGetMarketTickers", {"instType": "SPOT"})


def test_a_paper_session_keeps_limits_when_the_workspace_says_so(tmp_path):
    """With limits = true the paper exchange refuses what is too fast, and the session is never refused."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nlimits = true\n")
    with ox.connect(workspace=tmp_path) as session:
        for _ in range(8):
            read(session, "privateGetAccountConfig")
        assert (tmp_path / ".okxlab" / "limits.db").exists()
    with ox.connect(workspace=tmp_path) as session:
        session.throttle.close()
        (tmp_path / ".okxlab" / "limits.db").unlink()
        codes = {session.ccxt.publicGetPublicTime()["code"] for _ in range(3)}
    assert codes == {"0"}


def names(rule):
    """Read by what a documented limit counts: `IP + (Instrument Family)` is ip and instFamily."""
    words = {"": "user", "master user": "user", "Instrument Type": "instType", "Instrument Family": "instFamily"}
    parts = [part.strip(" ()") for part in rule.partition(";")[0].split("+")]
    return tuple(words.get(part, "ip" if part == "IP" else part) for part in parts)


def test_limits_are_the_documented_ones(shared):
    """So many in so long, by whom OKX says; every read of markets, accounts, orders and grids is there."""
    with (shared / "reference" / "okx" / "endpoints.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    documented = {}
    for row in rows:
        if told := re.fullmatch(r"(\d+)/(\d+)s", row["doc_limit"]):
            place = row["method"], row["path"].removeprefix("/api/v5/")
            documented[place] = (int(told[1]), int(told[2]), names(row["rule"]))
    listed = {place: (limit.count, limit.seconds, limit.by) for place, limit in LIMITS.items()}
    rooms = re.compile(r"(market|public|account|trade|tradingBot/grid)/")

    assert {place: limit for place, limit in listed.items() if documented[place] != limit} == {}
    assert {place for place in documented if place[0] == "GET" and rooms.match(place[1])} - set(listed) == set()
