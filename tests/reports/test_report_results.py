import dataclasses
import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import ReportError
from okxlab.reports import note
from okxlab.reports.results import read_results


@pytest.fixture
def run_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OKXLAB_RUN", str(tmp_path))
    return tmp_path


def test_note_when_no_run_is_under_way_only_gives_the_value_back(tmp_path, monkeypatch):
    """By hand a notebook runs as it is and writes nothing."""
    monkeypatch.chdir(tmp_path)

    assert note("profit", Decimal("1.50")) == Decimal("1.50")
    assert list(tmp_path.iterdir()) == []


def test_note_when_a_run_is_under_way_writes_json_with_decimals_as_text(run_folder):
    """Figures keep their digits; what JSON cannot say becomes null or text."""

    @dataclasses.dataclass(frozen=True)
    class Pair:
        low: Decimal
        count: int

    note("profit", Decimal("1.50"))
    note("pair", Pair(Decimal("0.10"), 3))
    note("many", {"a": (1, np.int64(2), np.float64(0.5)), "nan": float("nan"), "gone": pd.NaT})
    note("when", pd.Timestamp("2026-01-01", tz="UTC"))
    note("day", dt.date(2026, 1, 2))
    note("profit", Decimal("2.50"))

    assert read_results(run_folder) == {
        "profit": "2.50",
        "pair": {"low": "0.10", "count": 3},
        "many": {"a": [1, 2, 0.5], "nan": None, "gone": None},
        "when": "2026-01-01T00:00:00+00:00",
        "day": "2026-01-02",
    }
    assert (run_folder / "results.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "value"), [("", 1), ("api_key", 1), ("x", object()), ("x", pd.DataFrame()), (1, 1)])
def test_note_when_name_or_value_cannot_be_written_refuses(run_folder, name, value):
    """A result that cannot be read back is refused where it is noted."""
    with pytest.raises(ReportError):
        note(name, value)

    assert read_results(run_folder) == {}


def test_note_when_a_value_holds_a_secret_hides_it(run_folder, monkeypatch):
    """A key does not reach run.json by this door either."""
    monkeypatch.setenv("OKX_API_SECRET", 'can"ary-secret')
    note("leak", {"deep": ['x can"ary-secret']})

    assert json.loads((run_folder / "results.json").read_text()) == {"leak": {"deep": ["x [hidden]"]}}


def test_reports_when_imported_stay_cheap():
    """The room loads neither papermill nor nbconvert nor the settings before they are used."""
    program = "import sys, okxlab.reports, okxlab.reports.runner; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not {"papermill", "nbconvert", "nbformat", "plotly", "pandas", "pydantic", "ccxt", "zmq"} & set(loaded)
