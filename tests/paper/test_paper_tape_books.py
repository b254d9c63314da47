"""Recorded sessions of OKX's own stream, replayed: its books to the last digit, its trades, its prices."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from zlib import crc32

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.prices.recording import read_recording
from okxlab.paper.rest import candles, market
from tests.paper.desk import open_desk

START = 1_704_067_200_000
SESSIONS = [("OKX_20220513", 290), ("OKEX_20210722", 1504), ("OKX_20220227", 3679)]


@pytest.mark.parametrize(("session", "books"), SESSIONS)
def test_every_recorded_book_has_the_checksum_of_okx(shared, session, books):
    """After each frame our book is the one OKX had: its own CRC-32 says so."""
    recording = read_recording(shared / "data" / f"{session}_ws_raw.jsonl.gz")
    agreed = [book.checksum() == frame.checksum for book in recording.books.values() for frame in book.each()]

    assert len(agreed) == books
    assert all(agreed)


def test_the_exchange_shows_the_recorded_book_at_every_place(shared, clock):
    """Step by step, market/books answers with the newest book OKX had sent until then, checked by its checksum."""
    file = shared / "data" / "OKX_20220513_ws_raw.jsonl.gz"
    desk = open_desk(PaperOptions(stepped=True, prices=f"tape:{file}"), clock)
    sums = {name: [(frame.ts, frame.checksum) for frame in book.frames] for name, book in desk.venue.replay.items()}
    compared = 0
    while not desk.feed.done:
        desk.step(1)
        for name in ("BTC-USDT", "BTC-USD-220527"):
            known = [checksum for ts, checksum in sums[name] if ts <= desk.feed.now]
            if known:
                (row,) = market.books(desk.call(instId=name, sz="25"))
                assert checksum_of(row) == known[-1]
                compared += 1

    assert compared > 60


def checksum_of(row):
    """Compute OKX's checksum of a row of market/books; this session's levels are written as we write them."""
    parts = [":".join(side[place][:2]) for place in range(25) for side in (row["bids"], row["asks"])]
    number = crc32(":".join(parts).encode())
    return number - (1 << 32) if number >= 1 << 31 else number


def message(channel, name, data, **more):
    return {"arg": {"channel": channel, "instId": name}, "data": data, **more}


def trade(number, price, size, after):
    row = {
        "instId": "NEW-BTC",
        "tradeId": str(number),
        "px": price,
        "sz": size,
        "side": "buy",
        "ts": str(START + after),
    }
    return message("trades", "NEW-BTC", [row])


def book(action, bids, asks, after):
    row = {"bids": bids, "asks": asks, "ts": str(START + after), "seqId": 5, "prevSeqId": 4}
    return message("books", "NEW-BTC", [row], action=action)


@pytest.fixture
def stream(tmp_path, clock):
    """Write messages as a recording and give a desk over it."""

    def make(*messages, zipped=False):
        path = tmp_path / ("stream.jsonl.gz" if zipped else "stream.jsonl")
        text = "".join(json.dumps({"local_ts": START / 1000, "msg": one}) + "\n" for one in messages)
        path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
        return open_desk(PaperOptions(stepped=True, prices=f"tape:{path}", symbol="NEW-BTC", quote="10"), clock)

    return make


@pytest.mark.parametrize("zipped", [False, True])
def test_recorded_trades_make_the_price_and_its_volume(stream, zipped):
    """A trade told twice counts once; a second without a trade stands; the pair's steps are those of its book."""
    desk = stream(
        {"event": "subscribe", "arg": {"channel": "trades", "instId": "NEW-BTC"}},
        book("snapshot", [["0.0010", "5", "0", "1"]], [["0.0012", "2.5", "0", "3"]], 100),
        book("update", [["0.0010", "0", "0", "0"], ["0.0009", "1", "0", "1"]], [], 1500),
        trade(1, "0.0010", "2", 200), trade(1, "0.0010", "2", 200), trade(2, "0.0012", "1", 2300),
        zipped=zipped,
    )  # fmt: skip
    first = market.books(desk.call(instId="NEW-BTC", sz="5"))[0]
    desk.step(8)
    later = market.books(desk.call(instId="NEW-BTC", sz="5"))[0]
    desk.step(100)
    rows = candles.candles(desk.call(instId="NEW-BTC", bar="1s"))

    assert (desk.instruments["NEW-BTC"].tick, desk.instruments["NEW-BTC"].lot) == (Decimal("0.0001"), Decimal("0.1"))
    assert first["bids"][0][:2] != ["0.001", "5"]
    assert later["bids"] == [["0.0009", "1", "0", "1"]]
    assert later["asks"] == [["0.0012", "2.5", "0", "3"]]
    assert [row[4:6] for row in rows] == [["0.0012", "1"], ["0.001", "0"], ["0.001", "2"]]


def test_recording_whose_end_was_cut_off_is_read_up_to_there(tmp_path):
    """A recorder that was killed in the middle of a write leaves a part that is not whole: the others are."""
    parts = [gzip.compress(f"{json.dumps(trade(number, '0.1', '1', number))}\n".encode()) for number in (1, 2)]
    for cut in range(1, len(parts[1])):
        path = tmp_path / f"{cut}.jsonl.gz"
        path.write_bytes(parts[0] + parts[1][:cut])
        assert read_recording(path).trades["NEW-BTC"][0].ts == START + 1


def test_our_orders_stand_in_a_recorded_book(stream):
    """What rests at a recorded level adds to it."""
    desk = stream(
        book("snapshot", [["0.0010", "5", "0", "1"]], [["0.0012", "2.5", "0", "3"]], 0), trade(1, "0.0011", "1", 0)
    )
    fields = {"instId": "NEW-BTC", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "1.5", "px": "0.001"}
    desk.place(fields)

    (row,) = market.books(desk.call(instId="NEW-BTC", sz="5"))

    assert row["bids"] == [["0.001", "6.5", "0", "2"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no trades, tickers or books"),
        ("{broken\n", "Line 1"),
        (json.dumps(message("trades", "NEW-BTC", [{"px": "1"}])) + "\n", "none of OKX's"),
        (json.dumps(trade(1, "0.1", "1", 0)) + "\n", "no instrument that is known"),
    ],
)
def test_recording_that_cannot_be_used_is_refused_in_words(tmp_path, clock, text, said):
    """Which file, and what is wrong."""
    path = Path(tmp_path) / "stream.jsonl"
    path.write_text(text)

    with pytest.raises(PaperError, match=said):
        open_desk(PaperOptions(stepped=True, prices=f"tape:{path}"), clock)
