"""Measures and manners of the code: lengths, names, docstrings, and tests that test."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LINES_A_FILE = 300
LINES_A_FUNCTION = 60
SAYS_NOTHING = {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
ASSERTING_CALLS = ("assert", "check", "expect", "fail", "raises", "warns")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def package_files(root: Path) -> list[Path]:
    return sorted((root / "okxlab").rglob("*.py"))


@pytest.fixture(scope="module")
def test_files(root: Path) -> list[Path]:
    return sorted((root / "tests").rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    """Walk every function of a file, nested ones too."""
    tree = ast.parse(path.read_text("utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(node: Function) -> int:
    """Count a function's lines from def to its last, docstring included."""
    return node.end_lineno - node.lineno + 1


def test_files_are_short(package_files):
    """A file of the package fits in the head: 300 lines (else: two concepts live in it, give each its file)."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in package_files}

    assert [f"{path}: {n} lines" for path, n in lengths.items() if n > LINES_A_FILE] == []


def test_functions_are_short(package_files, test_files):
    """A function of package or tests fits on a screen: 60 lines; the five longest are printed."""
    measured = [
        (length(f), f"{path}:{f.lineno} {f.name}") for path in package_files + test_files for f in functions(path)
    ]
    measured.sort(reverse=True)
    print("\nlongest functions:", *(f"{lines:4} {place}" for lines, place in measured[:5]), sep="\n")

    assert [f"{place}: {lines} lines" for lines, place in measured if lines > LINES_A_FUNCTION] == []


def test_files_are_named_by_their_noun(package_files, test_files, root):
    """No file or folder has a name that says nothing about what is in it."""
    parts = {part for path in package_files + test_files for part in path.relative_to(root).with_suffix("").parts}

    assert {part.removeprefix("test_").strip("_") for part in parts} & SAYS_NOTHING == set()


def undocumented(path: Path) -> list[str]:
    """Name the public things of a file that do not say what they are."""
    tree = ast.parse(path.read_text("utf-8"))
    missing = [] if ast.get_docstring(tree) else [f"{path}: the file"]
    for node, name in public(tree):
        if not ast.get_docstring(node):
            missing.append(f"{path}:{node.lineno} {name}")
    return missing


def public(node: ast.Module | ast.ClassDef) -> Iterator[tuple[ast.ClassDef | Function, str]]:
    """Walk the public classes, functions and methods; overloads and setters share their first one's text."""
    for child in node.body:
        if not isinstance(child, ast.ClassDef | Function) or child.name.startswith("_"):
            continue
        marks = {ast.unparse(mark).split(".")[-1] for mark in child.decorator_list}
        if not marks & {"overload", "setter", "deleter"}:
            yield child, child.name
        if isinstance(child, ast.ClassDef):
            yield from public(child)


def test_everything_public_is_documented(package_files):
    """Every module, public class, function and method says in words what it is."""
    assert [line for path in package_files for line in undocumented(path)] == []


def test_every_example_runs(package_files):
    """An example that cannot run is not written as one: no docstring skips its own doctest."""
    assert [str(path) for path in package_files if "doctest: +" + "SKIP" in path.read_text("utf-8")] == []


def asserting(node: ast.AST, helpers: set[str]) -> bool:
    """Tell a body that can fail: it asserts, expects an error, or calls a function of its file that does."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            name = ast.unparse(inner.func).split(".")[-1]
            if name in helpers or name.startswith(ASSERTING_CALLS):
                return True
    return False


def empty_tests(path: Path) -> list[str]:
    """Name the tests of a file that have no sentence, or cannot fail."""
    found = list(functions(path))
    helpers = {f.name for f in found if any(isinstance(inner, ast.Assert) for inner in ast.walk(f))}
    tests = [f for f in found if f.name.startswith("test_") and not is_fixture(f)]
    silent = [f"{path}:{f.lineno} {f.name} has no docstring" for f in tests if not ast.get_docstring(f)]
    idle = [f"{path}:{f.lineno} {f.name} asserts nothing" for f in tests if not asserting(f, helpers)]
    return silent + idle


def is_fixture(function: Function) -> bool:
    """Tell a fixture whose name begins like a test's."""
    return any("fixture" in ast.unparse(mark) for mark in function.decorator_list)


def test_every_test_has_a_sentence_and_can_fail(test_files):
    """Each test says in a sentence what holds, and asserts it."""
    assert [line for path in test_files if path.name.startswith("test_") for line in empty_tests(path)] == []


PLANTED = [
    (empty_tests, "def test_a():\n    assert 1", "no docstring"),
    (empty_tests, "def test_a():\n    '''A.'''\n    run()", "asserts nothing"),
    (empty_tests, "class TestA:\n    def test_a(self):\n        '''A.'''\n        run()", "asserts nothing"),
    (undocumented, "'''A file.'''\nclass Order:\n    '''An order.'''\n    def send(self): ...", "send"),
    (undocumented, "def send():\n    '''Send.'''", "the file"),
]


@pytest.mark.parametrize(("rule", "source", "says"), PLANTED)
def test_rule_when_bad_manners_are_planted_names_them(tmp_path, rule, source, says):
    """A planted breach of manners is found."""
    (tmp_path / "planted.py").write_text(source)

    (line,) = rule(tmp_path / "planted.py")

    assert says in line


LAWFUL = [
    (empty_tests, "def test_a():\n    '''A.'''\n    with pytest.raises(E):\n        run()"),
    (empty_tests, "def same(a):\n    assert a\ndef test_a():\n    '''A.'''\n    same(1)"),
    (empty_tests, "def test_a(page):\n    '''A.'''\n    expect(page).to_be_visible()"),
    (undocumented, "'''A file.'''\ndef _hidden(): ...\nclass _Hidden: ..."),
]


@pytest.mark.parametrize(("rule", "source"), LAWFUL)
def test_rule_when_manners_are_good_is_silent(tmp_path, rule, source):
    """Good manners are not complained about."""
    (tmp_path / "lawful.py").write_text(source)

    assert rule(tmp_path / "lawful.py") == []
