"""A spot pair bought or sold with borrowed money, as OKX's instType MARGIN."""

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from okxlab.paper.products.instrument import Contract, Instrument


@lru_cache(maxsize=2000)
def margin_pair(pair: Instrument) -> Instrument:
    """Give a pair as it is traded on margin: profit, margin and fees are of the quote currency.

    >>> pair = Instrument("BTC-USDT", Decimal("0.1"), Decimal("0.01"), Decimal("0.01"), lever="10")
    >>> margin_pair(pair).kind, margin_pair(pair).terms.settle, margin_pair(pair).terms.leverage
    ('MARGIN', 'USDT', 10)
    """
    terms = Contract(
        value=Decimal(1), currency=pair.base, linear=True, settle=pair.quote, family=pair.name,
        leverage=int(pair.lever or 1),
    )  # fmt: skip
    return replace(pair, kind="MARGIN", contract=terms)
