"""Spans of time: half-open, in milliseconds since 1970 UTC, in order and apart from one another."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
Sourced = tuple[int, int, str]


def runs(stamps: NDArray[np.int64], step: int) -> list[Span]:
    """Give the spans that bars, sorted, fill without a hole.

    >>> runs(np.array([0, 60, 120, 300]), 60)
    [(0, 180), (300, 360)]
    """
    if not stamps.size:
        return []
    breaks = np.flatnonzero(np.diff(stamps) != step)
    first = stamps[np.r_[0, breaks + 1]]
    last = stamps[np.r_[breaks, stamps.size - 1]] + step
    return list(zip(first.tolist(), last.tolist(), strict=True))


def union(spans: Iterable[Span]) -> list[Span]:
    """Give the spans that cover the same time, in order; those that touch are one.

    >>> union([(5, 9), (0, 2), (2, 4)])
    [(0, 4), (5, 9)]
    """
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def minus(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Give what is left of spans once others are taken out; both in order.

    >>> minus([(0, 10), (20, 30)], [(2, 4), (8, 25)])
    [(0, 2), (4, 8), (25, 30)]
    """
    left, at = [], 0
    for start, end in spans:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        here = at
        while here < len(taken) and taken[here][0] < end:
            if taken[here][0] > start:
                left.append((start, taken[here][0]))
            start = max(start, taken[here][1])  # noqa: PLW2901 - the rest of this span goes on being cut
            here += 1
        if start < end:
            left.append((start, end))
    return left


def within(pieces: Sequence[Span], covered: Iterable[Sourced]) -> list[Sourced]:
    """Give what of some pieces lies in which source's span; all in order.

    >>> within([(0, 4), (6, 9)], [(2, 7, "a"), (7, 8, "b")])
    [(2, 4, 'a'), (6, 7, 'a'), (7, 8, 'b')]
    """
    found, at = [], 0
    for start, end, source in covered:
        while at < len(pieces) and pieces[at][1] <= start:
            at += 1
        here = at
        while here < len(pieces) and pieces[here][0] < end:
            found.append((max(pieces[here][0], start), min(pieces[here][1], end), source))
            here += 1
    return found


def paint(covered: Sequence[Sourced], fresh: Sequence[Span], source: str) -> list[Sourced]:
    """Lay spans of a source over what was covered; neighbours of one source become one.

    >>> paint([(0, 10, "a")], [(4, 6), (10, 12)], "b")
    [(0, 4, 'a'), (4, 6, 'b'), (6, 10, 'a'), (10, 12, 'b')]
    >>> paint([(0, 10, "a")], [(10, 12)], "a")
    [(0, 12, 'a')]
    """
    kept = within(minus([(start, end) for start, end, _ in covered], fresh), covered)
    merged: list[Sourced] = []
    for start, end, by in sorted([*kept, *((a, b, source) for a, b in fresh)]):
        if merged and merged[-1][1] == start and merged[-1][2] == by:
            merged[-1] = (merged[-1][0], end, by)
        else:
            merged.append((start, end, by))
    return merged
