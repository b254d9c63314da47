"""Jupyter-first research toolkit for OKX: market data, exact grids, a paper exchange, notebook reports.

>>> import okxlab as ox
>>> ox.GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000)
GridSpec('BTC-USDT', low=85000, high=95000, grids=10, investment=1000)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from okxlab import errors

if TYPE_CHECKING:
    from okxlab.errors import OkxlabError
    from okxlab.exchange import Recorded, Session, Stream, connect, record, stream
    from okxlab.grid import (
        Audit,
        Band,
        GridSpec,
        Overfitting,
        PathIndex,
        Plan,
        Result,
        Window,
        audit_grid,
        backtest,
        band,
        band_many,
        bootstrap_paths,
        bootstrap_sweep,
        deflated_sharpe,
        index_path,
        overfitting,
        rank_by_band,
        split,
        sweep,
        trial_returns,
        walk_forward,
        windows,
    )
    from okxlab.market import (
        backfill,
        candles,
        fee_rates,
        funding_history,
        funding_rates,
        grid_suggestions,
        history,
        index_prices,
        instrument,
        instruments,
        limits,
        mark_prices,
        open_interest,
        option_chain,
        order_book,
        position_tiers,
        price_limits,
        server_time,
        system_status,
        tickers,
        trades,
        trades_history,
    )
    from okxlab.model import Instrument, in_order, oddities, resample
    from okxlab.monitor import scan
    from okxlab.plots import (
        plot_audit,
        plot_backtest,
        plot_band,
        plot_candles,
        plot_coverage,
        plot_depth,
        plot_funding,
        plot_heat_map,
        plot_ladder,
        plot_levels,
        plot_parallel,
        plot_spread,
        plot_walk_forward,
    )
    from okxlab.reports import Run, note, run_report
    from okxlab.store import Series, Store, export_file, import_file, open_store, read_candles, resample_series, sql
    from okxlab.trading import (
        GridBot,
        Replay,
        arm,
        armed,
        audit,
        balances,
        cancel,
        cancel_all,
        compare,
        different_fills,
        disarm,
        export_journal,
        fills,
        journal,
        kill,
        lift_kill,
        open_orders,
        place,
        plan,
        replay,
        resume,
        start_grid,
    )
    from okxlab.widgets import GridForm, SweepExplorer

__version__ = "0.2.0"

__all__ = [
    "Audit",
    "Band",
    "GridBot",
    "GridForm",
    "GridSpec",
    "Instrument",
    "OkxlabError",
    "Overfitting",
    "PathIndex",
    "Plan",
    "Recorded",
    "Replay",
    "Result",
    "Run",
    "Series",
    "Session",
    "Store",
    "Stream",
    "SweepExplorer",
    "Window",
    "arm",
    "armed",
    "audit",
    "audit_grid",
    "backfill",
    "backtest",
    "balances",
    "band",
    "band_many",
    "bootstrap_paths",
    "bootstrap_sweep",
    "cancel",
    "cancel_all",
    "candles",
    "compare",
    "connect",
    "deflated_sharpe",
    "different_fills",
    "disarm",
    "errors",
    "export_file",
    "export_journal",
    "fee_rates",
    "fills",
    "funding_history",
    "funding_rates",
    "grid_suggestions",
    "history",
    "import_file",
    "in_order",
    "index_path",
    "index_prices",
    "instrument",
    "instruments",
    "journal",
    "kill",
    "lift_kill",
    "limits",
    "mark_prices",
    "note",
    "oddities",
    "open_interest",
    "open_orders",
    "open_store",
    "option_chain",
    "order_book",
    "overfitting",
    "place",
    "plan",
    "plot_audit",
    "plot_backtest",
    "plot_band",
    "plot_candles",
    "plot_coverage",
    "plot_depth",
    "plot_funding",
    "plot_heat_map",
    "plot_ladder",
    "plot_levels",
    "plot_parallel",
    "plot_spread",
    "plot_walk_forward",
    "position_tiers",
    "price_limits",
    "rank_by_band",
    "read_candles",
    "record",
    "replay",
    "resample",
    "resample_series",
    "resume",
    "run_report",
    "scan",
    "server_time",
    "split",
    "sql",
    "start_grid",
    "stream",
    "sweep",
    "system_status",
    "tickers",
    "trades",
    "trades_history",
    "trial_returns",
    "walk_forward",
    "windows",
]

# the room that each name lives in; a room is opened when one of its names is first asked for
_ROOMS = {
    "okxlab.errors": "OkxlabError",
    "okxlab.exchange": "Recorded Session Stream connect record stream",
    "okxlab.grid": (
        "Audit Band GridSpec Overfitting PathIndex Plan Result Window audit_grid backtest band band_many "
        "bootstrap_paths bootstrap_sweep deflated_sharpe index_path overfitting rank_by_band split sweep "
        "trial_returns walk_forward windows"
    ),
    "okxlab.market": (
        "backfill candles fee_rates funding_history funding_rates grid_suggestions history index_prices instrument "
        "instruments limits mark_prices open_interest option_chain order_book position_tiers price_limits server_time "
        "system_status tickers trades trades_history"
    ),
    "okxlab.model": "Instrument in_order oddities resample",
    "okxlab.monitor": "scan",
    "okxlab.plots": (
        "plot_audit plot_backtest plot_band plot_candles plot_coverage plot_depth plot_funding plot_heat_map "
        "plot_ladder plot_levels plot_parallel plot_spread plot_walk_forward"
    ),
    "okxlab.reports": "Run note run_report",
    "okxlab.store": "Series Store export_file import_file open_store read_candles resample_series sql",
    "okxlab.trading": (
        "GridBot Replay arm armed audit balances cancel cancel_all compare different_fills disarm export_journal "
        "fills journal kill lift_kill open_orders place plan replay resume start_grid"
    ),
    "okxlab.widgets": "GridForm SweepExplorer",
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'okxlab' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
