"""The shortest list of faults under which a world still breaks the same rule, told in lines a person can read.

``python -m tests.simulation.minimiser SEED`` prints it.
"""

import sys
from collections.abc import Callable, Sequence

from tests.simulation.schedule import Fault
from tests.simulation.world import World, run


def shortest(fails: Callable[[Sequence[Fault]], bool], faults: Sequence[Fault]) -> list[Fault]:
    """Leave out faults, many at once and then fewer, as long as it still fails (delta debugging)."""
    left, parts = list(faults), 2
    while len(left) > 1:
        size = -(-len(left) // parts)
        for begin in range(0, len(left), size):
            rest = left[:begin] + left[begin + size :]
            if fails(rest):
                left, parts = rest, max(2, parts - 1)
                break
        else:
            if size == 1:
                break
            parts = min(len(left), parts * 2)
    return [] if left and fails([]) else left


def minimised(seed: int) -> str:
    """Give the shortest failing schedule of a seed, and what it breaks; faults that never struck are left out first."""
    whole = run(seed)
    if not whole.broken:
        return f"seed {seed}: nothing is broken"
    rules = {what.split()[0] for what in whole.broken}

    def fails(faults: Sequence[Fault]) -> bool:
        return bool(rules & {what.split()[0] for what in run(seed, faults).broken})

    ended = run(seed, shortest(fails, [fault for fault, _ in whole.struck]))
    lines = [f"seed {seed}: {len(ended.struck)} of {len(World(seed, None).drawn)} faults are enough"]
    lines += [f"  {told(fault)}, at {where}" for fault, where in ended.struck]
    return "\n".join([*lines, *(f"  -> {what}" for what in ended.broken)])


def told(fault: Fault) -> str:
    """Give a fault in words."""
    return f"{fault.place} {fault.number}: {fault.kind} ({fault.amount:.2f})"


if __name__ == "__main__":
    print(minimised(int(sys.argv[1])))
