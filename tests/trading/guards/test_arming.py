"""A person's leave for live orders: who can give it, for what, and how it ends."""

import json
import os
import pty
import subprocess
import sys
import threading
from decimal import Decimal

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

import okxlab as ox
from okxlab.errors import CredentialsError, InputError, OrderDenied
from okxlab.trading.guards import PersonsLeave, arming
from tests.trading.guards.keys import live_key

CONNECT = "import okxlab as ox, os\nlive = ox.connect('live')\n"
TRY_TO_ARM = """
try:
    ox.arm(live, cap=100, minutes=5)
except ox.errors.OrderDenied as error:
    print('DENIED', error)
print('ACTIVE', ox.armed(live).active)
"""


class Notebook:
    """A kernel, and a person who answers what it asks."""

    def __init__(self, folder, environment):
        self.manager, self.client = start_new_kernel(cwd=str(folder), env=environment)
        self.asked, self.shown = [], ""

    def run(self, code, *answers, person=True):
        """Run a cell, typing these answers; give what it shows. Without a person the front end takes no input."""
        self.asked, self.shown, left = [], "", list(answers)

        def typed(message):
            self.asked.append(message["content"]["prompt"])
            self.client.input(left.pop(0))

        self.client.execute_interactive(
            code, allow_stdin=person, stdin_hook=typed, output_hook=self._show, timeout=60, store_history=False
        )
        assert left == []
        return self.shown

    def _show(self, message):
        content = message["content"]
        self.shown += content.get("text", "") + "\n".join(content.get("traceback", []))

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def seat(tmp_path_factory):
    """Give (folder, environment) of a place from which live leads to a paper exchange, with keys."""
    folder = tmp_path_factory.mktemp("seat")
    with ox.connect(workspace=folder) as session:
        control = json.loads((folder / ".okxlab" / "paper.json").read_text())["control"]
        (folder / "okxlab.toml").write_text(f'[live]\nhost = "{session.profile.rest}"\n')
        yield folder, os.environ | live_key(session, control, ips=["127.0.0.1"])


@pytest.fixture(scope="module")
def kernel(seat):
    """Give a notebook whose kernel is connected to live."""
    opened = Notebook(*seat)
    opened.run(CONNECT)
    yield opened
    opened.close()


@pytest.fixture
def notebook(kernel):
    """Give the notebook, not armed."""
    kernel.run("ox.disarm(live)")
    return kernel


def test_person_arms_in_a_notebook_for_as_much_as_they_type(notebook):
    """The front end asks for the cap, and the leave stands in the kernel's memory until it is taken back."""
    shown = notebook.run("print(ox.arm(live, cap='250.50', minutes=5))", "250.5")

    assert len(notebook.asked) == 1
    assert "Every strategy may place live orders worth 250.5 USDT on account" in notebook.asked[0]
    assert "Type 250.5 to allow it: " in notebook.asked[0]
    assert "active=True, cap=Decimal('250.50'), left=Decimal('250.50')" in shown
    assert "active=False" in notebook.run("print(ox.disarm(live))")


def test_notebook_that_nobody_answers_is_not_armed(notebook):
    """Where the front end takes no input there is nobody to ask; replacing input() changes nothing."""
    shown = notebook.run("input = lambda *_: '100'\nimport builtins\nbuiltins.input = input" + TRY_TO_ARM, person=False)

    assert "DENIED There is no person to ask here: this kernel takes no input" in shown
    assert "ACTIVE False" in shown


@pytest.mark.parametrize("typed", ["", "yes", "1000", "100.0", "-100"])
def test_anything_but_the_cap_does_not_arm(notebook, typed):
    """A yes, an empty line or another number is no leave."""
    shown = notebook.run(TRY_TO_ARM, typed)

    assert f"DENIED Live was not armed: {typed!r} was typed, not 100." in shown
    assert "ACTIVE False" in shown


def test_child_of_an_armed_kernel_is_not_armed(notebook):
    """A forked child finds no leave, while its parent keeps it."""
    notebook.run("ox.arm(live, cap=100, minutes=5)", "100")
    shown = notebook.run(
        "import sys\nread, write = os.pipe()\npid = os.fork()\nif pid == 0:\n"
        "    os.write(write, b'child ' + str(ox.armed(live).active).encode())\n    os._exit(0)\n"
        "os.waitpid(pid, 0)\nprint(os.read(read, 50).decode(), 'parent', ox.armed(live).active)"
    )

    assert "child False parent True" in shown


def test_thread_of_a_notebook_cannot_ask(notebook):
    """Code that runs beside the person's cell is refused."""
    shown = notebook.run(
        "import threading\ndef work():\n    try:\n        ox.arm(live, cap=1, minutes=5)\n"
        "    except ox.errors.OrderDenied as error:\n        global told\n        told = str(error)\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\nprint(told)"
    )

    assert "no person to ask here: a thread runs beside the person" in shown


@pytest.mark.parametrize("runner", ["papermill", "nbconvert"])
def test_unattended_notebook_cannot_arm(seat, runner):
    """Papermill and nbconvert run every cell, and none of them arms, whatever stands in their input."""
    folder, environment = seat
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CONNECT), nbformat.v4.new_code_cell(TRY_TO_ARM)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}},
    )
    nbformat.write(notebook, folder / "in.ipynb")
    command = {
        "papermill": ["papermill", "in.ipynb", "out.ipynb"],
        "nbconvert": ["nbconvert", "--to", "notebook", "--execute", "in.ipynb", "--output", "out.ipynb"],
    }[runner]
    subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, input="100\n", text=True, check=True,
        capture_output=True, timeout=120,
    )  # fmt: skip

    shown = (folder / "out.ipynb").read_text()
    assert "DENIED There is no person to ask here: this kernel takes no input" in shown
    assert "ACTIVE False" in shown


def test_script_whose_input_is_a_pipe_cannot_arm(seat):
    """The cap in a pipe is typed by nobody."""
    folder, environment = seat
    ran = subprocess.run(
        [sys.executable, "-c", CONNECT + TRY_TO_ARM], cwd=folder, env=environment, input="100\n", text=True,
        capture_output=True, check=True, timeout=60, start_new_session=True,
    )  # fmt: skip

    assert "DENIED There is no person to ask here: this process has no terminal" in ran.stdout
    assert "ACTIVE False" in ran.stdout


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, code, folder, environment):
        self.master, slave = pty.openpty()
        take = "import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        self.process = subprocess.Popen(
            [sys.executable, "-c", take + code], stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""

    def until(self, text):
        """Read until this is shown."""
        while text not in self.shown:
            self.shown += os.read(self.master, 4096).decode()

    def type(self, line):
        """Press these keys and enter."""
        os.write(self.master, f"{line}\n".encode())

    def close(self):
        self.process.wait(timeout=60)
        os.close(self.master)


@pytest.mark.parametrize(("typed", "active"), [("100", True), ("no", False)])
def test_person_arms_at_a_terminal(seat, typed, active):
    """The terminal asks; what was typed before the question does not answer it."""
    terminal = Terminal("import time\n" + CONNECT + "print('READY')\ntime.sleep(1)\n" + TRY_TO_ARM, *seat)
    terminal.until("READY")
    terminal.type("no" if active else "100")
    terminal.until("Type 100 to allow it: ")
    terminal.type(typed)
    terminal.until(f"ACTIVE {active}")
    terminal.close()

    assert ("DENIED Live was not armed: 'no' was typed" in terminal.shown) == (not active)


def test_paper_needs_no_leave(fresh):
    """On paper nothing is asked, and orders may leave."""
    state = ox.arm(fresh, cap=100, minutes=5)

    assert (state.needed, state.active) == (False, True)


TERMS = [
    ({"cap": 0}, "cap is 0, which is not above zero"),
    ({"cap": "-5"}, "cap is -5"),
    ({"cap": "1,000"}, "cap is '1,000', which is not a number"),
    ({"cap": 1, "minutes": 61}, "minutes is 61. Give more than 0 and at most 60"),
    ({"cap": 1, "minutes": 0}, "minutes is 0"),
]


@pytest.mark.parametrize(("terms", "says"), TERMS)
def test_terms_that_cannot_be_are_refused(fresh, terms, says):
    """No cap, or more than an hour, is no leave, on paper either."""
    with pytest.raises(InputError, match=says):
        ox.arm(fresh, **terms)


def test_key_that_may_only_read_does_not_arm(live):
    """A key without the right to trade is told so."""
    with pytest.raises(CredentialsError, match=r"The live key may do this: read_only"):
        ox.arm(live(perms=("read_only",)), cap=1)


@pytest.fixture
def give_leave(live, clock):
    """Give a function that puts a leave into this process's memory as a person's answer would; gives the session."""
    session = live()

    def give(cap=1000, minutes=30, strategies=None):
        now, length = clock.now_ms(), minutes * 60_000
        token = arming._Token(Decimal(cap), strategies, (), now, now + length, clock.monotonic() + length / 1000)
        arming._tokens[arming._binding(session)] = token
        return session

    yield give
    ox.disarm(session)


def test_cap_counts_everything_placed_since(give_leave, clock):
    """Orders count until the cap is full, one counted twice counts once, one that never came to be is given back."""
    leave = PersonsLeave(give_leave(), "hand-1", clock)

    assert leave.take({"a": Decimal(600)}) == ""
    assert leave.take({"a": Decimal(600), "b": Decimal(400)}) == ""
    assert "worth 1000.01 USDT, which is more than the cap of 1000 USDT" in leave.take({"c": Decimal("0.01")})
    leave.give_back("b")
    assert leave.take({"c": Decimal(400)}) == ""


def test_cap_is_one_for_all_strategies_of_the_process(give_leave, clock):
    """What the bot places is missing to the hand; what is left can be seen."""
    session = give_leave()
    hand, grid = PersonsLeave(session, "hand-1", clock), PersonsLeave(session, "grid", clock)

    assert hand.take({"a": Decimal(600)}) == ""
    assert "more than the cap" in grid.take({"b": Decimal(600)})
    assert ox.trading.guards.armed(session, clock=clock).left == 400


def test_cap_holds_when_strategies_place_at_the_same_time(give_leave, clock):
    """Eight threads that place at once get no more than the cap between them."""
    session = give_leave(cap=100)
    granted = []

    def place(name):
        leave = PersonsLeave(session, name, clock)
        granted.extend(n for n in range(200) if not leave.take({f"{name}{n}": Decimal(1)}))

    threads = [threading.Thread(target=place, args=(f"s{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(granted) == 100


def jump(clock, how):
    """Move one clock or both."""
    if how == "both":
        clock.move(1800)
    elif how == "wall forward":
        clock.wall_ms += 1_800_000
    elif how == "wall back":
        clock.wall_ms -= 1
    else:
        clock.seconds += 1800


@pytest.mark.parametrize("how", ["both", "wall forward", "wall back", "monotonic"])
def test_leave_ends_by_either_clock(give_leave, clock, how):
    """The time is over when one of the two clocks says so; a wall clock that was set back ends it, too."""
    leave = PersonsLeave(give_leave(), "hand-1", clock)
    assert leave.why_not() == ""

    jump(clock, how)
    assert "ended at" in leave.why_not()
    assert "ended at" in leave.take({"a": Decimal(1)})


def test_leave_is_for_the_named_strategies_alone(give_leave, clock):
    """The hand of every kernel is meant by one name; a name that only begins like it is another."""
    session = give_leave(strategies=("hand", "grid-btc"))
    allowed = {
        name: not PersonsLeave(session, name, clock).why_not()
        for name in ("hand-77-1", "grid-btc", "grid-btc-2", "grid-eth", "handy")
    }

    assert allowed == {"hand-77-1": True, "grid-btc": True, "grid-btc-2": True, "grid-eth": False, "handy": False}


def test_leave_for_one_key_is_none_for_another(give_leave, live, clock):
    """Another key of the same account needs a leave of its own."""
    give_leave()

    assert "not armed" in PersonsLeave(live(), "hand-1", clock).why_not()


def test_guard_lets_live_orders_pass_only_while_armed(give_leave, make_guard, buy, clock):
    """Without leave the guard refuses at the check and at the last look; over the cap it refuses at the check."""
    from okxlab.trading.guards import Exposure

    session = give_leave(cap=500)
    guard = make_guard(leave=PersonsLeave(session, "hand-1", clock))

    assert ("armed", True) in [(v.name, v.passed) for v in guard.check([buy()], lambda _: Exposure())[0]]
    with pytest.raises(OrderDenied, match="cap of 500 USDT"):
        guard.check([buy(client_id="b")], lambda _: Exposure())
    ox.disarm(session)
    with pytest.raises(OrderDenied, match=r"not armed in this process\. A person arms it: ox\.arm"):
        guard.recheck()
    with pytest.raises(OrderDenied, match="not armed"):
        guard.check([buy(client_id="c")], lambda _: Exposure())
