"""The simulation itself is tested by breaking the rules of the order path, one after the other: each must be caught."""

from collections import Counter
from multiprocessing import get_context
from typing import NamedTuple

import pytest

from okxlab.errors import OkxlabError
from tests.simulation.minimiser import minimised
from tests.simulation.mutants import MUTANTS, mutated
from tests.simulation.world import run, seeds

SEEDS, CORES = 400, 2
BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


class Caught(NamedTuple):
    """How a mutant was caught: in how many seeds, in which first, and by which invariants."""

    name: str
    seeds: int
    first: int | None
    rules: Counter[str]


def hunt(name: str, *, enough: int = SEEDS) -> Caught:
    """Run worlds with one rule broken, until so many have shown it."""
    rules, first, caught = Counter(), None, 0
    with mutated(BY_NAME[name]):
        for seed in seeds(0, SEEDS):
            try:
                broken = run(seed).broken
            except (OkxlabError, ValueError) as error:
                broken = [f"{type(error).__name__} came out of it"]
            if broken:
                first = seed if first is None else first
                caught += 1
                rules.update({what.split()[0] for what in broken})
            if caught == enough:
                break
    return Caught(name, caught, first, rules)


@pytest.mark.parametrize("name", [mutant.name for mutant in MUTANTS if not mutant.equivalent])
def test_a_broken_rule_is_caught(name):
    """Within 400 worlds at least one invariant does not hold."""
    assert hunt(name, enough=1).first is not None


@pytest.mark.parametrize(
    "name", ["no answer means rejected", "a missing row means rejected", "send again after a restart"]
)
def test_the_minimiser_leaves_what_is_needed(name):
    """Of all that went wrong in a world, three faults or fewer explain why the rule was needed."""
    with mutated(BY_NAME[name]):
        first = hunt(name, enough=1).first
        report = minimised(first)

    print(f"\n{name}: {report}")
    assert 1 <= sum(": " in line and line.startswith("  ") and "->" not in line for line in report.splitlines()) <= 3


def test_a_world_without_a_failure_is_not_minimised():
    """There is nothing to shorten."""
    assert minimised(0) == "seed 0: nothing is broken"


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_every_mutant_is_caught_in_four_hundred_worlds():
    """The table: in how many of 400 worlds each broken rule shows, in which first, and by which invariants."""
    with get_context("spawn").Pool(CORES) as pool:
        table = pool.map(hunt, [mutant.name for mutant in MUTANTS], chunksize=1)
    print(f"\n{'mutant':45} seeds first invariants")
    for caught in table:
        why = BY_NAME[caught.name].equivalent
        rules = f"equivalent: {why}" if why else " ".join(f"{rule}:{n}" for rule, n in caught.rules.most_common())
        print(f"{caught.name:45} {caught.seeds:5} {caught.first!s:>5} {rules}")

    assert [one.name for one in table if not one.seeds and not BY_NAME[one.name].equivalent] == []
    assert [one.name for one in table if one.seeds and BY_NAME[one.name].equivalent] == []
