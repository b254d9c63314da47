"""What is handed out: the wheel, and the files git would commit."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

# Written in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~/$}-])/(?:wor" + r"k|hom" + r"e|roo" + r"t|User" + r"s)/(?=\w)")
REGISTRY = re.compile(
    r"(?:py" + r"pi\.org|pythonhos" + r"ted\.org|/opt/py" + r"pi|(?:extra-)?index-" + r"url|find-" + r"links)"
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b|<<<<<<" + r"< |>>>>>>" + r"> ")
OKX_KEY = re.compile(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])", re.IGNORECASE)
OKX_SECRET = re.compile(r"(?<![\w-])[0-9A-F]{32}(?![\w-])", re.IGNORECASE)
# Real keys are random: thirty-two random digits hold many different ones, and do not count upwards.
FEW_DIGITS = 7
COUNTING = re.compile("123456|456789|abcdef")


@pytest.fixture(scope="module")
def texts(committed, root) -> dict[str, str]:
    """Give every committed text file, by its path."""
    found = {}
    for path in committed:
        content = path.read_bytes()
        if b"\0" not in content:
            found[path.relative_to(root).as_posix()] = content.decode("utf-8")
    return found


def places(texts: dict[str, str], pattern: re.Pattern) -> list[str]:
    """Give file:line of every match."""
    return [
        f"{file}:{number} {match[0]!r}"
        for file, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def random_looking(pattern: re.Pattern, text: str) -> list[str]:
    """Give what a pattern finds, without the made-up ones that repeat a few digits or count."""
    bare = (found.lower().replace("-", "") for found in pattern.findall(text))
    return [digits for digits in bare if len(set(digits)) > FEW_DIGITS and not COUNTING.search(digits)]


def key_pairs(texts: dict[str, str]) -> list[str]:
    """Name the files that hold what an OKX key and its secret look like."""
    return [
        file
        for file, text in texts.items()
        if file != "constraints.txt" and random_looking(OKX_KEY, text) and random_looking(OKX_SECRET, text)
    ]


def test_no_file_names_a_place_on_somebodys_machine(texts):
    """What is committed works anywhere: no path of one machine stands in it."""
    assert places(texts, MACHINE_PATH) == []


def test_no_file_names_a_package_registry(texts):
    """Where packages come from is each machine's own setting."""
    assert places(texts, REGISTRY) == []


def test_no_file_holds_unfinished_work(texts):
    """Nothing is put off inside a file."""
    assert places(texts, UNFINISHED) == []


def test_no_file_holds_keys(texts):
    """No file holds a key and a secret as OKX makes them."""
    assert key_pairs(texts) == []


def test_leaks_when_planted_are_found():
    """A planted path, registry, reminder or key pair is found, and a home written ~ or a link is not."""
    path = "/home" + "/ann/okx"
    pair = "a1b2c3d4-e5f6-0718-293a-" + "4b5c6d7e8f90 0F1E2D3C4B5A6978" + "8796A5B4C3D2E1F0"
    texts = {"a": f"data = '{path}'", "b": "~" + path, "c": f"https://a.org{path}", "d": "TO" + "DO later", "e": pair}

    assert [place[0] for place in places(texts, MACHINE_PATH)] == ["a"]
    assert [place[0] for place in places(texts, UNFINISHED)] == ["d"]
    assert key_pairs(texts) == ["e"]


@pytest.mark.parametrize("name", [".venv/x", "runs/x", ".okxlab/x", ".env", "notebooks/runs/x", "notebooks/.okxlab/x"])
def test_what_grows_while_working_is_ignored(root, name):
    """Environments, runs, state and keys never become part of the project."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "check-ignore",
        "--quiet",
        "--no-index",
        f"{name}/x" if name != ".env" else name,
    ]

    assert subprocess.run(command, cwd=root, check=False).returncode == 0


@pytest.fixture(scope="module")
def wheel(committed, root, tmp_path_factory) -> zipfile.ZipFile:
    """Build the wheel from a copy that holds only what git would commit."""
    copy = tmp_path_factory.mktemp("checkout")
    for path in committed:
        place = copy / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "built"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    (built,) = (copy / "built").glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def held(wheel) -> set[str]:
    return {name for name in wheel.namelist() if not name.endswith("/")}


def tree(root: Path, committed: list[Path], folder: str, under: str) -> set[str]:
    """Give a folder's committed files as they are named in the wheel."""
    inside = (path.relative_to(root / folder) for path in committed if path.is_relative_to(root / folder))
    return {f"{under}/{path.as_posix()}" for path in inside}


def test_the_wheel_holds_the_package_and_the_notebooks_and_nothing_else(held, committed, root):
    """Every module and every notebook is in the wheel; tests and tools are not."""
    package = tree(root, committed, "okxlab", "okxlab")
    notebooks = tree(root, committed, "notebooks", "okxlab/notebooks")

    assert {name for name in held if ".dist-info/" not in name} == package | notebooks


def test_the_wheel_gives_the_command_and_the_licence(held, wheel):
    """Installing the wheel brings the okxlab command and the licence text."""
    (points,) = [name for name in held if name.endswith(".dist-info/entry_points.txt")]

    assert "okxlab = okxlab.cli:main" in wheel.read(points).decode()
    assert [name for name in held if name.endswith(".dist-info/licenses/LICENSE")] != []


def test_the_wheels_version_is_the_changelogs(held, wheel, root):
    """The version a user installs is the one the changelog tells about."""
    (metadata,) = [name for name in held if name.endswith(".dist-info/METADATA")]
    version = HeaderParser().parsestr(wheel.read(metadata).decode())["Version"]
    newest = re.search(r"^## \[(.+?)\] - \d{4}-\d\d-\d\d$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert version == newest[1]


def test_the_source_archive_lists_what_exists(root):
    """Every name the source archive promises is in the checkout."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    promised = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]

    assert [name for name in promised if not (root / name).exists()] == []
