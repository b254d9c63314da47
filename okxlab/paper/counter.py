"""Where the owner's commands reach the exchange: over its control routes while it runs, else in its database."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from okxlab.clock import SystemClock
from okxlab.errors import PaperError
from okxlab.paper.accounts.office import Office
from okxlab.paper.archive.removal import remove_database
from okxlab.paper.control.control import HEADER
from okxlab.paper.opening import open_exchange
from okxlab.paper.options import PaperOptions

_PATIENCE = 30.0


def instruct(state: Path, options: PaperOptions, act: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Do one of the office's acts on the exchange that ``state`` tells of, or on the one ``options`` would open.

    Raises
    ------
    PaperError
        It cannot be done, or the exchange neither runs nor keeps anything.
    """
    answered = _ask(state, act, fields)
    if answered is not None:
        return answered
    if options.data is None:
        raise PaperError(
            "The paper exchange does not run, and on recorded candles it keeps nothing.",
            "Start it with ox.connect(), and try again meanwhile.",
        )
    exchange = open_exchange(options, SystemClock())
    try:
        return Office(exchange.venue, exchange.keys, exchange.first_key).do(act, fields)
    finally:
        exchange.close()


def reset(state: Path, data: Path) -> bool:
    """End the exchange if it runs, take its database away, and say whether there was anything.

    Raises
    ------
    PaperError
        An exchange that cannot be reached uses the database.
    """
    ran = _ask(state, "end", {}) is not None
    return remove_database(data) or ran


def _ask(state: Path, act: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what the running exchange answers; None when there is none."""
    try:
        told = json.loads(state.read_bytes())
        place, token = urlsplit(told["rest"]), told["control"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    link = http.client.HTTPConnection(str(place.hostname), place.port or 80, timeout=_PATIENCE)
    try:
        link.request("POST", f"/okxlab/{act}", json.dumps(fields), {HEADER: token})
        answer = link.getresponse()
        row: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        link.close()
    if answer.status == 401:  # somebody else has taken its port
        return None
    if answer.status != 200:
        raise PaperError(str(row.get("error", row)), str(row.get("fix", "")))
    return row
