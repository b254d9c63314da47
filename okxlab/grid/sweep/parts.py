"""How a sweep is done: whole, or in parts that are found on disk or counted here or on a cluster."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from okxlab.grid.bands import rank_by_band
from okxlab.grid.sweep.cluster import parts_there
from okxlab.grid.sweep.finalists import played
from okxlab.grid.sweep.finished import Finished, request_of
from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.question import Question, spans
from okxlab.model import check_candles

# The column that is not counted: bands are made of the rows that may be among the best.
LOW_END = "band_low"

# Rows of a part: what an interruption can cost.
PART = 2**14


@dataclass(frozen=True, slots=True)
class Means:
    """What a sweep has at its disposal: threads here, or a cluster; a folder that keeps what is finished; a screen."""

    threads: int
    client: Any = None
    folder: str | os.PathLike[str] | None = None
    progress: bool = True


def answered(
    candles: pd.DataFrame | PathIndex,
    question: Question,
    means: Means,
    best: tuple[int, str] | None,
    tell: Callable[[int], object],
) -> pd.DataFrame:
    """Give the table; with ``best``, a number and a column, so many rows, those highest in it, played.

    ``tell`` hears how many rows are done.
    """
    if best is not None and best[1] == LOW_END:
        table = answered(candles, question, means, None, tell)
        return played(candles, question, _surest(candles, question, means, table, best[0]))
    if best is None and means.client is None and means.folder is None:
        return question.whole(candles, means.threads, tell)
    if isinstance(candles, PathIndex):
        question.index(candles)
    else:
        check_candles(candles)
    tables: list[pd.DataFrame] = []
    for span, table in _answers(candles, question, means):
        tables.append(table)
        if best:
            tables = [highest(tables, *best)]
        tell(len(span))
    return played(candles, question, tables[0]) if best else pd.concat(tables).sort_index()


def highest(tables: list[pd.DataFrame], top: int, rank: str) -> pd.DataFrame:
    """Give the rows highest in a column, highest first and of equals the earlier; those that could be made."""
    made = pd.concat(tables).sort_index()
    return made[made["error"].isna()].sort_values(rank, ascending=False, kind="stable").head(top)


def _surest(
    candles: pd.DataFrame | PathIndex, question: Question, means: Means, table: pd.DataFrame, top: int
) -> pd.DataFrame:
    return rank_by_band(
        table,
        candles.candles if isinstance(candles, PathIndex) else candles,
        top=top,
        instrument=question.rows.instrument,
        maker=question.maker,
        taker=question.taker,
        fill=question.fill,
        threads=means.threads,
        progress=means.progress,
    )


def _answers(
    candles: pd.DataFrame | PathIndex, question: Question, means: Means
) -> Iterator[tuple[range, pd.DataFrame]]:
    """Give the parts: first those that are kept, then the others as they are counted."""
    kept = _kept(candles, question, means.folder)
    wanted = []
    for span in spans(question.rows, PART) or [range(0)]:
        table = kept.load(span) if kept else None
        if table is None:
            wanted.append(span)
        else:
            yield span, table
    for span, table in _counted(candles, question, means, wanted):
        if kept:
            kept.keep(span, table)
        yield span, table


def _counted(
    candles: pd.DataFrame | PathIndex, question: Question, means: Means, wanted: list[range]
) -> Iterator[tuple[range, pd.DataFrame]]:
    if not wanted:
        return iter(())
    if means.client is not None:
        return parts_there(means.client, candles, question, wanted)
    return question.parts(candles, wanted, means.threads)


def _kept(
    candles: pd.DataFrame | PathIndex, question: Question, folder: str | os.PathLike[str] | None
) -> Finished | None:
    if folder is None:
        return None
    bars = candles.candles if isinstance(candles, PathIndex) else candles
    terms = {name: getattr(question, name) for name in ("maker", "taker", "fill", "exact")}
    return Finished.of(folder, request_of(bars, question.rows, terms | {"part": PART}))
