"""The general backtest of spot grids: whatever a specification says beyond a plain grid, and every condition.

Each interval is a machine of its own. What happens on the way from one point of the path to the next happens in the
order the price meets it; at one price orders fill first, then a stop acts, then the range moves.

- ``trigger``: the grid launches where the path first touches it, at its price, or at the open that jumps beyond it; in
  that candle the path goes the nearest way. Until then nothing is bought, and the money is idle.
- ``stop_loss``, ``take_profit``: where the path touches the price every order is cancelled and every whole lot of base
  sold at market, taker fee and slippage paid: at that price, or at the open when the price jumps beyond it.
- ``time_limit``: the same at the open of the first candle that opens so long after the candle of the launch.
- ``trailing_up``: when the price reaches a step above the top, the lowest buy is cancelled, if nothing of it is filled,
  and the quote it would have paid rests as a buy at the old top, so the base it trades shrinks. Nothing is traded at
  market. It ends for good when the order would be below the minimum. Levels go on by the rule of the spacing.
- ``trailing_down``: when the price reaches a step below the bottom, the sell at the top is cancelled, if nothing of it
  is filled, and the same base is offered at the old bottom. No money is added: the unit bought at the top sells at a
  loss, which is in the grid profit, where houses that keep it waiting need fresh quote for every step.
- ``GridSpec.infinity``: levels go up as far as the candles do, each interval trades what keeps the base held worth the
  same at every level, and the base for levels never reached is held to the end (`endless` has the formulas).
- ``reinvest``: every 24 hours after the launch, between two candles, the quote that no order needs enlarges the next
  buy of every interval in proportion, in whole lots; orders that rest stay. Needed is what rests behind buys, what buys
  enlarged before will take, what a losing sell will lack, and what lay idle at launch. So every buy can be paid
  unless a round trip loses.
"""

from okxlab.grid.engine.game import play_grid
from okxlab.grid.engine.ledger import EngineAccount

__all__ = ["EngineAccount", "play_grid"]
