"""Random streams of orders, amendments, cancels, steps and prints: what must hold whatever happens."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.orders.amendment import amend
from okxlab.paper.rest.algo import place as place_algo
from tests.paper.desk import open_desk

NAMES = ("BTC-USDT", "DOGE-USDT")
FUNDS = {"USDT": Decimal(100000)}


class Still:
    """A clock that stands."""

    def now_ms(self):
        """Milliseconds since 1970 UTC."""
        return 1_750_000_000_000


placing = st.tuples(
    st.just("place"),
    st.sampled_from(NAMES),
    st.sampled_from(("buy", "sell")),
    st.sampled_from(("market", "limit", "limit", "limit", "post_only", "ioc", "fok")),
    st.integers(-40, 40),
    st.integers(1, 300),
)
canceling = st.tuples(st.just("cancel"), st.integers(0, 40))
amending = st.tuples(st.just("amend"), st.integers(0, 40), st.integers(-40, 40), st.integers(0, 300))
stepping = st.tuples(st.just("step"), st.integers(1, 60))
printing = st.tuples(
    st.just("print"), st.sampled_from(NAMES), st.sampled_from(("buy", "sell")), st.integers(-40, 40), st.integers(1, 99)
)
guarding = st.tuples(
    st.just("guard"),
    st.sampled_from(("conditional", "oco", "trigger", "move_order_stop", "attached", "cancel")),
    st.sampled_from(("buy", "sell")),
    st.integers(-40, 40),
    st.integers(1, 100),
)
actions = st.one_of(placing, placing.map(tuple), amending, canceling, stepping, printing, guarding)
streams = st.lists(actions, min_size=40, max_size=80)
seeds = st.integers(0, 5)


def priced(venue, name, off):
    instrument = venue.instruments[name]
    ticks = int(venue.feed.price(name) / instrument.tick) + off * 5
    return str(ticks * instrument.tick)


def act(venue, action):
    """Do one thing; a refusal is an outcome like any other."""
    kind, *rest = action
    if kind == "step":
        venue.step(rest[0])
        return
    try:
        if kind == "cancel":
            ids = sorted(venue.open) or [0]
            venue.cancel({"instId": NAMES[0], "ordId": str(ids[rest[0] % len(ids)])})
        elif kind == "amend":
            change(venue, *rest)
        elif kind == "guard":
            guard(venue, *rest)
        elif kind == "print":
            name, side, off, lots = rest
            size = str(venue.instruments[name].minimum * lots)
            venue.trade({"instId": name, "side": side, "px": priced(venue, name, off), "sz": size})
        else:
            name, side, kind, off, lots = rest
            size = format(venue.instruments[name].minimum * lots, "f")
            fields = {"instId": name, "tdMode": "cash", "side": side, "ordType": kind, "sz": size}
            fields |= {"tgtCcy": "base_ccy"} if kind == "market" else {"px": priced(venue, name, off)}
            venue.place(fields)
    except PaperError:
        pass


def change(venue, place, off, lots):
    """Give a resting order another price, another size or both."""
    if venue.open:
        resting = venue.open[sorted(venue.open)[place % len(venue.open)]]
        name = resting.instrument.name
        fields = {"instId": name, "ordId": str(resting.id), "cxlOnFail": lots % 7 == 1}
        fields |= {"newPx": priced(venue, name, off)} if off % 3 else {}
        fields |= {"newSz": format(venue.instruments[name].minimum * lots, "f")} if lots else {}
        try:
            amend(venue.venue, venue.account, fields)
        finally:
            venue.venue.settle()


def guard(venue, kind, side, off, lots):
    """Place an algo order or an order with one attached, or take the oldest algo order back."""
    name, waiting = NAMES[0], list(venue.venue.algos.live.values())
    if kind == "cancel":
        if waiting:
            venue.venue.algos.end(waiting[0])
            venue.venue.settle()
        return
    size = format(venue.instruments[name].minimum * lots, "f")
    below, above = priced(venue, name, -abs(off) - 1), priced(venue, name, abs(off) + 1)
    up, down = {"tpTriggerPx": above, "tpOrdPx": "-1"}, {"slTriggerPx": below, "slOrdPx": priced(venue, name, off)}
    fields = {"instId": name, "tdMode": "cash", "side": side, "sz": size, "tgtCcy": "base_ccy"}
    if kind == "attached":
        venue.place(fields | {"side": "buy", "ordType": "market", "attachAlgoOrds": [up | down]})
        return
    fields |= {"ordType": kind, "triggerPx": priced(venue, name, off), "orderPx": "-1"}
    fields |= {"callbackRatio": "0.001"} if kind == "move_order_stop" else {}
    call = venue.call()
    call.body = fields | (up if kind == "oco" or off % 2 else {}) | down
    place_algo(call)
    venue.venue.settle()


def run(seed, stream, check=lambda venue: None, fills="touch"):
    venue = open_desk(PaperOptions(stepped=True, seed=seed, fills=fills), Still())
    for action in stream:
        act(venue, action)
        check(venue)
    return venue


def check_assets(venue):
    """Recompute balances from the fills, holds from the resting orders, and totals."""
    owned, held = defaultdict(Decimal, FUNDS), defaultdict(Decimal)
    for fill in venue.fills:
        base, quote = fill.order.ask.instrument.name.split("-")
        sign = 1 if fill.order.ask.side == "buy" else -1
        owned[base] += sign * fill.size
        owned[quote] -= sign * fill.size * fill.price
        owned[base if sign > 0 else quote] -= fill.fee
    for order in venue.open.values():
        base, quote = order.ask.instrument.name.split("-")
        left = order.size - order.filled
        held[quote if order.ask.side == "buy" else base] += left * order.price if order.ask.side == "buy" else left
    for algo in venue.venue.algos.live.values():
        stop_loss = algo.kind in {"conditional", "oco"} and algo.order["side"] == "sell"
        held["BTC"] += Decimal(algo.order["sz"]) if stop_loss else 0
    for currency in ("USDT", "BTC", "DOGE"):
        assert venue.balance(currency) == owned[currency]
        assert venue.held(currency) == held[currency]
        assert venue.available(currency) >= 0
        assert venue.total(currency) == 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, streams)
def test_no_stream_creates_or_loses_an_asset(seed, stream):
    """Balances are what the fills say, holds what rests, and totals never change."""
    venue = run(seed, stream, check_assets)

    check_assets(venue)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seeds, streams)
def test_no_stream_creates_or_loses_an_asset_in_a_book_that_trades(seed, stream):
    """The same where others come and go, and orders fill in parts."""
    venue = run(seed, stream, check_assets, "book")

    check_assets(venue)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, streams)
def test_nothing_rests_at_or_beyond_the_price_and_no_order_is_overfilled(seed, stream):
    """After every action all resting buys are below and all resting sells above the path's price."""

    def check_book(venue):
        for order in venue.open.values():
            price = venue.feed.price(order.ask.instrument.name)
            assert order.price < price if order.ask.side == "buy" else order.price > price
        for order in venue.orders.values():
            assert order.filled == sum(fill.size for fill in venue.fills if fill.order is order)
            assert order.filled <= order.size or order.state == "filled"

    assert run(seed, stream, check_book).feed.position >= 0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds, streams)
def test_price_time_priority_is_never_violated(seed, stream):
    """No order is filled while a better, or an equal and older, one of its side still rests."""

    def check_priority(venue):
        for fill in venue.fills[check_priority.seen :]:
            if not fill.maker:
                continue
            for other in venue.open.values():
                same = other.ask.instrument is fill.order.ask.instrument and other.ask.side == fill.order.ask.side
                if same and other is not fill.order:
                    sign = 1 if other.ask.side == "buy" else -1
                    assert (sign * other.price, -other.rank) < (sign * fill.price, -fill.order.rank)
        check_priority.seen = len(venue.fills)

    check_priority.seen = 0
    assert run(seed, stream, check_priority).log.text() is not None


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seeds, streams)
def test_same_seed_same_orders_same_steps_give_the_same_log(seed, stream):
    """The event log is byte-identical."""
    assert run(seed, stream).log.text() == run(seed, stream).log.text()
