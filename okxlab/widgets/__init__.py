"""Forms for Jupyter: fields, validation, and one call into the rooms below."""

from okxlab.widgets.grid_form import GridForm

__all__ = ["GridForm"]
