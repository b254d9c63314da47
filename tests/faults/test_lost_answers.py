"""An order whose answer is lost: okxlab makes one of it and tells the truth, beside what bare ccxt makes of it."""

import pytest

from tests.faults.lost import MODES, TYPES, Bench


@pytest.fixture
def bench(fresh):
    return Bench(fresh)


@pytest.mark.parametrize("mode", ["reset", "50004", "200, a page", "200, no rows"])
def test_order_with_a_lost_answer_exists_once_and_is_given_back(bench, mode):
    """One order, and it is the one that `place` gives."""
    trial = bench.trial("okxlab", mode, "limit")

    assert (trial.orders, trial.told, trial.true) == (1, "placed", True)


def test_order_that_was_never_accepted_is_said_to_have_failed(bench):
    """Proved by the exchange, after the order's last moment."""
    trial = bench.trial("okxlab", "502 page", "limit", accepted=False)

    assert (trial.orders, trial.told, trial.true) == (0, "failed", True)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_every_way_to_lose_an_answer_beside_bare_ccxt(bench, capsys):
    """Thirteen ways, three kinds of order, three clients, one run: okxlab doubles nothing and says nothing false."""
    table = {
        (mode, kind): {name: bench.trial(name, mode, kind) for name in bench.clients}
        for mode in MODES
        for kind in TYPES
    }
    absent = {mode: bench.trial("okxlab", mode, "limit", accepted=False) for mode in MODES if mode not in CUT}
    with capsys.disabled():
        print(f"\n{'answer':13} {'order':10} " + "".join(f"{name:>40}" for name in bench.clients))
        for (mode, kind), trials in table.items():
            told = "".join(f"{f'{t.orders} orders, {t.told}, {t.true}':>40}" for t in trials.values())
            print(f"{mode:13} {kind:10} {told}")
        for name in bench.clients:
            mine = [trials[name] for trials in table.values()]
            doubled, false = sum(t.orders > 1 for t in mine), sum(not t.true for t in mine)
            print(f"{name}: doubled in {doubled} of {len(mine)}, false in {false}")
        print(f"okxlab, never accepted: {sum(t.true for t in absent.values())} of {len(absent)} told truly")
    ours = [trials["okxlab"] for trials in table.values()]

    assert [trial.orders for trial in ours] == [1] * len(ours)
    assert all(trial.true for trial in [*ours, *absent.values()])
    assert any(trials["ccxt, tried again"].orders > 1 for trials in table.values())


CUT = {"200, cut", "200, no rows"}  # the exchange always acts before these
