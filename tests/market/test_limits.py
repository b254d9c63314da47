"""How much of the limits is used: ox.limits."""

import pytest

import okxlab as ox

COLUMNS = ["operation", "counted_by", "instrument", "allowed", "window", "used", "free", "next_free"]
COLUMNS += ["slowed", "banned_until"]


@pytest.fixture
def session(tmp_path):
    """Give a session of a paper exchange that keeps limits."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nlimits = true\n")
    with ox.connect(workspace=tmp_path) as opened:
        yield opened


@pytest.fixture
def other(session):
    """Give a session as another process would have it."""
    with ox.connect(workspace=session.workspace.root) as opened:
        yield opened


def test_every_limit_that_was_used_is_a_row(session, other):
    """Reads count by address, orders by user and instrument with a fifth kept free, wherever they were sent from."""
    ox.place(other, "buy", "BTC-USDT", amount="0.01", price="1000")
    turns = [other.throttle.wait("POST", "/api/v5/trade/cancel-order", '{"instId":"BTC-USDT"}') for _ in range(3)]
    frame = ox.limits(session)
    found = frame.set_index(["operation", "instrument"])

    assert frame.columns.tolist() == COLUMNS
    assert found.loc[("GET public/instruments", "SPOT"), ["counted_by", "allowed", "window"]].tolist() == [
        "address",
        20,
        2,
    ]
    assert found.loc[("POST trade/order", "BTC-USDT"), ["counted_by", "allowed"]].tolist() == ["user", 48]
    cancels = found.loc[("POST trade/cancel-order", "BTC-USDT")]
    assert cancels[["allowed", "used", "free", "slowed"]].tolist() == [48, len(turns), 45, 1]
    assert 0 <= cancels["next_free"] <= 2 / 48 * 1.01
    assert str(frame["banned_until"].dtype) == "datetime64[ms, UTC]"
    assert frame["banned_until"].isna().all()


def test_looking_waits_for_nobody(session, other):
    """While another holds the ledger for a change, the limits can be seen."""
    ox.tickers(session)
    with other.throttle._ledger.page(["held"]):
        found = ox.limits(session)

    assert "GET market/tickers" in set(found["operation"])


def test_a_refusal_shows_in_its_row(session):
    """What was refused rests for its window and goes at half the speed."""
    turn = session.throttle.wait("POST", "/api/v5/trade/amend-order", '{"instId":"BTC-USDT-SWAP"}')
    session.throttle.answered(turn, 200, b'{"code":"50061","data":[],"msg":""}')
    found = ox.limits(session).set_index("operation")

    row = found.loc["new and amended orders of derivatives"]
    assert row[["counted_by", "allowed"]].tolist() == ["sub-account", 800]
    assert row["slowed"] == pytest.approx(2, rel=0.05)
    assert row["next_free"] == pytest.approx(2, rel=0.1)
    assert found.loc["POST trade/amend-order", "slowed"] == 1


def test_without_limits_there_is_no_row(tmp_path):
    """A paper exchange that keeps none gives an empty frame of the same columns."""
    with ox.connect(workspace=tmp_path) as session:
        ox.tickers(session)
        found = ox.limits(session)

    assert found.empty
    assert found.columns.tolist() == COLUMNS
