"""Recording: what is on the tape is what was told, it can be replayed, and no end makes it unreadable."""

import contextlib
import gzip
import itertools
import json
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import ConfigError, InputError, Refused, Unreachable
from okxlab.exchange.wire.tape import Tape, whole
from tests.exchange.venue import Venue, eventually

PAIRS = ["BTC-USDT", "ETH-USDT"]
SECOND = 1000


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give an exchange whose market runs ten times as fast as the machine's clock."""
    one = Venue(tmp_path_factory.mktemp("venue"), "--fills", "book", "--speed", "10")
    yield one
    one.close()


@pytest.fixture
def session(place):
    with place.session() as one:
        yield one


def messages(path):
    """Give the messages of a tape, also of one that is being written."""
    text = gzip.decompress(path.read_bytes()[: whole(path)]).decode()
    return [json.loads(line)["msg"] for line in text.splitlines()]


def recorded(place, channels, symbols, tape, enough, *, progress=False):
    """Record until the messages on the tape are enough, however long that takes, and end it by closing its session."""
    with place.session() as session, ThreadPoolExecutor(1) as pool:
        running = pool.submit(ox.record, session, channels, symbols, tape, progress=progress)
        found = eventually(lambda: running.done() or (tape.exists() and enough(messages(tape))), seconds=60)
        session.close()
        return running.result() if found else pytest.fail(f"not enough was recorded on {tape}")


def books_of(told):
    """Rebuild books from messages and give (ts, bids, asks) after each, by symbol; nothing of the package's own."""
    stand, found = {}, defaultdict(list)
    for message in told:
        if message["arg"]["channel"] == "books":
            (row,), name = message["data"], message["arg"]["instId"]
            if message["action"] == "snapshot":
                stand[name] = ({}, {})
            for side, key in zip(stand[name], ("bids", "asks"), strict=True):
                side.update({level[0]: level for level in row[key]})
                for level in row[key]:
                    if level[1] == "0":
                        del side[level[0]]
            best = [sorted(side.values(), key=lambda level: Decimal(level[0])) for side in stand[name]]
            found[name].append((int(row["ts"]), best[0][::-1], best[1]))
    return found


def second_bars(told, name, start):
    """Make bars of a second out of the trades of messages: open, high, low, close, volume by second."""
    trades = {}
    for message in told:
        if message["arg"] == {"channel": "trades", "instId": name}:
            trades |= {row["tradeId"]: row for row in message["data"]}
    bars = defaultdict(list)
    for row in sorted(trades.values(), key=lambda row: int(row["ts"])):
        if int(row["ts"]) // SECOND > start // SECOND:  # of the second it began in, a part is before the beginning
            bars[int(row["ts"]) // SECOND * SECOND].append((Decimal(row["px"]), Decimal(row["sz"])))
    return {
        ts: (rows[0][0], max(rows)[0], min(rows)[0], rows[-1][0], sum(size for _, size in rows))
        for ts, rows in bars.items()
    }


def half_a_minute(told):
    """Whether the updates of books among messages are of half a minute of the market."""
    stamps = [int(row["ts"]) for message in told if message.get("action") == "update" for row in message["data"]]
    return bool(stamps) and stamps[-1] - stamps[0] > 30 * SECOND


def test_tape_of_one_exchange_replayed_by_another_shows_the_same_books_and_trades(place, venue, tmp_path):
    """Every book at its time, level by level, and the trades of every second: open, high, low, close and volume."""
    tape = tmp_path / "two.jsonl.gz"
    done = recorded(place, ["books", "trades", "tickers"], PAIRS, tape, half_a_minute)
    told = messages(tape)
    second = venue("--stepped", "--prices", f"tape:{tape}")
    start = min(int(row["ts"]) for message in told if message.get("action") == "update" for row in message["data"])
    books, compared = books_of(told), 0
    while not second.step(1)["done"]:
        for name in PAIRS:
            (row,) = second.get("market/books", instId=name, sz=400)
            known = [book for book in books[name] if max(book[0], start) <= int(row["ts"])]
            if known:
                assert (row["bids"], row["asks"]) == ([*known[-1][1]][:400], [*known[-1][2]][:400])
                compared += 1

    assert (done.gaps, compared > 100) == (0, True)
    for name in PAIRS:
        bars = {int(row[0]): tuple(map(Decimal, row[1:6])) for row in bars_of(second, name)}
        expected = second_bars(told, name, start)
        assert len(expected) > 10
        assert {ts: bars[ts] for ts in expected} == expected


def bars_of(place, name):
    """Give all bars of a second that an exchange has of an instrument."""
    rows, after = [], ""
    while page := place.get("market/candles", instId=name, bar="1s", limit=300, after=after):
        rows += page
        after = page[-1][0]
    return rows


def test_recording_is_gone_on_with(place, tmp_path):
    """What comes later stands after what was there, also when the end of that was torn off."""
    tape = tmp_path / "btc.jsonl.gz"
    first = recorded(place, "trades", "BTC-USDT", tape, bool)
    before = messages(tape)
    with tape.open("ab") as file:
        file.write(gzip.compress(b"never finished")[:-5])
    second = recorded(place, "trades", "BTC-USDT", tape, lambda told: len(told) > len(before))

    assert messages(tape)[: len(before)] == before
    assert len(messages(tape)) == first.messages["trades"] + second.messages["trades"]
    assert tape.stat().st_size == first.size + second.size


def mended(told):
    """Whether the messages hold a second snapshot of the book."""
    return [message["action"] for message in told].count("snapshot") == 2


def test_gap_is_left_out_of_the_tape(venue, tmp_path):
    """Updates after a missing one tell nothing true: the tape goes on with the snapshot that mends the book."""
    place = venue("--fills", "book", "--speed", "30")
    place.fault("drop_frame", endpoint="books", nth=6)
    done = recorded(place, "books", "BTC-USDT", tmp_path / "btc.jsonl.gz", mended)
    told = [row for message in messages(tmp_path / "btc.jsonl.gz") for row in message["data"]]

    assert done.gaps == 1
    assert [row["prevSeqId"] for row in told].count(-1) == 2
    chained = [(one["seqId"], two["prevSeqId"]) for one, two in itertools.pairwise(told)]
    assert all(after in {before, -1} for before, after in chained)


def test_recording_shows_how_far_it_is(place, tmp_path, capsys):
    """A bar counts seconds and messages."""
    recorded(place, "tickers", "BTC-USDT", tmp_path / "btc.jsonl.gz", bool, progress=True)

    assert "btc.jsonl.gz" in capsys.readouterr().err


PROGRAM = """
import signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background would not hear it
from pathlib import Path
import okxlab as ox
from okxlab.config import find_workspace
from okxlab.exchange import paper_session, read_address
address = read_address(Path(sys.argv[1]).read_bytes())
session = paper_session(address, None, find_workspace(sys.argv[3]))
live = ox.stream(session, "trades", "BTC-USDT")
tape = Path(sys.argv[2])
def tell():  # what came last, twenty times in a second of the process's own: it counts none while it is not run
    while True:
        if live.latest and tape.exists() and tape.stat().st_size:
            print(live.latest["tradeId"], file=sys.stderr, flush=True)
        time.sleep(0.05)
threading.Thread(target=tell, daemon=True).start()
print("ready", flush=True)
print(ox.record(session, ["books", "trades"], ["BTC-USDT", "ETH-USDT"], tape, progress=False).messages)
session.close()
"""


@pytest.fixture
def recorder(place, tmp_path):
    """Give a function that starts a recorder as a process of its own."""
    address = tmp_path / "address.planted"
    address.write_text(json.dumps(place.told))
    running = []

    def make(tape):
        command = [sys.executable, "-c", PROGRAM, address, tape, tmp_path]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        assert running[-1].stdout.readline() == "ready\n"
        return running[-1]

    yield make
    for process in running:
        process.kill()
        process.communicate()


def test_interrupted_recording_ends_well(recorder, tmp_path):
    """Ctrl-C ends it as the time would: what came is on the tape and is told."""
    tape = tmp_path / "btc.jsonl.gz"
    process = recorder(tape)
    assert eventually(lambda: tape.exists() and tape.stat().st_size > 0)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert sum(json.loads(said.replace("'", '"')).values()) == len(messages(tape))


def test_two_recordings_do_not_write_to_one_tape(recorder, session, tmp_path):
    """The second is refused, the first never notices, and the tape stays whole."""
    tape = tmp_path / "btc.jsonl.gz"
    first = recorder(tape)
    assert eventually(lambda: tape.exists() and tape.stat().st_size > 0)  # what it wrote shows that it holds the tape
    with pytest.raises(ConfigError, match="Another recording"):
        ox.record(session, "tickers", "ETH-USDT", tape, 0.5, progress=False)
    first.send_signal(signal.SIGINT)
    said, _ = first.communicate(timeout=20)

    assert sum(json.loads(said.replace("'", '"')).values()) == len(messages(tape))
    assert {message["arg"]["channel"] for message in messages(tape)} == {"books", "trades"}


@pytest.mark.parametrize("ticks", [45, 52, 61])
def test_killed_recorder_leaves_a_tape_up_to_the_last_moments(recorder, venue, tmp_path, ticks):
    """After kill -9 the tape is read by an exchange, and what came two seconds before is on it."""
    tape = tmp_path / "btc.jsonl.gz"
    process = recorder(tape)
    came = [process.stderr.readline() for _ in range(ticks)]
    process.kill()
    came += process.stderr.readlines()

    assert whole(tape) == tape.stat().st_size
    told = [message for message in messages(tape) if message["arg"] == {"channel": "trades", "instId": "BTC-USDT"}]
    assert came[-40].strip() in {row["tradeId"] for message in told for row in message["data"]}
    assert venue("--stepped", "--prices", f"tape:{tape}").get("market/books", instId="ETH-USDT", sz=1)


def test_tape_that_is_cut_anywhere_gives_what_was_whole(tmp_path):
    """Whichever byte is the last, the members before it are found, and the next recording goes on after them."""
    tape = Tape(tmp_path / "a.jsonl.gz")
    ends = [0]
    for number in range(4):
        tape.add(json.dumps({"msg": {"number": number, "text": "x" * 300}}))
        tape.flush()
        ends.append(tape.size)
    tape.close()
    data = (tmp_path / "a.jsonl.gz").read_bytes()
    for cut in range(1, len(data) + 1):
        (tmp_path / "b.jsonl.gz").write_bytes(data[:cut])
        assert whole(tmp_path / "b.jsonl.gz") == max(end for end in ends if end <= cut)


def test_tape_that_is_written_is_not_taken_away_by_one_that_stayed_empty(tmp_path):
    """However close the end of the one and the beginning of the other: what was written is there under its name."""
    path, there, over = tmp_path / "a.jsonl.gz", [], threading.Event()

    def stay_empty():
        while not over.is_set():
            with contextlib.suppress(ConfigError):
                Tape(path).close()

    others = [threading.Thread(target=stay_empty) for _ in range(2)]
    for other in others:
        other.start()
    while len(there) < 100:
        with contextlib.suppress(ConfigError):
            tape = Tape(path)
            tape.add("{}")
            tape.flush()
            there.append(path.exists())
            path.unlink(missing_ok=True)
            tape.close()
    over.set()
    for other in others:
        other.join()

    assert all(there)


def test_file_that_is_no_tape_is_let_go(tmp_path):
    """After the refusal nothing holds it: a tape may take its place."""
    path = tmp_path / "letter.jsonl.gz"
    path.write_text("Dear all")
    with pytest.raises(InputError):
        Tape(path)
    path.write_bytes(b"")

    Tape(path).close()


def test_recording_that_cannot_be_meant_is_refused_here(session, tmp_path):
    """Channels of the account, other files, other names: nothing is opened, nothing overwritten."""
    other = tmp_path / "letter.jsonl.gz"
    other.write_text("Dear all")
    for channels, symbols, path, more in [
        ("orders", "BTC-USDT", "a.jsonl.gz", {}),
        ([], "BTC-USDT", "a.jsonl.gz", {}),
        ("trades", [], "a.jsonl.gz", {}),
        ("trades", "BTC-USDT", "a.json", {}),
        ("trades", "BTC-USDT", "a.jsonl.gz", {"seconds": 0}),
        ("trades", "BTC-USDT", "letter.jsonl.gz", {}),
    ]:
        with pytest.raises(InputError):
            ox.record(session, channels, symbols, tmp_path / path, **more)
    assert other.read_text() == "Dear all"
    assert not (tmp_path / "a.jsonl.gz").exists()


def test_recording_of_what_is_not_listed_says_so(session, tmp_path):
    """And leaves no empty file and no thread."""
    threads = set(threading.enumerate())
    with pytest.raises(Refused, match="60018"):
        ox.record(session, "trades", "NO-SUCH", tmp_path / "a.jsonl.gz", progress=False)

    assert not (tmp_path / "a.jsonl.gz").exists()
    assert set(threading.enumerate()) == threads


def test_recording_from_nobody_says_so(venue, tmp_path):
    """When nothing came in all the time, that is an error."""
    place = venue()
    with place.session() as session:
        place.kill()
        with pytest.raises(Unreachable, match="Nothing came"):
            ox.record(session, "trades", "BTC-USDT", tmp_path / "a.jsonl.gz", 0.6, progress=False)
