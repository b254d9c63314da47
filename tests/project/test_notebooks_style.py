"""Notebooks are the user's rooms: short cells, prose between them, no logic, no outputs, nothing private."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import papermill
import pytest

CELLS = 30
PROSE = 0.4
LINES_A_CELL = 12
BYTES = 60_000
PROMISES = {"keep_output", "nbval-check-output"}
KEY_LIKE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9A-Fa-f]{32}\b")
ABSOLUTE = re.compile(r"""["'](?:/\w|~/|[A-Za-z]:\\)""")


def source_of(cell) -> str:
    """Give a cell's Python, line and cell magics left out."""
    return "\n".join(line for line in cell.source.splitlines() if not line.lstrip().startswith(("%", "!")))


def code(book) -> Iterator[tuple[int, nbformat.NotebookNode]]:
    """Walk the code cells with their places, counted from 0."""
    return ((place, cell) for place, cell in enumerate(book.cells) if cell.cell_type == "code")


def tags(cell) -> set[str]:
    """Give a cell's tags."""
    return set(cell.metadata.get("tags", []))


def oversized(path: Path, book) -> Iterator[str]:
    """Find a notebook that is too long, too wordless or too heavy."""
    prose = sum(cell.cell_type == "markdown" for cell in book.cells)
    if len(book.cells) > CELLS:
        yield f"{len(book.cells)} cells, at most {CELLS}: make two notebooks of it"
    if prose < PROSE * len(book.cells):
        yield f"{prose} of {len(book.cells)} cells are prose, at least {PROSE:.0%}"
    if path.stat().st_size > BYTES:
        yield f"{path.stat().st_size} bytes, at most {BYTES}"
    if not book.cells or not book.cells[0].source.startswith("# "):
        yield "the first cell gives no title"


def logic(_path: Path, book) -> Iterator[str]:
    """Find code that belongs into the package."""
    for place, cell in code(book):
        if len(cell.source.splitlines()) > LINES_A_CELL:
            yield f"cell {place} has more than {LINES_A_CELL} lines"
        for node in ast.walk(ast.parse(source_of(cell))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield f"cell {place} defines {node.name}: it belongs into okxlab"
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield f"cell {place} imports * from {node.module}"
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "sleep":
                yield f"cell {place} sleeps: wait for what it waits for"


def private(_path: Path, book) -> Iterator[str]:
    """Find a key, or a path of somebody's machine, anywhere in a notebook."""
    if KEY_LIKE.search(nbformat.writes(book)):
        yield "it holds something that looks like a key"
    for place, cell in code(book):
        if ABSOLUTE.search(cell.source):
            yield f"cell {place} names an absolute path"


def unstripped(_path: Path, book) -> Iterator[str]:
    """Find outputs that are no promise, and traces of a run."""
    for place, cell in code(book):
        if cell.outputs and not tags(cell) >= PROMISES:
            yield f"cell {place} holds an output: strip it (CONTRIBUTING.md), or tag it {', '.join(sorted(PROMISES))}"
        if "papermill" in cell.metadata or "execution" in cell.metadata:
            yield f"cell {place} holds traces of a run: strip it (CONTRIBUTING.md)"
    if "papermill" in book.metadata or "widgets" in book.metadata:
        yield "its metadata holds traces of a run: strip it (CONTRIBUTING.md)"


def parameters(path: Path, book) -> Iterator[str]:
    """Find parameters that papermill cannot read, or that are computed."""
    tagged = [(place, cell) for place, cell in code(book) if "parameters" in tags(cell)]
    if len(tagged) > 1 or (path.parent.name == "reports" and not tagged):
        yield f"{len(tagged)} cells are tagged parameters, a report has exactly one and a guide at most one"
    for place, cell in tagged[:1]:
        body = ast.parse(source_of(cell)).body
        typed = [node for node in body if isinstance(node, ast.AnnAssign) and is_literal(node.value)]
        if len(typed) < len(body):
            yield f"cell {place} holds a line that is not `name: type = literal  # help`"
        unread = {node.target.id for node in typed} - set(papermill.inspect_notebook(str(path)))
        if unread:
            yield f"papermill cannot read {sorted(unread)} in cell {place}: is there an = in the comment?"


def is_literal(node: ast.expr | None) -> bool:
    """Tell a literal from something that has to be computed."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


RULES = (oversized, logic, private, unstripped, parameters)


def notebooks(root: Path) -> list[Path]:
    """Give the notebooks of the checkout."""
    return sorted(path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_keeps_to_the_budget(root, rule):
    """No notebook breaks a rule; the failure names notebook, cell and rule."""
    books = {path: nbformat.read(path, as_version=4) for path in notebooks(root)}

    assert [f"{path.relative_to(root)}: {wrong}" for path, book in books.items() for wrong in rule(path, book)] == []


def test_every_notebook_stands_in_exactly_one_list(root):
    """[tool.okxlab.notebooks] in pyproject.toml says once of each: it runs here, needs keys, or never runs."""
    lists = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["okxlab"]["notebooks"]
    present = [path.relative_to(root / "notebooks").as_posix() for path in notebooks(root)]

    assert set(lists) == {"check", "demo-keys", "never"}
    assert sorted(name for one in lists.values() for name in one) == present


def test_notebooks_are_named_by_their_shelf(root):
    """A guide is named NN_topic, a report by what it reports: lower case, no spaces."""
    names = [path.relative_to(root / "notebooks").as_posix() for path in notebooks(root)]

    assert [name for name in names if not re.fullmatch(r"(?:\d\d_[a-z0-9_]+|reports/[a-z0-9_]+)\.ipynb", name)] == []


def written(folder: Path, sources: list[str], *, tag: str = "", output: str = "") -> tuple[Path, nbformat.NotebookNode]:
    """Write a notebook of a title, some code cells and as much prose."""
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book.cells = [nbformat.v4.new_markdown_cell("# Title")]
    for source in sources:
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag]} if tag else {})
        cell.outputs = [nbformat.v4.new_output("stream", text=output)] if output else []
        book.cells += [cell, nbformat.v4.new_markdown_cell("Prose.")]
    path = folder / "planted.ipynb"
    nbformat.write(book, path)
    return path, book


PLANTED = [
    (oversized, {"sources": ["1"] * 15}, "31 cells"),
    (oversized, {"sources": ["'" + "x" * BYTES + "'"]}, "bytes"),
    (logic, {"sources": ["x = 1\n" * 13]}, "more than 12 lines"),
    (logic, {"sources": ["%matplotlib inline\ndef f(): ..."]}, "defines f"),
    (logic, {"sources": ["class A: ..."]}, "defines A"),
    (logic, {"sources": ["from okxlab import *"]}, "imports *"),
    (logic, {"sources": ["import time\ntime.sleep(1)"]}, "sleeps"),
    (private, {"sources": ["ox.read_candles('/data/btc.parquet')"]}, "absolute path"),
    (private, {"sources": ["secret = '" + "0F1E2D3C4B5A6978" * 2 + "'"]}, "looks like a key"),
    (unstripped, {"sources": ["1"], "output": "1"}, "holds an output"),
    (parameters, {"sources": ["days: int = 3  # >= 2", "x = 1"], "tag": "parameters"}, "2 cells"),
    (parameters, {"sources": ["days: int = 1 + 2"], "tag": "parameters"}, "not `name: type = literal"),
    (parameters, {"sources": ["days: int = 3  # days, >= 2"], "tag": "parameters"}, "papermill cannot read"),
]


@pytest.mark.parametrize(("rule", "notebook", "says"), PLANTED)
def test_rule_when_a_breach_is_planted_names_it(tmp_path, rule, notebook, says):
    """A planted breach is found."""
    assert says in "\n".join(rule(*written(tmp_path, **notebook)))


def test_rules_when_a_notebook_is_well_kept_are_silent(tmp_path):
    """A notebook that keeps to the budget is not complained about."""
    source = 'symbol: str = "BTC-USDT"  # instrument\ndays: int = 3  # days, at least 2'
    path, book = written(tmp_path, [source], tag="parameters")

    assert [wrong for rule in RULES for wrong in rule(path, book)] == []


def test_rule_when_an_output_is_a_promise_lets_it_stay(tmp_path):
    """An output that is tagged as kept and checked may be committed."""
    path, book = written(tmp_path, ["1"], output="1")
    book.cells[1].metadata["tags"] = sorted(PROMISES)

    assert list(unstripped(path, book)) == []
