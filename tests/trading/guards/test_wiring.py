"""The guard before real orders: on the paper exchange, and on live at one."""

import subprocess
import sys
import textwrap
import time
from decimal import Decimal

import pytest
import requests

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import OrderDenied, SymbolError
from okxlab.model import OrderRequest, plain
from okxlab.trading.desk import hand
from okxlab.trading.guards import Rounded, arming, kill_switch
from okxlab.trading.guards.checks import CHECKS
from okxlab.trading.guards.shape import SHAPE
from okxlab.trading.records import Ended
from tests.trading.journal.test_file import no_file_longer_than


def near(session, factor="0.99"):
    """Give a price near the market's, on the tick."""
    listed = ox.instrument(session, "BTC-USDT")
    return listed.floor_price(ox.tickers(session, exact=True).loc["BTC-USDT", "last"] * Decimal(factor))


@pytest.fixture
def steer(fresh, control_token):
    """Give a function that steers the paper exchange."""

    def control(name, **fields):
        headers = {"X-Okxlab-Token": control_token()}
        answer = requests.post(f"{fresh.profile.rest}/okxlab/{name}", json=fields, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    return control


def test_every_order_has_its_findings_in_the_journal(fresh):
    """What was asked of an order, and found, stands beside what was sent (I12)."""
    order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=near(fresh))

    checks = hand(fresh).blotter.orders[order.client_id].intent.checks
    assert len(checks) == 2 + len(SHAPE) + len(CHECKS)
    assert {"kill: not set", "state: live", f"price: {order.price}"} <= set(checks)


def test_tightened_file_holds_for_the_next_order(fresh, tmp_path):
    """A limit written while a notebook runs stops its next order, and cancellations still go."""
    first = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    (tmp_path / "limits.toml").write_text("[paper.strategies.hand]\nopen_orders = 1\n")

    with pytest.raises(OrderDenied, match=r"come to 2, which is more than 1: .* under \[paper\.strategies\.hand\] in"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    assert ox.cancel(fresh, first).state == "canceled"
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)).state == "live"


def test_file_that_is_lost_stops_the_next_order(fresh, tmp_path):
    """An order by hand and one by name are refused until the file is back, and cancellations still go."""
    (tmp_path / "limits.toml").write_text("[paper]\nopen_orders = 9\n")
    first = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    (tmp_path / "limits.toml").rename(tmp_path / "limits.old")

    for name in ("", "monday buy"):
        with pytest.raises(OrderDenied, match="was there and is gone"):
            ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh), once=name)
    assert ox.cancel(fresh, first).state == "canceled"
    (tmp_path / "limits.old").rename(tmp_path / "limits.toml")
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)).state == "live"


def test_what_traded_today_counts(fresh, tmp_path):
    """Executed orders, their fees and what was lost stand against the day's limits."""
    bought = ox.place(fresh, "buy", "BTC-USDT", amount="0.01")
    hand(fresh).reconcile()
    cost = bought.average * bought.filled
    (tmp_path / "limits.toml").write_text(f"[paper]\nday = {cost + 1}\n")

    with pytest.raises(OrderDenied, match="a day's trades come to"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.0001")
    (tmp_path / "limits.toml").write_text("[paper]\nfees = 0.1\n")
    with pytest.raises(OrderDenied, match="a day's fees come to"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.0001")
    (tmp_path / "limits.toml").write_text("[paper]\nloss = 0.1\n")
    with pytest.raises(OrderDenied, match="losses of this UTC day come to"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.0001")


def test_suspended_instrument_takes_no_order(fresh, steer):
    """What the exchange suspends is refused here once its rules were read again, with the state named."""
    steer("market", act="suspend", instId="BTC-USDT", state="suspend")

    with pytest.raises(OrderDenied, match="BTC-USDT takes no orders: its state is 'suspend'"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price="50000")


def test_unlisted_instrument_takes_no_order(fresh):
    """What is not listed is refused before anything is sent."""
    with pytest.raises(SymbolError, match="lists no instrument 'NO-USDT'"):
        ox.place(fresh, "buy", "NO-USDT", amount="0.01")


def test_step_that_changed_unseen_is_read_again_after_a_rejection(fresh, steer):
    """The exchange refuses the old step once; the next order is measured by the new one."""
    price = near(fresh) + Decimal("0.1")
    ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=price)
    steer("market", act="steps", instId="BTC-USDT", tick="1")

    with pytest.raises(ox.errors.OrderRejected):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=near(fresh).to_integral_value() + Decimal("0.1"))
    with pytest.raises(OrderDenied, match="is not on the tick of 1"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=near(fresh).to_integral_value() + Decimal("0.1"))


def test_safe_rounding_is_placed_and_said(fresh):
    """A price between two steps is refused, or taken to the buyer's side in his sight."""
    price = near(fresh) + Decimal("0.06")

    with pytest.raises(OrderDenied, match=rf"Use {plain(near(fresh))}"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=price)
    with pytest.warns(Rounded, match=rf"price {price} became {plain(price - Decimal('0.06'))}\."):
        order = ox.place(fresh, "buy", "BTC-USDT", amount="0.01", price=price, rounding="safe")
    assert order.price == price - Decimal("0.06")


def test_money_that_runs_out_halts_the_strategy(fresh):
    """The third refusal for want of money within a minute halts new orders; a person resumes them, cancellations go."""
    resting = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    for _ in range(3):
        with pytest.raises(ox.errors.OrderRejected):
            ox.place(fresh, "buy", "BTC-USDT", amount="100", price=near(fresh))

    with pytest.raises(
        OrderDenied, match=r"halted: the exchange said 3 times in 60 seconds .*not enough money \(51008\)"
    ):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    assert ox.cancel(fresh, resting).state == "canceled"
    assert ox.resume(fresh).startswith("the exchange said 3 times")
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)).state == "live"


def test_account_that_is_restricted_only_cancels(fresh, steer):
    """After the first order that is refused so none leaves, cancellations do, and a person resumes (F27)."""
    resting = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    steer("faults", fault="row_code", code="50027", endpoint="trade/batch-orders", times=1)
    with pytest.raises(ox.errors.OrderRejected, match="50027"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))

    with pytest.raises(OrderDenied, match=r"halted: .*does not let this account trade \(50027\)\. .*ask OKX's support"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    assert ox.cancel(fresh, resting).state == "canceled"
    ox.resume(fresh)
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)).state == "live"


def test_kill_cancels_what_rests_and_stops_what_comes(fresh):
    """After ox.kill nothing of ours rests and no order leaves, until it is lifted."""
    placed = [ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)) for _ in range(3)]

    report = ox.kill(fresh, "enough")

    assert report.clear
    assert {order.order_id for order in report.cancelled} == {order.order_id for order in placed}
    assert ox.open_orders(fresh).empty
    with pytest.raises(OrderDenied, match=r"kill switch was pressed at .*: enough, see .*killed-paper\.json"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))
    assert len(ox.lift_kill(fresh)) == 1
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)).state == "live"


@pytest.mark.parametrize("profile", ["paper", "live"])
def test_kill_on_a_disk_without_room_cancels_all_the_same(fresh, live, profile):
    """Another kernel that can write neither its journal nor its count of requests takes back what rests."""
    placed = [ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh)) for _ in range(2)]
    other = live() if profile == "live" else ox.connect(workspace=fresh.workspace.root)

    with other, no_file_longer_than(10):
        report = ox.kill(other, "enough")

    assert {order.order_id for order in report.cancelled} == {order.order_id for order in placed}
    assert (report.clear, all(flag.exists() for flag in report.flags)) == (True, True)
    assert "What was cancelled stands in no journal" in report.problems[-1]


def test_switch_of_all_keys_takes_a_person_on_demo_too(tmp_path, monkeypatch):
    """What stops live too is not lifted from a demo session by a script."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "okxlab.toml").write_text('[demo]\nhost = "http://127.0.0.1:9"\n')
    with ox.connect("demo", workspace=tmp_path) as demo:
        kill_switch(demo).press("enough", SystemClock(), everywhere=True)

        with pytest.raises(OrderDenied, match="no person to ask"):
            ox.lift_kill(demo, everywhere=True)

        assert "enough" in kill_switch(demo).flags().why()


def test_kill_leaves_orders_of_others_alone(fresh):
    """An order that was not placed through okxlab rests on."""
    fresh.ccxt.load_markets()
    foreign = fresh.ccxt.create_order("BTC/USDT", "limit", "buy", 0.001, float(near(fresh)))
    ours = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price=near(fresh))

    report = ox.kill(fresh)

    assert [order.order_id for order in report.cancelled] == [ours.order_id]
    assert list(ox.open_orders(fresh).index) == [foreign["id"]]


def test_order_checked_before_the_press_does_not_leave_after_it(fresh):
    """A switch that is pressed between the check and the send stops the order (I23)."""
    executor = hand(fresh)
    prepare = executor._venue.prepare

    class LateVenue:
        def __getattr__(self, name):
            return getattr(executor_venue, name)

        def prepare(self, *request):
            permit = prepare(*request)
            kill_switch(fresh).press("now", SystemClock())
            return permit

    executor_venue, executor._venue = executor._venue, LateVenue()
    (outcome,) = executor.place([OrderRequest("BTC-USDT", "buy", Decimal("0.001"), near(fresh), "late1")])

    assert outcome.kind == "not_sent"
    assert "kill switch was pressed" in outcome.message
    assert ox.open_orders(fresh).empty


@pytest.fixture
def funded(live, control_token, fresh):
    """Give an armed live session on the paper exchange, for a test that is no person."""
    session = live()
    clock = SystemClock()

    def give(cap):
        now = clock.now_ms()
        token = arming._Token(Decimal(cap), None, (), now, now + 60_000, clock.monotonic() + 60)
        arming._tokens[arming._binding(session)] = token
        return session

    yield give
    ox.disarm(session)


def test_live_order_needs_a_persons_leave(live):
    """Without arming nothing leaves for live, and nothing was sent."""
    session = live()

    with pytest.raises(OrderDenied, match=r"not armed in this process\. A person arms it"):
        ox.place(session, "buy", "BTC-USDT", amount="0.001", price=near(session))
    assert ox.open_orders(session).empty


def test_live_orders_leave_up_to_the_cap(funded):
    """Orders count against the cap when they rest, are cancelled or filled, and not when they were rejected."""
    session = funded(100)
    price = near(session)
    order = ox.place(session, "buy", "BTC-USDT", amount="0.001", price=price)
    ox.cancel(session, order)

    assert ox.armed(session).left == 100 - price / 1000
    with pytest.raises(OrderDenied, match="more than the cap of 100 USDT"):
        ox.place(session, "buy", "BTC-USDT", amount="0.001", price=price)
    assert ox.disarm(session).active is False
    with pytest.raises(OrderDenied, match="not armed"):
        ox.place(session, "buy", "BTC-USDT", amount="0.0001", price=price)


def test_order_that_proves_never_to_have_been_there_gives_the_cap_back(funded, steer):
    """While it is unknown it counts against the cap; once it is proved absent it does not."""
    session = funded(100)
    executor = hand(session)
    steer("faults", fault="code", code="50001", accepted=False, endpoint="trade/batch-orders", times=1)
    (outcome,) = executor.place([OrderRequest("BTC-USDT", "buy", Decimal("0.001"), near(session), "u1")])

    assert outcome.kind == "unknown"
    assert ox.armed(session).left < 100
    executor.journal.note([Ended("u1", "no_effect", "as if the lists had been read after its expiry")])
    executor.settle(patience_ms=0)
    assert ox.armed(session).left == 100


def test_orders_behind_one_that_failed_give_the_cap_back(funded, steer):
    """Of a batch of 20 those that rest count; the one refused and the one behind the batch do not."""
    session = funded(1000)
    price = near(session)
    orders = [OrderRequest("BTC-USDT", "buy", Decimal("0.0001"), price, f"b{number}") for number in range(21)]
    steer("faults", fault="row_code", code="51008", endpoint="trade/batch-orders", rows=[0], times=1)
    outcomes = hand(session).place(orders)

    rest = sum(outcome.kind == "acknowledged" for outcome in outcomes)
    assert (len(outcomes), outcomes[20].kind) == (21, "not_sent")
    assert ox.armed(session).left == 1000 - rest * price / 10_000


def test_live_limits_are_tight_without_a_file(funded):
    """500 USDT an order is what is built in."""
    session = funded(10_000)

    with pytest.raises(OrderDenied, match="more than 500 USDT: the limit order is built in"):
        ox.place(session, "buy", "BTC-USDT", amount="0.1", price=near(session))
    with pytest.raises(OrderDenied, match="is not among what may be traded"):
        ox.place(session, "buy", "SOL-USDT", amount="1", price="100")


SENDER = textwrap.dedent("""
    import sys, time
    from decimal import Decimal
    import okxlab as ox

    session = ox.connect(workspace=sys.argv[1])
    price = Decimal(sys.argv[2])
    try:
        while True:
            ox.place(session, "buy", "BTC-USDT", amount="0.00002", price=price)
            print(time.time_ns(), flush=True)
    except (ox.errors.OrderDenied, ox.errors.OrderNotSent):
        pass
""")


def test_orders_of_every_process_stop_within_a_quarter_second(fresh, tmp_path):
    """Three processes place without pause; the exchange takes no order made later than 250 ms after the press (I23)."""
    command = [sys.executable, "-c", SENDER, str(tmp_path), str(near(fresh, "0.9"))]
    senders = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for sender in senders:
        sender.stdout.readline()
    began = time.time_ns() // 1_000_000

    report = ox.kill(fresh, "enough")

    for sender in senders:
        _, wrong = sender.communicate(timeout=60)
        assert sender.returncode == 0, wrong
    made = [order.time_ms for order in report.cancelled]
    print(f"{len(made)} orders, the last {max(made) - began} ms after the press; clear after {report.seconds:.2f} s")
    assert report.clear
    assert max(made) - began <= 250
    assert ox.open_orders(fresh).empty
