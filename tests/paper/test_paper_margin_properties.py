"""Random streams of orders in contracts and on margin: what must hold whatever happens."""

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import PaperError
from tests.paper.contracts import CALL, HOUR, INVERSE, SWAP, ask, contract_desk

PAIR = "BTC-USDT"
NAMES = (SWAP, INVERSE, CALL, PAIR)
SIZES = {SWAP: Decimal(40), INVERSE: Decimal(30), CALL: Decimal(90), PAIR: Decimal("0.4")}
FUNDS = {"USDT": Decimal(100000), "BTC": Decimal(1)}

placing = st.tuples(
    st.just("place"), st.sampled_from(NAMES), st.sampled_from(("buy", "sell")), st.sampled_from(("cross", "isolated")),
    st.sampled_from(("market", "limit", "limit", "post_only")), st.integers(-8, 8), st.integers(1, 30),
    st.sampled_from(("long", "short")), st.booleans(),
)  # fmt: skip
canceling = st.tuples(st.just("cancel"), st.integers(0, 20))
stepping = st.tuples(st.just("step"), st.integers(1, 12))
levering = st.tuples(st.just("lever"), st.sampled_from((1, 10, 100)))
streams = st.lists(st.one_of(placing, placing, placing, canceling, stepping, levering), max_size=40)


class Still:
    """A clock that stands."""

    def now_ms(self):
        """Milliseconds since 1970 UTC."""
        return 1_750_000_000_000


def place(desk, fields):
    """Place an order; a refusal is an outcome like any other."""
    name, side, mode, kind, off, lots, position_side, reduce_only = fields
    if name not in desk.instruments:
        return
    price = desk.feed.price(name) + off * desk.instruments[name].tick * (500 if name != CALL else 5)
    apart = desk.account.hedged and name != PAIR
    more = {"tdMode": mode, "posSide": position_side if apart else "net"}
    if name == PAIR:
        more["tgtCcy"] = "base_ccy"
    if reduce_only and not desk.account.hedged:
        more["reduceOnly"] = "true"
    limit = {"ordType": kind, "px": format(price, "f")} if kind != "market" else {}
    desk.place(ask(name, side=side, size=format(SIZES[name] * lots, "f")) | more | limit)


def act(desk, action):
    """Do one thing."""
    kind, *rest = action
    try:
        if kind == "step":
            desk.step(rest[0])
        elif kind == "lever":
            for name in NAMES:
                desk.account.leverage |= {(name, mode, "net"): rest[0] for mode in ("cross", "isolated")}
        elif kind == "cancel":
            ids = sorted(desk.open) or [0]
            order = desk.open.get(ids[rest[0] % len(ids)])
            desk.cancel({"instId": order.instrument.name if order else SWAP, "ordId": str(order.id if order else 0)})
        else:
            place(desk, rest)
    except PaperError:
        pass


def check(desk, bills):
    """Recompute balances, holds and sizes from fills and bills."""
    owned, held, sizes = defaultdict(Decimal, FUNDS), defaultdict(Decimal), defaultdict(Decimal)
    for fill in desk.fills:
        order, sign = fill.order, 1 if fill.order.buys else -1
        sizes[order.instrument.name, order.ask.mode, order.ask.pos_side] += sign * fill.size
        option = order.instrument.kind == "OPTION"
        gain = -sign * order.instrument.worth(fill.size, fill.price) if option else fill.pnl
        owned[fill.fee_currency] += gain - fill.fee
    for bill in bills:
        if bill.type in {"3", "8", "10"}:
            owned[bill.currency] += bill.change
    ended = {bill.instrument for bill in bills if bill.type == "3"}
    sizes = {key: size for key, size in sizes.items() if key[0] not in ended}
    for order in desk.open.values():
        held[order.hold_currency] += order.held
    for key, position in desk.account.positions.items():
        held[position.currency] += position.margin
        assert position.key == key
        assert position.size == sizes.pop(key) != 0
        assert position.side != "long" or position.size > 0
        assert position.side != "short" or position.size < 0
    assert not any(sizes.values())
    for currency, funds in FUNDS.items():
        assert (
            desk.balance(currency)
            == owned[currency]
            == funds + sum(bill.change for bill in bills if bill.currency == currency)
        )
        assert desk.held(currency) == held[currency]
        assert desk.total(currency) == 0


def check_reducing(desk):
    """What may only reduce never adds up to more than there is to reduce."""
    for order in desk.open.values():
        if order.ask.reduce_only:
            position = desk.account.positions[order.instrument.name, order.ask.mode, order.ask.pos_side]
            assert position.long is not order.buys
            assert order.rest <= abs(position.size)
            assert order.held == 0


def run(folder, seed, stream, *, hedged):
    """Run a stream on a path that wanders."""
    numbers = random.Random(seed)  # noqa: S311 - a path of prices
    prices = [50000]
    premiums = [0.02]
    for _ in range(120):
        prices.append(max(prices[-1] + 250 * numbers.randint(-3, 3), 20000))
        premiums.append(max(round(premiums[-1] + numbers.randint(-3, 3) / 1000, 4), 0.001))
    desk = contract_desk(folder, Still(), prices, premiums=premiums, bar=HOUR)
    desk.account.hedged = hedged
    desk.instruments.replace(replace(desk.instruments[PAIR], lever="10"))
    bills = []
    desk.venue.sinks.append(lambda changes: bills.extend(changes.bills))
    for action in stream:
        act(desk, action)
        check(desk, bills)
        check_reducing(desk)
    return desk


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("margin")


@pytest.mark.parametrize("hedged", [False, True], ids=["net", "long-short"])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 5), stream=streams)
def test_no_stream_of_orders_in_contracts_creates_or_loses_anything(folder, hedged, seed, stream):
    """Balances are profit less fees plus funding, holds what rests and is isolated, sizes the sums of the fills."""
    assert run(folder, seed, stream, hedged=hedged).total("USDT") == 0


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 5), stream=streams)
def test_the_same_stream_gives_the_same_log(folder, seed, stream):
    """The event log of contracts, liquidations included, is byte-identical."""
    assert run(folder, seed, stream, hedged=False).log.text() == run(folder, seed, stream, hedged=False).log.text()
