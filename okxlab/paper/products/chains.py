"""The option chains: strikes around the index for each expiry, and the terms of each option by its id."""

from decimal import Decimal
from math import sqrt

from okxlab.paper.exact import on_step, plain, read, times
from okxlab.paper.products.coins import coins
from okxlab.paper.products.expiries import DAY, OPTIONS, listed_from, option_expiries, read_expiry, written
from okxlab.paper.products.instrument import Contract, Instrument
from okxlab.paper.products.steps import round_number

OPTION_COINS = {"BTC": (Decimal("0.01"), 50), "ETH": (Decimal("0.1"), 5)}  # ctMult, and what strikes are multiples of
TICK = Decimal("0.0005")
_STRIKES_A_SIDE = 11
_NEAR, _FAR = 0.01, 0.05  # a step between strikes, as part of the price: for the days to come, for a year
_CODES, _DAYS, _UNITS = 1_000_000_000, 1 << 13, 1 << 14  # codes: family, right, day since 2019, strike in units
_FIRST_DAY = 17_897  # 2019-01-01


def option_names(coin: str, price: float, now: int) -> list[str]:
    """Give the options a coin needs at a time (ms UTC) when its index stands at a price."""
    unit = OPTION_COINS[coin][1]
    found = []
    for expiry in option_expiries(now):
        for strike in _strikes(price, (expiry - now) / DAY, unit):
            found += [f"{coin}-USD-{written(expiry)}-{plain(strike)}-{right}" for right in "CP"]
    return found


def option(name: str) -> Instrument | None:
    """Give the option of an id, however long it is gone; None when there is none of that name."""
    parts = name.split("-")
    if len(parts) != 5 or parts[0] not in OPTION_COINS or parts[1] != "USD" or parts[4] not in {"C", "P"}:
        return None
    base, _, date, text, right = parts
    expiry, strike = read_expiry(date), read(text)
    multiplier, unit = OPTION_COINS[base]
    if not expiry or not strike or plain(strike) != text or not on_step(strike, Decimal(unit)):
        return None
    contract = Contract(
        value=multiplier, currency=base, linear=False, settle=base, family=f"{base}-USD", leverage=1, expiry=expiry,
        strike=strike, right=right, multiplier=multiplier,
    )  # fmt: skip
    return Instrument(
        name, TICK, Decimal(1), Decimal(1), kind="OPTION", start=TICK, code=_code(contract), contract=contract,
        since=listed_from(expiry, OPTIONS),
    )  # fmt: skip


def _strikes(price: float, days: float, unit: int) -> list[Decimal]:
    part = _NEAR + (_FAR - _NEAR) * min(sqrt(max(days - 3, 0) / 365), 1)
    step = round_number(max(price * part, unit))
    step = times(max(int(step / unit), 1), Decimal(unit))
    middle = round(price / float(step))
    places = range(max(middle - _STRIKES_A_SIDE, 1), middle + _STRIKES_A_SIDE + 1)
    strikes = [times(place, step) for place in places]
    return [strike for strike in strikes if strike < unit * _UNITS]


def _code(contract: Contract) -> int:
    """Give a code that no other instrument has and that the id alone decides."""
    coin = contract.settle
    family = list(OPTION_COINS).index(coin) * 2 + (contract.right == "P")
    day = contract.expiry // DAY - _FIRST_DAY
    return _CODES + (family * _DAYS + day) * _UNITS + int(contract.strike) // OPTION_COINS[coin][1]


def option_starts() -> dict[str, float]:
    """Give the index of each coin with options where the market starts."""
    return {name: float(coins()[name].start) for name in OPTION_COINS}
