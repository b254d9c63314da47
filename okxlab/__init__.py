"""Jupyter-first research toolkit for OKX: market data, exact grids, a paper exchange, notebook reports."""
