"""The backfill: everything once, where the store lacks it, whatever happens on the way."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import okxlab as ox
from okxlab.errors import InputError, PullError, SymbolError
from okxlab.exchange import Control, read_address
from okxlab.store import Series, Store
from tests.market.pulling import MINUTE, fault, minutes, serial

DAY = pd.Timedelta(days=1)
HOLES = [(100, 101), (400, 717), (1300, 1900), (2880, 3000)]  # minutes that the file has not


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def control(paper):
    opened = Control(read_address(paper.workspace.exchange_state.read_bytes()))
    yield opened
    opened._http.delete(f"{paper.profile.rest}/okxlab/faults", headers=token(opened))
    opened.close()


def token(control):
    return {"X-Okxlab-Token": control._address.control.reveal()}


@pytest.fixture(scope="module")
def edge(paper):
    """Give where the newest finished bar ended when the tests began."""
    return ox.candles(paper, "BTC-USDT").index[-1]


def pulled(session, store, start, end, *, symbols="BTC-USDT", **more):
    return ox.backfill(session, symbols, more.pop("bar", "1m"), start, end, store=store, progress=False, **more)


@pytest.mark.parametrize("back", [0, 1300, 1439, 1440, 1441, 3000])
def test_what_is_stored_is_what_a_plain_pull_gives(paper, store, edge, back):
    """Wherever the span lies around the border of the two endpoints: every bar once, bit for bit."""
    end = edge - back * MINUTE
    start = end - 700 * MINUTE
    (row,) = pulled(paper, store, start, end).to_dict("records")

    assert_frame_equal(
        store.read(Series("paper", "candles", "BTC-USDT", "1m")),
        serial(paper, "BTC-USDT", start, end),
        check_freq=False,
    )
    assert [row[name] for name in ("asked", "pulled", "present", "absent", "error")] == [700, 700, 0, 0, ""]


@pytest.mark.parametrize(("kind", "name"), [("mark", "BTC-USDT-SWAP"), ("mark", "BTC-USDT"), ("index", "BTC-USD")])
def test_mark_and_index_candles_come_from_their_own_endpoints(paper, store, edge, kind, name):
    """They have prices and no volume, and pages of a hundred."""
    start = edge - 2000 * MINUTE
    table = pulled(paper, store, start, edge, symbols=name, kind=kind)
    direct = ox.candles(paper, name, start=start, end=edge, kind=kind)

    assert table.loc[name, "pages"] == 1 + 7 + 14
    assert list(direct.columns) == ["open", "high", "low", "close"]
    assert_frame_equal(direct, serial(paper, name, start, edge, kind=kind))
    assert_frame_equal(store.read(Series("paper", kind, name, "1m")), direct)


@pytest.mark.parametrize("bar", ["3m", "1h", "6h", "1d", "1w"])
def test_bars_of_other_lengths_fit_the_store(paper, store, edge, bar):
    """They open where the store expects them, days and weeks in UTC."""
    start = edge - 20 * DAY
    table = pulled(paper, store, start, edge, bar=bar)
    frame = ox.candles(paper, "BTC-USDT", bar, start=start, end=edge)

    assert table.loc["BTC-USDT", "absent"] == 0
    assert_frame_equal(store.read(Series("paper", "candles", "BTC-USDT", bar)), frame)


@pytest.mark.parametrize("bar", ["1s", "2d", "3d", "1M", "3M"])
def test_seconds_and_long_bars_are_pulled_too(paper, edge, bar):
    """Every bar of the span once, and the unfinished one left out."""
    start = edge - (pd.Timedelta(hours=1) if bar == "1s" else 700 * DAY)
    frame = ox.candles(paper, "BTC-USDT", bar, start=start, end=edge)
    name = {"1s": "1s"}.get(bar, f"{bar.replace('d', 'D')}utc")

    assert_frame_equal(frame, serial(paper, "BTC-USDT", start, edge, bar=name))
    assert frame.index.is_unique
    assert frame.index[-1] < edge


def test_only_what_is_missing_is_pulled(paper, store, edge):
    """A second call asks for the newest bar alone, a wider one for what is wider."""
    start = edge - 1000 * MINUTE
    pulled(paper, store, start, edge)
    again = pulled(paper, store, start, edge).loc["BTC-USDT"]
    wider = pulled(paper, store, start - 500 * MINUTE, edge).loc["BTC-USDT"]

    assert list(again[["asked", "pulled", "present", "pages"]]) == [1000, 0, 1000, 1]
    assert list(wider[["asked", "pulled", "present", "absent"]]) == [1500, 500, 1000, 0]


def test_candles_with_a_store_are_those_without(paper, store, edge):
    """Index, columns, values and attrs are the same, whether the store had nothing, a part or all of it."""
    start = edge - 2000 * MINUTE
    plain = ox.candles(paper, "ETH/USDT", start=start, end=edge)
    pulled(paper, store, edge - 900 * MINUTE, edge - 500 * MINUTE, symbols="ETH-USDT")

    for _ in range(2):
        kept = ox.candles(paper, "ETH/USDT", start=start, end=edge, store=store)
        assert_frame_equal(kept, plain)
        assert kept.attrs == plain.attrs
    assert len(ox.candles(paper, "ETH/USDT", start=start, store=store)) >= len(plain)


def test_the_workspace_has_a_store_of_its_own(paper, edge):
    """With store=True candles and backfill share it."""
    start = edge - 50 * MINUTE
    ox.candles(paper, "SOL-USDT", start=start, end=edge, store=True)

    assert ox.backfill(paper, "SOL/USDT", "1m", start, edge, progress=False).loc["SOL-USDT", "present"] == 50


@pytest.fixture
def gappy(stepped):
    """Give a session whose exchange has four holes in its minutes, and whose market began with the second day."""
    whole = minutes(4000)
    gone = [at for first, end in HOLES for at in range(first, end)]
    session, control = stepped(whole.drop(whole.index[gone]))
    control.step(4 * (4000 - len(gone)) - 6)
    return session, control, whole


def test_gaps_and_what_lies_before_the_first_bar_are_recorded_once(gappy, store):
    """What the exchange lacks is asked for at both endpoints, then known to be absent and never asked for again."""
    session, _, whole = gappy
    start, end = whole.index[0] - 3 * DAY, whole.index[-1] + DAY
    first = pulled(session, store, start, end).loc["BTC-USDT"]
    again = pulled(session, store, start, end).loc["BTC-USDT"]
    series = Series("paper", "candles", "BTC-USDT", "1m")
    holes, frame = store.absent(series), store.read(series)
    missing = 3 * 1440 + sum(end - first for first, end in HOLES)

    assert first["absent"] == again["absent"] == missing
    assert (first["pulled"], again["pulled"], again["pages"]) == (len(frame), 0, 1)
    assert list(holes["bars"]) == [3 * 1440, 1, 317, 600, 120]
    assert frame.index[0] == whole.index[0]
    # the last finished bar: the feed stands within the one after it, which is not stored
    assert frame.index[-1] == whole.index[-3]
    assert_frame_equal(frame, ox.candles(session, "BTC-USDT", start=start, end=end))


def test_a_delisted_instrument_ends_with_its_last_stored_bar(gappy, store):
    """Once the exchange knows it no more, everything after that is absent; what it never gave is not asked for."""
    session, control, whole = gappy
    middle, end = whole.index[2000], whole.index[-1] + DAY
    pulled(session, store, whole.index[1900], middle)
    control._post("market", {"act": "delist", "instId": "BTC-USDT"})
    row = pulled(session, store, whole.index[1900], end).loc["BTC-USDT"]

    assert (row["pulled"], row["present"], row["error"]) == (0, 100, "")
    assert row["absent"] == row["asked"] - 100
    assert len(ox.candles(session, "BTC-USDT", start=whole.index[1900], end=end, store=store)) == 100
    with pytest.raises(SymbolError):
        ox.candles(session, "BTC-USDT", start=whole.index[1900], end=end)


def test_one_refusal_does_not_make_an_instrument_delisted(paper, control, store, edge):
    """An endpoint that does not know it for a moment, while the other does: nothing is taken for absent."""
    start = edge - 3000 * MINUTE
    pulled(paper, store, start, edge - 2000 * MINUTE)
    fault(control, fault="code", code="51001", accepted=False, endpoint="market/candles", times=1)
    row = pulled(paper, store, start, edge).loc["BTC-USDT"]

    assert (row["pulled"], row["present"], row["absent"], row["error"]) == (2000, 1000, 0, "")


@pytest.fixture
def hasty(paper, monkeypatch):
    """Give the session with less patience for an answer."""
    monkeypatch.setattr(paper.ccxt, "timeout", 1000)
    return paper


FAULTS = [
    {"fault": "status", "status": 502, "body": "html"},
    {"fault": "status", "status": 502, "body": "json"},
    {"fault": "cut", "bytes": 300},
    {"fault": "drop"},
    {"fault": "slow", "ms": 1500},
    {"fault": "code", "code": "50011", "accepted": False},
    {"fault": "code", "code": "50026", "accepted": False},
]


@pytest.mark.parametrize("rule", FAULTS, ids=lambda rule: "-".join(str(value) for value in rule.values()))
def test_nothing_is_lost_or_made_up_while_the_exchange_fails(hasty, control, store, edge, rule):
    """One request in five fails, in every way there is: the store has what a plain pull gives, and no absent bar."""
    start = edge - 6000 * MINUTE
    expected = serial(hasty, "BTC-USDT", start, edge)
    number = fault(control, **rule, endpoint="market/*candles", probability=0.2, seed=3)
    table = pulled(hasty, store, start, edge)
    log = control._http.get(f"{hasty.profile.rest}/okxlab/faults", headers=token(control)).json()["log"]

    assert any(row["rule"] == number for row in log)
    assert table.loc["BTC-USDT", "absent"] == 0
    assert_frame_equal(store.read(Series("paper", "candles", "BTC-USDT", "1m")), expected)


def test_one_symbol_that_fails_does_not_lose_the_others(paper, control, store, edge):
    """All rows come with the one error at the end; what came is kept, and the next call goes on."""
    start = edge - 3000 * MINUTE
    number = fault(
        control, fault="code", code="51000", accepted=False, endpoint="*history-candles", instrument="ETH-USDT"
    )
    with pytest.raises(PullError, match=r"1 of 3 symbols .*ETH-USDT: .*51000.*call it again") as failed:
        pulled(paper, store, start, edge, symbols=["BTC-USDT", "ETH/USDT", "SOL-USDT"])
    control._http.delete(f"{paper.profile.rest}/okxlab/faults/{number}", headers=token(control))
    table = failed.value.table
    again = pulled(paper, store, start, edge, symbols=["BTC-USDT", "ETH/USDT", "SOL-USDT"])

    assert list(table.index) == ["BTC-USDT", "ETH-USDT", "SOL-USDT"]
    assert list(table["error"] != "") == [False, True, False]
    assert list(table["pulled"][::2]) == [3000, 3000]
    assert (again["pulled"] + again["present"]).tolist() == [3000] * 3
    assert again["pulled"].tolist() == [0, 3000 - table.loc["ETH-USDT", "pulled"], 0]


def test_an_unknown_symbol_is_one_of_the_errors(paper, store, edge):
    """What the exchange does not list is told with the rest."""
    with pytest.raises(PullError, match="NOPE-USDT") as failed:
        pulled(paper, store, edge - 10 * MINUTE, edge, symbols=["NOPE-USDT", "BTC-USDT"])

    assert isinstance(failed.value.__cause__, SymbolError)
    assert failed.value.table["pulled"].tolist() == [0, 10]


@pytest.mark.parametrize(
    "call",
    [
        lambda session: ox.backfill(session, "not a symbol", "1m", "2024-01-01"),
        lambda session: ox.backfill(session, "BTC-USDT", "7m", "2024-01-01"),
        lambda session: ox.backfill(session, "BTC-USDT", "1M", "2024-01-01"),
        lambda session: ox.backfill(session, "BTC-USDT", "1m", "soon"),
        lambda session: ox.backfill(session, "BTC-USDT", "1m", "2024-01-02", "2024-01-01"),
        lambda session: ox.backfill(session, "BTC-USDT", "1m", "2024-01-01", kind="trades"),
        lambda session: ox.candles(session, "BTC-USDT", kind="trades"),
        lambda session: ox.candles(session, "BTC-USDT", store=True),
        lambda session: ox.candles(session, "BTC-USDT", "1M", start="2024-01-01", store=True),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(paper, control, call):
    """A wrong symbol, bar, date or kind costs no request."""
    fault(control, fault="delay", ms=0)
    with pytest.raises(InputError):
        call(paper)

    rules = control._http.get(f"{paper.profile.rest}/okxlab/faults", headers=token(control)).json()["rules"]
    assert [rule["hits"] for rule in rules if rule["fault"] == "delay"] == [0]
