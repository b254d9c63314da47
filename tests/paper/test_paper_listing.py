"""What is traded: hundreds of pairs, swaps, futures and option chains with OKX's fields, rolled as time passes."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from okxlab.paper.prices.world import World
from okxlab.paper.products.expiries import futures_expiries, option_expiries, written
from okxlab.paper.products.listing import full_listing
from okxlab.paper.products.tiers import tier_of, tiers

START = 1_706_659_200_000  # 2024-01-31T00:00Z, a Wednesday
HOUR, DAY = 3_600_000, 86_400_000
EIGHT = START + 8 * HOUR
KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")


@pytest.fixture(scope="module", name="listed")
def _listed():
    return opened()


@pytest.fixture
def listing():
    return opened()


def opened(now=START, seed=7):
    return full_listing(now, World(seed, START).index)


def chain(listing, coin="BTC"):
    """Give the strikes of each expiry of a coin's options, calls only."""
    found = {}
    for row in listing.kind("OPTION"):
        if row.base == coin and row.contract.right == "C":
            found.setdefault(row.contract.expiry, []).append(row.contract.strike)
    return found


def test_market_is_as_wide_as_okx(listed):
    """Hundreds of pairs, more than a hundred swaps of three kinds, six terms of futures, two option chains."""
    swaps = [row.contract for row in listed.kind("SWAP")]

    assert len(listed.kind("SPOT")) >= 500
    assert len(swaps) >= 100
    assert sum(contract.settle == "USDT" for contract in swaps) >= 100
    assert {contract.settle for contract in swaps} >= {"USDT", "USDC", "BTC", "ETH"}
    assert {row.contract.family for row in listed.kind("FUTURES")} >= {"BTC-USD", "BTC-USDT", "ETH-USD", "SOL-USDT"}
    assert {row.contract.family for row in listed.kind("OPTION")} == {"BTC-USD", "ETH-USD"}
    assert len(listed.kind("MARGIN")) > 100


@pytest.mark.parametrize("kind", KINDS)
def test_rows_have_okx_fields_and_no_others(shared, listed, kind):
    """Every row of public/instruments has each field of OKX's list."""
    fields = json.loads((shared / "reference" / "okx" / "fields.json").read_text())
    names = {field["name"] for field in fields["GET /api/v5/public/instruments"]["response"]}
    expected = {name for name in names if not name.startswith(">")}

    for instrument in listed.kind(kind):
        assert instrument.row().keys() == expected
        assert instrument.row()["instType"] == kind


def test_codes_are_unique_and_the_same_every_time(listed):
    """An instIdCode names one instrument, also one that is listed a month later."""
    later = opened(START + 30 * DAY, seed=8)
    both = {row.name: row.code for row in (*listed.values(), *later.values())}

    assert len({row.code for row in listed.values()}) == len(listed)
    assert len(set(both.values())) == len(both)
    assert all(listed[name].code == later[name].code for name in listed.keys() & later.keys())
    assert all(listed.coded(row.code) is row for row in listed.values())


def test_steps_fit_together(listed):
    """Minimum is a multiple of the lot, the start is on the tick, and a tick is a small part of a price."""
    for row in listed.values():
        assert row.minimum % row.lot == 0, row.name
        assert row.start % row.tick == 0, row.name
        if row.kind != "OPTION":
            assert row.tick / row.start < Decimal("0.002"), row.name


def test_smallest_order_is_worth_little(listed):
    """The minimum of every pair and contract is worth less than 50 dollars (inverse ones up to a contract of 100)."""
    for row in listed.values():
        quote = {"BTC": 90_000, "ETH": 3100}.get(row.quote, 1)
        if row.kind in {"SPOT", "SWAP"} and (row.contract is None or row.contract.linear):
            worth = row.worth(row.minimum, row.start) * quote
            assert worth < (2000 if row.quote == "TRY" else 400 if row.quote in {"BRL", "AED"} else 50), row.name


def test_best_known_contracts_have_okx_terms(listed):
    """Contract values, ticks and lots as OKX has them."""
    told = {
        name: tuple(
            listed[name].row()[field] for field in ("ctVal", "ctMult", "ctValCcy", "ctType", "settleCcy", "tickSz")
        )
        for name in ("BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USD-SWAP", "ETH-USD-SWAP", "BTC-USD-240628-90000-C")
    }

    assert told == {
        "BTC-USDT-SWAP": ("0.01", "1", "BTC", "linear", "USDT", "0.1"),
        "ETH-USDT-SWAP": ("0.1", "1", "ETH", "linear", "USDT", "0.01"),
        "BTC-USD-SWAP": ("100", "1", "USD", "inverse", "BTC", "0.1"),
        "ETH-USD-SWAP": ("10", "1", "USD", "inverse", "ETH", "0.01"),
        "BTC-USD-240628-90000-C": ("1", "0.01", "BTC", "", "BTC", "0.0005"),
    }  # fmt: skip


def test_contract_is_worth_its_size(listed):
    """Linear in quote currency, inverse in coin, an option's premium in coin."""
    worth = {
        name: listed[name].worth(Decimal(2), Decimal(price))
        for name, price in (("BTC-USDT-SWAP", "90000"), ("BTC-USD-SWAP", "80000"), ("BTC-USD-240628-90000-C", "0.1"))
    }

    assert worth == {
        "BTC-USDT-SWAP": 1800, "BTC-USD-SWAP": Decimal("0.0025"), "BTC-USD-240628-90000-C": Decimal("0.002")
    }  # fmt: skip


@pytest.mark.parametrize("day", range(0, 400, 40))
def test_list_times_are_when_a_term_came_up(day):
    """No dated contract was listed after now, and a day before its time it was not there."""
    now = START + day * DAY + day * HOUR
    listed = opened(now)
    for row in listed.values():
        assert int(row.row()["listTime"]) <= now
        if row.kind == "FUTURES":
            assert row.contract.expiry in futures_expiries(row.since)
            assert row.contract.expiry not in futures_expiries(row.since - DAY)
        if row.kind == "OPTION":
            assert row.contract.expiry in option_expiries(row.since)
            assert row.contract.expiry not in option_expiries(row.since - DAY)


@pytest.mark.parametrize("day", range(0, 400, 7))
def test_dated_contracts_end_at_eight_on_fridays(day):
    """Weeks, months and quarters end on Fridays at 08:00 UTC after now; the last ones of months are among them."""
    now = START + day * DAY + day * HOUR
    ends = futures_expiries(now)
    moments = [datetime.fromtimestamp(end / 1000, tz=UTC) for end in ends]

    assert all(end > now for end in ends)
    assert {(moment.weekday(), moment.hour, moment.minute) for moment in moments} == {(4, 8, 0)}
    assert ends[min(ends)] == "this_week"
    assert min(ends) - now <= 7 * DAY
    assert max(ends) - now > 80 * DAY
    assert set(ends) <= set(option_expiries(now))
    assert [end - min(option_expiries(now)) for end in option_expiries(now)[:3]] == [0, DAY, 2 * DAY]


def test_option_chains_surround_the_index(listed):
    """Several expiries of twenty and more strikes, around where the index stands, a call and a put each."""
    for coin, price in (("BTC", 90_000), ("ETH", 3100)):
        strikes = chain(listed, coin)
        assert len(strikes) >= 8
        assert all(len(row) >= 20 and min(row) < price < max(row) for row in strikes.values())
    names = {row.name for row in listed.kind("OPTION")}
    assert {name[:-1] + "P" for name in names if name.endswith("C")} == {name for name in names if name.endswith("P")}


def test_roll_replaces_what_expired(listing):
    """At 08:00 what ends is taken off, what follows is listed, and before that nothing happens."""
    assert listing.roll(EIGHT - 1) == ([], [])

    expired, fresh = listing.roll(EIGHT)

    assert {row.contract.expiry for row in expired} == {EIGHT}
    assert all(row.state == "expired" and row.name not in listing for row in expired)
    assert {row.contract.expiry for row in fresh} >= {EIGHT + 3 * DAY}
    assert all(listing[row.name] is row and listing.coded(row.code) is row for row in fresh)
    assert listing.roll(EIGHT) == ([], [])


def test_roll_keeps_futures_of_every_term_and_tells_their_alias(listing):
    """On Friday last week's future goes, a new one comes, and this week's alias moves on."""
    expired, fresh = listing.roll(EIGHT + 2 * DAY)
    aliases = {row.name: row.contract.alias for row in listing.kind("FUTURES") if row.contract.family == "BTC-USDT"}

    assert "BTC-USDT-240202" in {row.name for row in expired}
    assert "BTC-USDT-240216" in {row.name for row in fresh}
    assert aliases["BTC-USDT-240209"] == "this_week"
    assert aliases["BTC-USDT-240216"] == "next_week"


def test_venue_that_ran_for_weeks_has_whole_chains(listing):
    """In one leap or day by day the same is listed, nothing expired among it, around the price of the day."""
    steps = opened()
    for day in range(40):
        steps.roll(START + day * DAY + 9 * HOUR)
    now = START + 39 * DAY + 9 * HOUR
    listing.roll(now)
    index = World(7, START).index("BTC-USD", now)

    assert dict(steps) == dict(listing)
    assert all(expiry > now for expiry in chain(listing))
    assert all(len(row) >= 20 and min(row) < index < max(row) for row in chain(listing).values())
    assert len({row.code for row in listing.values()}) == len(listing)


@pytest.mark.parametrize("name", ["BTC-USD-240131-90000-P", "ETH-USDT-240202", "BTC-USD-220325-40000-C"])
def test_expired_instrument_is_made_of_its_id_again(listing, name):
    """Its terms are known however long it is gone."""
    before = listing.get(name)
    listing.roll(START + 5 * DAY)
    again = listing.known(name)

    assert again.state == "expired"
    assert written(again.contract.expiry) == name.split("-")[2]
    if before:
        assert (again.code, again.contract.value, again.lot) == (before.code, before.contract.value, before.lot)


@pytest.mark.parametrize(
    "name", ["BTC-USD-240131-90000-X", "BTC-USD-249999", "BTC-USD-240131-90001-C", "XYZ-USD-240202"]
)
def test_id_that_no_rule_makes_was_never_listed(listed, name):
    """A date, strike, right or family that cannot be."""
    assert not listed.was(name)
    assert listed.known(name).contract is None


def test_instrument_taken_off_is_still_known_and_may_come_back(listing):
    """Taking off twice is no error, and its code is free and taken with it."""
    pair = listing["ETH-USDT"]
    listing.remove("ETH-USDT")
    listing.remove("ETH-USDT")

    assert listing.coded(pair.code) is None
    assert listing.known("ETH-USDT").tick == pair.tick
    listing.replace(pair)
    assert listing.coded(pair.code) is listing["ETH-USDT"] is pair


@pytest.mark.parametrize("name", ["BTC-USDT", "BTC-USDT-SWAP", "ETH-USD-SWAP", "DOGE-USDT-SWAP", "BTC-USD-240628"])
def test_tiers_rise_in_size_and_margin(listed, name):
    """The larger a position, the less leverage and the more margin; tiers join without a gap."""
    rows = tiers(listed[name])

    assert len(rows) >= 4
    for small, large in pairwise(rows):
        assert large.least == small.most + listed[name].lot
        assert large.most > small.most
        assert large.leverage < small.leverage
        assert large.initial > small.initial > small.maintenance < large.maintenance
        assert 1 / small.initial == pytest.approx(small.leverage, rel=0.01)
    assert tier_of(listed[name], rows[1].most) is rows[1]
    assert tier_of(listed[name], rows[-1].most * 9) is rows[-1]


def test_tier_rows_have_okx_fields(shared, listed):
    """Of a contract by its family, of a pair by its id with its loans."""
    fields = json.loads((shared / "reference" / "okx" / "fields.json").read_text())
    expected = {field["name"] for field in fields["GET /api/v5/public/position-tiers"]["response"]}
    swap, pair = (tiers(listed[name])[0].row(listed[name]) for name in ("BTC-USDT-SWAP", "BTC-USDT"))

    assert swap.keys() == pair.keys() == expected
    assert (swap["instFamily"], pair["instId"]) == ("BTC-USDT", "BTC-USDT")
    assert Decimal(pair["quoteMaxLoan"]) == Decimal(pair["baseMaxLoan"]) * 90_000
    assert tiers(listed["USDT-USD"]) == ()
