"""The documents: their code runs, their commands exist, and they name what is there."""

import inspect
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import typer
from packaging.requirements import Requirement

READMES = ("README.md", "README.zh-CN.md")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`((?:make|okxlab)(?: [^`\n]*)?)`(?!`)")
SHELLS = {"bash", "sh", "shell", "console"}
NEEDS_KEYS = "# needs keys"


@pytest.fixture(params=READMES)
def readme(request, root: Path) -> str:
    return (root / request.param).read_text("utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    """Give a document's code blocks of some languages, in order."""
    return [body for language, body in FENCE.findall(text) if language in languages]


def commands(text: str) -> list[list[str]]:
    """Give the make and okxlab commands of a document, in its shell blocks and in its sentences."""
    lines = [line.removeprefix("$ ") for block in blocks(text, *SHELLS) for line in block.splitlines()]
    parts = [part for line in lines for part in re.split(r"&&|\||;", line)]
    words = [shlex.split(part, comments=True) for part in parts + INLINE.findall(FENCE.sub("", text))]
    return [[Path(line[0]).name, *line[1:]] for line in words if line and Path(line[0]).name in {"make", "okxlab"}]


def make_targets(root: Path) -> set[str]:
    """Give the targets make's help lists."""
    return set(re.findall(r"^([a-z-]+):.*?## ", (root / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def command_line() -> click.Group:
    """Give okxlab's command as click sees it."""
    from okxlab import cli

    (app,) = [thing for thing in vars(cli).values() if isinstance(thing, typer.Typer)][:1]
    return typer.main.get_command(app)


def commands_below(group, path: tuple[str, ...] = ()) -> dict:
    """Give every command of a group and of the groups in it, by the words that call it."""
    found = {}
    for name, command in group.commands.items():
        found[*path, name] = command
        if hasattr(command, "commands"):
            found |= commands_below(command, (*path, name))
    return found


def misused(words: list[str], known: dict, options: set[str]) -> str:
    """Say what is wrong with a command of a document, or nothing."""
    names = tuple(words[1:])
    called = next((names[:n] for n in range(len(names), 0, -1) if names[:n] in known), ())
    if names and not names[0].startswith("-") and not called:
        return f"{' '.join(words)}: there is no such command"
    own = {name for one in (known[called].params if called else []) for name in one.opts + one.secondary_opts}
    strange = [word for word in names if word.startswith("--") and word.split("=")[0] not in own | options]
    return f"{' '.join(words)}: there is no option {strange[0]}" if strange else ""


def test_python_blocks_compile(readme):
    """Every python block of a README is Python, whether it needs keys or not."""
    trees = [compile(block, f"block {n}", "exec") for n, block in enumerate(blocks(readme, "python"), start=1)]

    assert len(trees) >= 1


def test_python_blocks_run_on_the_paper_exchange(readme, tmp_path):
    """A README's python blocks, one after the other in an empty workspace, run without keys."""
    runnable = [block for block in blocks(readme, "python") if NEEDS_KEYS not in block]
    (tmp_path / "readme.py").write_text("\n".join(runnable), "utf-8")
    (tmp_path / "okxlab.toml").write_text("", "utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OKX")}

    done = subprocess.run(
        [sys.executable, "readme.py"], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=240, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_make_commands_of_the_readme_exist(readme, root):
    """Each `make …` a README names is a target of the Makefile."""
    named = {word for words in commands(readme) if words[0] == "make" for word in words[1:] if "=" not in word}

    assert named - make_targets(root) == set()


def test_okxlab_commands_of_the_readme_exist(readme, command_line):
    """Each `okxlab …` a README names is a command, with options it has."""
    known = commands_below(command_line)
    options = {name for one in command_line.params for name in one.opts} | {"--help"}
    used = [words for words in commands(readme) if words[0] == "okxlab"]

    assert [wrong for words in used if (wrong := misused(words, known, options))] == []


def test_every_command_is_in_the_readme(readme, command_line):
    """Each command of okxlab that its help lists is named in the README."""
    listed = [name for name, command in command_line.commands.items() if not command.hidden]
    silent = [name for name in listed if f"okxlab {name}" not in readme]

    assert silent == []


def test_every_command_has_help(command_line):
    """Each command, and each option of it, says what it does."""
    known = commands_below(command_line)
    silent = [" ".join(path) for path, command in known.items() if not command.help]
    options = [
        (path, one) for path, command in known.items() for one in command.params if not getattr(one, "hidden", True)
    ]

    assert silent == []
    assert [f"{' '.join(path)} {one.name}" for path, one in options if not getattr(one, "help", None)] == []


def test_the_readmes_have_the_same_code(root):
    """The two languages of the README show the same blocks, comments apart."""
    first, second = (FENCE.findall((root / name).read_text("utf-8")) for name in READMES)
    bare = [[(language, re.sub(r"\s*#.*", "", body)) for language, body in one if language] for one in (first, second)]

    assert len(first) == len(second)
    assert bare[0] == bare[1]


def test_every_make_target_explains_itself(root):
    """Each target a person may call has its line in `make help`."""
    text = (root / "Makefile").read_text("utf-8")
    called = set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)[1].split())

    assert called == make_targets(root)


def test_make_alone_lists_the_commands(root):
    """`make` without a target prints every target, and does nothing else."""
    printed = subprocess.run(["make"], cwd=root, check=True, capture_output=True, text=True).stdout

    assert [target for target in make_targets(root) if f"make {target}" not in printed] == []


def test_the_changelog_tells_about_this_version(root):
    """The newest entry of the changelog is the version of the package, with its day."""
    import okxlab

    newest = re.search(r"^## \[(.+)\] - (\d{4}-\d\d-\d\d)$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert newest[1] == okxlab.__version__


def test_contributing_gives_a_reason_for_every_dependency(root):
    """Each dependency of pyproject.toml has its line of reason, and nothing else has one."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    table = (root / "CONTRIBUTING.md").read_text("utf-8").split("### Why each dependency is here")[1]
    reasons = dict(re.findall(r"^\| `([\w-]+)` \| (\S.+?) \|$", table, re.MULTILINE))

    assert set(reasons) == {Requirement(line).name for line in asked} - {project["name"]}


def test_the_door_is_in_the_readme(root):
    """Every function and class of the door that a reader can import is named in the README."""
    import okxlab

    text = (root / "README.md").read_text("utf-8")
    things = [name for name in okxlab.__all__ if inspect.isroutine(getattr(okxlab, name))]

    assert [name for name in things if not re.search(rf"\b{name}\b", text)] == []


def test_commands_when_planted_are_read(command_line):
    """Commands in blocks and in sentences are found; made-up ones and made-up options are named."""
    text = "Say `make demo`.\n```bash\n$ .venv/bin/okxlab paper --nonsense 1 && make lab # open\n```\n"

    assert commands(text) == [["okxlab", "paper", "--nonsense", "1"], ["make", "lab"], ["make", "demo"]]
    assert "no option --nonsense" in misused(["okxlab", "paper", "--nonsense"], commands_below(command_line), set())
    assert "no such command" in misused(["okxlab", "guess"], commands_below(command_line), set())
