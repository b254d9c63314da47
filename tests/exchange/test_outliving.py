"""A workspace's paper exchange goes on from session to session."""

import okxlab as ox
from okxlab.exchange import read


def test_what_rests_and_the_market_are_there_at_the_next_session(tmp_path):
    """The first session ends the exchange; the second finds its order, its money, its key and the same past prices."""
    with ox.connect(workspace=tmp_path) as session:
        placed = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="10000")
        bars = read(session, "publicGetMarketHistoryCandles", {"instId": "BTC-USDT", "limit": "50"})
    with ox.connect(workspace=tmp_path) as session:
        (order,) = read(session, "privateGetTradeOrdersPending")
        (balance,) = read(session, "privateGetAccountBalance")[0]["details"]
        again = read(session, "publicGetMarketHistoryCandles", {"instId": "BTC-USDT", "limit": "60"})

    assert (order["clOrdId"], order["ordId"]) == (placed.client_id, placed.order_id)
    assert (balance["cashBal"], balance["ordFrozen"]) == ("100000", "100")
    assert [bar for bar in bars if bar not in again] == []


def test_recorded_candles_start_anew(tmp_path):
    """Each start is the same start."""
    lines = [f"{1_704_067_200_000 + 60_000 * i},42000,42001,41999,42000,1" for i in range(10)]
    (tmp_path / "minutes.csv").write_text("\n".join(["ts,open,high,low,close,volume", *lines]), encoding="utf-8")
    (tmp_path / "okxlab.toml").write_text('[paper]\nprices = "file:minutes.csv"\n', encoding="utf-8")
    for _ in range(2):
        with ox.connect(workspace=tmp_path) as session:
            assert read(session, "privateGetTradeOrdersPending") == []
            ox.place(session, "buy", "BTC-USDT", amount="0.01", price="10000")
    assert not (tmp_path / ".okxlab" / "paper.db").exists()
