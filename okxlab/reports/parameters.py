"""The parameters a report notebook declares, and the check that what is handed in fits them.

papermill only warns about an unknown parameter, takes any type, and loses a parameter whose comment holds an equals
sign; so the cell is read here as Python reads it, and a run with a wrong parameter never starts.
"""

import ast
import difflib
import io
import json
import math
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from okxlab.errors import ParameterError, ReportError
from okxlab.reports.redaction import Redactor, names_secret, shaped_like_key
from okxlab.reports.text_value import convert

KINDS = ("None", "bool", "int", "float", "list", "str")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the cell tagged ``parameters``.

    Attributes
    ----------
    name
        A Python identifier.
    kinds
        What values it takes: ``int``, ``float``, ``str``, ``bool``, ``list``, ``list[str]`` … and ``None``.
    default
        The value used when none is handed in.
    help
        The comment behind it.
    """

    name: str
    kinds: tuple[str, ...]
    default: Any
    help: str


def read_parameters(notebook: Path) -> tuple[Parameter, ...]:
    """Give the parameters a notebook declares, in order; none when no cell is tagged ``parameters``.

    Raises
    ------
    ReportError
        When the file is not a notebook.
    ParameterError
        When the cell holds anything but ``name: type = literal  # help`` or a name that speaks of a secret.
    """
    source = _parameters_cell(notebook)
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(
            f"The parameters cell of {notebook.name} is not Python (line {error.lineno}).", "Correct that line."
        ) from None
    comments = _comments(source)
    found = tuple(_declared(node, comments, notebook.name) for node in body)
    for parameter in found:
        _refuse_secret_name(parameter.name, notebook.name)
    return found


def check_parameters(notebook: Path, params: Mapping[str, Any] | Iterable[str] | None) -> dict[str, Any]:
    """Give the parameters to hand to a notebook, in its own types.

    Parameters
    ----------
    notebook
        The ``.ipynb`` file.
    params
        Name to value, or texts ``"name=value"`` as a command line gives them.

    Raises
    ------
    ParameterError
        When a name is unknown or speaks of a secret, a value has the wrong type, or a value is a secret.
    """
    declared = {parameter.name: parameter for parameter in read_parameters(notebook)}
    given = dict(params) if isinstance(params, Mapping) else _split(params or ())
    as_text = not isinstance(params, Mapping)
    redactor = Redactor()
    checked = {}
    for name, value in given.items():
        _refuse_secret_name(name, notebook.name)
        parameter = declared.get(name) or _unknown(name, declared, notebook.name)
        checked[name] = _fitted(parameter, convert(value, parameter.kinds) if as_text else value)
        _refuse_secret_value(name, checked[name], redactor)
    return checked


def _parameters_cell(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", ())]
        sources = ["".join(cell["source"]) for cell in tagged]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReportError(
            f"{notebook} cannot be read as a notebook ({type(error).__name__}).", "Save it again from Jupyter."
        ) from None
    if len(sources) > 1:
        raise ParameterError(
            f"{notebook.name} has {len(sources)} cells tagged parameters.", "Keep the tag on one cell."
        )
    return sources[0] if sources else ""


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").rstrip() for token in tokens if token.type == tokenize.COMMENT}


def _declared(node: ast.stmt, comments: dict[int, str], where: str) -> Parameter:
    target: ast.expr | None = node.target if isinstance(node, ast.AnnAssign) else None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None or not isinstance(target, ast.Name):
        raise ParameterError(
            f"Line {node.lineno} of the parameters cell of {where} is not 'name: type = value'.",
            "Move it to the next cell.",
        )
    try:
        default = ast.literal_eval(node.value)
    except ValueError:
        raise ParameterError(
            f"The default of {target.id} in {where} is computed.", "Write a literal; compute in the next cell."
        ) from None
    annotation = node.annotation if isinstance(node, ast.AnnAssign) else None
    kinds = _kinds(annotation, target.id, where) if annotation else _kinds_of(default, target.id, where)
    if default is None and "None" not in kinds:
        kinds = (*kinds, "None")
    help_text = comments.get(node.end_lineno or node.lineno, "")
    return Parameter(target.id, kinds, _fitted(Parameter(target.id, kinds, None, ""), default), help_text)


def _kinds_of(default: Any, name: str, where: str) -> tuple[str, ...]:
    return KINDS if default is None else (_kind(type(default).__name__, name, where),)


def _kinds(node: ast.expr, name: str, where: str) -> tuple[str, ...]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return (*_kinds(node.left, name, where), *_kinds(node.right, name, where))
    return (_kind(ast.unparse(node), name, where),)


def _kind(kind: str, name: str, where: str) -> str:
    if kind not in KINDS and kind not in {f"list[{item}]" for item in KINDS}:
        raise ParameterError(
            f"The type {kind} of {name} in {where} is not one a report takes.",
            f"Use {', '.join(KINDS)} or list[…] of them.",
        )
    return kind


def _split(texts: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(f"{text!r} is not a parameter.", "Write it as name=value.")
        if name.strip() in pairs:
            raise ParameterError(f"The parameter {name.strip()!r} is given twice.", "Give it once.")
        pairs[name.strip()] = value
    return pairs


def _unknown(name: str, declared: Mapping[str, Parameter], where: str) -> Parameter:
    near = difflib.get_close_matches(name, declared, n=1)
    known = f"It takes: {', '.join(declared)}." if declared else "It takes none."
    hint = f"Did you mean {near[0]!r}?" if near else known
    raise ParameterError(f"{where} has no parameter {name!r}.", hint)


def _fitted(parameter: Parameter, value: Any) -> Any:
    for kind in parameter.kinds:
        if _fits(value, kind):
            return value
    if "float" in parameter.kinds and _fits(value, "int"):
        return float(value)
    raise ParameterError(
        f"The parameter {parameter.name} takes {' | '.join(parameter.kinds)}, not {_shown(value)}.",
        "Give it in that type.",
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 40 else text[:37] + '…'}"


def _fits(value: Any, kind: str) -> bool:
    if kind == "None":
        return value is None
    if kind.startswith("list"):
        return isinstance(value, list) and all(_item_fits(item, kind[5:-1]) for item in value)
    if kind == "float":
        return isinstance(value, float) and math.isfinite(value)
    if kind == "str":
        return isinstance(value, str) and value == value.encode("utf-8", "ignore").decode()
    return type(value).__name__ == kind


def _item_fits(item: Any, kind: str) -> bool:
    if kind == "float" and _fits(item, "int"):
        return True
    return _fits(item, kind) if kind else any(_fits(item, one) for one in KINDS)


def _refuse_secret_name(name: str, where: str) -> None:
    if names_secret(name):
        raise ParameterError(
            f"The parameter {name!r} of {where} speaks of a secret, and parameters are written into the report.",
            "Keep keys in the environment and hand in a profile's name.",
        )


def _refuse_secret_value(name: str, value: Any, redactor: Redactor) -> None:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            _refuse_secret_value(name, item, redactor)
        elif isinstance(item, str) and (shaped_like_key(item) or redactor.finds(item)):
            raise ParameterError(
                f"The value of the parameter {name} looks like an API key, and parameters are written into the report.",
                "Keep keys in the environment and hand in a profile's name.",
            )
