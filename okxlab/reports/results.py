"""Figures a notebook hands to its run: written beside the executed notebook, merged into ``run.json``."""

import dataclasses
import json
import math
import os
import threading
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from okxlab.errors import ReportError
from okxlab.reports.inspection import shows_secret
from okxlab.reports.private_file import write_private
from okxlab.reports.redaction import Redactor, names_secret

RUN_VARIABLE = "OKXLAB_RUN"
RESULTS = "results.json"
_writing = threading.Lock()
Value = TypeVar("Value")


def note(name: str, value: Value) -> Value:
    """Note a figure of this run; outside a scheduled or started report only the value comes back.

    Parameters
    ----------
    name
        What it is called in ``run.results``; noting it again replaces it.
    value
        Text, numbers, lists, mappings and frozen dataclasses of them. Decimals and times become text, NaN becomes null.

    Returns
    -------
    object
        The value, so that a cell can end with it.

    Raises
    ------
    ReportError
        When the name is empty or speaks of a secret, or the value holds one of OKX or cannot be written as JSON.

    Examples
    --------
    >>> note("round_trips", 12)
    12
    """
    if not isinstance(name, str) or not name.strip() or names_secret(name):
        raise ReportError(f"{name!r} cannot name a result.", "Give it a plain name that does not speak of a secret.")
    plain = _plain(value, name)
    if shows_secret({name: plain}):
        raise ReportError(f"The result {name!r} holds a key, secret or passphrase.", "Note what it is about instead.")
    folder = os.environ.get(RUN_VARIABLE)
    if folder:
        with _writing:
            noted = read_results(Path(folder))
            noted[name] = Redactor().tree(plain)
            text = json.dumps(noted, indent=2, ensure_ascii=False, allow_nan=False)
            write_private(Path(folder) / RESULTS, text + "\n")
    return value


def read_results(folder: Path) -> dict[str, Any]:
    """Give what was noted in a run's folder so far."""
    try:
        noted = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _plain(value: Any, name: str) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return None if str(value) == "NaT" else value.isoformat()
    return _plain_whole(value, name)


def _plain_whole(value: Any, name: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: _plain(getattr(value, part.name), name) for part in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, name) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return _plain(value.item(), name)
    raise ReportError(
        f"The result {name!r} is a {type(value).__name__}, which JSON cannot hold.",
        "Note a number, text, list or mapping.",
    )
