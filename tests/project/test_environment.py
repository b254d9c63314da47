"""environment.yml, pyproject.toml and constraints.txt say the same thing."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

PYTHONS = ("3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def conda(root: Path) -> list:
    return yaml.safe_load((root / "environment.yml").read_text("utf-8"))["dependencies"]


@pytest.fixture(scope="module")
def pip_lines(conda) -> list[str]:
    (section,) = [one["pip"] for one in conda if isinstance(one, dict)]
    return section


@pytest.fixture(scope="module")
def pin_lines(root: Path) -> list[str]:
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def pins(pin_lines) -> dict[str, Version]:
    split = (line.split("==") for line in pin_lines)
    return {canonicalize_name(name): Version(version) for name, version in split}


def asked(project: dict) -> list[Requirement]:
    """Give what pyproject.toml asks for, extras included, okxlab's mention of its own extras left out."""
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [one for one in map(Requirement, lines) if one.name != project["name"]]


def needed(wanted: list[Requirement], pythons: Sequence[str] = ("",)) -> dict[str, list[Requirement]]:
    """Follow requirements to the end, here or on any of some Pythons: who is needed, and within which bounds."""
    bounds: dict[str, list[Requirement]] = {}
    open_ends = [(one, extra) for one in wanted for extra in (one.extras or {""})]
    seen = set()
    while open_ends:
        one, extra = open_ends.pop()
        name = canonicalize_name(one.name)
        bounds.setdefault(name, []).append(one)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for inner in inner_requirements(name):
            if any(applies(inner, extra, python) for python in pythons):
                open_ends += [(inner, "")] + [(inner, more) for more in inner.extras]
    return bounds


def inner_requirements(name: str) -> list[Requirement]:
    """Give what an installed package asks for; one that is not installed here asks for nothing."""
    try:
        return [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:
        return []


def applies(one: Requirement, extra: str, python: str) -> bool:
    """Tell whether a requirement counts for an extra, here or on another Python."""
    other = {"python_version": python, "python_full_version": f"{python}.0"} if python else {}
    return one.marker is None or one.marker.evaluate({"extra": extra, **other})


def test_conda_gives_only_python_and_pip(conda):
    """Conda's part is Python and pip alone, so that versions are decided in one place."""
    names = [re.split(r"[=<>]", one)[0] for one in conda if isinstance(one, str)]

    assert sorted(names) == ["pip", "python"]


def test_condas_python_is_one_the_project_accepts(conda, project):
    """The Python conda installs lies inside requires-python."""
    (version,) = [one.removeprefix("python=") for one in conda if isinstance(one, str) and one.startswith("python=")]

    assert f"{version}.0" in SpecifierSet(project["requires-python"])


def test_pip_section_is_the_project_with_extras_that_exist(pip_lines, project):
    """Pip's part is the checkout itself, with extras pyproject.toml defines."""
    (line,) = pip_lines
    (extras,) = re.fullmatch(r"-e \.(?:\[([\w,-]+)\])?", line).groups()

    assert set((extras or "").split(",")) - {""} <= set(project["optional-dependencies"])


@pytest.mark.proof
def test_what_conda_would_run_resolves(root, pip_lines):
    """Conda writes pip's part to a file beside environment.yml and runs pip on it there: pip finds every version."""
    file = root / "condaenv.test.requirements.txt"
    file.write_text("\n".join(pip_lines) + "\n", "utf-8")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "-r", file.name]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    finally:
        file.unlink()

    assert done.returncode == 0, done.stderr[-800:]


def test_every_pin_is_a_name_and_an_exact_version(pin_lines):
    """constraints.txt holds names and versions: no address, no path, no hash."""
    wrong = [line for line in pin_lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)]

    assert wrong == []


def test_everything_the_project_needs_is_pinned(project, pins):
    """Each requirement, and each requirement's requirement, has its exact version (else: make pins)."""
    assert sorted(set(needed(asked(project))) - set(pins)) == []


def test_nothing_else_is_pinned(project, pins):
    """A pin nobody needs is left over from a dependency that is gone (make pins)."""
    assert sorted(set(pins) - set(needed(asked(project), PYTHONS))) == []


def test_every_pin_lies_within_the_bounds_asked_for(project, pins):
    """No pin contradicts a bound of pyproject.toml or of another package."""
    bounds = needed(asked(project))
    outside = [
        f"{name}=={pins[name]} is pinned, {one} is asked for"
        for name, asks in bounds.items()
        for one in asks
        if name in pins and not one.specifier.contains(pins[name], prereleases=True)
    ]

    assert outside == []


def test_every_dependency_has_a_lower_bound(project):
    """A dependency without a lower bound would accept versions nobody has ever run."""
    open_below = [str(one) for one in asked(project) if not any(s.operator in {">=", "=="} for s in one.specifier)]

    assert open_below == []
