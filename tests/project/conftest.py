"""What the tests of the project itself share: the files git would commit."""

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def committed(root: Path) -> list[Path]:
    """Give every file that is tracked or about to be: present, and not ignored."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(root / name for name in set(listing.split("\0")) if name and (root / name).is_file())
