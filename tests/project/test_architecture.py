"""The house: which room may import which, read from the syntax tree of every file."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# A room may import only rooms that stand before it.
ROOMS = (
    *("errors", "clock", "config", "model", "paper", "exchange", "store", "grid", "market", "trading"),
    *("plots", "monitor", "widgets", "reports", "cli", "__main__", "__init__"),
)
# The ways up: what is computed draws itself, and reaches plots when it is asked to.
LAZY_WAYS_UP = {(file, "plots") for file in ("grid/result.py", "grid/bands/outcome.py", "grid/audit.py")}
# Rooms that see less than the order would let them.
NARROWER = {
    "paper": {"errors", "clock"},
    "grid": {"errors", "model"},
    "plots": {"errors", "model", "grid", "store", "trading"},
}
# The paper exchange is met on the wire; only the command that starts it imports it.
MEETS_PAPER = {"cli", "__main__"}
# Where an outside package may be imported: a room, or one file.
PLACES = {"ccxt": ("exchange/",), "numba": ("grid/kernels/",), "papermill": ("reports/",)}
# What a room may not import at all, and why.
REFUSED = {
    "grid": ({"aiohttp", "logging", "requests", "socket", "time", "urllib"}, "grid is arguments in, values out"),
    "plots": ({"aiohttp", "requests", "socket", "urllib"}, "plots never fetches"),
    "model": ({"aiohttp", "requests", "socket", "urllib"}, "model does no input or output"),
}
# What the paper exchange may not load when it starts.
PAPER_TOP = {"ccxt", "pandas", "requests"}


@dataclass(frozen=True)
class Import:
    """One import: the file and line it stands in, what it loads, and when."""

    file: str
    line: int
    target: str
    lazy: bool
    typing: bool

    @property
    def room(self) -> str:
        """Give the room the import stands in."""
        return self.file.split("/")[0].removesuffix(".py")

    @property
    def target_room(self) -> str | None:
        """Give the room that is imported, or nothing for an outside package."""
        package, _, rest = self.target.partition(".")
        return (rest.split(".")[0] or "__init__") if package == "okxlab" else None

    @property
    def outside(self) -> str:
        """Give the package that is imported."""
        return self.target.split(".")[0]

    def says(self, mend: str) -> str:
        """Write the finding: place, what is wrong, how to mend it."""
        return f"okxlab/{self.file}:{self.line} imports {self.target}. {mend}"


def imports(package: Path) -> list[Import]:
    """Read every import of a package, wherever in a file it stands."""
    found = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package).as_posix()
        for node, lazy, typing in nested(ast.parse(path.read_text(encoding="utf-8")), lazy=False, typing=False):
            found += [Import(file, node.lineno, target, lazy, typing) for target in targets(node, file, package)]
    return found


def nested(node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Walk a tree, knowing of each node whether it stands in a function or under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        yield child, lazy, typing
        inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        typed = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        yield from nested(child, lazy=inside, typing=typed)


def targets(node: ast.AST, file: str, package: Path) -> list[str]:
    """Name the modules an import statement, or a call of import_module, loads."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = ["okxlab", *Path(file).parent.parts][: len(Path(file).parts) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        return [f"{base}.{a.name}" if is_module(package, f"{base}.{a.name}") else base for a in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
        first = node.args[0]
        return [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
    return []


def is_module(package: Path, dotted: str) -> bool:
    """Tell a module of the package from a name; where a room hands out a name like one of its files, it is the name."""
    head, *folders, name = dotted.split(".")
    place = package.joinpath(*folders)
    exists = (place / f"{name}.py").is_file() or (place / name / "__init__.py").is_file()
    return head == "okxlab" and exists and not hands_out(place / "__init__.py", dotted)


def hands_out(door: Path, dotted: str) -> bool:
    """Tell whether a door gives out a name that is something else than the file of that name."""
    room, _, name = dotted.rpartition(".")
    tree = ast.parse(door.read_text(encoding="utf-8") if door.is_file() else "")
    brought = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != room]
    return any(name == (alias.asname or alias.name) for node in brought for alias in node.names)


def upward(found: list[Import]) -> list[str]:
    """Find imports of a room that stands later, or of one the room may not see."""
    wrong = []
    for one in found:
        if one.target_room in {None, one.room} or (one.lazy and (one.file, one.target_room) in LAZY_WAYS_UP):
            continue
        allowed = NARROWER.get(one.room, set(ROOMS[: ROOMS.index(one.room)]) - {"paper"})
        allowed = allowed | {"paper"} if one.room in MEETS_PAPER else allowed
        if one.target_room not in allowed:
            sees = ", ".join(room for room in ROOMS if room in allowed) or "nothing"
            wrong.append(
                one.says(f"{one.room} sees {sees}: hand the value in, or move the code to the room that asks.")
            )
    return wrong


def behind_the_door(found: list[Import]) -> list[str]:
    """Find imports of a room's file by somebody outside the room."""
    inner = [one for one in found if one.target_room != one.room and one.target.count(".") > 1]
    return [
        one.says(f"Import from okxlab.{one.target_room}, and put the name in its __all__ if it is missing there.")
        for one in inner
        if one.outside == "okxlab"
    ]


def misplaced(found: list[Import]) -> list[str]:
    """Find outside packages imported where they have no business."""
    wrong = []
    for one in found:
        places = PLACES.get(one.outside)
        if places and not one.file.startswith(places):
            wrong.append(one.says(f"Only {', '.join(places)} may: ask there for what is needed."))
        names, why = REFUSED.get(one.room, (set(), ""))
        if one.outside in names:
            wrong.append(one.says(f"It may not: {why}."))
        if one.room == "paper" and one.outside in PAPER_TOP and not one.lazy:
            wrong.append(one.says("The paper exchange starts without it: import it in the function that needs it."))
    return wrong


def unknown_rooms(found: list[Import]) -> list[str]:
    """Find files that belong to no room of the table."""
    return sorted({f"okxlab/{one.file} is in no room of the table." for one in found if one.room not in ROOMS})


def cycles(found: list[Import]) -> list[str]:
    """Find modules that load each other, at import or later; types alone do not count."""
    graph: dict[str, dict[str, Import]] = {}
    for one in found:
        if one.typing or (one.lazy and (one.file, one.target_room) in LAZY_WAYS_UP) or one.outside != "okxlab":
            continue
        name = ".".join(["okxlab", *Path(one.file).with_suffix("").parts]).removesuffix(".__init__")
        graph.setdefault(name, {}).setdefault(one.target, one)
    return [ring for start in sorted(graph) if (ring := way_back(graph, start))]


def way_back(graph: dict[str, dict[str, Import]], start: str) -> str:
    """Write the way from a module back to itself, or nothing."""
    stack, seen = [(start, ())], set()
    while stack:
        module, way = stack.pop()
        for target, one in graph.get(module, {}).items():
            step = (*way, f"okxlab/{one.file}:{one.line}")
            if target == start:
                return f"{' -> '.join(step)} closes a circle on {start}: move what both need to a file below them."
            if target not in seen:
                seen.add(target)
                stack.append((target, step))
    return ""


RULES = (unknown_rooms, upward, behind_the_door, misplaced, cycles)


@pytest.fixture(scope="module")
def found(root: Path) -> list[Import]:
    return imports(root / "okxlab")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_stands_as_drawn(found, rule):
    """No import breaks a rule of the house."""
    assert "\n".join(rule(found)) == ""


def test_every_room_of_the_package_is_read(found, root):
    """The table is held over real files: every file that imports something was read."""
    read = {one.file for one in found}

    assert {"model/__init__.py", "clock.py"} <= read


PLANTED = [
    (upward, "grid/levels.py", "from okxlab.exchange import connect", "grid sees errors, model"),
    (upward, "grid/levels.py", "import okxlab.clock", "grid sees errors, model"),
    (upward, "market/books.py", "def f():\n    from okxlab.trading import place", "market sees"),
    (upward, "grid/levels.py", "def f():\n    from okxlab.plots import plot_ladder", "grid sees"),
    (upward, "grid/result.py", "from okxlab.plots import plot_backtest", "grid sees"),
    (upward, "paper/venue.py", "from okxlab.model import Instrument", "paper sees errors, clock"),
    (upward, "exchange/session.py", "from okxlab.paper import serve", "exchange sees errors, clock, config, model:"),
    (upward, "market/books.py", "from okxlab import connect", "market sees"),
    (upward, "model/order.py", "from ..exchange import Session", "model sees errors, clock, config"),
    (upward, "store/files.py", "import importlib\nimportlib.import_module('okxlab.market')", "store sees"),
    (behind_the_door, "trading/bot.py", "from okxlab.grid.levels import levels", "Import from okxlab.grid"),
    (misplaced, "market/books.py", "import ccxt.okx", "Only exchange/ may"),
    (misplaced, "grid/sweep.py", "from numba import njit", "Only grid/kernels/ may"),
    (misplaced, "widgets/form.py", "def f():\n    import papermill", "Only reports/ may"),
    (misplaced, "grid/levels.py", "import logging", "arguments in, values out"),
    (misplaced, "paper/venue.py", "import pandas as pd", "The paper exchange starts without it"),
    (
        cycles,
        "model/order.py",
        "def f():\n    from okxlab.model.symbol import x",
        "closes a circle on okxlab.model.order",
    ),
    (unknown_rooms, "utils/text.py", "import re", "in no room"),
]


@pytest.mark.parametrize(("rule", "file", "source", "says"), PLANTED)
def test_rule_when_a_violation_is_planted_names_file_line_and_mend(tmp_path, rule, file, source, says):
    """A planted wrong import is found, with its place and what to do about it."""
    for name, text in {
        "grid/levels.py": "",
        "model/symbol.py": "from okxlab.model.order import Order",
        file: source,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    wrong = "\n".join(rule(imports(tmp_path)))

    assert f"okxlab/{file}" in wrong
    assert says in wrong


LAWFUL = [
    ("grid/result.py", "def plot():\n    from okxlab.plots import plot_backtest"),
    ("grid/bands/outcome.py", "def plot():\n    from okxlab.plots import plot_band"),
    ("paper/prices.py", "def read():\n    import pandas"),
    ("cli/paper.py", "from okxlab.paper import serve"),
    ("grid/kernels/walk.py", "from numba import njit"),
    ("trading/bot.py", "from okxlab.grid import ladder"),
    ("model/order.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from okxlab.model.symbol import x"),
]


@pytest.mark.parametrize(("file", "source"), LAWFUL)
def test_rules_when_an_import_is_lawful_are_silent(tmp_path, file, source):
    """What the house allows is not complained about."""
    for name, text in {
        "grid/__init__.py": "from okxlab.grid.ladder import ladder",
        "grid/ladder.py": "",
        "model/symbol.py": "from okxlab.model.order import Order",
        file: source,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert [line for rule in RULES for line in rule(imports(tmp_path))] == []
