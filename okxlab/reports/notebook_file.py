"""Notebooks as trees: read, made of plain values, written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat


def read_notebook(path: Path) -> Any:
    """Give a notebook of format 4."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # nbformat is half typed


def node(tree: Mapping[str, Any]) -> Any:
    """Give a tree whose keys are attributes too."""
    return nbformat.from_dict(tree)  # type: ignore[no-untyped-call]  # nbformat is half typed


def notebook_text(notebook: Any) -> str:
    """Give the notebook as its file holds it."""
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]  # nbformat is half typed
