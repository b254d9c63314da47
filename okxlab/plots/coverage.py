"""A store in one figure: what is there, what is known to be absent, and what nobody has asked for."""

import pandas as pd
import plotly.graph_objects as go

from okxlab.errors import InputError
from okxlab.plots.look import ABSENT, BUY, LEVEL, styled
from okxlab.store import Store

_ROW = 26  # pixels


def plot_coverage(store: Store) -> go.Figure:
    """Draw a store's series as rows over time: covered spans, and the holes in them.

    Only manifests are read, no data. A hole is a mark of its own, so that one missing minute shows in five years; where
    a row is blank nobody has asked for anything.

    Parameters
    ----------
    store
        What `okxlab.open_store` gives.

    Returns
    -------
    Figure
        UTC time to the right, one row a series. Traces: ``rows`` (from the first row to the last, thin), ``covered``
        (spans a source answered completely, thick) and ``absent`` (bars no source has, in red).

    Raises
    ------
    InputError
        When the store is empty.
    StoreError
        When it cannot be read.

    Examples
    --------
    >>> from okxlab.store import Series
    >>> bars = pd.DataFrame({name: [1.0, 2.0] for name in ("open", "high", "low", "close", "volume")},
    ...                     index=pd.to_datetime([0, 120], unit="s", utc=True))
    >>> store, minutes = Store("memory://drawn"), Series("okx", "candles", "BTC-USDT", "1m")
    >>> written = store.write(minutes, bars, span=("1970-01-01", "1970-01-01 00:03"), source="okx")
    >>> [(trace.name, len(trace.x)) for trace in plot_coverage(store).data]
    [('rows', 3), ('covered', 3), ('absent', 3)]
    """
    held = store.coverage()
    if held.empty:
        raise InputError("There is nothing in the store.", "Put something in: ox.backfill(), or ox.import_file().")
    all_series = store.series()
    rows = pd.DataFrame({"start": held["first"], "end": held["last"]}).assign(series=[str(one) for one in all_series])
    covered = pd.concat([store.spans(one).assign(series=str(one)) for one in all_series])
    absent = pd.concat([store.absent(one).assign(series=str(one)) for one in all_series])
    figure = go.Figure(
        [
            _lines(rows.dropna(), "rows", LEVEL, width=4),
            _lines(covered, "covered", BUY, width=12),
            _lines(absent, "absent", ABSENT, width=12, ends=True),
        ]
    )
    figure.update_xaxes(title_text="time [UTC]")
    order = [str(one) for one in reversed(all_series)]
    figure.update_yaxes(categoryorder="array", categoryarray=order, automargin=True)
    bars = int(absent["bars"].sum())
    title = f"{len(held)} series, {held['rows'].sum():,} rows, {bars:,} bars absent, holes: {len(absent):,}"
    return styled(figure, title, height=170 + _ROW * len(held))


def _lines(spans: pd.DataFrame, name: str, color: str, *, width: int, ends: bool = False) -> go.Scatter:
    # One trace for all spans: None lifts the pen between them.
    return go.Scatter(
        x=[time for a, b in zip(spans["start"], spans["end"], strict=True) for time in (a, b, None)],
        y=[series for one in spans["series"] for series in (one, one, None)],
        mode="lines+markers" if ends else "lines",
        line={"color": color, "width": width},
        marker={"color": color, "symbol": "line-ns", "size": 12, "line": {"color": color, "width": 1}},
        name=name,
        hovertemplate=f"%{{y}}: {name} %{{x}}<extra></extra>",
    )
