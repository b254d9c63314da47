"""Whatever fails, in whatever order: no order is lost or doubled, and none stays unknown."""

from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import pytest

from tests.simulation.world import run, seeds

REPLAYED = [
    int(line.split()[0])
    for line in Path(__file__).with_name("seeds.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
MANY, CORES = 60_000, 2


def worlds(part: list[int]) -> tuple[Counter[str], list[str]]:
    """Run worlds, and give how much happened in them and what did not hold."""
    counts, broken = Counter(), []
    for seed in part:
        ended = run(seed)
        counts.update(ended.counts)
        broken += [f"seed {seed}: {what}" for what in ended.broken]
    return counts, broken


@pytest.mark.parametrize("seed", REPLAYED)
def test_a_world_that_was_mended_stays_mended(seed):
    """Seeds that failed once are kept for good."""
    assert run(seed).broken == []


def test_every_invariant_holds_in_fifteen_hundred_worlds():
    """Lost answers, crashes at any step, torn disks, late and doubled requests, silence, in all mixtures."""
    counts, broken = worlds(seeds(0, 1_500))

    assert broken == []
    assert counts["crashes"] > 500
    assert counts["unknown"] > 300
    assert counts["fired"] > 200


def test_a_seed_is_one_world():
    """The same seed gives the same sends, faults and crashes."""
    assert run(7) == run(7)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_every_invariant_holds_in_sixty_thousand_worlds():
    """On two cores, with its figures."""
    begin = perf_counter()
    parts = [seeds(first, min(first + 500, MANY)) for first in range(0, MANY, 500)]
    with get_context("spawn").Pool(CORES) as pool:
        told = pool.map(worlds, parts, chunksize=1)
    took = perf_counter() - begin
    counts = sum((counts for counts, _ in told), Counter())
    broken = [what for _, wrong in told for what in wrong]
    figures = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    print(f"\n{MANY:,} seeds in {took:.0f} s on {CORES} cores, {MANY / took:.0f} a second: {len(broken)} violations")
    print(figures)

    assert broken == []
