"""A day in which everything fails now and then leaves nothing over but the journal of its orders."""

import pytest

from tests.faults.scales import slope, table
from tests.faults.soaking import soak

WARM = 4  # hours until the exchange's own memory, which keeps three, is full


def test_two_hours_of_faults_leave_no_descriptor_and_nothing_broken(tmp_path):
    """Crashes, broken disks and lost answers: every life lets go of what it held, and the journal tells the truth."""
    samples, broken, counts, _ = soak(tmp_path, 2, seed=2)

    assert broken == []
    assert counts["lives"] > 2
    assert counts["orders judged"] > 300
    assert len({sample.descriptors for sample in samples}) == 1


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_a_day_of_faults_keeps_memory_and_descriptors_flat(tmp_path, capsys):
    """What grows is what the journal knows of its orders, so many bytes each; besides it no objects, and no memory."""
    samples, broken, counts, took = soak(tmp_path, 24, seed=1)
    warm = samples[WARM:]
    with capsys.disabled():
        print(f"\n{table(warm)}\n{took:.0f} s, {dict(counts)}")

    assert broken == []
    assert len({sample.descriptors for sample in samples}) == 1
    assert abs(slope(warm, "rest_objects")) < 100
    assert slope(warm, "rest") < 1_500_000  # what the allocator keeps beside the state that grows
