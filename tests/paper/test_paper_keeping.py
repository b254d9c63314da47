"""What outlives the process: accounts, orders, balances, keys and the market, in a database file."""

import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.accounts.keys import READ, ApiKey
from okxlab.paper.accounts.record import write_position
from okxlab.paper.accounts.transfers import Transfer, Wallet, move
from okxlab.paper.archive.consistency import contradictions
from tests.paper.contracts import SWAP, post
from tests.paper.desk import Desk

DAY = 24 * 3_600_000


@pytest.fixture
def reopen(tmp_path, clock):
    """Give a function that ends the exchange, if one runs, and opens it anew on the same database."""
    running = []

    def again(**changed):
        for desk in running:
            desk.exchange.close()
        options = replace(PaperOptions(stepped=True, data=tmp_path / "paper.db"), **changed)
        running[:] = []
        running.append(Desk(open_exchange(options, clock)))
        return running[0]

    yield again
    for desk in running:
        desk.exchange.close()


def test_what_rests_and_what_is_owned_come_back(reopen, order):
    """Open orders, their client ids, what they hold, and every balance are as they were."""
    desk = reopen()
    bought = desk.place(order(ordType="market", sz="5000", px=None))
    resting = [desk.place(order(px=px, clOrdId=f"rests{px}")) for px in ("80000", "81000")]
    before = {currency: (desk.balance(currency), desk.held(currency)) for currency in ("USDT", "BTC")}

    desk = reopen()

    assert bought.state == "filled"
    assert [(o.id, o.price, o.ask.client_id, o.state) for o in desk.open.values()] == [
        (o.id, o.price, o.ask.client_id, "live") for o in resting
    ]
    assert {currency: (desk.balance(currency), desk.held(currency)) for currency in ("USDT", "BTC")} == before
    assert before["USDT"][1] == Decimal("0.01") * 161_000
    assert desk.total("USDT") == desk.total("BTC") == 0
    assert desk.cancel({"instId": "BTC-USDT", "clOrdId": "rests81000"}).state == "canceled"
    assert desk.held("USDT") == 800


def test_a_part_filled_order_goes_on_with_the_rest(reopen, order):
    """Its fills are not lost and its rest fills later, once."""
    desk = reopen()
    placed = desk.place(order(sz="0.03", px="85000"))
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "85000", "sz": "0.01"})
    assert placed.state == "partially_filled"

    desk = reopen()
    (again,) = desk.open.values()
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "85000", "sz": "1"})

    assert (again.id, again.state, again.filled, again.cost) == (placed.id, "filled", Decimal("0.03"), Decimal(2550))
    assert again.fee == Decimal("0.03") * Decimal("0.0008")
    assert desk.balance("BTC") == Decimal("0.03") - again.fee
    assert desk.held("USDT") == 0


def test_ids_are_never_given_twice(reopen, order, clock):
    """Orders, bills and trades are numbered on, also when everything old has been forgotten."""
    seen, desk = {"order": [], "bill": [], "trade": []}, reopen()
    for later in (0, 0, 91 * DAY, 0):
        clock.ms += later
        desk = reopen()
        placed = [desk.place(order(ordType="market", sz="100", px=None)) for _ in range(3)]
        desk.cancel({"instId": "BTC-USDT", "ordId": str(desk.place(order()).id)})
        seen["order"] += [one.id for one in placed]
        seen["bill"] += [fill.bill_id for fill in desk.fills]
        seen["trade"] += [fill.trade_id for fill in desk.fills]

    for numbers in seen.values():
        assert len(numbers) == 12
        assert numbers == sorted(set(numbers))


def test_orders_at_one_price_keep_their_turn(reopen, order):
    """Who came first before the restart fills first after it."""
    desk = reopen()
    first, second = (desk.place(order(px="85000")) for _ in range(2))
    desk = reopen()
    desk.trade({"instId": "BTC-USDT", "side": "sell", "px": "85000", "sz": "0.01"})

    assert list(desk.open) == [second.id]
    assert desk.fills[0].order.id == first.id


def test_keys_and_settings_come_back(reopen):
    """The start line's key is the same one, and an account keeps its modes."""
    desk = reopen()
    key = desk.exchange.first_key
    desk.account.level, desk.account.hedged = "2", True
    desk.account.leverage["BTC-USDT-SWAP", "cross", "net"] = 7
    desk.venue.changes.accounts[desk.account.uid] = desk.account
    desk.venue.settle()

    desk = reopen()

    assert desk.exchange.first_key == key
    assert dict(desk.exchange.keys) == {key.key: key}
    assert (desk.account.level, desk.account.hedged) == ("2", True)
    assert desk.account.leverage == {("BTC-USDT-SWAP", "cross", "net"): 7}
    assert desk.venue.accounts.main is desk.account


def test_positions_and_what_they_set_aside_come_back(reopen, order):
    """A swap, a pair on margin and an isolated short, with what rests against them; closing them frees all."""
    desk = reopen()
    market = {"ordType": "market", "px": None}
    desk.place(order(instId="BTC-USDT-SWAP", tdMode="cross", sz="3", **market))
    desk.place(order(instId="ETH-USDT-SWAP", tdMode="isolated", side="sell", sz="5", **market))
    desk.place(order(tdMode="cross", sz="0.1", tgtCcy="base_ccy", **market))
    desk.place(order(tdMode="cross", side="sell", sz="0.1", px="99000", reduceOnly="true"))
    desk.place(order(instId="BTC-USDT-SWAP", tdMode="cross", side="sell", sz="4", px="92000"))
    held, positions = desk.held("USDT"), [write_position(row) for row in desk.account.positions.values()]

    desk = reopen()

    assert [write_position(row) for row in desk.account.positions.values()] == positions
    assert desk.held("USDT") == held > 0
    assert {one.instrument.kind for one in desk.open.values()} == {"MARGIN", "SWAP"}
    for one in list(desk.open.values()):
        desk.cancel({"instId": one.instrument.name, "ordId": str(one.id)})
    desk.place(order(instId="BTC-USDT-SWAP", tdMode="cross", side="sell", sz="3", **market))
    desk.place(order(instId="ETH-USDT-SWAP", tdMode="isolated", sz="5", **market))
    desk.place(order(tdMode="cross", side="sell", sz="0.1", tgtCcy="base_ccy", **market))
    assert (desk.account.positions, desk.held("USDT"), desk.total("USDT")) == ({}, 0, 0)


def test_sub_accounts_their_money_and_keys_come_back(reopen):
    """With both wallets, the transfer that filled them, and what the key may do; ids go on."""
    desk = reopen()
    sub = desk.venue.accounts.open_sub("GridBot1", "a bot", desk.clock.now_ms())
    desk.venue.changes.accounts[sub.uid] = sub
    wallets = Wallet(desk.account, "18"), Wallet(sub, "6")
    first = move(desk.venue, Transfer(desk.account, "1", "USDT", Decimal("12.5"), *wallets, "there"))
    desk.venue.settle()
    desk.exchange.keys.add(ApiKey("k", "s", "p", sub.uid, perms=frozenset((READ,)), ips=("::1",), environment="demo"))
    key = desk.exchange.keys["k"]

    desk = reopen()
    sub = desk.venue.accounts.named("GridBot1")

    assert (sub.label, sub.parent) == ("a bot", desk.account.uid)
    assert desk.venue.ledger.balance(sub.funding, "USDT") == Decimal("12.5")
    assert desk.balance("USDT") == Decimal("99987.5")
    assert desk.total("USDT") == 0
    assert desk.exchange.keys["k"] == key
    assert desk.exchange.archive.base.execute("SELECT client FROM transfers").fetchall() == [("there",)]
    assert desk.venue.next_id() > first
    assert desk.venue.accounts.open_sub("GridBot2", "", 0).uid != sub.uid


def test_a_walk_goes_on_by_the_clock(reopen, clock):
    """Half a day later its prices are those of half a day later, not those of a new start."""
    desk = reopen(stepped=False)
    began = desk.feed.candle
    clock.ms += DAY // 2
    expected = desk.feed.sources["BTC-USDT"].points(720)

    desk = reopen(stepped=False)

    assert desk.feed.candle - began == DAY // 2
    assert desk.feed.points_ahead("BTC-USDT") == desk.feed.sources["BTC-USDT"].points(721)
    assert desk.feed.price("BTC-USDT") in expected


def test_a_stepped_market_stands_where_it_stood(reopen):
    """The position is kept, and the path from there is the same one."""
    desk = reopen()
    desk.step(401)
    price = desk.feed.price("BTC-USDT")
    desk = reopen()

    assert (desk.feed.position, desk.feed.price("BTC-USDT")) == (401, price)


def test_the_fill_model_may_change_and_trade_ids_go_on(reopen, order):
    """From a book between two points of the path to touch and back: no trade id comes twice."""
    seen = []
    for fills in ("book", "touch", "book"):
        desk = reopen(fills=fills)
        for _ in range(3):
            desk.venue.inch()
            desk.place(order(ordType="market", sz="100", px=None))
        seen += [fill.trade_id for fill in desk.fills]

    assert len(seen) >= 9
    assert len(set(seen)) == len(seen)


def test_a_recording_shorter_than_the_database_is_refused(tmp_path, clock):
    """The place where it stood is not there any more."""
    file, options = tmp_path / "candles.csv", {"stepped": True, "data": tmp_path / "paper.db"}
    lines = ["ts,open,high,low,close,volume", *(f"{1_704_067_200_000 + 60_000 * i},9,9,9,9,1" for i in range(5))]
    file.write_text("\n".join(lines), encoding="utf-8")
    first = Desk(open_exchange(PaperOptions(prices=f"file:{file}", **options), clock))
    first.step(15)
    first.exchange.close()
    file.write_text("\n".join(lines[:3]), encoding="utf-8")

    with pytest.raises(PaperError, match="end before the place"):
        open_exchange(PaperOptions(prices=f"file:{file}", **options), clock)


def test_without_a_file_every_start_is_fresh(clock, order):
    """Nothing is kept unless it is asked for."""
    for _ in range(2):
        desk = Desk(open_exchange(PaperOptions(stepped=True), clock))
        assert (len(desk.open), desk.balance("USDT")) == (0, 100_000)
        desk.place(order())
        desk.exchange.close()


def test_rows_older_than_three_months_are_forgotten_but_not_what_rests(reopen, order, clock):
    """Done orders, fills and bills go; an old resting order stays."""
    desk = reopen()
    desk.place(order(ordType="market", sz="100", px=None))
    resting = desk.place(order())
    clock.ms += 91 * DAY

    desk = reopen()
    ask = desk.exchange.archive.base.execute

    assert ask("SELECT id FROM orders").fetchall() == [(resting.id,)]
    assert ask("SELECT bill FROM fills UNION SELECT id FROM bills").fetchall() == []
    assert list(desk.open) == [resting.id]


def test_a_second_exchange_on_the_same_file_is_refused(reopen, clock, monkeypatch):
    """One at a time: two would each sell the same coin."""
    desk = reopen()
    monkeypatch.setattr("okxlab.paper.archive.archive._PATIENCE", 0.1)
    with pytest.raises(PaperError, match=r"in use by another exchange.*--data"):
        open_exchange(PaperOptions(stepped=True, data=desk.exchange.archive.path), clock)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda file: file.write_bytes(b"not a database " * 100), "not a database.*okxlab paper reset"),
        (lambda file: _run(file, "PRAGMA user_version = 99"), "another version of okxlab.*okxlab paper reset"),
        (lambda file: file.mkdir(), "directory"),
    ],
    ids=["no database", "another version", "a folder"],
)
def test_a_file_that_cannot_be_used_is_named_with_the_way_out(tmp_path, clock, spoil, complaint):
    """One sentence that says what is wrong with the file, and what to do."""
    file = tmp_path / "paper.db"
    spoil(file)
    with pytest.raises(PaperError, match=complaint):
        open_exchange(PaperOptions(stepped=True, data=file), clock)


def test_contracts_that_expired_meanwhile_end_at_the_restart(reopen, clock):
    """The future is delivered and its order gone; the perpetual stays, and pays no funding for the time nobody ran."""
    clock.ms = 1_780_000_000_000
    desk = reopen(stepped=False)
    future = next(
        row for row in desk.instruments.values() if row.kind == "FUTURES" and row.name.startswith("BTC-USDT-")
    )
    for name in ("BTC-USDT-SWAP", future.name):
        fields = {"instId": name, "tdMode": "cross", "side": "buy", "sz": "1"}
        desk.place(fields | {"ordType": "market"})
        desk.place(fields | {"ordType": "limit", "px": str(desk.feed.price(name).quantize(Decimal(1000)))})
    clock.ms = future.contract.expiry + DAY

    desk = reopen(stepped=False)

    assert [position.instrument.name for position in desk.account.positions.values()] == ["BTC-USDT-SWAP"]
    assert {order.instrument.name for order in desk.open.values()} <= {"BTC-USDT-SWAP"}
    assert future.name not in desk.instruments
    kinds = desk.exchange.archive.base.execute("SELECT DISTINCT type FROM bills ORDER BY type").fetchall()
    assert kinds == [("2",), ("3",)]
    assert contradictions(desk.venue, desk.exchange.archive) == []


def test_a_full_disk_ends_the_exchange_with_everything_acknowledged_on_it(reopen, order):
    """The turn that does not fit is refused as a whole, nothing follows it, and the next start goes on before it."""
    desk, told = reopen(), []
    desk.exchange.archive.on_failure.append(lambda: told.append("full"))
    ask = desk.exchange.archive.base.execute
    (pages,) = ask("PRAGMA page_count").fetchone()
    ask(f"PRAGMA max_page_count = {pages + 8}")
    placed = []
    with pytest.raises(PaperError, match=r"full.*Make room"):
        placed.extend(desk.place(order(ordType="ioc", clOrdId=f"n{number}")) for number in range(3000))
    with pytest.raises(PaperError, match="full"):
        desk.place(order())

    desk = reopen()
    assert told == ["full"]
    assert len(placed) > 10
    assert contradictions(desk.venue, desk.exchange.archive) == []
    known = {number for (number,) in desk.exchange.archive.base.execute("SELECT id FROM orders")}
    assert known == {one.id for one in placed}


def test_positions_their_margin_and_what_rests_for_them_come_back(reopen):
    """A cross and an isolated position, with the account's standing to the last digit."""
    desk = reopen()
    desk.account.level = "2"
    desk.venue.changes.accounts[desk.account.uid] = desk.account
    swap = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "3"}
    desk.place(swap)
    desk.place(swap | {"instId": "ETH-USDT-SWAP", "tdMode": "isolated", "side": "sell"})
    desk.place(swap | {"ordType": "limit", "px": "80000"})
    before, held = desk.venue.standings.of(desk.account), desk.held("USDT")

    desk = reopen()

    assert len(desk.account.positions) == 2
    assert desk.venue.standings.of(desk.account) == before
    assert desk.held("USDT") == held > 0
    assert contradictions(desk.venue, desk.exchange.archive) == []
    desk.place(swap | {"side": "sell", "sz": "3"})
    assert len(desk.account.positions) == 1


def test_a_database_of_another_market_is_refused(reopen):
    """Orders made on one walk are not matched against another."""
    reopen()
    with pytest.raises(PaperError, match=r"another market .*--seed 7 .*--stepped, not .*--seed 8.*okxlab paper reset"):
        reopen(seed=8)


def test_only_its_owner_can_read_the_file(reopen):
    """It holds keys."""
    desk = reopen()
    for file in desk.exchange.archive.path.parent.glob("paper.db*"):
        assert file.stat().st_mode & 0o077 == 0


def _run(file, command):
    base = sqlite3.connect(file)
    base.execute(command)
    base.close()


def test_what_guards_a_position_on_margin_sets_no_coins_aside_after_a_restart(reopen, order):
    """A stop-loss that came with a purchase on margin closes the position: nothing of it is ever held."""
    desk = reopen()
    guard = [{"slTriggerPx": "50000", "slOrdPx": "-1"}]
    desk.place(order(ordType="market", px=None, sz="0.1", tgtCcy="base_ccy", tdMode="cross", attachAlgoOrds=guard))
    assert desk.held("BTC") == 0

    desk = reopen()

    ((algo,),) = (desk.venue.algos.live.values(),)
    assert (algo.instrument.kind, desk.held("BTC"), desk.available("BTC")) == ("MARGIN", 0, 0)


def test_the_leverage_an_order_was_given_while_it_rested_comes_back(reopen, order):
    """10 as set, not 3 as placed, and it holds what that asks."""
    desk = reopen()
    placed = desk.place(order(instId=SWAP, tdMode="cross", sz="1"))
    post(desk, "set-leverage", instId=SWAP, lever="10", mgnMode="cross")

    desk = reopen()

    assert (desk.open[placed.id].lever, desk.open[placed.id].held) == ("10", placed.held)


@pytest.mark.parametrize(
    "damage",
    ["UPDATE accounts SET record = '[]'", "UPDATE balances SET amount = 'much'", "UPDATE meta SET value = 'x'"],
)
def test_damaged_database_is_refused_in_a_sentence(tmp_path, clock, damage):
    """What is not what was written is named, with what can be done."""
    options = PaperOptions(stepped=True, data=tmp_path / "paper.db")
    open_exchange(options, clock).close()
    with sqlite3.connect(options.data, isolation_level=None) as base:
        base.execute(damage + (" WHERE name = 'position'" if "meta" in damage else ""))
    base.close()

    with pytest.raises(PaperError, match=r"paper\.db cannot be used") as refused:
        open_exchange(options, clock)

    assert "reset" in refused.value.fix
