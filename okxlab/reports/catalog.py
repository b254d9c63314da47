"""Where report notebooks are found, by name."""

import difflib
import re
from pathlib import Path

from okxlab.errors import ReportError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def check_name(name: str, what: str = "report") -> str:
    """Give the name back when it can be part of a path on any machine.

    Raises
    ------
    ReportError
        When it holds anything but letters, digits, ``_`` and ``-``, or is a device's name.

    Examples
    --------
    >>> check_name("daily_health")
    'daily_health'
    """
    if not NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise ReportError(
            f"{name!r} is not the name of a {what}.", "Use up to 64 letters, digits, _ and -, a letter or digit first."
        )
    return name


def notebook_folders(workspace: Path) -> tuple[Path, ...]:
    """Give the folders searched, in order: okxlab's own notebooks, then the workspace's."""
    package = Path(__file__).resolve().parents[1]
    own = package / "notebooks"
    if not own.is_dir():
        own = package.parent / "notebooks"
    return tuple(place for top in (own, workspace / "notebooks") for place in (top / "reports", top))


def find_notebook(name: str | Path, workspace: Path) -> Path:
    """Give the notebook of a report: by name, or as the path of an ``.ipynb`` file.

    Raises
    ------
    ReportError
        When there is no such notebook; the message names the nearest.
    """
    if str(name).endswith(".ipynb"):
        return _given(Path(name), workspace)
    check_name(str(name))
    for folder in notebook_folders(workspace):
        notebook = folder / f"{name}.ipynb"
        if notebook.is_file():
            return notebook
    known = known_reports(workspace)
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known) or 'none'}."
    raise ReportError(f"There is no report called {name!r}.", hint)


def known_reports(workspace: Path) -> list[str]:
    """Give the names of all notebooks that can be run by name, sorted."""
    return sorted({notebook.stem for folder in notebook_folders(workspace) for notebook in folder.glob("*.ipynb")})


def _given(path: Path, workspace: Path) -> Path:
    notebook = (
        path.expanduser()
        if path.expanduser().is_absolute()
        else next((place / path for place in (Path.cwd(), workspace) if (place / path).is_file()), workspace / path)
    )
    if not notebook.is_file():
        raise ReportError(f"There is no notebook at {notebook}.", "Check the path.")
    check_name(notebook.stem)
    return notebook.resolve()
