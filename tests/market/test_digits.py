"""Digits: what OKX sends as decimals is what comes out."""

import random
from decimal import Decimal

import okxlab as ox
from okxlab.market.tickers import NUMBERS

ROWS = 400


def decimal(chance, digits):
    """Write a positive decimal of so many significant digits, anywhere a price or volume may be."""
    number = Decimal(chance.randrange(10 ** (digits - 1), 10**digits)).scaleb(chance.randint(-18, 3))
    return format(number, "f")


def served(told, digits):
    """Serve made-up tickers: the session, and each column's texts by symbol."""
    chance = random.Random(7)  # noqa: S311 - made-up prices
    names = [f"C{number:03}-USDT" for number in range(ROWS)]
    sent = {column: {name: decimal(chance, digits()) for name in names} for column in NUMBERS}
    rows = [
        {"instId": name, "ts": "0", **{key: sent[column][name] for column, key in NUMBERS.items()}} for name in names
    ]
    return told({"market/tickers": rows}), sent


def test_float_of_15_digits_is_the_decimal_that_was_sent(told):
    """Thousands of random decimals of up to 15 digits: repr of the float is the decimal, trailing zeros apart."""
    chance = random.Random(11)  # noqa: S311 - made-up prices
    session, sent = served(told, lambda: chance.randint(1, 15))
    frame = ox.tickers(session)

    wrong = [
        (text, value)
        for column, texts in sent.items()
        for text, value in zip(texts.values(), frame[column], strict=True)
        if Decimal(repr(float(value))) != Decimal(text)
    ]
    assert wrong == []


def test_float_of_more_digits_is_the_nearest_there_is(told):
    """Of 18 digits and more no float tells all: it is the nearest, and asked for exactly no digit is lost."""
    chance = random.Random(13)  # noqa: S311 - made-up prices
    session, sent = served(told, lambda: chance.randint(18, 25))
    rounded, exact = ox.tickers(session), ox.tickers(session, exact=True)

    for column, texts in sent.items():
        assert rounded[column].tolist() == [float(text) for text in texts.values()]
        assert [format(value, "f") for value in exact[column]] == list(texts.values())
