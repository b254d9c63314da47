"""Limits of an account: counted over all its strategies and kernels, each order once."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import JournalError, OrderDenied, OrderHeld
from okxlab.model import OrderRequest
from okxlab.trading.desk import header, open_executor
from okxlab.trading.guards import Neighbours
from okxlab.trading.journal import FileLog, FilesBeside, Header, SystemDisk
from okxlab.trading.records import Answer, Filled, Intent, encode

HOUR = 3_600_000


def near(session):
    """Give a price near the market's, on the tick."""
    listed = ox.instrument(session, "BTC-USDT")
    return listed.floor_price(ox.tickers(session, exact=True).loc["BTC-USDT", "last"] * Decimal("0.99"))


@pytest.fixture
def trade(fresh):
    """Give a function that opens the one who trades under a name; all are closed at the end."""
    opened = []

    def make(strategy, clock=None):
        opened.append(open_executor(fresh, strategy, clock=clock))
        return opened[-1]

    yield make
    for executor in opened:
        executor.journal.close()


@pytest.fixture
def buy(fresh):
    """Give a function that asks for a small purchase that rests."""
    price = near(fresh)
    return lambda name: OrderRequest("BTC-USDT", "buy", Decimal("0.001"), price, name)


def limit(session, text):
    (session.workspace.root / "limits.toml").write_text(text)


def test_what_another_strategy_has_open_counts(fresh, trade, buy):
    """Two orders at most rest on the account, whoever placed them; a cancellation makes room for either."""
    limit(fresh, "[paper]\nopen_orders = 2\n")
    one, two = trade("one"), trade("two")
    (first,) = one.place([buy("a")])
    two.place([buy("b")])

    for executor in (one, two):
        with pytest.raises(
            OrderDenied, match=r"come to 3, which is more than 2: the limit open_orders of the whole account"
        ):
            executor.place([buy("c")])
    one.cancel([ox.trading.wording.OrderName("BTC-USDT", first.order_id)])
    one.settle()
    assert two.place([buy("d")])[0].kind == "acknowledged"


def test_strategies_of_one_name_have_limits_of_their_own_beside_the_accounts(fresh, trade, buy):
    """A table of strategies is counted over those it names, together; the account's holds for them, too."""
    limit(fresh, "[paper]\nopen_orders = 3\n[paper.strategies.grid]\nopen_orders = 1\n")
    grid, other, hand = trade("grid-a"), trade("grid-b"), trade("hand-1")
    grid.place([buy("a")])

    with pytest.raises(OrderDenied, match=r"come to 2, .*open_orders of grid stands under \[paper\.strategies\.grid\]"):
        other.place([buy("b")])
    hand.place([buy("c"), buy("d")])
    with pytest.raises(OrderDenied, match=r"come to 4, .*open_orders of the whole account stands under \[paper\] in"):
        hand.place([buy("e")])


def test_loss_in_one_kernel_stops_the_next(fresh, trade, buy):
    """What traded in a journal that is closed counts as what trades here."""
    first = trade("hand-1-1")
    first.place([OrderRequest("BTC-USDT", "buy", Decimal("0.01"), None, "m1")])
    first.reconcile()
    first.journal.close()

    limit(fresh, "[paper]\nloss = 0.01\n")
    with pytest.raises(OrderDenied, match="losses of this UTC day come to"):
        trade("hand-2-2").place([buy("a")])


def test_order_of_another_strategy_is_counted_once(fresh, trade, buy):
    """An order that stands in one journal as its own and in another as somebody's is one order."""
    limit(fresh, "[paper]\nopen_orders = 2\n")
    one, two = trade("one"), trade("two")
    one.place([buy("a")])
    two.reconcile()

    assert len(two.blotter.foreign) == 1
    assert two.place([buy("b")])[0].kind == "acknowledged"


def test_orders_by_hand_of_an_ended_kernel_are_followed_up(fresh, trade, buy):
    """What filled or was cancelled while nobody looked is read by whoever trades next, and stands in its journal."""
    limit(fresh, "[paper]\nopen_orders = 1\n")
    ended = trade("hand-1-1")
    (outcome,) = ended.place([buy("a")])
    ended.journal.close()
    fresh.ccxt.load_markets()
    fresh.ccxt.cancel_order(outcome.order_id, "BTC/USDT")

    assert trade("hand-2-2").place([buy("b")])[0].kind == "acknowledged"
    assert trade("hand-1-1").blotter.orders["a"].state == "canceled"


def test_orders_of_a_bot_that_ended_are_followed_up_after_a_while(fresh, trade, buy):
    """A bot that stopped a moment ago may begin again; ten minutes later what became of its ladder is read."""
    limit(fresh, "[paper]\nopen_orders = 1\n")
    bot = trade("grid-a")
    (outcome,) = bot.place([buy("a")])
    bot.journal.close()
    fresh.ccxt.load_markets()
    fresh.ccxt.cancel_order(outcome.order_id, "BTC/USDT")

    with pytest.raises(OrderDenied, match="come to 2, which is more than 1"):
        trade("hand-1-1").place([buy("b")])
    assert trade("hand-2-2", Later()).place([buy("c")])[0].kind == "acknowledged"


def test_order_that_a_limit_holds_back_is_weighed_anew_when_what_held_it_is_over(fresh, trade, buy):
    """What an ended kernel had open is cancelled from the next one: room is made, though no journal told of it."""
    limit(fresh, "[paper]\nopen_orders = 2\n")
    ended = trade("hand-1-1")
    (outcome,) = ended.place([buy("a")])
    ended.journal.close()
    clock = Later()
    following = trade("hand-2-2", clock)
    following.place([buy("b")])
    following.cancel([ox.trading.wording.OrderName("BTC-USDT", outcome.order_id)])

    with pytest.raises(OrderDenied, match="come to 3, which is more than 2"):
        following.place([buy("c")])
    clock.ahead_ms += 10_000
    assert following.place([buy("c")])[0].kind == "acknowledged"


def test_journal_of_an_ended_kernel_whose_order_rests_is_left_as_it_is(fresh, trade, buy):
    """Where the exchange shows what the journal says, nothing is written to it."""
    ended = trade("hand-1-1")
    ended.place([buy("a")])
    ended.journal.close()
    file = header(fresh, "hand-1-1").place(fresh.workspace.state)
    before = file.read_bytes()

    trade("hand-2-2").place([buy("b")])
    assert file.read_bytes() == before


def test_damaged_journal_stops_new_orders_of_the_account(fresh, trade, buy):
    """What cannot be counted is not taken for nothing; cancellations still go."""
    one, two = trade("one"), trade("two")
    (first,) = two.place([buy("a")])
    one.journal.close()
    file = header(fresh, "one").place(fresh.workspace.state)
    whole = file.read_bytes()
    file.write_bytes(whole + whole)

    with pytest.raises(OrderDenied, match=r"cannot be counted: The journal .*one\.journal.*cancellations do"):
        two.place([buy("b")])
    assert two.cancel([ox.trading.wording.OrderName("BTC-USDT", first.order_id)])[0].kind == "acknowledged"


RACER = textwrap.dedent("""
    import sys
    from decimal import Decimal
    import okxlab as ox
    from okxlab.model import OrderRequest
    from okxlab.trading.desk import open_executor

    session = ox.connect(workspace=sys.argv[1])
    executor = open_executor(session, f"racer-{sys.argv[3]}")
    try:
        for number in range(30):
            name = f"r{sys.argv[3]}n{number}"
            executor.place([OrderRequest("BTC-USDT", "buy", Decimal("0.001"), Decimal(sys.argv[2]), name)])
    except ox.errors.OrderDenied:
        pass
""")


def test_processes_that_place_at_once_keep_to_the_limit_exactly(fresh):
    """Two processes place without pause until each is refused: as many rest as the account may have, not one more."""
    limit(fresh, "[paper]\nopen_orders = 15\n")
    command = [sys.executable, "-c", RACER, str(fresh.workspace.root), str(near(fresh))]
    racers = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in range(2)]

    assert [racer.communicate(timeout=60)[1] for racer in racers] == [b""] * 2
    assert len(ox.open_orders(fresh)) == 15


class Folder:
    """Journals in a folder, written as their owners do, and what reads them for one of them."""

    def __init__(self, state):
        self.state, self.clock, self.lively, self.profile = state, SystemClock(), set(), "demo"
        self.open("reader", at=0)
        self.files = self.reader("reader", self.clock)

    def whose(self, name):
        return Header(self.profile, "www.okx.com", "1", name)

    def file(self, name):
        return self.whose(name).place(self.state)

    def reader(self, name, clock):
        return FilesBeside(self.state, self.whose(name), clock)

    def open(self, name, *records, at):
        log = FileLog.open(SystemDisk(self.file(name)), self.whose(name), at=at)
        log.append([encode(record, at) for record in records], durable=False)
        return log

    def news(self):
        told = [(name, len(payloads)) for name, payloads in self.files.news(self.lively)]
        self.lively.update(name for name, _ in told)
        return told


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def intent(name):
    return Intent(name, "place", "BTC-USDT", name, "", {"side": "buy", "sz": "1", "px": "1"}, 0, 0)


def test_only_what_is_new_is_read(folder):
    """A journal that grew gives what was appended; one that did not gives nothing."""
    log = folder.open("grown", intent("a"), at=0)
    assert [folder.news(), folder.news()] == [[("grown", 2)], []]

    log.append([encode(Answer("a", "rejected"), 0)], durable=False)
    assert folder.news() == [("grown", 1)]


def test_journal_that_takes_the_name_of_one_of_an_exchange_that_is_gone_is_read(folder):
    """A strategy that begins anew on the next paper exchange counts there, whoever looked at its old journal before."""
    folder.profile = "paper"
    gone = FileLog.open(SystemDisk(folder.file("once")), replace(folder.whose("once"), host="paper-gone"), at=0)
    folder.files = folder.reader("reader", folder.clock)
    assert folder.news() == []

    gone.close()
    folder.file("once").rename(folder.file("once-paper-gone"))
    log = folder.open("once", at=0)
    with folder.reader("once", folder.clock).turn():
        log.append([encode(intent("a"), 0)], durable=False)
    assert folder.news() == [("once", 2)]


def test_torn_end_is_not_there_yet(folder):
    """What a writer has half written is left out, and read once it is whole."""
    folder.open("torn", intent("a"), at=0)
    whole = folder.file("torn").read_bytes()
    os.truncate(folder.file("torn"), len(whole) - 3)
    assert folder.news() == [("torn", 1)]

    folder.file("torn").write_bytes(whole)
    assert folder.news() == [("torn", 1)]


def test_quiet_journal_that_wakes_is_looked_at_again(folder):
    """Hours old with nothing open, a journal is not looked at; what it writes in its turn is seen all the same."""
    old = folder.clock.now_ms() - 3 * HOUR
    fill = Filled("BTC-USDT", "t", "", "1", "a", "buy", "1", "1", "0", "USDT", maker=True, time_ms=old)
    log = folder.open("sleeper", intent("a"), Answer("a", "acknowledged", "1"), fill, at=old)
    neighbours = Neighbours(folder.files, folder.clock)
    neighbours.look()
    assert ([one.name for one in neighbours.all], neighbours.lively, neighbours.era) == (["sleeper"], [], 1)

    with folder.reader("sleeper", folder.clock).turn():
        log.append([encode(intent("b"), folder.clock.now_ms())], durable=False)
    assert neighbours.look()
    assert [one.name for one in neighbours.lively] == ["sleeper"]


def test_journal_that_is_taken_away_is_missed(folder):
    """A journal that was counted and is gone is not one with nothing in it."""
    folder.open("gone", intent("a"), at=0)
    folder.news()
    folder.file("gone").unlink()

    with pytest.raises(JournalError, match=r"gone\.journal, where .* cannot be used \(No such file"):
        folder.news()


def test_record_that_cannot_be_read_stops_each_order_and_not_the_first_alone(folder):
    """A journal that a later okxlab wrote is not taken for one with nothing more in it."""
    log = folder.open("newer", intent("a"), at=0)
    log.append([b'{"kind":"of a later version","at":0}'], durable=False)
    neighbours = Neighbours(folder.files, folder.clock)

    for _ in range(2):
        with pytest.raises(OrderHeld, match="cannot be counted: The journal holds a record this version cannot read"):
            neighbours.look()


def test_turn_ends_also_where_a_process_was_forked_in_it(folder):
    """A child that outlives the turn in which it was made keeps nobody waiting."""
    clock = Hurried()
    waiting = folder.reader("waiting", clock)
    with folder.files.turn():
        child = os.fork()
        if not child:
            signal.pause()
    try:
        with waiting.turn():
            assert clock.slept == 0
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_folder_that_is_gone_is_told(folder):
    """Whoever cannot tell whose turn it is says which folder is missing."""
    shutil.rmtree(folder.state)

    with pytest.raises(JournalError, match=r"turn\.lock, where .* cannot be used"), folder.files.turn():
        pass
    with pytest.raises(JournalError, match="where the account's orders are counted, cannot be used"):
        folder.news()


def test_turn_that_does_not_end_is_told(folder):
    """Whoever waits for another's turn for too long says so, and places nothing."""
    waiting = folder.reader("waiting", Hurried())

    with folder.files.turn(), pytest.raises(OrderHeld, match="has kept others waiting for 5 s"), waiting.turn():
        pass


class Later(SystemClock):
    """A clock a quarter of an hour ahead, or more."""

    ahead_ms = 900_000

    def now_ms(self):
        return super().now_ms() + self.ahead_ms


class Hurried(SystemClock):
    """A clock whose sleeps are over at once."""

    def __init__(self):
        self.slept = 0.0

    def monotonic(self):
        return self.slept

    def sleep(self, seconds):
        self.slept += 1.0
