"""OKX's request limits, by protocol time."""

import csv
import re
from decimal import Decimal
from timeit import timeit

import pytest

from okxlab.paper.codes import Refusal
from okxlab.paper.products.instrument import Contract, Instrument
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rest.table import FAMILIES

NOW, ONE = 1_750_000_000_000, Decimal(1)


def contract(name, kind="SWAP"):
    base, quote = name.split("-")[:2]
    terms = Contract(ONE, base, linear=True, settle=quote, family=f"{base}-{quote}")
    return Instrument(name, ONE, ONE, ONE, kind=kind, contract=terms)


@pytest.fixture
def limiter(venue):
    swaps = [contract(f"C{i}-USDT-SWAP") for i in range(30)]
    options = [contract(f"BTC-USD-271231-{strike}-C", "OPTION") for strike in (100, 200)]
    return Limiter(dict(venue.instruments) | {row.name: row for row in swaps + options})


def passed(limiter, operation, names, *, times=1000, uid="1", now=NOW):
    """Count how many requests pass before the first refusal, and give its code."""
    for count in range(times):
        try:
            limiter.orders(operation, uid, names, now)
        except Refusal as refusal:
            return count, refusal.code
    return times, ""


def test_sixty_orders_an_instrument_pass_in_two_seconds(limiter):
    """The 61st is 50011; another instrument, user or operation has its own sixty, and so has the next window."""
    assert passed(limiter, "place", ["BTC-USDT"]) == (60, "50011")
    assert passed(limiter, "place", ["ETH-USDT"]) == (60, "50011")
    assert passed(limiter, "place", ["BTC-USDT"], uid="2") == (60, "50011")
    assert passed(limiter, "cancel", ["BTC-USDT"]) == (60, "50011")
    assert passed(limiter, "amend", ["BTC-USDT"]) == (60, "50011")
    assert passed(limiter, "place", ["BTC-USDT"], now=NOW + 1999) == (0, "50011")
    assert passed(limiter, "place", ["BTC-USDT"], now=NOW + 2000) == (60, "50011")


def test_a_batch_counts_its_orders_and_a_batch_of_one_is_an_order(limiter):
    """300 orders in batches, apart from sixty single ones."""
    assert passed(limiter, "place", ["BTC-USDT"] * 20) == (15, "50011")
    assert passed(limiter, "place", ["BTC-USDT"]) == (60, "50011")
    assert passed(limiter, "place", ["ETH-USDT"] * 13) == (23, "50011")
    limiter.orders("place", "1", ["ETH-USDT"], NOW)


def test_a_refused_batch_takes_nothing(limiter):
    """Half of it would have passed, but it is refused whole and leaves room for what fits."""
    for _ in range(14):
        limiter.orders("place", "1", ["BTC-USDT"] * 20, NOW)
    for _ in range(3):
        assert passed(limiter, "place", ["ETH-USDT"] * 10 + ["BTC-USDT"] * 21) == (0, "50011")

    assert passed(limiter, "place", ["ETH-USDT"] * 20) == (15, "50011")


def test_options_count_by_their_family(limiter):
    """Two strikes share sixty."""
    assert passed(limiter, "place", ["BTC-USD-271231-100-C"]) == (60, "50011")
    assert passed(limiter, "place", ["BTC-USD-271231-200-C"]) == (0, "50011")


def test_a_thousand_new_and_amended_orders_of_derivatives_pass_and_spot_is_exempt(limiter):
    """The rest is 50061, whatever the instrument; cancellations and spot do not count."""
    counts = [passed(limiter, operation, [f"C{i}-USDT-SWAP"]) for i in range(20) for operation in ("place", "amend")]

    assert sum(count for count, _ in counts) == 1000
    assert {code for _, code in counts} == {"50011", "50061"}
    assert passed(limiter, "cancel", ["C29-USDT-SWAP"]) == (60, "50011")
    assert passed(limiter, "place", ["BTC-USDT"]) == (60, "50011")
    assert passed(limiter, "place", ["C29-USDT-SWAP"], uid="2") == (60, "50011")


def test_a_clock_set_back_does_not_lock_anybody_out(limiter):
    """A window that lies in the future is begun anew."""
    passed(limiter, "place", ["BTC-USDT"], now=NOW + 3_600_000)
    assert passed(limiter, "place", ["BTC-USDT"]) == (60, "50011")


def asked(venue, **fields):
    return Call(venue.venue, venue.exchange.archive, account=venue.account, arrived=NOW * 1000, **fields)


def test_memory_does_not_grow_with_what_clients_make_up(limiter, venue):
    """A million made-up parameters and addresses leave a bounded table."""
    route = Route("GET", "public/instruments", list, "public", Limit(20, by=("ip", "instType")))
    for number in range(60_000):
        limiter.admit(route, asked(venue, params={"instType": f"{number}" * 50}, ip=f"10.0.0.{number % 7}"))

    assert len(limiter._windows) <= 10_001
    assert max(len(part) for key in limiter._windows for part in key) <= 64


def test_counting_costs_little(limiter, venue):
    """A few microseconds an order at most, on a busy machine."""
    route = Route("POST", "trade/order", list, "trade", Limit(60, by=("user", "instId")))
    call = asked(venue, params={}, body={"instId": "BTC-USDT"})

    def once():
        call.arrived += 40_000_000
        limiter.admit(route, call)

    assert min(timeit(once, number=2000) for _ in range(5)) / 2000 < 10e-6


def test_on_the_wire_it_is_429_without_data_and_by_endpoint(launch, order):
    """REST refuses the sixth question of five, then another endpoint still answers."""
    exchange = launch("--stepped", "--limits")
    answers = [exchange.get("account/config") for _ in range(6)]

    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[-1].body == {"msg": answers[-1].body["msg"], "code": "50011"}
    assert exchange.get("account/balance").status == 200
    statuses = [exchange.post("trade/order", order(ordType="ioc")).status for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert exchange.control("GET", "feed").body["limits"] is True


def test_rest_and_streams_share_what_an_operation_may(launch, connect, order):
    """Forty orders over REST leave twenty over a connection; cancellations are counted apart."""
    exchange = launch("--stepped", "--limits")
    (row,) = exchange.rows("public/instruments?instType=SPOT&instId=BTC-USDT")
    wire = connect(exchange, "private")
    wire.login(exchange.told)
    for _ in range(40):
        assert exchange.post("trade/order", order(ordType="ioc")).status == 200
    asked = order(instId=None, ordType="ioc") | {"instIdCode": row["instIdCode"]}
    codes = [wire.operate("order", asked)["code"] for _ in range(21)]

    assert codes == ["0"] * 20 + ["50011"]
    assert wire.operate("cancel-order", {"instIdCode": row["instIdCode"], "ordId": "1"})["code"] == "1"


def test_they_can_be_lifted(exchange):
    """--no-limits, and the control route says so."""
    assert {exchange.get("account/config").status for _ in range(20)} == {200}
    assert exchange.control("GET", "feed").body["limits"] is False


def documented(shared):
    with (shared / "reference" / "okx" / "endpoints.tsv").open() as file:
        return {
            (row["method"], row["path"].removeprefix("/api/v5/")): row for row in csv.DictReader(file, delimiter="\t")
        }


def names(rule):
    """Read by what a documented limit counts: `IP + (Instrument Family)` is ip and instFamily."""
    words = {"master user": "user", "Instrument Type": "instType", "Instrument Family": "instFamily", "IP": "ip"}
    parts = [part.strip(" ()") for part in rule.split("+")]
    return tuple(words.get(part, part) for part in parts)


def test_every_endpoint_has_the_documented_limit(shared):
    """So many in so long, by whom OKX says."""
    rows, wrong = documented(shared), []
    for family in FAMILIES:
        for route in family.ROUTES:
            row = rows.get((route.method, route.path))
            told = re.fullmatch(r"(\d+)/(\d+)s", row["doc_limit"]) if row else None
            if told is None or not row["rule"]:
                continue
            limit = Limit(int(told[1]), int(told[2]) * 1000, names(row["rule"].partition(";")[0]))
            if route.limit != limit:
                wrong.append(f"{route.method} {route.path}: {route.limit}, not {limit} ({row['rule']})")

    assert not wrong, "\n".join(wrong)
