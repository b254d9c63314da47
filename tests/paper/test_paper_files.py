"""Files of prices of many instruments, and files of trades: one market out of all of them."""

import pytest

from okxlab.errors import PaperError
from okxlab.paper import PaperOptions
from okxlab.paper.rest import candles, market, public
from tests.paper.desk import open_desk

START, MINUTE = 1_704_067_200_000, 60_000


def write(path, closes, first=0, bar=MINUTE, skip=()):
    """Write flat candles, one a bar."""
    lines = [
        f"{START + (first + place) * bar},{close},{close},{close},{close},2"
        for place, close in enumerate(closes)
        if place not in skip
    ]
    path.write_text("\n".join(["ts,open,high,low,close,volume", *lines]) + "\n")


def desk_of(path, clock, **options):
    return open_desk(PaperOptions(stepped=True, prices=f"file:{path}", **options), clock)


def closes(desk, name, bar="1m"):
    return [row[4] for row in candles.candles(desk.call(instId=name, bar=bar))][::-1]


def test_folder_of_candles_is_one_market(tmp_path, clock):
    """Each file's name says whose it is; gaps of one stand still while the others move; the span is what all have."""
    write(tmp_path / "BTC-USDT_1m.csv", [10, 11, 12, 13, 14])
    write(tmp_path / "ETH-USDT_1m_x.csv", [1, 2, 3, 4, 5, 6], first=1, skip=(2,))
    write(tmp_path / "BTC-USDT-SWAP_1m.csv", [20, 21, 22, 23, 24])
    desk = desk_of(tmp_path, clock)
    desk.step(100)

    assert closes(desk, "BTC-USDT") == ["11", "12", "13", "14"]
    assert closes(desk, "ETH-USDT") == ["1", "2", "2", "4"]
    assert closes(desk, "BTC-USDT-SWAP") == ["21", "22", "23", "24"]
    assert [row[5] for row in candles.candles(desk.call(instId="ETH-USDT"))] == ["2", "0", "2", "2"]
    assert [row["instId"] for row in public.instruments(desk.call(instType="SWAP"))] == ["BTC-USDT-SWAP"]
    assert desk.balance("USDT") == 100_000


def test_one_file_may_hold_many_instruments(tmp_path, clock):
    """A column says whose each row is."""
    path = tmp_path / "all.csv"
    rows = [
        f"{START + place * MINUTE},{name},{px},{px},{px},{px}"
        for name, px in (("BTC-USDT", 9), ("SOL-USDT", 3))
        for place in range(3)
    ]
    path.write_text("\n".join(["ts,instId,open,high,low,close", *rows]) + "\n")
    desk = desk_of(path, clock)
    desk.step(100)

    assert closes(desk, "BTC-USDT") == ["9", "9", "9"]
    assert closes(desk, "SOL-USDT") == ["3", "3", "3"]
    assert len({row.code for row in desk.instruments.values()}) == 2


def test_trades_make_candles(tmp_path, clock):
    """Over hours they make minutes, and a minute without a trade stands at the last price."""
    path = tmp_path / "trades.csv"
    rows = [(0, 10, 1), (0, 12, 2), (30_000, 9, 1), (3 * MINUTE, 11, 4), (200 * MINUTE, 8, 1)]
    path.write_text("\n".join(["ts,price,size,side", *(f"{START + ts},{px},{sz},buy" for ts, px, sz in rows)]) + "\n")
    desk = desk_of(path, clock, symbol="BTC-USDT")
    desk.step(2000)
    found = candles.candles(desk.call(instId="BTC-USDT", limit="300"))[::-1]

    assert len(found) == 201
    assert [row[1:6] for row in found[:4]] == [
        ["10", "12", "9", "9", "4"], ["9", "9", "9", "9", "0"], ["9", "9", "9", "9", "0"], ["11", "11", "11", "11", "4"]
    ]  # fmt: skip
    assert sum(float(row["sz"]) for row in market.trades(desk.call(instId="BTC-USDT", limit="500"))) == 9


def test_a_swap_alone_is_its_own_index(tmp_path, clock):
    """Nothing else says what its coin costs."""
    write(tmp_path / "BTC-USDT-SWAP_1m.csv", [20, 21])
    desk = desk_of(tmp_path, clock)

    assert desk.venue.reference.mark_price(desk.instruments["BTC-USDT-SWAP"]) == 20


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "without Parquet or CSV"),
        ({"BTC-USDT_1m.csv": {}, "ETH-USDT_5m.csv": {"bar": 5 * MINUTE}}, "Give candles of one length"),
        ({"BTC-USDT_1m.csv": {}, "ETH-USDT_1m.csv": {"first": 900}}, "no time in common"),
        ({"BTC-USDT_1m.csv": {}, "BTC-USDT_again.csv": {}}, "BTC-USDT twice"),
        ({"NEW-USDT_1m.csv": {}}, "tick of NEW-USDT is not known"),
        ({"NEW-USDT-SWAP_1m.csv": {}}, "no contract that is known"),
    ],
)
def test_folder_that_cannot_be_traded_over_is_refused_in_words(tmp_path, clock, files, said):
    """What is wrong with it, and what to do."""
    for name, how in files.items():
        write(tmp_path / name, [1, 2, 3], **how)

    with pytest.raises(PaperError, match=said):
        desk_of(tmp_path, clock)
