"""What the grid's tests share: the plain reference, and frames made of rows."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def reference():
    """Give the plain reference as a module (tests are no package, so it is loaded by its file)."""
    return loaded("plain_reference")


@pytest.fixture(scope="session")
def contract_reference():
    """Give the plain reference of contract grids the same way."""
    return loaded("contract_reference")


@pytest.fixture(scope="session")
def contract_games():
    """Give what runs contract grids of plain values, the same way."""
    return loaded("contract_games")


def loaded(name):
    """Load a file beside this one as a module."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there for the module of their annotations
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def frame():
    """Give a function that makes a candle frame, a minute a row, of rows of four numbers."""

    def make(rows, **attrs):
        index = pd.date_range("2024-01-01", periods=len(rows), freq="min", tz="UTC")
        candles = pd.DataFrame(
            [[float(price) for price in row] for row in rows], columns=["open", "high", "low", "close"], index=index
        )
        candles.attrs.update(attrs)
        return candles

    return make
