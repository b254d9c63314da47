"""On the build machine a skipped test is a failed one, unless it lacks only the shared data."""

import os
import shutil
import subprocess
import sys

import pytest

SKIPS = {
    "a test": 'import pytest\n\n\ndef test_a():\n    pytest.skip("no browser")\n',
    "a file": 'import pytest\n\npytest.skip("no browser", allow_module_level=True)\n',
}
LACKS_DATA = "def test_a(shared):\n    pass\n"


@pytest.fixture
def run(root, tmp_path):
    """Give a run of one test file under this project's conftest, and what it printed."""

    def in_place(source: str, **environment: str) -> str:
        (tmp_path / "tests").mkdir()
        shutil.copy(root / "tests/conftest.py", tmp_path / "tests")
        (tmp_path / "tests/test_a.py").write_text(source)
        clean = {name: value for name, value in os.environ.items() if name not in {"CI", "OKXLAB_NO_SKIPS"}}
        command = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "tests"]
        return subprocess.run(
            command, cwd=tmp_path, env=clean | environment, capture_output=True, text=True, check=False
        ).stdout

    return in_place


@pytest.mark.parametrize(
    ("place", "environment"),
    [("a test", {"CI": "true"}), ("a file", {"CI": "true"}), ("a test", {"OKXLAB_NO_SKIPS": "1"})],
)
def test_skip_when_nothing_may_be_skipped_fails_with_its_reason(run, place, environment):
    """A skip counts as a failure, and the failure repeats why the test wanted to skip."""
    printed = run(SKIPS[place], **environment)

    assert "1 error" in printed or "1 failed" in printed
    assert "no browser" in printed


def test_skip_when_at_home_stays_a_skip(run):
    """On a developer's machine a skip is a skip."""
    assert "1 skipped" in run(SKIPS["a test"])


def test_skip_when_only_the_shared_data_is_missing_stays_a_skip(run):
    """The data beside the checkout may be absent everywhere."""
    assert "1 skipped" in run(LACKS_DATA, CI="true")
