"""A sweep that is interrupted goes on where it was, and gives the table it would have given."""

import importlib.util
import json
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import okxlab
from okxlab.errors import InputError, StoreError
from okxlab.grid import GridSpec, sweep
from okxlab.model import Instrument

PROGRAM = Path(__file__).with_name("sweeping.py")


@pytest.fixture(scope="module")
def program():
    """Give the program that sweeps as a module."""
    spec = importlib.util.spec_from_file_location("sweeping", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def whole(program):
    """Give the table of the sweep that nothing interrupts."""
    return sweep(program.walk(), **program.LISTS, instrument=program.COIN, progress=False)


@pytest.fixture
def bars(program):
    return program.walk().iloc[:300]


def parts(folder):
    return sorted(folder.glob("*.parquet"))


def started(folder):
    """Start the program and wait until it has finished another part."""
    before = len(parts(folder))
    process = subprocess.Popen([sys.executable, PROGRAM, folder], stderr=subprocess.PIPE, text=True)
    while process.poll() is None and len(parts(folder)) == before:
        time.sleep(0.002)
    return process


def test_a_sweep_killed_again_and_again_gives_the_same_table(program, whole, tmp_path):
    """A kill -9 at any moment costs the part that was being counted, and the table is the same to the bit."""
    folder = tmp_path / "sweep"
    kept = []
    for wait in (0, 0.01, 0.03):
        process = started(folder)
        time.sleep(wait)
        process.kill()
        process.communicate()
        kept.append(len(parts(folder)))

    times = {part: part.stat().st_mtime_ns for part in parts(folder)}
    table = sweep(program.walk(), **program.LISTS, instrument=program.COIN, resume=folder, progress=False)

    assert 0 < kept[0] < kept[-1] < program.PARTS
    assert len(parts(folder)) == program.PARTS
    assert {part: part.stat().st_mtime_ns for part in times} == times
    pd.testing.assert_frame_equal(table, whole, check_exact=True)


def test_a_sweep_that_is_interrupted_keeps_what_was_finished(tmp_path):
    """Ctrl-C ends it with KeyboardInterrupt, and the finished parts stay."""
    folder = tmp_path / "sweep"
    process = started(folder)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode != 0
    assert "KeyboardInterrupt" in told
    assert parts(folder)


def test_a_finished_sweep_is_read_and_not_counted(program, bars, tmp_path):
    """Asked again, every part comes from the folder; candles that are of no use to count with do not matter then."""
    lists = {"low": [90, 95], "high": [105, 110, 80], "grids": [10, 20], "investment": 1000}
    first, again = (sweep(bars, **lists, instrument=program.COIN, resume=tmp_path, progress=False) for _ in range(2))

    pd.testing.assert_frame_equal(again, first, check_exact=True)
    pd.testing.assert_frame_equal(
        first, sweep(bars, **lists, instrument=program.COIN, progress=False), check_exact=True
    )
    assert first["error"].notna().sum() == 4


def test_exact_money_comes_back_digit_for_digit(program, bars, tmp_path):
    """Decimals are kept with their trailing zeros, and missing ones as None."""
    lists = {"low": [90, 95], "high": [105, 80], "grids": [10, 20], "investment": "1000.50", "exact": True}
    direct = sweep(bars, **lists, instrument=program.COIN, progress=False)
    first, again = (sweep(bars, **lists, instrument=program.COIN, resume=tmp_path, progress=False) for _ in range(2))

    for table in (first, again):
        assert table.dtypes.tolist() == direct.dtypes.tolist()
        assert table.map(repr).equals(direct.map(repr))
    assert isinstance(again["equity_end"][0], Decimal)


def test_the_best_rows_of_kept_parts_are_those_of_counted_ones(program, whole, tmp_path):
    """top= and rank= choose among what is kept, however many there are."""
    options = {**program.LISTS, "instrument": program.COIN, "progress": False}
    for _ in range(2):
        table = sweep(program.walk(), **options, resume=tmp_path, top=25, rank="grid_profit")

        best = whole.sort_values("grid_profit", ascending=False, kind="stable").head(25)
        assert table.index.tolist() == best.index.tolist()
        pd.testing.assert_frame_equal(table[best.columns], best, check_exact=True)


def other_candles(bars):
    moved = bars.copy()
    moved.iloc[-1, moved.columns.get_loc("close")] += 0.01
    moved.iloc[-1, moved.columns.get_loc("high")] += 0.01
    return moved


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"candles": other_candles}, "candles"),
        ({"candles": lambda bars: bars.set_axis(bars.index + pd.Timedelta("1h"))}, "candles"),
        ({"candles": lambda bars: bars.iloc[:-1]}, "candles"),
        ({"instrument": Instrument("AAA-USDT", tick="0.01", lot="0.001", minimum="0.001")}, "instrument"),
        ({"maker": "0.0007"}, "maker is '0.0008' and not '0.0007'"),
        ({"taker": "0.0007"}, "taker"),
        ({"fill": "through"}, "fill"),
        ({"exact": True}, "exact"),
        ({"low": [90, 94]}, "grids"),
        ({"low": [95, 90]}, "grids"),
        ({"low": [90, 95, 96]}, "count"),
    ],
)
def test_another_sweep_in_the_same_folder_is_refused(program, bars, tmp_path, changes, says):
    """Candles, instrument, fees, fill rule, exactness and grids are all part of the question."""
    asked = {"low": [90, 95], "high": 105, "grids": 10, "investment": 1000, "instrument": program.COIN}
    sweep(bars, **asked, resume=tmp_path, progress=False)
    candles = changes.pop("candles", lambda same: same)(bars)

    with pytest.raises(InputError, match=f"its {says}"):
        sweep(candles, **(asked | changes), resume=tmp_path, progress=False)


def test_parts_of_another_version_are_refused(program, bars, tmp_path):
    """What another version counted is not mixed with what this one counts."""
    asked = {"low": 90, "high": 105, "grids": 10, "investment": 1000, "instrument": program.COIN, "progress": False}
    sweep(bars, **asked, resume=tmp_path)
    note = tmp_path / "request.json"
    told = json.loads(note.read_text("utf-8"))
    note.write_text(json.dumps(told | {"okxlab version": "0.1.0"}))

    assert told["okxlab version"] == okxlab.__version__
    with pytest.raises(InputError, match=r"its okxlab version is '0\.1\.0'"):
        sweep(bars, **asked, resume=tmp_path)


def test_other_specifications_are_another_sweep(program, bars, tmp_path):
    """A list of GridSpecs is compared by all that is in them."""
    one = GridSpec("AAA-USDT", low=90, high=110, grids=10, investment=1000)
    two = GridSpec("AAA-USDT", low=90, high=110, grids=10, investment=1000, stop_loss=85)
    sweep(bars, specs=[one], instrument=program.COIN, resume=tmp_path, progress=False)

    with pytest.raises(InputError, match="its grids"):
        sweep(bars, specs=[two], instrument=program.COIN, resume=tmp_path, progress=False)


def test_a_folder_of_other_files_is_refused(program, bars, tmp_path):
    """Nothing is written among files that are none of its own."""
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match="other files"):
        sweep(bars, low=90, high=110, grids=10, investment=1, instrument=program.COIN, resume=tmp_path, progress=False)
    assert [place.name for place in tmp_path.iterdir()] == ["notes.txt"]


def test_what_a_kill_left_half_is_no_hindrance(program, bars, tmp_path):
    """A process that died while it wrote down the question leaves a half file; the next one begins all the same."""
    (tmp_path / "request.json.4711.half").write_text("{")

    table = sweep(bars, low=90, high=110, grids=10, investment=9, instrument=program.COIN, resume=tmp_path)

    assert len(table) == len(parts(tmp_path)) == 1


def test_a_place_that_can_be_no_folder_is_named(program, bars, tmp_path):
    """A path below a file is refused with its name."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="file/below cannot be a folder"):
        sweep(bars, low=9, high=11, grids=9, investment=9, instrument=program.COIN, resume=tmp_path / "file" / "below")


@pytest.mark.parametrize("damaged", ["part", "request.json"])
def test_a_damaged_file_is_named(program, bars, tmp_path, damaged):
    """A part or a request that is cut short is an error with its path, not a wrong table."""
    asked = {"low": 90, "high": 110, "grids": 10, "investment": 1000, "instrument": program.COIN, "progress": False}
    sweep(bars, **asked, resume=tmp_path)
    place = parts(tmp_path)[0] if damaged == "part" else tmp_path / damaged
    place.write_bytes(place.read_bytes()[:40])

    with pytest.raises(StoreError, match=place.name):
        sweep(bars, **asked, resume=tmp_path)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_fifty_kills_cost_nothing(program, whole, tmp_path):
    """Killed fifty times at moments of chance, in folder after folder, the table is always the same."""
    chance, kills, folders = np.random.default_rng(7), 0, 0
    while kills < 50:
        folder = tmp_path / str(folders)
        folders += 1
        while len(parts(folder)) < program.PARTS and kills < 50:
            process = started(folder)
            time.sleep(chance.random() * 0.15)
            kills += process.poll() is None
            process.kill()
            process.communicate()
        table = sweep(program.walk(), **program.LISTS, instrument=program.COIN, resume=folder, progress=False)
        pd.testing.assert_frame_equal(table, whole, check_exact=True)
    print(f"\n{kills} kills in {folders} folders")
