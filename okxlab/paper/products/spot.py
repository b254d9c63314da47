"""The spot pairs: which coins trade against which currencies, and in what steps."""

from decimal import Decimal

from okxlab.paper.products.coins import Coin, coins, dollars
from okxlab.paper.products.instrument import FIRST_CODE, LISTED, Instrument
from okxlab.paper.products.steps import decade, nearest

_DAY = 86_400_000
_DIGITS = 4  # a tick is so many places below the leading digit
# how many of the best known coins trade against each, and where its codes begin after the USDT pairs
_QUOTES = {
    "USDT": 10_000, "USDC": 120, "EUR": 70, "USD": 40, "BTC": 40, "ETH": 20, "TRY": 20, "BRL": 12, "AUD": 12, "AED": 6,
    "SGD": 6,
}  # fmt: skip
_MONEY_PAIRS = ("USDC-USDT", "USDT-USD", "USDC-USD", "USDT-EUR", "USDC-EUR", "USDT-BRL", "USDT-TRY", "USDT-AUD")
_LEVERAGE = ((10, "10"), (60, "5"), (110, "3"))  # place below: highest leverage of spot margin
_MARGIN_QUOTES = {"USDT": "10", "USDC": "5", "BTC": "3"}  # and the highest of each quote currency
_LIKE_USDT = ("USDT", "USDC", "USD", "EUR")  # against these, the best known have the same tick
_CODES_A_QUOTE = 1000


def spot_pairs() -> list[Instrument]:
    """Give every spot pair, the coins' USDT pairs first."""
    found = []
    for block, (quote, many) in enumerate(_QUOTES.items()):
        first = FIRST_CODE + block * _CODES_A_QUOTE
        found += [
            _pair(coin, quote, first + coin.place)
            for coin in list(coins().values())[:many]
            if coin.name != quote and (quote != "ETH" or coin.name != "BTC")
        ]
    first = FIRST_CODE + len(_QUOTES) * _CODES_A_QUOTE
    return found + [_money_pair(name, first + place) for place, name in enumerate(_MONEY_PAIRS)]


def _pair(coin: Coin, quote: str, code: int) -> Instrument:
    price = float(coin.start) / dollars(quote)
    if coin.steps and quote in _LIKE_USDT:
        tick, lot, minimum = coin.steps
    else:
        tick, lot, minimum = decade(price, _DIGITS), *_sizes(coin)
    start = nearest(price, tick)
    return Instrument(
        f"{coin.name}-{quote}", tick, lot, minimum, start=start, code=code, lever=_lever(coin, quote),
        since=LISTED + coin.place * 5 * _DAY,
    )  # fmt: skip


def _money_pair(name: str, code: int) -> Instrument:
    base, quote = name.split("-")
    price = dollars(base) / dollars(quote)
    tick = decade(price, _DIGITS)
    return Instrument(name, tick, Decimal("0.000001"), Decimal(1), start=nearest(price, tick), code=code)


def _sizes(coin: Coin) -> tuple[Decimal, Decimal]:
    """Give lot and minimum of a coin: the least order is worth one to ten dollars."""
    if coin.steps:
        return coin.steps[1:]
    minimum = 1 / decade(float(coin.start))
    return (Decimal(1) if minimum > 1000 else Decimal("0.000001")), minimum


def _lever(coin: Coin, quote: str) -> str:
    most = next((lever for place, lever in _LEVERAGE if coin.place < place), "")
    cap = _MARGIN_QUOTES.get(quote, "")
    return min(most, cap, key=int) if most and cap else ""
