"""Every row of the fault matrix is proved: with its control taken out of the source, a test that it names fails."""

import ast
import csv
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

import pytest

from tests.faults.controls import Copy, read_controls

WORKERS = 2


@pytest.fixture(scope="module")
def controls(root):
    """Give the controls by the number of their row."""
    return read_controls(root)


@pytest.fixture(scope="module")
def named(root):
    """Give the tests that each row names."""
    with (root / "tests/faults/matrix.tsv").open(encoding="utf-8", newline="") as file:
        return {row["number"]: row["tests"].split() for row in csv.DictReader(file, delimiter="\t")}


def test_every_row_has_a_control_and_the_row_names_its_test(controls, named):
    """The test that shows the control is one of the row's, or stands in a file that the row names whole."""
    strangers = {
        number for number, one in controls.items() if not {one.test, one.test.partition("::")[0]} & {*named[number]}
    }

    assert list(controls) == list(named)
    assert strangers == set()


def test_every_control_stands_once_in_its_file(root, controls):
    """Its text is found where it is said to be, once; without it the file is still Python, and another one."""
    wrong = {}
    for number, one in controls.items():
        source = (root / one.file).read_text("utf-8")
        rest = one.removed(source)
        if source.count(one.text) != 1 or ast.dump(ast.parse(rest)) == ast.dump(ast.parse(source)):
            wrong[number] = f"{one.file}: found {source.count(one.text)} times"

    assert wrong == {}


@pytest.fixture
def lend(root, tmp_path):
    """Give a function that lends one of the copies of the checkout to whoever asks, and takes it back."""
    free = SimpleQueue()
    for worker in range(WORKERS):
        copy = Copy(root, tmp_path / str(worker))
        assert copy.imported(tmp_path).is_relative_to(copy.root)
        free.put(copy)

    def use(work):
        copy = free.get()
        try:
            return work(copy)
        finally:
            free.put(copy)

    return use


def without(control, copy):
    """Run the control's test in a copy from which the control was taken."""
    with copy.without(control):
        return copy.run(control.test)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_without_its_control_every_row_fails(controls, lend, capsys):
    """The table: row, where its control stands, how its test ended without it, seconds. With all of them it passes."""
    tests = sorted({control.test for control in controls.values()})
    with ThreadPoolExecutor(WORKERS) as pool:
        whole = pool.submit(lend, lambda copy: copy.run(*tests, seconds=1200))
        verdicts = list(pool.map(lambda control: lend(partial(without, control)), controls.values()))
    stand = {}
    with capsys.disabled():
        print(f"\nas it stands: {whole.result().said.splitlines()[-1]}")
        for (number, control), ended in zip(controls.items(), verdicts, strict=True):
            failed = ended.is_failure_of(control.test)
            print(f"{number} {control.file:38} {'fails' if failed else 'STANDS':6} {ended.seconds:6.1f}")
            stand |= {} if failed else {number: ended.said[-1000:]}

    assert whole.result().code == 0, whole.result().said
    assert stand == {}
