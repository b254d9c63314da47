"""The fault matrix: every fault and every abuse there is to be met, and the tests that meet it."""

import ast
import csv

import pytest


@pytest.fixture(scope="module")
def rows(root):
    """Give the rows of the matrix by number."""
    with (root / "tests/faults/matrix.tsv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file, delimiter="\t"))
    return {row["number"]: row for row in read} if len({row["number"] for row in read}) == len(read) else {}


def test_every_fault_and_abuse_has_a_row(rows):
    """F01 to F65 and A01 to A24, each once, with what it is and what is to be expected."""
    assert list(rows) == [*(f"F{n:02}" for n in range(1, 66)), *(f"A{n:02}" for n in range(1, 25))]
    assert all(row["fault"] and row["expected"] for row in rows.values())


def test_every_row_has_a_test(rows):
    """Nothing is left that no test meets."""
    assert [number for number, row in rows.items() if not row["tests"]] == []


def test_every_test_that_is_named_exists_and_runs(root, rows):
    """A named test is there, and nothing skips it or expects it to fail."""
    missing = [
        f"{number}: {name}" for number, row in rows.items() for name in row["tests"].split() if not runs(root, name)
    ]

    assert missing == []


def runs(root, name):
    """Whether a test, or a file of tests, is there and not set aside."""
    file, _, function = name.partition("::")
    if not (root / file).is_file():
        return False
    tests = {
        node.name: " ".join(map(ast.unparse, node.decorator_list))
        for node in ast.walk(ast.parse((root / file).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    named = [tests.get(function)] if function else list(tests.values())
    return bool(named) and all(marks is not None and "skip" not in marks and "xfail" not in marks for marks in named)
