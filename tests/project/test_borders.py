"""What may stand in one place only: orders, the time, printing, and catching everything."""

import ast
import builtins
import re
from pathlib import Path

import pytest

# Words that send an order, and the routes behind them.
# The exchange room names routes in order to refuse them, the paper exchange in order to serve them.
SENDS = re.compile(r"create_?[oO]rder|privatePostTrade|private_post_trade")
ROUTES = re.compile(r"batch-orders|trade/order\b(?!s)")
SENDERS = ("trading/execution.py", "paper/")
ROUTERS = (*SENDERS, "exchange/")

LEAVE = {"prepare", "send"}  # of the exchange room: a change leaves under a permit that trading asked for
ASKERS = ("trading/", "exchange/")

CLOCK = "clock.py"
NOW = re.compile(r"(^|\.)(time\.(time|time_ns)|(datetime|date|Timestamp)\.(now|utcnow|today))$")
# The loop of a bot and a report; and a callback: its error is shown nowhere else.
CATCHERS = {"trading/background.py", "reports/runner.py", "widgets/handlers.py"}
BLIND = {"Exception", "BaseException"}
# What runs code that came as data.
UNPACKERS = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
RUNS = re.compile(r"^(eval|exec|__import__)$|^os\.(system|popen)$|\.(read|to)_pickle$")
# What writes mail or sends it: okxlab sends none, so none is lost, and nobody writes into its headers.
MAILS = re.compile(r"^(smtplib|aiosmtplib|yagmail|redmail|sendgrid|email\.(message|mime|header|policy|generator))\b")
# Raised where Python's own protocols ask for them: a module's __getattr__, the end of a program, a socket that closed.
PYTHONS_OWN = (AttributeError, SystemExit, KeyboardInterrupt, StopIteration, StopAsyncIteration, OSError)


def order_words(file: str, source: str) -> list[str]:
    """Find lines that could send an order from anywhere but execution."""
    wrong = []
    for number, line in enumerate(source.splitlines(), start=1):
        sends = SENDS.search(line) and not file.startswith(SENDERS)
        routes = ROUTES.search(line) and not file.startswith(ROUTERS)
        if sends or routes:
            wrong.append(f"okxlab/{file}:{number} {line.strip()!r}: orders leave through trading/execution.py alone.")
    return wrong


def permit_askers(file: str, source: str) -> list[str]:
    """Find imports of what makes and uses permits, outside the room that trades."""
    if file.startswith(ASKERS):
        return []
    doors = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) and n.module]
    return [
        f"okxlab/{file}:{node.lineno} asks for a permit: orders leave through okxlab.trading alone."
        for node in doors
        if str(node.module).startswith("okxlab.exchange") and LEAVE & {alias.name for alias in node.names}
    ]


def own_clocks(file: str, source: str) -> list[str]:
    """Find readings of the machine's time outside clock.py."""
    if file == CLOCK:
        return []
    tree, wrong = ast.parse(source), []
    names = {a.asname or a.name: a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    for node in ast.walk(tree):
        taken = isinstance(node, ast.ImportFrom) and node.module == "time" and {a.name for a in node.names}
        head, _, rest = ast.unparse(node).partition(".") if isinstance(node, ast.Attribute) else ("", "", "")
        if NOW.search(f"{names.get(head, head)}.{rest}") or (taken and taken & {"time", "time_ns"}):
            wrong.append(f"okxlab/{file}:{node.lineno} reads the machine's time: take a Clock and ask it.")
    return wrong


def prints(file: str, source: str) -> list[str]:
    """Find calls of print outside the command line."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "print"]
    return [
        f"okxlab/{file}:{call.lineno} prints: return the value, or log it; only cli/ talks to the terminal."
        for call in calls
        if not file.startswith("cli/")
    ]


def blind_catches(file: str, source: str) -> list[str]:
    """Find handlers that swallow everything outside the named borders; one that raises again swallows nothing."""
    if file in CATCHERS:
        return []
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and is_blind(node.type) and not raises_again(node):
            lines.append(node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            lines += [node.lineno for kind in node.args if is_blind(kind)]
    mend = f"name the errors that can come; only {', '.join(sorted(CATCHERS))} may catch all."
    return [f"okxlab/{file}:{line} catches everything: {mend}" for line in lines]


def is_blind(kind: ast.expr | None) -> bool:
    """Tell a handler for everything from one that names what it expects."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or ast.unparse(one).split(".")[-1] in BLIND for one in kinds)


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Tell a handler that tidies up and lets the error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def foreign_raises(file: str, source: str) -> list[str]:
    """Find Python's general errors raised and not caught in the same file: ours say what happened and what to do."""
    tree = ast.parse(source)
    caught = " ".join(ast.unparse(n.type) for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler) and n.type)
    wrong = []
    for node in ast.walk(tree):
        raised = node.exc if isinstance(node, ast.Raise) else None
        name = ast.unparse(raised.func if isinstance(raised, ast.Call) else raised) if raised else ""
        kind = getattr(builtins, name, None)
        general = isinstance(kind, type) and issubclass(kind, BaseException)
        if general and not issubclass(kind, PYTHONS_OWN) and not re.search(rf"\b{name}\b", caught):
            wrong.append(
                f"okxlab/{file}:{node.lineno} raises {name}: raise one of okxlab/errors.py, with the next step."
            )
    return wrong


def data_that_runs(file: str, source: str) -> list[str]:
    """Find what turns data into code: pickles, YAML, eval and its like, a shell."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        runs = [name for name in imported(node) if name.split(".")[0] in UNPACKERS]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            told = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            trusting = {"shell", "allow_pickle"} & {name for name, value in told.items() if value != "False"}
            runs += [called] if trusting or RUNS.search(called) else []
        wrong += [
            f"okxlab/{file}:{node.lineno} uses {name}: data stays data; read JSON, TOML or Parquet." for name in runs
        ]
    return wrong


def mails(file: str, source: str) -> list[str]:
    """Find what writes or sends mail."""
    return [
        f"okxlab/{file}:{node.lineno} imports {name}: okxlab sends no mail."
        for node in ast.walk(ast.parse(source))
        for name in imported(node)
        if MAILS.match(name)
    ]


def imported(node: ast.AST) -> list[str]:
    """Give the modules that a statement imports."""
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


RULES = (order_words, permit_askers, own_clocks, prints, blind_catches, foreign_raises, data_that_runs, mails)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_may_stand_in_one_place_stands_nowhere_else(root: Path, rule):
    """Every file of the package keeps to the borders."""
    package = root / "okxlab"
    files = sorted(package.rglob("*.py"))
    wrong = [line for path in files for line in rule(path.relative_to(package).as_posix(), path.read_text("utf-8"))]

    assert files
    assert "\n".join(wrong) == ""


PLANTED = [
    (order_words, "widgets/ticket.py", "session.ccxt.create_order('BTC/USDT')"),
    (order_words, "exchange/session.py", "ccxt.private_post_trade_order({})"),
    (order_words, "trading/background.py", "ROUTE = '/api/v5/trade/order'"),
    (order_words, "market/books.py", "ROUTE = 'trade/batch-orders'"),
    (permit_askers, "widgets/ticket.py", "from okxlab.exchange import Session, prepare"),
    (permit_askers, "market/books.py", "def f():\n    from okxlab.exchange.call import send"),
    (own_clocks, "trading/background.py", "import time\nNOW = time.time()"),
    (own_clocks, "trading/background.py", "import time as t\nNOW = t.time_ns"),
    (own_clocks, "trading/background.py", "from time import time"),
    (own_clocks, "market/books.py", "import datetime as dt\nNOW = dt.datetime.now(dt.UTC)"),
    (own_clocks, "market/books.py", "import pandas as pd\nNOW = pd.Timestamp.utcnow()"),
    (prints, "grid/plan.py", "print('levels')"),
    (blind_catches, "market/books.py", "try:\n    pass\nexcept Exception:\n    pass"),
    (blind_catches, "market/books.py", "try:\n    pass\nexcept:\n    pass"),
    (blind_catches, "market/books.py", "try:\n    pass\nexcept (OSError, BaseException) as e:\n    log(e)"),
    (blind_catches, "market/books.py", "with contextlib.suppress(Exception):\n    pass"),
    (foreign_raises, "grid/plan.py", "raise ValueError('no')"),
    (data_that_runs, "store/files.py", "from pickle import loads"),
    (data_that_runs, "store/files.py", "def f():\n    import yaml.loader"),
    (data_that_runs, "store/files.py", "pd.read_pickle('grid')"),
    (data_that_runs, "grid/specfile.py", "eval('1')"),
    (data_that_runs, "store/files.py", "np.load('grid', allow_pickle=True)"),
    (data_that_runs, "reports/runner.py", "subprocess.run('ls', shell=True)"),
    (mails, "reports/runner.py", "import smtplib"),
    (mails, "reports/runner.py", "from email import message"),
    (mails, "trading/background.py", "def f():\n    from email.mime.text import MIMEText"),
]


@pytest.mark.parametrize(("rule", "file", "source"), PLANTED)
def test_rule_when_a_breach_is_planted_finds_it(rule, file, source):
    """A planted breach is found, with its file and line."""
    (line,) = rule(file, source)

    assert line.startswith(f"okxlab/{file}:")


LAWFUL = [
    (order_words, "trading/execution.py", "exchange.private_post_trade_order(body)"),
    (order_words, "exchange/guard.py", "STATE_CHANGING = {'trade/order', 'trade/batch-orders'}"),
    (order_words, "trading/account.py", "'trade/orders-pending'"),
    (permit_askers, "trading/execution.py", "from okxlab.exchange import prepare, send"),
    (permit_askers, "paper/streams/outlet.py", "from okxlab.paper.streams.pace import send"),
    (own_clocks, "clock.py", "import time\nNOW = time.time()"),
    (own_clocks, "trading/background.py", "import time\ntime.monotonic()\nclock.now_ms()"),
    (prints, "cli/data.py", "print('hello')"),
    (blind_catches, "trading/background.py", "try:\n    pass\nexcept Exception:\n    pass"),
    (blind_catches, "store/files.py", "try:\n    pass\nexcept BaseException:\n    tidy()\n    raise"),
    (data_that_runs, "store/query.py", "connection.execute('SELECT 1')\nnp.load('grid', allow_pickle=False)"),
    (mails, "exchange/sync.py", "from email.utils import parsedate_to_datetime"),
    (foreign_raises, "__init__.py", "raise AttributeError(name)"),
    (foreign_raises, "paper/wire.py", "try:\n    raise ValueError\nexcept ValueError:\n    raise Refusal from None"),
]


@pytest.mark.parametrize(("rule", "file", "source"), LAWFUL)
def test_rule_when_the_place_is_the_right_one_is_silent(rule, file, source):
    """The one place where it may stand is not complained about."""
    assert rule(file, source) == []
