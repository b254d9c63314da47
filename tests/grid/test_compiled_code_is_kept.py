"""Compiled code is kept between processes, and not a day longer than any file it was made of."""

import os
import shutil
import subprocess
import sys

import pytest
from numba.core.dispatcher import Dispatcher

from okxlab.grid.kernels.kept import stamp

SWEEP = """
import pandas as pd, okxlab as ox
bars = pd.DataFrame({"open": [105.0], "high": [111.0], "low": [104.0], "close": [110.0]},
    index=pd.date_range("2024-01-01", periods=1, freq="min", tz="UTC"))
btc = ox.Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
print(ox.sweep(bars, low=100, high=120, grids=4, investment=1_000, instrument=btc, progress=False).sells[0])
"""


def test_the_stamp_changes_with_any_file_of_the_folder(root, tmp_path):
    """A changed byte, a new file and another name each give another stamp; a copy gives the same one."""
    copy = shutil.copytree(root / "okxlab" / "grid" / "kernels", tmp_path / "kernels")
    stamps = [stamp(), stamp(copy)]
    (copy / "wide.py").write_text((copy / "wide.py").read_text() + "# one more line\n")
    stamps.append(stamp(copy))
    (copy / "more.py").write_text("")
    stamps.append(stamp(copy))
    (copy / "more.py").rename(copy / "other.py")
    stamps.append(stamp(copy))

    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 4


def test_every_compiled_function_is_kept_under_that_stamp():
    """Whatever file of the folder a compiled function stands in, its cache asks for the stamp of all of them."""
    modules = [module for name, module in sys.modules.items() if name.startswith("okxlab.grid.kernels.")]
    found = {
        thing: thing._cache._cache_file._source_stamp
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, Dispatcher)
    }

    assert len(found) > 20
    assert set(found.values()) == {stamp()}


@pytest.mark.proof
def test_a_change_in_one_file_reaches_what_another_file_compiled_from_it(root, tmp_path):
    """After a line of blocks.py is changed, the kept code of tally.py, made with the old line, is not used."""
    shutil.copytree(root / "okxlab", tmp_path / "okxlab", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = tmp_path / "okxlab" / "grid" / "kernels" / "blocks.py"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def sells():
        run = [sys.executable, "-c", SWEEP]
        told = subprocess.run(run, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
        return int(told.stdout)

    before = sells()
    line = "return np.int64(blocks.table[first, last]) + found"
    assert line in blocks.read_text()
    blocks.write_text(blocks.read_text().replace(line, f"{line} + 100"))

    assert before == 1
    assert sells() > 100
