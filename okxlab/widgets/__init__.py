"""Forms for Jupyter: fields, validation, and one call into the rooms below."""

from okxlab.widgets.grid_form import GridForm
from okxlab.widgets.sweep_explorer import SweepExplorer

__all__ = ["GridForm", "SweepExplorer"]
