"""Balances that lag behind: what is held is known from the journal, whatever the exchange shows of it."""

from decimal import Decimal

import pytest
import requests

import okxlab as ox
from okxlab.errors import OrderDenied
from okxlab.trading import GridBot
from okxlab.trading.desk import hand
from tests.trading.grids import best_buy, straddling


@pytest.fixture
def lagging(fresh, control_token):
    """Give a session whose exchange shows balances as they were an hour ago."""
    rule = {"fault": "stale", "endpoint": "account/balance", "ms": 3_600_000}
    headers = {"X-Okxlab-Token": control_token()}
    answer = requests.post(f"{fresh.profile.rest}/okxlab/faults", json=rule, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    ox.balances(fresh)  # a question that was never asked has no past
    return fresh


def test_limit_on_what_is_held_counts_what_the_balance_does_not_show(lagging, tmp_path):
    """A purchase that filled stands against the next one, though the balance still shows none of it."""
    shown = ox.balances(lagging)
    bought = ox.place(lagging, "buy", "BTC-USDT", amount="0.01")
    hand(lagging).reconcile()
    (tmp_path / "limits.toml").write_text(f"[paper]\nposition = {bought.average * Decimal('0.015'):f}\n")

    with pytest.raises(OrderDenied, match="BTC-USDT would be held for"):
        ox.place(lagging, "buy", "BTC-USDT", amount="0.01")
    assert ox.balances(lagging).equals(shown)


def test_bot_sells_what_it_bought_though_the_balance_does_not_show_it(lagging, hit):
    """A buy that filled is followed by a sell of what its executions brought after the fee."""
    bot = GridBot(lagging, straddling(lagging))
    buy, shown, before = best_buy(lagging), ox.balances(lagging), set(ox.open_orders(lagging).index)
    hit(buy, buy.size)
    (fill,) = bot.sync()

    assert ox.balances(lagging).equals(shown)
    (sell,) = ox.open_orders(lagging).drop(index=before, errors="ignore").itertuples()
    assert sell.side == "sell"
    assert 0 <= fill.size - fill.fee - sell.size < ox.instrument(lagging, "BTC-USDT").lot
    bot.leave()
