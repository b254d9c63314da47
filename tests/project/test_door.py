"""The doors: what okxlab and each of its rooms hand out, and that the first one opens at once."""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from okxlab import errors

# Scripts in the world rely on these.
PROMISED = {
    *("connect", "Session", "Instrument", "tickers", "order_book", "candles", "read_candles", "instruments"),
    *("balances", "open_orders", "fills", "place", "cancel", "cancel_all"),
    *("GridSpec", "plan", "backtest", "start_grid", "replay", "GridForm", "run_report"),
}
HEAVY = ("anywidget", "ccxt", "ipywidgets", "numba", "pandas", "papermill", "plotly")
# The one promise in seconds: whoever types `import okxlab` does not wait.
SECONDS = 0.2
RUNS = 5

ROOMS = sorted(path.parent.name for path in (Path(__file__).parents[2] / "okxlab").glob("*/__init__.py"))


def in_order(names: list[str]) -> list[str]:
    """Sort names as ruff's RUF022 does: CONSTANTS, then Classes, then functions, numbers by value."""
    kind = {True: 0, False: 1}

    def place(name: str) -> tuple:
        rank = kind[name.isupper()] if name[:1].isupper() else 2
        return rank, [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

    return sorted(names, key=place)


def fresh_python(*arguments: str) -> subprocess.CompletedProcess:
    """Run a Python that has loaded nothing yet and may keep compiled files."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def test_the_door_is_sorted_and_holds_what_is_promised():
    """okxlab.__all__ is in order, has no name twice, and lacks none of the promised names."""
    door = importlib.import_module("okxlab").__all__

    assert list(door) == in_order(set(door))
    assert PROMISED - set(door) == set()


def test_every_name_on_the_door_opens():
    """Each name of okxlab.__all__ gives a thing, and the thing says what it is."""
    okxlab = importlib.import_module("okxlab")
    things = {name: getattr(okxlab, name) for name in okxlab.__all__}

    assert [name for name, thing in things.items() if callable(thing) and not inspect.getdoc(thing)] == []
    assert set(okxlab.__all__) <= set(dir(okxlab))


def test_no_name_on_the_door_hides_a_room():
    """A name of the door is no room's name, unless it gives the room: importing the room would replace the name."""
    okxlab = importlib.import_module("okxlab")
    shared = set(okxlab.__all__) & {*ROOMS, "cli", "clock", "config", "errors"}

    assert [name for name in shared if not inspect.ismodule(getattr(okxlab, name))] == []


def test_the_door_when_a_name_is_unknown_says_so():
    """A misspelt name is an AttributeError that repeats it."""
    okxlab = importlib.import_module("okxlab")

    with pytest.raises(AttributeError, match="conect"):
        okxlab.conect  # noqa: B018 - looking is the test


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_door_is_sorted_and_opens(room):
    """A room's __all__ is in order, and every name in it can be imported."""
    door = importlib.import_module(f"okxlab.{room}")

    assert list(door.__all__) == in_order(set(door.__all__))
    assert [name for name in door.__all__ if not hasattr(door, name)] == []


def test_importing_okxlab_loads_nothing_heavy():
    """`import okxlab` loads none of the big libraries; they come with the first name that needs one."""
    code = f"import json, sys, okxlab; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))"

    assert json.loads(fresh_python("-c", code).stdout) == []


def test_importing_okxlab_takes_no_time():
    """`import okxlab` takes under 0.2 s, the best of five runs, by Python's own measure."""
    fresh_python("-c", "import okxlab")
    reports = [fresh_python("-X", "importtime", "-c", "import okxlab").stderr for _ in range(RUNS)]
    micros = [int(re.search(r"\|\s+(\d+) \| okxlab$", report, re.MULTILINE)[1]) for report in reports]

    assert min(micros) / 1e6 < SECONDS


def drawn_tree() -> dict[str, str]:
    """Read the drawing on top of errors.py: each error and its parent."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        if not (match := re.match(r"([│├└─ ]*)(\w+)(?:\s{2,}|$)", line)):
            continue
        depth = len(match[1]) // 4
        path[depth:] = [match[2]]
        if depth:
            parents[match[2]] = path[depth - 1]
    return parents


def test_the_drawn_tree_is_the_real_one():
    """Every error stands in the drawing under its base, and the drawing holds no other."""
    classes = [c for c in vars(errors).values() if inspect.isclass(c) and c is not errors.OkxlabError]

    assert drawn_tree() == {c.__name__: c.__bases__[0].__name__ for c in classes}


def test_every_error_comes_from_one_base():
    """Whoever catches OkxlabError catches everything okxlab raises on purpose."""
    classes = [c for c in vars(errors).values() if inspect.isclass(c)]

    assert [c for c in classes if not issubclass(c, errors.OkxlabError)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_hands_out_no_error_of_its_own(room):
    """Public errors live in errors.py: a room's door holds none that is not in the tree."""
    door = importlib.import_module(f"okxlab.{room}")
    handed_out = [getattr(door, name) for name in door.__all__]
    raised = [c for c in handed_out if inspect.isclass(c) and issubclass(c, BaseException)]

    assert [c for c in raised if c not in vars(errors).values()] == []
