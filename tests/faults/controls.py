"""The controls behind the fault matrix: where each stands, how it is taken away, and the test that must then fail."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import NamedTuple

LONGEST = 120  # seconds of one test


class Control(NamedTuple):
    """One control: ``text`` stands once in ``file``; with ``instead`` in its place it is gone, and ``test`` fails."""

    file: str
    text: str
    instead: str
    test: str

    def removed(self, source: str) -> str:
        """Give the file's source without the control."""
        return source.replace(self.text, self.instead)


class Verdict(NamedTuple):
    """How a test ended: pytest's exit code, -1 for one that took too long, and the names of those that failed."""

    code: int
    failed: tuple[str, ...]
    seconds: float
    said: str

    def is_failure_of(self, test: str) -> bool:
        """Whether this very test ran and failed, whatever its parameters."""
        return self.code == 1 and bool(self.failed) and all(name.split("[")[0] == test for name in self.failed)


def read_controls(root: Path) -> dict[str, Control]:
    """Give the controls by the number of their row in the matrix."""
    with (root / "tests/faults/controls.toml").open("rb") as file:
        return {number: Control(**fields) for number, fields in tomllib.load(file).items()}


class Copy:
    """A copy of a checkout, without what git ignores, whose package, and no other, is imported by what runs in it."""

    def __init__(self, root: Path, place: Path) -> None:
        self.root = place / "checkout"
        ask = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        told = subprocess.run(ask, cwd=root, capture_output=True, check=True, text=True)
        for name in filter(None, told.stdout.split("\0")):
            if (root / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, self.root / name)
        if (root.parent / "shared").exists():
            (place / "shared").symlink_to(root.parent / "shared")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
        self._env = outside | {"PYTHONPATH": str(self.root), "PATH": os.pathsep.join(_programs())}

    def imported(self, place: Path) -> Path:
        """Give the package's file as a process finds it that was started anywhere."""
        ask = [sys.executable, "-c", "import okxlab; print(okxlab.__file__)"]
        told = subprocess.run(ask, cwd=place, env=self._env, capture_output=True, check=True, text=True)
        return Path(told.stdout.strip())

    def run(self, *tests: str, seconds: float = LONGEST) -> Verdict:
        """Run tests in a process of their own and end whatever they leave behind; stop at the first that fails."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-n0", "-m", "", *tests]
        began = monotonic()
        child = subprocess.Popen(
            command, cwd=self.root, env=self._env, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            said, code = child.communicate(timeout=seconds)[0], child.returncode
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            said, code = child.communicate()[0], -1
        failed = tuple(line.split()[1] for line in said.splitlines() if line.startswith("FAILED "))
        return Verdict(code, failed, monotonic() - began, said)

    @contextmanager
    def without(self, control: Control):
        """Take a control away, inside the block."""
        file = self.root / control.file
        source = file.read_text("utf-8")
        try:
            self._write(file, control.removed(source))
            yield
        finally:
            self._write(file, source)

    def _write(self, file: Path, source: str) -> None:
        file.write_text(source, "utf-8")
        # a compiled file is taken for current by size and second alone
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)


def _programs() -> list[str]:
    """Give where programs are looked for: beside this Python first, as in an environment that was activated."""
    return [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(os.pathsep)]
