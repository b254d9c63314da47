"""A disk that is full in the middle of a write: what was there stays, and no piece is left."""

import resource
from contextlib import contextmanager

import pandas as pd
import pytest

from okxlab.errors import InputError, StoreError
from okxlab.store import Store, export_file


@contextmanager
def no_file_longer_than(size):
    """Let the system refuse every write beyond a length, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def held(tmp_path, series, bars):
    """Give a store that holds some minutes."""
    store = Store(tmp_path / "store")
    store.write(series, bars("2024-01-01", 40), source="okx")
    return store


def test_write_that_finds_no_room_leaves_the_old_state_and_no_piece(held, series, bars):
    """However often it is tried, the store holds what it held and takes no more room."""
    for _ in range(3):
        with no_file_longer_than(4_000), pytest.raises(StoreError, match="Free or mend the disk"):
            held.write(series, bars("2024-01-01", 20_000), source="okx")

    assert held.verify().empty
    assert len(held.read(series)) == 40
    assert held.write(series, bars("2024-01-01", 20_000), source="okx").added == 19_960


@pytest.mark.parametrize("suffix", ["csv", "parquet", "feather"])
def test_export_that_finds_no_room_leaves_the_file_that_was_there(held, tmp_path, series, bars, suffix):
    """A file that is there gives way only to a whole one."""
    file = export_file(held, series, tmp_path / f"bars.{suffix}")
    before = file.read_bytes()
    held.write(series, bars("2024-01-01", 20_000), source="okx")
    with no_file_longer_than(50_000), pytest.raises(InputError, match="cannot be written"):
        export_file(held, series, file)

    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == [file.name]


def test_export_through_a_link_is_written_where_it_points(held, tmp_path, series):
    """The link stays a link."""
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export_file(held, series, tmp_path / "link.csv")

    assert (tmp_path / "link.csv").is_symlink()
    assert len(pd.read_csv(tmp_path / "real.csv")) == 40
