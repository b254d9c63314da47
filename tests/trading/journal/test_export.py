"""The journal handed over: a tidy frame and Parquet files, exact and typed."""

import stat
from decimal import Decimal

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import okxlab as ox
from okxlab.errors import InputError, JournalError
from okxlab.trading.journal import FileLog, Header, SystemDisk
from okxlab.trading.records import Answer, Difference, Fact, Filled, Intent, Seen, encode

AT = 1_764_000_000_123
ROW = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "px": "60000.1", "sz": "0.01"}
RECORDS = [
    Intent("a1", "place", "BTC-USDT", "a1", "", ROW, 9, 5),
    Answer("a1", "acknowledged", "71"),
    Seen("a1", "71", "BTC-USDT", "buy", "live", "0.01", "60000.1", "0", 8),
    Filled("BTC-USDT", "t1", "b1", "71", "a1", "buy", "60000.1", "0.01", "-0.00000123", "BTC", maker=True, time_ms=9),
    Intent("m1", "amend", "BTC-USDT", "a1", "71", {"newPx": "59999.9"}, 9, 5),
    Answer("m1", "rejected", code="51503", message="=HYPERLINK(1)"),
    Difference("an order nobody meant", "ETH-USDT", order_id="9"),
    Fact("launched", "yes"),
]


@pytest.fixture
def journaled(paper):
    """Give a session whose account has two journals: ``grid-1`` with the records, ``hand-7`` with none."""
    for strategy, records in (("grid-1", RECORDS), ("hand-7", [])):
        header = Header("paper", "paper", paper.account.uid, strategy)
        file = header.place(paper.workspace.state)
        file.unlink(missing_ok=True)
        log = FileLog.open(SystemDisk(file), header, at=AT)
        log.append([encode(record, AT + 1 + number) for number, record in enumerate(records)], durable=False)
        log.close()
    return paper


def test_the_frame_holds_every_record_of_every_strategy(journaled):
    """One row a record, openings among them, under the strategy's name."""
    frame = ox.journal(journaled)

    assert frame.groupby("strategy").size().to_dict() == {"grid-1": 9, "hand-7": 1}
    assert list(ox.journal(journaled, "grid-1")["kind"]) == [
        *("opened", "intent", "answer", "seen", "filled", "intent", "answer", "difference", "fact")
    ]
    assert list(ox.journal(journaled, "grid-1")["record"]) == list(range(9))


def test_the_frame_is_typed(journaled):
    """Times are UTC, counts are integers, numbers exact Decimals, and what a kind does not have is missing."""
    frame = ox.journal(journaled, "grid-1")

    assert frame["time"].iloc[1] == pd.Timestamp(AT + 1, unit="ms", tz="UTC")
    assert {name: str(frame.dtypes[name]) for name in ("time", "record", "epoch", "note", "price")} == {
        "time": "datetime64[ms, UTC]", "record": "int64", "epoch": "int64", "note": "str", "price": "object"
    }  # fmt: skip
    sent, answered, seen, filled, amended, refused, difference, fact = (row for _, row in frame.iloc[1:].iterrows())
    assert (sent.action, sent.side, sent.price, sent["size"]) == ("place", "buy", Decimal("60000.1"), Decimal("0.01"))
    assert (answered.state, answered.order_id, answered.price) == ("acknowledged", "71", None)
    assert (seen.state, seen.filled) == ("live", 0)
    assert (filled.fee, filled.fee_currency) == (Decimal("-0.00000123"), "BTC")
    assert (amended.action, amended.price) == ("amend", Decimal("59999.9"))
    assert (refused.state, refused.code, refused.note) == ("rejected", "51503", "=HYPERLINK(1)")
    assert (difference.order_id, difference.note) == ("9", "an order nobody meant")
    assert (fact.note, pd.isna(fact.symbol)) == ("yes", True)


def test_a_journal_opened_again_counts_its_epochs(journaled):
    """Each record stands in the epoch it was written in."""
    header = Header("paper", "paper", journaled.account.uid, "hand-7")
    for _ in range(2):
        FileLog.open(SystemDisk(header.place(journaled.workspace.state)), header, at=AT).close()

    assert list(ox.journal(journaled, "hand-7")["epoch"]) == [1, 2, 3]


@pytest.mark.parametrize("price", ["1e-30", "x", "NaN", "1" * 25, ""])
def test_a_number_that_would_lose_digits_is_left_to_the_body(journaled, price):
    """The column has none, the record has it as it stood."""
    header = Header("paper", "paper", journaled.account.uid, "hand-7")
    log = FileLog.open(SystemDisk(header.place(journaled.workspace.state)), header, at=AT)
    log.append([encode(Seen("a", "1", "X-USDT", "buy", "live", "1", price, "0", 8), AT)], durable=False)
    log.close()

    last = ox.journal(journaled, "hand-7").iloc[-1]
    assert last.price is None
    assert f'"price":"{price}"' in last.body


def test_an_exported_journal_is_the_frame(journaled, tmp_path):
    """A file a strategy, readable to its owner alone; what is read back is what `ox.journal` gives, types and all."""
    files = ox.export_journal(journaled, tmp_path / "out")

    uid = journaled.account.uid
    assert [file.name for file in files] == [f"paper-{uid}-grid-1.parquet", f"paper-{uid}-hand-7.parquet"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert_frame_equal(pd.read_parquet(files[0]), ox.journal(journaled, "grid-1"))
    assert ox.export_journal(journaled, tmp_path / "out") == files
    assert sorted((tmp_path / "out").iterdir()) == files


def test_exported_numbers_are_numbers_to_sql(journaled, tmp_path):
    """Prices are decimals and times timestamps in the file, so a sum is a sum, to the last digit."""
    import duckdb

    file, _ = ox.export_journal(journaled, tmp_path)
    sums = duckdb.read_parquet(str(file)).filter("kind = 'filled'").aggregate("max(price), sum(size), max(time)")
    price, size, last = sums.limit(1).fetchall()[0]

    assert (price, size) == (Decimal("60000.1"), Decimal("0.01"))
    assert last == pd.Timestamp(AT + 4, unit="ms", tz="UTC")


def test_a_strategy_without_a_journal_is_refused(journaled):
    """Those there are, are named."""
    with pytest.raises(JournalError, match=r"'grid' has no journal on paper\. There are: grid-1, hand-7"):
        ox.journal(journaled, "grid")


def test_an_account_without_journals_has_an_empty_frame(fresh, tmp_path):
    """Nothing was ever sent: columns, no rows, no files."""
    assert ox.journal(fresh).empty
    assert "price" in ox.journal(fresh).columns
    assert ox.export_journal(fresh, tmp_path / "out") == []


def test_a_folder_that_cannot_be_written_to_is_named(journaled):
    """The system's reason is told."""
    with pytest.raises(InputError, match=r"/dev/null/out.*cannot be written"):
        ox.export_journal(journaled, "/dev/null/out")
