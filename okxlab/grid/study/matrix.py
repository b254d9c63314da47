"""Returns of many trials, period by period, as statistics take them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from okxlab.errors import InputError

Floats = npt.NDArray[np.float64]


def return_matrix(returns: pd.DataFrame | Floats) -> tuple[pd.Index, Floats]:
    """Give the names of the trials, and their returns as float64 of shape (periods, trials).

    Raises
    ------
    InputError
        When it is no table, or holds what is not a finite number.

    Examples
    --------
    >>> return_matrix(np.array([[0.1, 0.2], [0.0, 0.1]]))[1].shape
    (2, 2)
    """
    frame = returns if isinstance(returns, pd.DataFrame) else pd.DataFrame(returns)
    try:
        matrix = frame.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"The returns hold something that is not a number: {error}.", "Give float columns.") from None
    if not matrix.size:
        raise InputError("There are no returns in the table.", "Give one row a period and one column a trial.")
    bad = np.argwhere(~np.isfinite(matrix))
    if bad.size:
        period, trial = frame.index[bad[0, 0]], frame.columns[bad[0, 1]]
        raise InputError(
            f"The return of trial {trial!r} in period {period!r} is {matrix[tuple(bad[0])]}.",
            "Leave out only grids that could not be made and periods without candles: who lost all was tried as well.",
        )
    return frame.columns, matrix
