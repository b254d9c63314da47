"""Maintenance of the exchange: what is new stays here, and what happened meanwhile is read before anything follows."""

import pytest
import requests

import okxlab as ox
from okxlab.errors import Blocked, Refused
from okxlab.trading import GridBot
from okxlab.trading.desk import hand
from tests.trading.grids import best_buy, sides, straddling


@pytest.fixture
def maintain(control_token):
    """Give a function that begins maintenance of a session's exchange, or ends it."""

    def tell(session, seconds):
        headers = {"X-Okxlab-Token": control_token()}
        url = f"{session.profile.rest}/okxlab/maintenance"
        answer = requests.post(url, json={"after": 0, "seconds": seconds}, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text

    return tell


def test_no_order_leaves_while_everything_is_answered_with_50001(tmp_path, maintain):
    """After five such answers a new order is stopped at once, and is nowhere written down as sent."""
    (tmp_path / "okxlab.toml").write_text("[paper]\nspeed = 1e-9\nlimits = true\n")
    with ox.connect(workspace=tmp_path) as session:
        ox.cancel(session, ox.place(session, "buy", "BTC-USDT", amount="0.001", price="9000"))
        maintain(session, 600)
        for _ in range(5):
            with pytest.raises(Refused, match="50001"):
                ox.balances(session)

        before = set(hand(session).blotter.orders)
        with pytest.raises(Blocked, match="failed the last 5 requests"):
            ox.place(session, "buy", "BTC-USDT", amount="0.001", price="9000")
        assert set(hand(session).blotter.orders) == before


def test_client_id_that_cannot_be_looked_up_is_not_placed(fresh, maintain):
    """Another kernel may have used it; once the exchange tells that none has, the same id is placed."""
    ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="9001")
    maintain(fresh, 600)
    with pytest.raises(Refused, match="50001"):
        ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="9000", client_id="mine")
    assert "mine" not in hand(fresh).blotter.orders

    maintain(fresh, 0)
    assert len(ox.open_orders(fresh)) == 1
    assert ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="9000", client_id="mine").client_id == "mine"


def test_bot_reads_what_filled_during_maintenance_before_it_places_anything(fresh, maintain, hit):
    """Meanwhile it places nothing; afterwards the fill is read first, then its interval goes on."""
    bot = GridBot(fresh, straddling(fresh))
    buy, before = best_buy(fresh), sides(fresh)["sell"]
    maintain(fresh, 600)
    hit(buy, buy.size)
    known = set(bot._executor.blotter.orders)
    with pytest.raises(Refused, match="50001"):
        bot.sync()
    assert set(bot._executor.blotter.orders) == known

    maintain(fresh, 0)
    assert [fill.order_id for fill in bot.sync()] == [buy.order_id]
    assert sides(fresh)["sell"] == before + 1
    bot.leave()
