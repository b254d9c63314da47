"""Random streams of grid bots and of everything else that happens around them: what must hold whatever happens."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.accounts.modes import set_level
from okxlab.paper.accounts.position import earned
from okxlab.paper.archive.consistency import contradictions
from okxlab.paper.faults.market import delist, suspend
from tests.paper.bots import SPOT, SWAP, Bot, send
from tests.paper.desk import open_desk

PAIRS, SWAPS = ("BTC-USDT", "DOGE-USDT"), ("BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USD-SWAP")
BRANCHES = ("order-instant-trigger", "withdraw-income", "close-position", "cancel-close-order", "margin-balance")
KINDS = ("spot", "contract", "stop", "amend", "branch", "order", "cancel", "print", "step", "step", "step")
RARE = ("suspend", "resume", "delist", "level")
actions = st.tuples(st.sampled_from((*KINDS, *KINDS, *RARE)), *[st.integers(0, 999)] * 4)
streams = st.lists(actions, min_size=30, max_size=60)
calm = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


class Still:
    """A clock that stands."""

    def now_ms(self):
        """Milliseconds since 1970 UTC."""
        return 1_750_000_000_000


def near(desk, name, off):
    """Give a price so many thousandths off the market's, on its tick."""
    tick, price = desk.instruments[name].tick, desk.feed.price(name)
    return format(price * (1000 + off) / 1000 // tick * tick, "f")


def a_range(desk, names, numbers):
    """Give a range around the market, or beside it, and what else both kinds of bots are asked."""
    which, place, wide, more = numbers
    name, grids = [name for name in names if name in desk.instruments][which % 2], 2 + wide % 9
    span = grids * (3 + wide % 7)
    low = -(span * (place % 140) // 100) + span // 5
    asked = {
        "instId": name,
        "gridNum": str(grids),
        "minPx": near(desk, name, low),
        "maxPx": near(desk, name, low + span),
    }
    asked |= {"runType": str(1 + more % 2), "algoClOrdId": f"own{more % 5}" if more % 3 == 0 else ""}
    triggers = [
        {"triggerAction": "start", "triggerStrategy": "price", "triggerPx": near(desk, name, more % 9 - 4)},
        {"triggerAction": "stop", "triggerStrategy": "price", "triggerPx": near(desk, name, 12), "stopType": "2"},
    ]
    return asked | {"triggerParams": triggers[: more % 4] if more % 4 < 3 else triggers[1:]}


def spot(desk, *numbers):
    """Start a spot bot, at times with base currency."""
    money = (50, 2000, 30_000, 80_000)[numbers[3] % 4]
    base = {"baseSz": "0.1"} if numbers[3] % 5 == 0 and desk.balance("BTC") else {}
    send(desk, "order-algo", SPOT | a_range(desk, PAIRS, numbers) | {"quoteSz": str(money)} | base)


def contract(desk, *numbers):
    """Start a contract bot."""
    kind = {
        "direction": ("long", "short", "neutral")[numbers[2] % 3], "basePos": bool(numbers[1] % 2),
        "lever": ("1", "5", "50")[numbers[0] % 3], "slRatio": "0.02" if numbers[1] % 6 == 0 else "",
    }  # fmt: skip
    asked = a_range(desk, SWAPS, numbers)
    money = (50, 2000, 30_000, 80_000)[numbers[3] % 4]
    send(desk, "order-algo", SWAP | asked | kind | {"sz": str(money)})


def some(desk, number):
    """Give one of the bots."""
    grids = list(desk.venue.grids.live.values())
    grid = grids[number % len(grids)]
    return grid, Bot(desk, str(grid.id), grid.kind, grid.instrument.name)


def stop(desk, which, how, *_):
    """Stop a bot."""
    some(desk, which)[1].stop(str(1 + how % 2))


def amend(desk, which, up, down, _):
    """Change where a bot ends."""
    grid, bot = some(desk, which)
    above, below = (format(price // 1 * 1, "f") for price in (grid.high * 2, grid.low / 2))
    bot.send("amend-order-algo", tpTriggerPx=above if up % 2 else "-1", slTriggerPx=below if down % 2 else "-1")


def branch(desk, which, what, more, amount):
    """Do one of the other things there are to a bot."""
    grid, bot = some(desk, which)
    size = abs(grid.position.size) if grid.position else Decimal(1)
    near_by = near(desk, grid.instrument.name, more % 7 - 3)
    closing = {"mktClose": amount % 3 == 0, "sz": format(size, "f"), "px": near_by}
    closing["ordId"] = str(next(iter(grid.purse.open), 1))
    bot.send(BRANCHES[what % 5], **closing, type=("add", "reduce")[more % 2], amt=str(1 + amount))


def order(desk, which, kind, off, lots):
    """Place an order of the owner's own."""
    name = (*PAIRS, *SWAPS)[which % 5]
    size = format(desk.instruments[name].minimum * (1 + lots), "f")
    asked = {"instId": name, "tdMode": "cash" if name in PAIRS else "cross", "side": ("buy", "sell")[kind % 2]}
    limit = {"ordType": "limit", "px": near(desk, name, off % 21 - 10)} if kind % 3 else {"ordType": "market"}
    desk.place(asked | limit | {"sz": size, "tgtCcy": "base_ccy"})


def cancel(desk, which, *_):
    """Take an order back, the owner's or, which is refused, a bot's."""
    found = list(desk.venue.open.values())[which % len(desk.venue.open)]
    desk.cancel({"instId": found.instrument.name, "ordId": str(found.id)})


def print_trade(desk, which, side, off, lots):
    """Let somebody else trade."""
    name = PAIRS[which % 2]
    size = format(desk.instruments[name].minimum * (1 + lots * 3), "f")
    asked = {"instId": name, "side": ("buy", "sell")[side % 2], "px": near(desk, name, off % 21 - 10), "sz": size}
    desk.trade(asked)


def act(desk, kind, *numbers):
    """Do one thing; a refusal, and that there is nothing to do it to, are outcomes like any other."""
    name = (*PAIRS, *SWAPS)[numbers[0] % 5]
    turns = {
        "step": lambda: desk.step(1 + numbers[0] % 60), "resume": lambda: halt(desk, name, "live"),
        "suspend": lambda: halt(desk, name, "suspend"),
        "level": lambda: desk._turn(set_level, desk.venue, desk.account, str(1 + numbers[1] % 3)),
        "delist": lambda: desk._turn(delist, desk.venue, {"instId": "ETH-USDT-SWAP"}),
    }  # fmt: skip
    does = {
        "spot": spot, "contract": contract, "stop": stop, "amend": amend, "branch": branch, "order": order,
        "cancel": cancel, "print": print_trade,
    }  # fmt: skip
    try:
        turns[kind]() if kind in turns else does[kind](desk, *numbers)
    except (PaperError, KeyError, ZeroDivisionError, IndexError):
        desk.venue.settle()


def halt(desk, name, state):
    """Let trade in an instrument stand, or go on."""
    desk._turn(suspend, desk.venue, {"instId": name, "state": state})


def check(desk):
    """Check the books, and each bot against its orders, its position and its figures."""
    venue, ledger = desk.venue, desk.venue.ledger
    assert contradictions(venue, desk.exchange.archive) == []
    for owner in ledger.owners():
        if owner.startswith("grid") and owner not in venue.accounts:
            assert not ledger.currencies(owner)
            assert not any(ledger.held(owner, currency) for currency in ("USDT", "BTC", "ETH", "DOGE"))
    for grid in venue.grids.live.values():
        if grid.state == "running":
            check_orders(grid)
            if grid.instrument.name in venue.listing and not any(row.filled for row in grid.purse.open.values()):
                check_figures(desk, grid)
        elif grid.state == "pending_signal":
            assert not grid.purse.open


def check_orders(grid):
    """What rests is what the intervals say, one order each."""
    resting = {interval.order: interval for interval in grid.intervals if interval.order}
    assert resting.keys() == grid.orders.keys() == grid.purse.open.keys()
    for number, interval in resting.items():
        order = grid.purse.open[number]
        assert order.price == grid.level(grid.orders[number])
        assert (order.buys, order.size) == (interval.buys, interval.size if interval.open else grid.size)


def check_figures(desk, grid):
    """The intervals hold what the bot has, and what they float is what the bot tells."""
    opened = [interval for interval in grid.intervals if interval.open]
    row = Bot(desk, str(grid.id), grid.kind, grid.instrument.name).details()
    assert Decimal(row["totalPnl"]) == Decimal(row["gridProfit"]) + Decimal(row["floatProfit"])
    if grid.spot:
        has = desk.venue.ledger.balance(grid.purse.uid, grid.instrument.base)
        assert sum(interval.size for interval in opened) <= has
        floating = has * desk.feed.price(grid.instrument.name) - sum(interval.cost for interval in opened)
        exact = not grid.base
    else:
        signed = sum(-interval.size if interval.short else interval.size for interval in opened)
        assert signed == (grid.position.size if grid.position else 0)
        mark = desk.venue.standings.marks.mark_price(grid.instrument)
        worth = [(row, grid.instrument.worth(row.size, mark)) for row in opened]
        gains = [earned(grid.instrument, row.cost, now, long=not row.short) - row.fee for row, now in worth]
        floating, exact = grid.funding + sum(gains), grid.instrument.terms.linear
    if exact:
        assert float(row["floatProfit"]) == pytest.approx(float(floating), abs=1e-12)


def opened(options):
    """Open a desk with something of each currency."""
    desk = open_desk(options, Still())
    if not desk.balance("BTC"):
        desk.venue.accounts.deposit(desk.account, "BTC", Decimal(1))
        desk.venue.changes.moved = True
        desk.venue.settle()
    return desk


def run(stream, checked=check, **options):
    """Run a stream from the start."""
    desk = opened(PaperOptions(stepped=True, **options))
    for action in stream:
        act(desk, *action)
        checked(desk)
    return desk


@pytest.mark.parametrize("fills", ["touch", "book"])
@settings(calm, max_examples=15)
@given(seed=st.integers(0, 3), stream=streams)
def test_no_stream_of_bots_makes_or_loses_money(fills, seed, stream):
    """Books agree, totals are zero, no bot forgets an order, a unit or a cent; stopped, all of it is the owner's."""
    desk = run(stream, seed=seed, fills=fills)
    for name in (*PAIRS, *SWAPS):
        if name in desk.instruments:
            halt(desk, name, "live")
    for grid in list(desk.venue.grids.live.values()):
        Bot(desk, str(grid.id), grid.kind, grid.instrument.name).stop("1")
    desk.step(4)
    check(desk)

    assert {grid.state for grid in desk.venue.grids.live.values()} <= {"no_close_position"}


@pytest.mark.parametrize("fills", ["touch", "book"])
@settings(calm, max_examples=5)
@given(seed=st.integers(0, 3), stream=streams)
def test_the_same_stream_of_bots_gives_the_same_log(fills, seed, stream):
    """The event log is byte-identical."""
    first, second = (run(stream, lambda _: None, seed=seed, fills=fills) for _ in range(2))

    assert first.log.text() == second.log.text()


@settings(calm, max_examples=6)
@given(seed=st.integers(0, 3), stream=streams, at=st.integers(5, 25))
def test_a_restart_in_the_middle_of_a_stream_changes_nothing(tmp_path_factory, seed, stream, at):
    """Each bot stands afterwards as it stood before, and goes on in order."""
    file = tmp_path_factory.mktemp("bots") / "paper.db"
    desk = run(stream[:at], seed=seed, data=file)
    listed = set(desk.instruments)  # what was taken off the list is back after a restart
    before = told(desk, listed)
    desk.exchange.close()
    desk = opened(PaperOptions(stepped=True, seed=seed, data=file))

    assert told(desk, listed) == before
    for action in stream[at:]:
        act(desk, *action)
        check(desk)
    desk.exchange.close()


def told(desk, listed):
    """Give all that is told of each bot on a listed instrument, and what rests of it."""
    bots = [
        Bot(desk, str(grid.id), grid.kind, grid.instrument.name)
        for grid in desk.venue.grids.live.values() if grid.instrument.name in listed
    ]  # fmt: skip
    return [(bot.details(), bot.orders()) for bot in bots]
