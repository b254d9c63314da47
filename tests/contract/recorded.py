"""What was recorded of ccxt on the wire: for each call the request it makes and how it ends."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_MOMENT = re.compile(r"\d{13}")
_MADE_UP_ID = re.compile(r"6b9ad766b55dBCDE[0-9a-f]{16}")


@dataclass(frozen=True)
class Vector:
    """One recorded call; ``outcome`` is ok or the class of the exception."""

    call: str
    method: str
    path: str
    body: Any
    outcome: str


def read_vectors(file: Path) -> dict[str, Vector]:
    """Give the recorded calls by name."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return {
        row["call"]: Vector(row["call"], row["method"], row["path"], row["body"], row["outcome"].split(" ")[0])
        for row in rows
    }


def comparable(path: str, body: Any, own: str = "") -> tuple[str, list[tuple[str, str]], Any]:
    """Give a request without what differs from run to run: moments, made-up ids, its order's id, an option's day."""
    parts = urlsplit(path)
    query = sorted((name, "day" if name == "expTime" else _bare(value, own)) for name, value in parse_qsl(parts.query))
    return parts.path, query, json.loads(_bare(json.dumps(body), own))


def _bare(text: str, own: str) -> str:
    text = _MOMENT.sub("moment", _MADE_UP_ID.sub("made-up", text))  # an id may hold the digits of a moment
    return re.sub(rf"\b{own}\b", "own", text) if own else text
