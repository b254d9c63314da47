"""A notebook as pieces of text, each with its place: sources, outputs, metadata, without the escapes of JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """A text of a file, where it stands (empty: the file is one text), and whether it is Python."""

    place: str
    text: str
    code: bool = False


def notebook_pieces(notebook: Mapping[str, Any]) -> Iterator[Piece]:
    """Give every text of a notebook but its images.

    What a cell prints in pieces is one text. Metadata, papermill's parameters among it, is read as JSON.

    >>> cells = [{"cell_type": "code", "source": ["a = 1", "b = 2"], "outputs": [{"name": "stdout", "text": "3"}]}]
    >>> [(piece.place, piece.text) for piece in notebook_pieces({"cells": cells})]
    [('cell 0', 'a = 1b = 2'), ('cell 0 stdout', '3')]
    """
    for number, cell in enumerate(notebook.get("cells") or ()):
        if not isinstance(cell, Mapping):
            continue
        yield Piece(f"cell {number}", _joined(cell.get("source")), code=cell.get("cell_type") == "code")
        for about in ("metadata", "attachments"):
            yield from _tree(f"cell {number} {about}", _without_images(cell.get(about)))
        yield from _outputs(number, cell.get("outputs") or ())
    rest = {name: value for name, value in notebook.items() if name != "cells"}
    yield from _tree("metadata", _without_images(rest.pop("metadata", None)))
    yield from _tree("notebook", rest if set(rest) - {"nbformat", "nbformat_minor"} else None)


def _outputs(number: int, outputs: Any) -> Iterator[Piece]:
    streams: dict[str, str] = {}
    for place, output in enumerate(outputs):
        if not isinstance(output, Mapping):
            continue
        where = f"cell {number} output {place}"
        if "text" in output:
            name = str(output.get("name"))
            streams[name] = streams.get(name, "") + _joined(output["text"])
        for kind, data in (output.get("data") or {}).items():
            if kind.startswith("image/") and kind != "image/svg+xml":
                continue
            yield from [Piece(where, _joined(data))] if _textual(data) else _tree(where, data)
        yield from _tree(f"{where} metadata", output.get("metadata"))
        if "traceback" in output:
            said = [str(output.get("ename")), str(output.get("evalue")), *map(str, output["traceback"] or ())]
            yield Piece(f"cell {number} traceback", "\n".join(said))
    for name, text in streams.items():
        yield Piece(f"cell {number} {name}", text)


def _tree(place: str, tree: Any) -> Iterator[Piece]:
    if tree:
        yield Piece(place, json.dumps(tree, indent=0, ensure_ascii=False, default=str))


def _without_images(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {name: _without_images(one) for name, one in tree.items() if not str(name).startswith("image/")}
    return [_without_images(one) for one in tree] if isinstance(tree, list) else tree


def _textual(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")
