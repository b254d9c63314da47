"""Damage is found: a byte, a file, a row, a gap that is not what the manifest says."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from okxlab.errors import StoreError
from okxlab.store import Store
from okxlab.store.encoding import pack
from okxlab.store.manifest import Manifest


@pytest.fixture
def folder(tmp_path, series, bars):
    """Give the folder of a series that holds two months, with a hole of ten minutes in the first."""
    frame = bars("2024-01-31", 2 * 1440)
    frame = frame.drop(frame.index[100:110])
    Store(tmp_path).write(series, frame, span=("2024-01-31", "2024-02-02"), source="okx")
    return tmp_path / series.folder


def said(tmp_path):
    """Give what verify finds, as one text."""
    found = Store(tmp_path).verify()
    return "\n".join(f"{row.file}: {row.finding}" for row in found.itertuples())


def test_a_sound_store_has_no_finding(folder, tmp_path):
    """An untouched store is sound, hole and all."""
    assert len(list(folder.iterdir())) == 4
    assert said(tmp_path) == ""


@pytest.mark.parametrize("seed", range(12))
def test_one_changed_byte_anywhere_is_found(folder, tmp_path, seed):
    """Whichever byte of whichever file changes, verify names the file."""
    chance = np.random.default_rng(seed)
    files = sorted(file for file in folder.iterdir() if file.suffix in {".parquet", ".json"})
    file = files[seed % len(files)]
    data = bytearray(file.read_bytes())
    data[chance.integers(len(data))] ^= 1 << int(chance.integers(8))
    file.write_bytes(data)

    assert said(tmp_path).startswith(f"{file.name}: ")


def test_files_cut_short_or_gone_are_found_and_not_read(folder, tmp_path, series):
    """A file that ends early, and one that is gone, are findings; a read says which and what to do."""
    first, second = sorted(folder.glob("*.parquet"))
    first.write_bytes(first.read_bytes()[:-100])
    second.unlink()

    assert f"{first.name}: is not what was written" in said(tmp_path)
    assert f"{second.name}: is gone" in said(tmp_path)
    with pytest.raises(StoreError, match=rf"{first.name} is damaged.*verify"):
        Store(tmp_path).read(series, end="2024-02-01")
    with pytest.raises(StoreError, match=rf"gone.*{second.name}"):
        Store(tmp_path).read(series, start="2024-02-01")


def test_a_damaged_manifest_stops_readers_and_writers(folder, tmp_path, series, bars):
    """Nothing is read or written beside a manifest that cannot be trusted."""
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"okx", b"okz", 1))

    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path).read(series)
    with pytest.raises(StoreError, match="damaged"):
        Store(tmp_path).write(series, bars("2024-01-01", 1), source="okx")
    assert "damaged" in said(tmp_path)


def test_a_folder_put_in_another_series_place_is_found(folder, tmp_path):
    """A renamed folder does not become another series."""
    folder.rename(folder.parent / "5m")

    assert "is of okx/candles/BTC-USDT/1m" in said(tmp_path)


def forge(folder, change):
    """Replace the first file by one of changed rows, sealed as if it had been written so."""
    file = folder / "manifest.json"
    manifest = Manifest.from_bytes(file.read_bytes(), "here")
    first = manifest.parts[0]
    rows = Store(folder.parents[3])._joined(manifest, None, None).between(None, first.last + 1)
    data, encoding = pack(change(rows))
    (folder / first.name).write_bytes(data)
    sealed = replace(first, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), encoding=encoding)
    file.write_bytes(replace(manifest, parts=(sealed, *manifest.parts[1:])).to_bytes())


def moved(rows, row, ms):
    """Give rows with one of them at another time."""
    ts = rows.ts.copy()
    ts[row] += ms
    return replace(rows, ts=ts)


FORGED = {
    "unsorted": (lambda rows: rows.take(np.r_[1, 0, 2 : len(rows)]), "row 1 is not after the row before it"),
    "twice": (lambda rows: rows.take(np.r_[0, 0, 2 : len(rows)]), "row 1 is not after the row before it"),
    "another month": (lambda rows: moved(rows, -1, 86_400_000), "holds rows of another time than 2024-01"),
    "off the grid": (lambda rows: moved(rows, 50, 1), "where no bar of 1m opens"),
    "a row short": (lambda rows: rows.take(np.r_[0:5, 6 : len(rows)]), "has other gaps than listed"),
    "rows short": (lambda rows: rows.take(slice(0, 50)), "holds 50 rows, 1430 are listed"),
}


@pytest.mark.parametrize(("change", "says"), FORGED.values(), ids=FORGED)
def test_rows_that_cannot_be_are_found_even_when_sealed(folder, tmp_path, change, says):
    """Verify reads the rows themselves, and does not only compare checksums."""
    forge(folder, change)

    assert says in said(tmp_path)


def test_findings_are_a_frame_of_one_shape(folder, tmp_path, series):
    """A row a finding: series, file, finding; of one series when one is asked for."""
    (folder / "2024-01.0123456789ab.parquet").write_bytes(b"")
    found = Store(tmp_path).verify(series)

    assert list(found.columns) == ["series", "file", "finding"]
    assert found["series"].tolist() == ["okx/candles/BTC-USDT/1m"]
    assert pd.api.types.is_string_dtype(found["finding"])
