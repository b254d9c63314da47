"""The swaps and futures: which coins have them, and the terms of each by its id."""

from decimal import Decimal

from okxlab.paper.products.coins import Coin, coins
from okxlab.paper.products.expiries import DAY, FUTURES, futures_expiries, listed_from, read_expiry, written
from okxlab.paper.products.instrument import FIRST_CODE, LISTED, Contract, Instrument
from okxlab.paper.products.steps import decade

_LINEAR, _USDC = 130, 30  # so many of the best known coins have a swap that settles in USDT, in USDC
_INVERSE = ("BTC", "ETH", "SOL", "XRP", "DOGE", "LTC", "ADA", "DOT", "LINK", "AVAX", "BCH", "ETC")
FUTURES_COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE")
_LEVERAGE = ((2, 100), (40, 50), (1000, 20))  # place below: highest leverage
_SWAP_CODES, _FUTURES_CODES = FIRST_CODE + 100_000, 10_000_000
_CODES_A_FAMILY = 100_000  # days since 1970 fit
_QUOTES = ("USDT", "USDC", "USD")


def swaps() -> list[Instrument]:
    """Give every perpetual swap."""
    names = [coin.name for coin in coins().values() if _has_swap(coin)]
    families = [f"{name}-USDT" for name in names] + [f"{name}-USDC" for name in names[:_USDC]]
    return [_derived(f"{family}-SWAP", 0) for family in (*families, *(f"{name}-USD" for name in _INVERSE))]


def futures_families() -> list[str]:
    """Give the families that have dated futures."""
    return [f"{name}-{quote}" for name in FUTURES_COINS for quote in ("USD", "USDT")]


def futures(now: int) -> list[Instrument]:
    """Give every dated future listed at a time (ms UTC)."""
    terms = futures_expiries(now).items()
    return [
        _derived(f"{family}-{written(expiry)}", expiry, alias)
        for family in futures_families()
        for expiry, alias in terms
    ]


def future(name: str) -> Instrument | None:
    """Give the future of an id, however long it is gone; None when there is none of that name."""
    family, _, date = name.rpartition("-")
    expiry = read_expiry(date)
    return _derived(name, expiry) if expiry and family in futures_families() else None


def _has_swap(coin: Coin) -> bool:
    return coin.place < _LINEAR and (coin.contract is not None or coin.steps is None)


def _derived(name: str, expiry: int, alias: str = "") -> Instrument:
    base, quote, _ = name.split("-")
    coin, linear = coins()[base], quote != "USD"
    leverage = next(lever for place, lever in _LEVERAGE if coin.place < place)
    family = f"{base}-{quote}"
    contract = Contract(
        value=_value(coin, quote), currency=base if linear else "USD", linear=linear, settle=quote if linear else base,
        family=family, leverage=leverage, expiry=expiry, alias=alias,
    )  # fmt: skip
    lot = _lot(contract, coin)
    place = _QUOTES.index(quote) * 1000 + coin.place
    code = _FUTURES_CODES + place * _CODES_A_FAMILY + expiry // DAY if expiry else _SWAP_CODES + place
    return Instrument(
        name, _tick(coin), lot, lot, kind="FUTURES" if expiry else "SWAP", start=coin.start, code=code,
        contract=contract, since=listed_from(expiry, FUTURES) if expiry else LISTED + (coin.place + 100) * 5 * DAY,
    )  # fmt: skip


def _tick(coin: Coin) -> Decimal:
    return coin.steps[0] if coin.steps else decade(float(coin.start), 4)


def _value(coin: Coin, quote: str) -> Decimal:
    if quote == "USD":
        return Decimal(100) if coin.name == "BTC" else Decimal(10)
    size = coin.contract or decade(33 / float(coin.start))
    return size if quote == "USDT" else size / 100


def _lot(contract: Contract, coin: Coin) -> Decimal:
    """Give the smallest part of a contract that trades: worth a few dollars or less."""
    worth = float(contract.value) * float(coin.start)
    if not contract.linear or worth < 10:
        return Decimal(1)
    return Decimal("0.01") if worth >= 75 else Decimal("0.1")
