"""Specifications as text: TOML for people, JSON for programs, both exact to the last digit."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from okxlab.errors import SpecError
from okxlab.model import exact, plain

_MICROSECOND = timedelta(microseconds=1)
_NEEDED = ("symbol", "low", "investment")
_SECONDS = "time_limit"  # a length of time is written in seconds


def to_toml(terms: Mapping[str, Any]) -> str:
    """Write the fields of a specification as TOML: numbers bare, ``time_limit`` in seconds."""
    return "".join(f"{name} = {_toml(_written(value))}\n" for name, value in terms.items())


def to_json(terms: Mapping[str, Any]) -> str:
    """Write the fields of a specification as a JSON object: Decimals as text, ``time_limit`` in seconds."""
    return json.dumps({name: _json(_written(value)) for name, value in terms.items()}, indent=1)


def from_toml(text: str, known: Sequence[str]) -> dict[str, Any]:
    """Read the fields that `to_toml` writes; ``known`` names all there are.

    Raises
    ------
    SpecError
        When the text is no TOML, a field is missing, or one is there that no grid has.
    """
    return _read(text, "TOML", lambda text: tomllib.loads(text, parse_float=Decimal), known)


def from_json(text: str, known: Sequence[str]) -> dict[str, Any]:
    """Read the fields that `to_json` writes; ``known`` names all there are.

    Raises
    ------
    SpecError
        When the text is no JSON object, a field is missing or there twice, or one is there that no grid has.
    """
    return _read(text, "JSON", lambda text: json.loads(text, parse_float=Decimal, object_pairs_hook=_once), known)


def _read(text: str, name: str, parse: Callable[[str], Any], known: Sequence[str]) -> dict[str, Any]:
    try:
        terms = parse(text)
    except ValueError as error:
        raise SpecError(
            f"This is no {name}: {error}.", f"spec.to_{name.lower()}() shows how a grid is written."
        ) from None
    if not isinstance(terms, dict):
        raise SpecError(f"This {name} is a {type(terms).__name__}, and a grid is an object.", "Write names and values.")
    for field in terms:
        if field not in known:
            near = get_close_matches(field, known, n=1)
            raise SpecError(
                f"A grid has no field {field!r}.",
                f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}.",
            )
    needed = _NEEDED if "step" in terms else (*_NEEDED, "high", "grids")
    missing = [field for field in needed if field not in terms]
    if missing:
        raise SpecError(f"This grid does not say its {' and '.join(missing)}.", "Add what is missing.")
    if _SECONDS in terms:
        terms[_SECONDS] = _length(terms[_SECONDS])
    return terms


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _length(seconds: Any) -> timedelta:
    number = exact(seconds, _SECONDS)
    if number != round(number, 6) or abs(number) > 10**12:
        raise SpecError(f"time_limit is {seconds} seconds.", "Give whole microseconds, and fewer than 30,000 years.")
    return int(number * 10**6) * _MICROSECOND


def _written(value: Any) -> Any:
    return Decimal(value // _MICROSECOND) / 10**6 if isinstance(value, timedelta) else value


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Decimal):
        return plain(value)
    return json.dumps(value)  # texts, whole numbers, true and false are written alike


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    return plain(value) if isinstance(value, Decimal) else value
