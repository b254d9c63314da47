"""The look for secrets: into a notebook before it runs, and into what a run leaves before that is kept."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from okxlab.errors import ReportError
from okxlab.monitor import Sighting, notebook_pieces, sightings
from okxlab.reports.redaction import HIDDEN, Redactor


def refuse_secrets(notebook: Path) -> None:
    """Refuse a notebook with a secret typed into it: what it is would be in every report.

    Raises
    ------
    ReportError
        Naming the cell, not the secret.
    """
    try:
        tree = json.loads(notebook.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # whoever reads it next says so
    written = {"cells": [{**cell, "outputs": []} for cell in _cells(tree)]}
    for piece in notebook_pieces(written):
        for one in sightings(piece.text, code=piece.code):
            raise ReportError(
                f"{notebook.name} holds a {one.kind} of OKX in {piece.place}, line {one.line}; so would the report.",
                "Take it out, keep keys in .env, and make a new key if others may have seen this one.",
            )


def without_secrets(notebook: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """Give an executed notebook with every secret hidden, and the cells that showed one.

    What cannot be hidden within a cell, because it is in pieces or in base64, takes the rest of the cell with it.
    """
    found = [one.value for one in _seen(notebook)]
    if not found:
        return dict(notebook), []
    hider = Redactor(found)
    cells: list[Any] = []
    showed = []
    for number, cell in enumerate(_cells(notebook)):
        clean = hider.tree(cell)
        if any(_seen({"cells": [cell]})):
            showed.append(number)
        cells.append(_emptied(cell) if any(_seen({"cells": [clean]})) else clean)
    about = hider.tree(notebook.get("metadata") or {})
    if any(_seen({"metadata": about})):
        about = {name: about[name] for name in ("kernelspec", "language_info") if name in about}
    return {**notebook, "cells": cells, "metadata": about}, showed


def shows_secret(tree: Any) -> bool:
    """Whether a JSON-like value holds a secret.

    >>> shows_secret({"orders": 12})
    False
    """
    return bool(sightings(json.dumps(tree, ensure_ascii=False, default=str)))


def _seen(notebook: Mapping[str, Any]) -> Iterator[Sighting]:
    for piece in notebook_pieces(notebook):
        yield from sightings(piece.text, code=piece.code)


def _cells(notebook: Any) -> list[dict[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, Mapping) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _emptied(cell: Mapping[str, Any]) -> dict[str, Any]:
    emptied = {**cell, "source": HIDDEN, "metadata": {}}
    return emptied | ({"outputs": []} if "outputs" in cell else {})
