"""A sweep on a Dask cluster: candles and grids are sent out once, parts come back as they are done."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd

from okxlab.grid.sweep.index import PathIndex
from okxlab.grid.sweep.question import Question


def parts_there(
    client: Any, candles: pd.DataFrame | PathIndex, question: Question, wanted: Sequence[range]
) -> Iterator[tuple[range, pd.DataFrame]]:
    """Give parts of a sweep as the workers of ``client``, a ``distributed.Client``, come to their end.

    The index is built on one worker and handed on among them. What is not done when nobody wants it any more, after an
    interruption, is called off.
    """
    import distributed  # noqa: PLC0415  an extra: who has a client has it

    asked, path = client.scatter([question, candles], broadcast=True)
    index = client.submit(_index, asked, path, pure=False)
    futures = {client.submit(_part, asked, index, span, pure=False): span for span in wanted}
    done: Any = distributed.as_completed
    try:
        for future, table in done(list(futures), with_results=True):
            yield futures.pop(future), table
    finally:
        client.cancel([index, *futures])


def _index(question: Question, candles: pd.DataFrame | PathIndex) -> PathIndex:
    return question.index(candles)


def _part(question: Question, index: PathIndex, span: range) -> pd.DataFrame:
    with ThreadPoolExecutor(1) as pool:
        return question.part(index, span, pool)
