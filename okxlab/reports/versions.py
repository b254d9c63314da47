"""What a run was made with: versions of the packages that matter and the commit of the notebooks."""

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("okxlab", "ccxt", "pandas", "numpy", "plotly", "papermill", "nbclient", "nbconvert", "ipykernel")


def versions() -> dict[str, str]:
    """Give name to version of Python and of the installed packages a report rests on.

    >>> sorted(versions())[-1], "python" in versions()
    ('python', True)
    """
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit_of(folder: Path) -> str | None:
    """Give the git commit a folder stands at, ``+`` behind it when a file in the folder differs; None without git."""
    head = _git(folder, "rev-parse", "HEAD")
    if not head:
        return None
    return head + ("+" if _git(folder, "status", "--porcelain", "--", ".") else "")


def _git(folder: Path, *words: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            [program, "--no-optional-locks", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
