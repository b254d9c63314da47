"""A sweep on a real Dask cluster of processes gives the table that this process gives."""

import importlib.util
import os
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster

from okxlab.errors import CandleError, InputError
from okxlab.grid import index_path, sweep


@pytest.fixture(scope="module")
def program():
    """Give the candles and lists the sweeps' tests share, as a module."""
    spec = importlib.util.spec_from_file_location("sweeping", Path(__file__).with_name("sweeping.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Give a client of two worker processes on loopback."""
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with (
        LocalCluster(**options, host="127.0.0.1", local_directory=tmp_path_factory.mktemp("dask")) as cluster,
        Client(cluster) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def whole(program):
    return sweep(program.walk(), **program.LISTS, instrument=program.COIN, progress=False)


def test_a_cluster_of_processes_gives_the_same_table(program, whole, client):
    """Every row, count and amount is the same to the bit, whoever counted it; it was not this process."""
    table = sweep(program.walk(), **program.LISTS, instrument=program.COIN, client=client, progress=False)

    pd.testing.assert_frame_equal(table, whole, check_exact=True)
    assert os.getpid() not in client.run(os.getpid).values()


class Sent:
    """Something that counts how often it is written out in this process; read in again it is nothing."""

    times = 0

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        Sent.times += 1
        return str, ()


def test_candles_go_out_once(program, client):
    """However many parts there are, the candles leave this process a single time."""
    candles = program.walk()
    candles.attrs["witness"] = Sent()

    sweep(candles, **program.LISTS, instrument=program.COIN, client=client, progress=False)

    assert Sent.times == 1


def test_a_cluster_takes_an_index_that_is_there(program, client):
    """The index of the caller is sent out instead of the candles."""
    lists = {"low": [90, 95], "high": [105, 110], "grids": [10, 20], "investment": 1000, "progress": False}
    index = index_path(program.walk(), instrument=program.COIN)

    there, here = (sweep(index, **lists, client=one) for one in (client, None))

    pd.testing.assert_frame_equal(there, here, check_exact=True)


def test_a_cluster_chooses_the_same_best_rows(program, whole, client):
    """The best rows do not depend on which part came back first, equals among them included."""
    options = {"instrument": program.COIN, "client": client, "top": 40, "progress": False}

    table = sweep(program.walk(), **program.LISTS, **options, rank="quote_end")

    best = whole.sort_values("quote_end", ascending=False, kind="stable").head(40)
    pd.testing.assert_frame_equal(table[best.columns], best, check_exact=True)


def test_what_a_cluster_finished_is_kept_for_this_process(program, whole, client, tmp_path):
    """Parts counted there and kept here serve a sweep without a cluster."""
    options = {**program.LISTS, "instrument": program.COIN, "resume": tmp_path, "progress": False}

    there, here = (sweep(program.walk(), **options, client=one) for one in (client, None))

    pd.testing.assert_frame_equal(there, whole, check_exact=True)
    pd.testing.assert_frame_equal(here, whole, check_exact=True)


def test_candles_that_cannot_be_traded_over_are_refused_before_they_are_sent(program, client):
    """The error is the usual one."""
    with pytest.raises(CandleError, match="earlier than"):
        sweep(program.walk()[::-1], low=90, high=110, grids=10, investment=1000, instrument=program.COIN, client=client)


def test_what_is_no_client_is_refused(program):
    """An address alone is not enough."""
    with pytest.raises(InputError, match="client is a str"):
        sweep(program.walk(), low=90, high=110, grids=9, investment=9, instrument=program.COIN, client="tcp://host:1")
