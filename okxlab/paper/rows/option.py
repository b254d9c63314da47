"""What is told of an option besides its prices: volatilities and greeks."""

from decimal import Decimal

from okxlab.paper.exact import plain
from okxlab.paper.fields import blank
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.venue import Venue

_EMPTY = (
    "instType instId uly delta gamma vega theta deltaBS gammaBS vegaBS thetaBS lever markVol bidVol askVol realVol "
    "volLv fwdPx ts"
)
_HALF_SPREAD = 0.01  # of volatility, between mark and bid or ask
_DIGITS = 10


def summary(venue: Venue, instrument: Instrument) -> dict[str, object]:
    """Give the row of public/opt-summary, all made up: volatilities a year as shares, theta a day, the rest in floats.

    ``delta``, ``gamma``, ``vega`` and ``theta`` are counted in coin, those with BS in dollars.
    """
    reference = venue.reference
    made, greeks, mark = reference.quoted(instrument), reference.greeks(instrument), reference.mark_price(instrument)
    numbers = {
        "delta": greeks.coin_delta, "gamma": greeks.coin_gamma, "vega": greeks.coin_vega, "theta": greeks.coin_theta,
        "deltaBS": greeks.delta, "gammaBS": greeks.gamma, "vegaBS": greeks.vega, "thetaBS": greeks.theta,
        "lever": float(1 / mark) if mark else 0.0, "markVol": made.volatility,
        "bidVol": made.volatility - _HALF_SPREAD, "askVol": made.volatility + _HALF_SPREAD, "volLv": made.level,
        "fwdPx": made.forward,
    }  # fmt: skip
    return blank(_EMPTY) | {name: _written(value) for name, value in numbers.items()} | {
        "instType": "OPTION", "instId": instrument.name, "uly": instrument.family, "ts": str(venue.feed.now),
    }  # fmt: skip


def _written(value: float) -> str:
    return plain(Decimal(repr(round(value, _DIGITS))))
